"""Relay's types: nodes, edges, pages."""

from typing import Any, Generic, TypeVar

import strawberry
from graphql import GraphQLAbstractType

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
@strawberry.type(description="A row at its place in a page.")
class Edge(Generic[N]):
    """Relay's edge; its source is an `Item`."""

    cursor: str = field(
        "Where the row stands in this list; for `after` and `before` of the same list.", resolver=pages.cursor
    )
    node: N = field("The row itself.", resolver=pages.node)


@not_counted
@strawberry.type(description="A page of a list.")
class Connection(Generic[E, N]):
    """Relay's connection; its source is a `Page`."""

    edges: list[E] = field("The rows of the page with their cursors.", resolver=pages.edges, size=PAGE_ROWS)
    nodes: list[N] = field("The rows of the page.", resolver=pages.nodes, size=PAGE_ROWS)
    page_info: PageInfo = field("Where the page lies in the whole list.", resolver=pages.info)
    total_count: int | None = field(
        "How many rows the whole list has that the viewer may see; counted only when asked.", resolver=pages.total
    )
