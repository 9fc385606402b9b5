"""Everything is described in words that say more than its name, and what is written down is true (G5)."""

import re
from collections.abc import Iterator

from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType

from schema.root import build
from settings import variables
from tests.architecture.project import GRAPH, ROOT

BUILT_IN = {"String", "Int", "Float", "Boolean", "ID"}


def things() -> Iterator[tuple[str, str | None]]:
    """Everything in the graph that can have a description."""
    yield "schema", GRAPH.description
    for name, kind in GRAPH.type_map.items():
        if name.startswith("__") or name in BUILT_IN:
            continue
        yield name, kind.description
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for key, field in kind.fields.items():
                yield f"{name}.{key}", field.description
                for argument, given in getattr(field, "args", {}).items():
                    yield f"{name}.{key}({argument}", given.description
        if isinstance(kind, GraphQLEnumType):
            yield from ((f"{name}.{value}", given.description) for value, given in kind.values.items())


def plain(text: str) -> str:
    """Letters alone, without an article."""
    return re.sub(r"[^a-z]", "", re.sub(r"^(the|a|an) ", "", text.lower()))


def test_everything_is_described() -> None:
    assert [name for name, said in things() if not said] == []


def test_no_description_repeats_its_name() -> None:
    assert [name for name, said in things() if plain(said or "") == plain(re.split(r"[.(]", name)[-1])] == []


def test_the_sdl_is_current() -> None:
    said = (ROOT / "schema.graphql").read_text()
    assert said == build().as_str() + "\n", "schema.graphql is stale: run `make schema`"


def test_every_setting_has_a_row_with_its_default() -> None:
    rows = re.findall(r"^\| `([A-Z_0-9]+)` \| (.*?) \|", (ROOT / "docs" / "settings.md").read_text(), re.MULTILINE)
    assert [name for name, _ in rows] == list(variables())
    defaults = dict(re.findall(r"^# ([A-Z_0-9]+)=(.+)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert {name: said for name, said in rows if name in defaults} == {
        name: f"`{value}`" for name, value in defaults.items()
    }
