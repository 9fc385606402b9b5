"""Connections: the four page arguments, and the fields of connections, edges and `PageInfo`."""

from typing import Any

import strawberry

import errors
from context import Context, Info
from database.statements import Row
from execution.field_metadata import reads
from loaders.pages import ConnectionLoader, CountLoader, Filters, Page, PageRequest
from loaders.short_lists import ShortListLoader


class PageEdge:
    """An edge: a row in a page. Fields of the edge other than `node` and `cursor` are columns of the row."""

    __slots__ = ("page", "row")

    def __init__(self, row: Row, page: Page) -> None:
        self.row = row
        self.page = page

    def __getitem__(self, name: str) -> Any:
        return self.row[name]


def open_page(
    context: Context, connection: type[ConnectionLoader],
    first: int | None = None, after: str | None = None, last: int | None = None, before: str | None = None,
    filters: Filters = (),
) -> ConnectionLoader:  # fmt: skip
    """The loader of the pages for these arguments; raises `BadInput` for arguments that do not fit together."""
    if first is not None and last is not None:
        raise errors.BadInput("Use either `first` or `last`, not both.", reason="bad_page")
    wanted = first if last is None else last
    size = _checked_size("first" if last is None else "last", wanted, connection)
    start = end = None
    if after is not None or before is not None:
        scope, types = connection.cursor_scope(filters), connection.cursor_types()
        start, end = (
            None if cursor is None else context.resources.cursors.read(scope, cursor, types)
            for cursor in (after, before)
        )
    return context.loader(connection, PageRequest(size, start, end, backward=last is not None), filters)


def open_list(context: Context, loader: type[ShortListLoader], first: int | None) -> ShortListLoader:
    """Give the loader of the first rows of a list."""
    return context.loader(loader, _checked_size("first", first, loader))


def _checked_size(name: str, size: int | None, loader: type[ConnectionLoader | ShortListLoader]) -> int:
    """Check how many rows an argument asks for; null stands for the default."""
    if size is None:
        return loader.default_page_size
    if not 0 <= size <= loader.max_page_size:
        raise errors.BadInput(f"`{name}` must be from 0 to {loader.max_page_size}, not {size}.", reason="bad_page")
    return size


def _cursor(info: Info, page: Page, row: Row) -> str:
    return info.context.resources.cursors.write(page.scope, page.position(row))


@reads()
def cursor(root: strawberry.Parent[PageEdge], info: Info) -> str:
    """The cursor of an edge."""
    return _cursor(info, root.page, root.row)


@reads()
def start_cursor(root: strawberry.Parent[Page], info: Info) -> str | None:
    """The cursor of the first row."""
    return _cursor(info, root, root.rows[0]) if root.rows else None


@reads()
def end_cursor(root: strawberry.Parent[Page], info: Info) -> str | None:
    """The cursor of the last row."""
    return _cursor(info, root, root.rows[-1]) if root.rows else None


@reads(same_source=True)
def edges(root: strawberry.Parent[Page]) -> list[PageEdge]:
    """The edges of a page."""
    return [PageEdge(row, root) for row in root.rows]


@reads(same_source=True)
def node(root: strawberry.Parent[PageEdge]) -> Row:
    """The row of an edge."""
    return root.row


@reads(same_source=True)
def nodes(root: strawberry.Parent[Page]) -> list[Row]:
    """The rows of a page."""
    return root.rows


@reads(same_source=True)
def info(root: strawberry.Parent[Page]) -> Page:
    """The `PageInfo` of a page, which is backed by the page itself."""
    return root


@reads()
async def total(root: strawberry.Parent[Page], info: Info) -> int:
    """The number of rows on all pages."""
    return await info.context.loader(CountLoader, root.connection, root.filters).load(root.parent)
