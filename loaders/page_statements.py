"""The statements for pages and counts: one for all parents beside one another, by LATERAL, or one for a single parent."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Uuid,
    bindparam,
    false,
    func,
    literal_column,
    select,
    true,
    tuple_,
    union_all,
)  # fmt: skip

from auth.viewer import ViewerKind
from database.statements import Statement
from execution.field_metadata import Columns
from loaders.batches import UUID_KEYS, UUID_TABLE, compile_statement, selected_columns
from loaders.joins import with_joins

PARENT: ColumnElement[UUID] = literal_column(f"{UUID_KEYS.table.name}.key", Uuid())
"""The parent that a page belongs to. A literal column, since with a column of a table, SQLAlchemy would add the keys of
all parents to the FROM of the subquery that uses it."""

ONLY_PARENT: ColumnElement[UUID] = bindparam("parent", type_=Uuid)
"""The parent of a statement for one parent. A plan for its values knows which one it is, and how many rows it has."""

SIZE: ColumnElement[int] = bindparam("size", type_=Integer)


@dataclass(frozen=True, slots=True)
class Branch:
    """Rows of a connection that an index gives in their order; `order` leaves out what is the same for all of them."""

    rows: Select[Any]
    order: dict[str, ColumnElement[Any]]


@lru_cache(maxsize=1024)
def page_statement(
    connection: Any, viewer: ViewerKind, given: frozenset[str],
    after: int, before: int, backward: bool, items: Columns | None = None, alone: bool = False,
) -> Statement:  # fmt: skip
    """Compile the statement for one direction and the branches of the cursors, counted from 1; 0 is no cursor.

    With `alone`, it is for one parent.
    """
    is_ascending = connection.ascending is not backward
    branches, pages = connection.branches(viewer, ONLY_PARENT if alone else PARENT, given), []
    for number, branch in enumerate(branches, 1):
        rows = branch.rows.with_only_columns(
            *selected_columns(branch.rows, items, *connection.order), maintain_column_froms=True
        )
        if number < after or 0 < before < number:
            continue
        for at, name, later in ((after, "after", True), (before, "before", False)):
            if at == number:
                keyset, position = tuple_(*branch.order.values()), _position(connection, branch, name)
                rows = rows.where(keyset > position if later is connection.ascending else keyset < position)
        order = list(branch.order.values())
        if connection.sorts_all and not alone:  # OFFSET keeps the planner from reading the index of the order
            found = rows.offset(literal_column("0")).subquery(f"all_{number}")
            rows, order = select(*found.c), [found.c[name] for name in branch.order]
        pages.append(rows.order_by(*(one.asc() if is_ascending else one.desc() for one in order)))
    if not pages:  # the cursor `before` is in an earlier branch than `after`
        pages = [branches[0].rows.where(false())]
    page = _first_rows(pages[::-1] if backward else pages)
    return _compiled(connection, page, connection.graphql_type, given, alone, items, is_ascending=is_ascending)


def _compiled(
    connection: Any, rows: Any, graphql_type: str, given: frozenset[str], alone: bool, items: Columns | None = None,
    *, is_ascending: bool | None,
) -> Statement:  # fmt: skip
    """Compile the rows for each parent, or those for one, in the order of the connection unless that is None."""
    found = rows.subquery("page") if alone else rows.lateral("page")
    if alone:
        statement = select(literal_column("1", Integer).label("ordinality"), *found.c)
    else:
        statement = select(UUID_TABLE.ordinality, *found.c).select_from(UUID_KEYS.table.join(found, true()))
    if is_ascending is not None:
        order = [found.c[name] for name in connection.order]
        statement = statement.order_by(*(one.asc() if is_ascending else one.desc() for one in order))
    statement, joined = with_joins(statement, found.c, items)
    custom_plan = connection.needs_custom_plan(given)
    if alone:
        made = Statement(statement, graphql_type, custom_plan=custom_plan, joined=joined)
        made.row.loader = connection.__name__
        return made
    return compile_statement(connection, statement, graphql_type, custom_plan=custom_plan, joined=joined)


def _position(connection: Any, branch: Branch, name: str) -> Any:
    """The sort values of a cursor that a branch is sorted by."""
    numbers = {column: n for n, column in enumerate(connection.order)}
    first, *others = (bindparam(f"{name}_{numbers[column]}", type_=e.type) for column, e in branch.order.items())
    # In a subquery, since a planner that knew the first value would take all rows that share it for none.
    return tuple_(select(first).scalar_subquery(), *others)


def _first_rows(pages: list[Select[Any]]) -> Any:
    """The first rows of several SELECTs, one after the other; what the first ones leave no room for is not read."""
    if len(pages) == 1:
        return pages[0].limit(SIZE)
    parts, room = [], SIZE
    for number, rows in enumerate(pages, 1):
        # The planner does not know how much room there is. It plans what is materialized for a page, neither for all rows
        # nor for the few that it takes for the room. What is not read of it is not computed.
        most = rows.limit(SIZE).cte(f"rows_{number}", nesting=True).prefix_with("MATERIALIZED")
        part = select(*most.c).limit(room).cte(f"part_{number}", nesting=True)
        room = room - select(func.count()).select_from(part).scalar_subquery()
        parts.append(select(*part.c))
    return union_all(*parts)


@lru_cache(maxsize=1024)
def count_statement(connection: Any, viewer: ViewerKind, given: frozenset[str], alone: bool = False) -> Statement:
    """Compile the statement that counts rows, up to the maximum of the connection if it has one.

    With `alone`, it is for one parent.
    """
    rows = connection.select(viewer, ONLY_PARENT if alone else PARENT, given)
    if connection.max_count is not None:
        some = rows.with_only_columns(literal_column("1"), maintain_column_froms=True).limit(connection.max_count)
        rows = select(func.count().label("count")).select_from(some.subquery("some"))
    else:
        rows = rows.with_only_columns(func.count().label("count"), maintain_column_froms=True)
    return _compiled(connection, rows, "Count", given, alone, is_ascending=None)
