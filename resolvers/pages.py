"""Pages: what the four arguments of every connection mean, and what a page says of itself."""

from typing import Any

import strawberry

import errors
from context import Context, Info
from database.statements import Row
from execution.field_metadata import reads
from loaders.pages import ConnectionLoader, CountLoader, Filters, Page, PageRequest
from loaders.short_lists import ShortListLoader


class Item:
    """A row at its place in a page: what an edge is. The edge's own fields are columns of the row."""

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
    """Give the loader of the pages that the arguments ask for."""
    if first is not None and last is not None:
        raise errors.BadInput("Give `first` or `last`, not both.", reason="bad_page")
    wanted = first if last is None else last
    size = _checked_size("first" if last is None else "last", wanted, connection)
    scope, kinds = connection.cursor_scope(), connection.kinds()
    start, end = (None if cursor is None else context.cursors.read(scope, cursor, kinds) for cursor in (after, before))
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
    return info.context.cursors.write(page.connection.cursor_scope(), page.position(row))


@reads()
def cursor(root: strawberry.Parent[Item], info: Info) -> str:
    """Write the cursor of an edge."""
    return _cursor(info, root.page, root.row)


@reads()
def start_cursor(root: strawberry.Parent[Page], info: Info) -> str | None:
    """Write the cursor of the first row."""
    return _cursor(info, root, root.rows[0]) if root.rows else None


@reads()
def end_cursor(root: strawberry.Parent[Page], info: Info) -> str | None:
    """Write the cursor of the last row."""
    return _cursor(info, root, root.rows[-1]) if root.rows else None


@reads(same_source=True)
def edges(root: strawberry.Parent[Page]) -> list[Item]:
    """Place each row in its page."""
    return [Item(row, root) for row in root.rows]


@reads(same_source=True)
def node(root: strawberry.Parent[Item]) -> Row:
    """Take the row out of its place."""
    return root.row


@reads(same_source=True)
def nodes(root: strawberry.Parent[Page]) -> list[Row]:
    """Give the rows alone."""
    return root.rows


@reads(same_source=True)
def info(root: strawberry.Parent[Page]) -> Page:
    """Let the page say where it lies."""
    return root


@reads()
async def total(root: strawberry.Parent[Page], info: Info) -> int:
    """Count the rows of the whole list."""
    return await info.context.loader(CountLoader, root.connection, root.filters).load(root.parent)
