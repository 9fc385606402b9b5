"""Readers that complete objects within objects."""

from typing import Any

import pytest
from graphql import GraphQLID, GraphQLInt, GraphQLString
from graphql.type import GraphQLLeafType

from execution.readers import FunctionBuilder, NotPlannable, Reader, leaves


def reader(*, required: bool, checked: bool) -> Reader:
    """Make a reader of `{ name inner { key again { key } } }` from a tuple whose second value refers to the inner one."""
    builder = FunctionBuilder({})
    builder.items.append("'name': row[0]")
    inner = builder.nested()
    add(inner, "key", checked=checked)
    again = inner.nested()
    add(again, "key", checked=checked)
    inner.add_nested("again", again, "row[3]", required=required)
    builder.add_nested("inner", inner, "row[1]", required=required)
    return builder.build()


def add(builder: FunctionBuilder, name: str, *, checked: bool) -> None:
    value = builder.value("row[2]", None)
    if checked:
        builder.leaf(value, GraphQLString, nullable=False)
    builder.items.append(f"{name!r}: {value}")


@pytest.mark.parametrize("checked", [False, True])
@pytest.mark.parametrize("required", [False, True])
def test_what_is_there_is_completed(required: bool, checked: bool) -> None:
    read = reader(required=required, checked=checked)
    assert read(("a", 1, "b", 1), None) == {"name": "a", "inner": {"key": "b", "again": {"key": "b"}}}


@pytest.mark.parametrize("checked", [False, True])
def test_what_nothing_refers_to_is_null_and_not_checked(checked: bool) -> None:
    read = reader(required=False, checked=checked)
    assert read(("a", None, None, None), None) == {"name": "a", "inner": None}
    assert read(("a", 1, "b", None), None) == {"name": "a", "inner": {"key": "b", "again": None}}


@pytest.mark.parametrize("row", [("a", None, None, None), ("a", 1, "b", None)])
def test_what_must_be_there_is_refused_where_it_is_not(row: tuple[Any, ...]) -> None:
    with pytest.raises(NotPlannable, match="null"):
        reader(required=True, checked=False)(row, None)


def test_a_value_of_the_wrong_type_within_is_refused() -> None:
    with pytest.raises(NotPlannable, match="leaf"):
        reader(required=False, checked=True)(("a", 1, 5, None), None)


@pytest.mark.parametrize("kind", [GraphQLString, GraphQLID, GraphQLInt])
@pytest.mark.parametrize("nullable", [False, True])
def test_lists_of_leaves(kind: GraphQLLeafType, nullable: bool) -> None:
    good, bad = ([1, 2], "x") if kind is GraphQLInt else (["a", ""], 1)
    read = leaves(kind, {}, nullable=nullable, required=False)
    assert read(good, None) == good
    assert read(tuple(good), None) == good
    assert read([], None) == []
    assert read(None, None) is None
    for refused in ([bad], {*good}, "text"):
        with pytest.raises((NotPlannable, TypeError)):
            read(refused, None)
    if nullable:
        assert read([None, *good], None) == [None, *good]
    else:
        with pytest.raises((NotPlannable, TypeError)):
            read([None], None)
    with pytest.raises(NotPlannable, match="null"):
        leaves(kind, {}, nullable=nullable, required=True)(None, None)
