"""One row as each of several viewers may see it: the rights of all of them by one statement."""

from collections.abc import Hashable, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BindParameter, Integer, Uuid, bindparam, column, func, literal_column, select, true
from sqlalchemy.sql.visitors import replacement_traverse

from auth.viewer import ViewerKind
from database.statements import Row, Statement
from execution.field_metadata import Columns
from loaders.batches import RowLoader, compile_statement, with_ordinality
from loaders.joins import with_joins
from policy.parameters import VIEWER

VIEWERS: Any = (
    func.unnest(bindparam("viewers", type_=ARRAY(Uuid())))
    .table_valued(column("id", Uuid()), with_ordinality="number")
    .render_derived(name="viewers")
)
EACH_VIEWER: Any = literal_column("viewers.id", Uuid())
"""One of them, in the clauses that are written for `VIEWER`."""


async def rows_for_viewers(
    loader: RowLoader[Any], key: Hashable, viewers: Sequence[UUID | None]
) -> Sequence[Row | None]:
    """Load the row of a key for viewers of the kind that the loader has: one row for all, where no clause mentions them."""
    kind = loader.viewer.kind
    distinct = list(dict.fromkeys(viewers))
    if len(distinct) == 1 or not loader.statement(kind, loader.items).uses_viewer:
        found = await loader.load_batch([key])
        return [found[key]] * len(viewers)
    rows: dict[UUID | None, Row] = {}
    family: Any = type(loader)
    for row in await loader.reads.rows(_statement(family, kind, loader.items), keys=[key], viewers=distinct):
        rows[distinct[row[0] - 1]] = row
    return [rows.get(viewer) for viewer in viewers]


@lru_cache(maxsize=512)
def _statement(loader: Any, kind: ViewerKind, items: Columns | None) -> Statement:
    """Compile the loader's SELECT once more, for each of several viewers."""
    rows = with_ordinality(loader.select(kind), items)
    rows, joined = with_joins(rows, rows.selected_columns, items)
    each: Any = replacement_traverse(rows, {}, _each_viewer)
    seen = each.lateral("seen")
    number = literal_column("viewers.number", Integer).label("number")
    columns = [one for one in seen.c if one.key != "ordinality"]
    made = select(number, *columns).select_from(VIEWERS.join(seen, true()))
    tables = {name: table.seen_through(seen) for name, table in joined.items()}
    statement = compile_statement(loader, made, loader.graphql_type, joined=tables)
    if statement.uses_viewer:
        message = f"{loader.__name__} mentions the viewer where the statement for several viewers cannot replace them"
        raise TypeError(message)
    return statement


def _each_viewer(element: Any, **_: Any) -> Any:
    return EACH_VIEWER if isinstance(element, BindParameter) and element.key == VIEWER.key else None
