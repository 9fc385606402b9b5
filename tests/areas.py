"""What areas declare, in their own folders, for the tests that go over the whole graph.

tests/<area>/table.py     who gets what: FIELDS, QUERIES, MUTATIONS, SUBSCRIPTIONS, PERSONAL_EDGES, IMPERSONAL_TYPES; see `tests/privacy/rows.py`
tests/<area>/samples.py   nodes(world, me): the id of a row for each type that `node` finds, by the type
                          inputs(world, me, others): an input that succeeds for each mutation, by the mutation
                          hidden(world, people, variant): rows that no other viewer may see; `HiddenRows`
                          EXCEPTIONS, COUNTED: as in `tests/privacy/hidden_rows.py` and `world_copies.py`
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
TOTAL = "the card shows how many, of everybody"
"""Why a count tells of a row that is hidden."""


def declared(file: str, name: str) -> list[Any]:
    """What the modules of this file name declare by a name, in the order of the areas."""
    paths = sorted(FOLDER.glob(f"*/{file}.py"))
    modules = [import_module(f"tests.{path.parent.name}.{file}") for path in paths]
    return [getattr(module, name) for module in modules if hasattr(module, name)]


def merged(file: str, name: str) -> dict[str, Any]:
    """The dicts that areas declare by a name, as one; a key belongs to one area."""
    found: dict[str, Any] = {}
    for one in declared(file, name):
        assert not found.keys() & one.keys(), f"{sorted(found.keys() & one.keys())} declared twice in {name}"
        found |= one
    return found


@dataclass
class HiddenRows:
    """What an area adds to the second world of `test_two_worlds`.

    `rows` makes each hidden row. `hidden` has the values that mutations are called with, by the name of the input field.
    `known` has the values that queries are called with, by the name of the argument, and ids by the type.
    """

    rows: dict[str, Callable[[], list[Any]]]
    hidden: dict[str, list[Any]] = field(default_factory=dict)
    known: dict[str, list[Any]] = field(default_factory=dict)
