"""Relay's types: nodes, edges, pages."""

from typing import Any, Generic, TypeVar

import strawberry
from graphql import GraphQLAbstractType, GraphQLResolveInfo

from context import Info
from database import Row
from loaders.pages import Counted, Page
from models import ids
from schema.fields import field

N = TypeVar("N")
E = TypeVar("E")


@strawberry.interface(description="Anything with a global id, which `node` and `nodes` find again.")
class Node:
    """Whatever has an id."""

    @strawberry.field(description="The global id: opaque, stable, unique over all types.")
    def id(root: strawberry.Parent[Any]) -> strawberry.ID:  # noqa: N805
        """Write the id of a row."""
        return strawberry.ID(ids.encode(root.graphql_type, root["id"]))

    @classmethod
    def resolve_type(cls, row: Row, _info: GraphQLResolveInfo, _type: GraphQLAbstractType) -> str:
        """Rows know what they are."""
        return row.graphql_type

    @classmethod
    def is_type_of(cls, _row: Row, _info: GraphQLResolveInfo) -> bool:
        """`resolve_type` has decided already."""
        return True


class Item:
    """A row at its place in a page: what an edge is."""

    __slots__ = ("page", "row")

    def __init__(self, row: Row, page: Page) -> None:
        self.row = row
        self.page = page

    def __getitem__(self, name: str) -> Any:
        """An edge's own fields are columns of the row."""
        return self.row[name]


def cursor(info: Info, page: Page, row: Row) -> str:
    """Write the cursor of a row of a page."""
    return info.context.cursors.write(page.connection.__name__, page.position(row))


@strawberry.type(description="Where a page lies in the whole list.")
class PageInfo:
    """Relay's PageInfo."""

    has_next_page: bool = field("Whether rows follow the page.")
    has_previous_page: bool = field("Whether rows precede the page.")

    @strawberry.field(description="The cursor of the first row; null on an empty page.")
    def start_cursor(root: strawberry.Parent[Page], info: Info) -> str | None:  # noqa: N805
        """Give it to `before` for the page in front."""
        return cursor(info, root, root.rows[0]) if root.rows else None

    @strawberry.field(description="The cursor of the last row; null on an empty page.")
    def end_cursor(root: strawberry.Parent[Page], info: Info) -> str | None:  # noqa: N805
        """Give it to `after` for the page behind."""
        return cursor(info, root, root.rows[-1]) if root.rows else None


@strawberry.type(description="A row at its place in a page.")
class Edge(Generic[N]):
    """Relay's edge; its source is an `Item`."""

    @strawberry.field(description="Where the row stands in this list; for `after` and `before` of the same list.")
    def cursor(root: strawberry.Parent[Item], info: Info) -> str:  # noqa: N805
        """Sign the position."""
        return cursor(info, root.page, root.row)

    @strawberry.field(description="The row itself.")
    def node(root: strawberry.Parent[Item]) -> N:  # noqa: N805
        """Take it out."""
        return root.row  # type: ignore[return-value]


@strawberry.type(description="A page of a list.")
class Connection(Generic[E, N]):
    """Relay's connection; its source is a `Page`."""

    @strawberry.field(description="The rows of the page with their cursors.")
    def edges(root: strawberry.Parent[Page]) -> list[E]:  # noqa: N805
        """Place each row."""
        return [Item(row, root) for row in root.rows]  # type: ignore[misc]

    @strawberry.field(description="The rows of the page.")
    def nodes(root: strawberry.Parent[Page]) -> list[N]:  # noqa: N805
        """Leave the cursors out."""
        return root.rows  # type: ignore[return-value]

    @strawberry.field(description="Where the page lies in the whole list.")
    def page_info(root: strawberry.Parent[Page]) -> PageInfo:  # noqa: N805
        """Ask the page."""
        return root  # type: ignore[return-value]

    @strawberry.field(description="How many rows the whole list has that the viewer may see; counted only when asked.")
    async def total_count(root: strawberry.Parent[Page], info: Info) -> int | None:  # noqa: N805
        """Count them."""
        return await info.context.loader(Counted, root.connection, root.filters).load(root.parent)
