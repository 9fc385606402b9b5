"""docs/migrating.md does not promise for later what is there already."""

import re

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType

from tests.architecture.project import GRAPH, ROOT

CODE = re.compile(r"`([a-z]\w*)")
FIELDS = {
    name
    for kind in GRAPH.type_map.values()
    if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
    for name in kind.fields
}
ROWS = [
    line.strip("| ").split(" | ") for line in (ROOT / "docs" / "migrating.md").read_text().splitlines() if "|" in line
]
LATER = [row for row in ROWS if re.search(r"\bcomes? later\b", row[-1])]


def promised(row: list[str]) -> set[str]:
    """The fields that a row says come later: those of the sentence that says so, and the call where all of it does."""
    sentences = re.split(r"(?<=[.;:]) ", row[-1])
    names = {name for part in sentences if re.search(r"\bcomes? later\b", part) for name in CODE.findall(part)}
    return names | set(CODE.findall(row[0])) if row[-1] == "comes later" else names


def test_there_are_rows() -> None:
    assert len(ROWS) > len(LATER) > 10


@pytest.mark.parametrize("row", LATER, ids=lambda row: row[0][:40])
def test_what_comes_later_is_not_there(row: list[str]) -> None:
    assert promised(row) & FIELDS == set()
