"""Relay's types: nodes, edges, pages."""

import re
from collections.abc import Iterable
from typing import Any, Generic, TypeVar

import strawberry
from graphql import GraphQLAbstractType, GraphQLNamedType

from database.statements import Row
from execution.field_metadata import PAGE_ROWS, FieldPlan, costs
from models import ids
from resolvers import nodes, pages
from schema.caching import PAGING
from schema.costs import COUNT
from schema.fields import field

N = TypeVar("N")
E = TypeVar("E")


@strawberry.interface(description="An object with a global id, by which `node` and `nodes` find it.")
class Node:
    """Its source is a row."""

    id: strawberry.ID = field(
        "The global id: opaque, stable, and unique among all objects of all types.",
        resolver=nodes.global_id,
        plan=FieldPlan(specialized=ids.writer),
    )

    @classmethod
    def resolve_type(cls, row: Row, _info: Any, _type: GraphQLAbstractType) -> str:
        """Read the name of the type off the row."""
        return row.graphql_type

    @classmethod
    def is_type_of(cls, _row: Row, _info: Any) -> bool:
        """`resolve_type` has decided already."""
        return True


@PAGING
@costs(0, counted=False)
@strawberry.type(description="Whether there are more rows before and after a page, and the cursors to get them.")
class PageInfo:
    """Relay's PageInfo; its source is a `Page`."""

    has_next_page: bool = field("Whether there are rows after the page.")
    has_previous_page: bool = field("Whether there are rows before the page.")
    start_cursor: str | None = field(
        "The cursor of the first row, for the argument `before`. Null if the page is empty.",
        resolver=pages.start_cursor,
    )
    end_cursor: str | None = field(
        "The cursor of the last row, for the argument `after`. Null if the page is empty.", resolver=pages.end_cursor
    )


@costs(0, counted=False)
@strawberry.type
class Edge(Generic[N]):
    """Relay's edge; its source is an `Item`. A subclass adds fields of the row in this list, such as `followed_at`."""

    cursor: str = field(
        "The position of the row in this list, for the arguments `after` and `before` of the same list.",
        resolver=pages.cursor,
    )
    node: N = field("The object at this position.", resolver=pages.node)


def _edges() -> Any:
    return field("The rows of the page, with their cursors.", resolver=pages.edges, size=PAGE_ROWS)


def _nodes() -> Any:
    return field("The rows of the page, without cursors.", resolver=pages.nodes, size=PAGE_ROWS)


def _page_info() -> Any:
    return field("Whether there are more rows before and after the page.", resolver=pages.info)


def _total_count() -> Any:
    return field(
        "How many rows of the whole list the viewer can see. Counting them costs a query of its own. "
        "Null, with an error, only if they could not be counted.",
        resolver=pages.total,
        cost=COUNT,
    )


@costs(0, counted=False)
@strawberry.type(name="Connection")
class ConnectionOf(Generic[N]):
    """A connection whose edges have no fields of their own: `ConnectionOf[Product]`, or a lazy reference in brackets.

    `ProductConnection` and `ProductEdge`, with their descriptions, are made from the name of the type.
    """

    edges: list[Edge[N]] = _edges()
    nodes: list[N] = _nodes()
    page_info: PageInfo = _page_info()
    total_count: int | None = _total_count()


@costs(0, counted=False)
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
