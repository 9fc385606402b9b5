"""Every table that refers to a customer says what deletion does with its rows, and what an export contains of them.

The declarations stand beside the tables: `ERASED_WITH_CUSTOMER` and `EXPORTED_WITH_CUSTOMER` in the models of an area.
"""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest
from sqlalchemy import inspect

import models
from models.columns import Table

MODULES = [import_module(f"models.{found.name}") for found in iter_modules(models.__path__)]


def declared(name: str) -> dict[str, Any]:
    """What the modules declare, by the names of the tables."""
    found = [(inspect(kind).local_table.name, said) for one in MODULES for kind, said in getattr(one, name, {}).items()]
    assert len(dict(found)) == len(found), "a table is declared twice"
    return dict(found)


ERASED, EXPORTED = declared("ERASED_WITH_CUSTOMER"), declared("EXPORTED_WITH_CUSTOMER")
RULES = {
    table.name: {key.ondelete for key in table.foreign_keys if key.column.table.name == "customer"}
    for table in Table.metadata.tables.values()
}
REFERRING = sorted(name for name, rules in RULES.items() if rules)


def test_there_are_tables_to_look_at() -> None:
    assert {"follow", "ticket", "wishlist"} <= set(REFERRING)


@pytest.mark.parametrize("table", REFERRING)
def test_deletion_is_declared_as_the_foreign_key_does_it(table: str) -> None:
    assert table in ERASED, f"add {table} to ERASED_WITH_CUSTOMER in its models file"
    said = ERASED[table]
    rule = "RESTRICT" if said.startswith("kept because ") else said.upper()
    assert RULES[table] == {rule}


@pytest.mark.parametrize("table", REFERRING)
def test_the_export_is_declared(table: str) -> None:
    assert table in EXPORTED, f"add {table} to EXPORTED_WITH_CUSTOMER in its models file"
    said = EXPORTED[table]
    if isinstance(said, str):
        assert said.startswith("left out because ")
    else:
        assert set(said) <= set(Table.metadata.tables[table].columns.keys())


@pytest.mark.parametrize("table", sorted((set(ERASED) | set(EXPORTED)) - set(REFERRING)))
def test_a_table_without_such_a_key_gives_its_reasons(table: str) -> None:
    assert ERASED[table].startswith(("kept because ", "deleted with the account by "))
    if ERASED[table].startswith("kept because "):
        assert str(EXPORTED[table]).startswith("left out because ")
