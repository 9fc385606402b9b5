"""Relay's types: nodes, edges, pages."""

import re
from collections.abc import Iterable
from typing import Any, Generic, TypeVar

import strawberry
from graphql import GraphQLAbstractType, GraphQLNamedType

from database.statements import Row
from execution.field_metadata import PAGE_ROWS, FieldPlan, not_counted
from resolvers import nodes, pages
from schema.fields import field

N = TypeVar("N")
E = TypeVar("E")


@strawberry.interface(description="Anything with a global id, which `node` and `nodes` find again.")
class Node:
    """Whatever has an id; its source is a row."""

    id: strawberry.ID = field(
        "The global id: opaque, stable, unique over all types.",
        resolver=nodes.global_id,
        plan=FieldPlan(specialized=nodes.global_ids),
    )

    @classmethod
    def resolve_type(cls, row: Row, _info: Any, _type: GraphQLAbstractType) -> str:
        """Rows know what they are."""
        return row.graphql_type

    @classmethod
    def is_type_of(cls, _row: Row, _info: Any) -> bool:
        """`resolve_type` has decided already."""
        return True


@not_counted
@strawberry.type(description="Where a page lies in the whole list.")
class PageInfo:
    """Relay's PageInfo; its source is a `Page`."""

    has_next_page: bool = field("Whether rows follow the page.")
    has_previous_page: bool = field("Whether rows precede the page.")
    start_cursor: str | None = field(
        "The cursor of the first row, for `before`; null on an empty page.", resolver=pages.start_cursor
    )
    end_cursor: str | None = field(
        "The cursor of the last row, for `after`; null on an empty page.", resolver=pages.end_cursor
    )


@not_counted
@strawberry.type
class Edge(Generic[N]):
    """Relay's edge; its source is an `Item`. A subclass adds fields of the row in this list, such as `followed_at`."""

    cursor: str = field(
        "Where the row stands in this list; for `after` and `before` of the same list.", resolver=pages.cursor
    )
    node: N = field("The row itself.", resolver=pages.node)


def _edges() -> Any:
    return field("The rows of the page with their cursors.", resolver=pages.edges, size=PAGE_ROWS)


def _nodes() -> Any:
    return field("The rows of the page.", resolver=pages.nodes, size=PAGE_ROWS)


def _page_info() -> Any:
    return field("Where the page lies in the whole list.", resolver=pages.info)


def _total_count() -> Any:
    return field(
        "How many rows the whole list has that the viewer may see; counted only when asked.", resolver=pages.total
    )


@not_counted
@strawberry.type(name="Connection")
class ConnectionOf(Generic[N]):
    """A connection whose edges have no fields of their own: `ConnectionOf[Product]`, or a lazy reference in brackets.

    `ProductConnection` and `ProductEdge`, with their descriptions, are made from the name of the type.
    """

    edges: list[Edge[N]] = _edges()
    nodes: list[N] = _nodes()
    page_info: PageInfo = _page_info()
    total_count: int | None = _total_count()


@not_counted
@strawberry.type
class Connection(Generic[E, N]):
    """A connection whose edges have fields of their own. It is subclassed, as is its `Edge`, for name and description."""

    edges: list[E] = _edges()
    nodes: list[N] = _nodes()
    page_info: PageInfo = _page_info()
    total_count: int | None = _total_count()


def describe_connections(types: Iterable[GraphQLNamedType]) -> None:
    """Write the descriptions of the types that were made from `ConnectionOf` and `Edge`: "A page of products."."""
    for kind in types:
        made_from = getattr(kind.extensions.get("strawberry-definition"), "name", kind.name)
        name = kind.name.removesuffix(made_from)
        if not name:
            continue
        words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
        if made_from == "Edge":
            kind.description = f"{'An' if words[0] in 'aeiou' else 'A'} {words} in a list."
        else:
            kind.description = f"A page of {words.removesuffix('y') + 'ies' if words.endswith('y') else words + 's'}."
