"""What a statement fetches of rows that others refer to is what the loader of these rows finds."""

from typing import Any, cast

import pytest

from execution.field_metadata import Columns, JoinedColumns
from loaders.batches import StatementLoader
from loaders.pages import NO_PARENT, ConnectionLoader, Page, PageRequest
from loaders.product_pages import RankedProducts
from tests.architecture.every_loader import BATCHES, CONNECTIONS, joined_columns, takes_text
from tests.conventions.pools import Pools
from tests.conventions.test_many_and_alone import filterings, listed_once, pools

__all__ = ["pools"]
APART = [RankedProducts]
"""Loaders whose statements join nothing: their columns are subqueries, so what a foreign key promises is not seen."""
REFERRING: list[Any] = [loader for loader in (*BATCHES, *CONNECTIONS) if joined_columns(loader.graphql_type)]


def rows_of(found: Any) -> list[Any]:
    rows = found.rows if isinstance(found, Page) else found if isinstance(found, list) else [found]
    return [row for row in rows if row is not None]


async def loaded(pools: Pools, loader: Any, keys: list[Any], items: Columns, *arguments: Any) -> list[Any]:
    """Rows as a request reads them."""
    reads = pools.database.reads()
    viewer = pools.viewers["nora"]
    reads.always = {"viewer": viewer.id, "currency": "AED"}
    try:
        found = await loader(reads, viewer, *arguments).with_columns(items).load_batch(keys)
    finally:
        await reads.release()
    return [row for key in keys for row in rows_of(found[key])]


async def compared(pools: Pools, rows: list[Any], items: Columns) -> set[str]:
    """Compare what came with rows with what its loader finds, and what came with that; tells the keys that had anything."""
    seen = set()
    for item in items:
        if not isinstance(item, JoinedColumns):
            continue
        referring = [row for row in rows if row[item.key] and item.key in row.joined]
        keys = [row[item.key] for row in referring]
        own = frozenset(name for name in item.columns if isinstance(name, str))
        taking = item.loader(cast("Any", None), pools.viewers["nora"]).with_columns(own)  # which can run no statement
        taking.take(item.key, keys, referring)
        found = await taking.load_batch(keys)
        alone = await loaded(pools, item.loader, list(dict.fromkeys(keys)), own | {"id"}) if keys else []
        assert {row["id"]: [row[name] for name in own] for row in alone} == {
            key: [found[key][name] for name in own] for key in keys
        }
        seen |= {item.key} if keys else set()
        below = await compared(pools, [found[key] for key in dict.fromkeys(keys)], item.columns)
        seen |= {f"{item.key}.{key}" for key in below}
    return seen


async def keys_of(pools: Pools, loader: type[StatementLoader[Any, Any]]) -> list[Any]:
    return [key for pool in (pools.texts if takes_text(loader) else pools.ids) for key in pool[:150]]


@pytest.mark.parametrize("loader", REFERRING, ids=lambda loader: loader.__name__)
async def test_joined_rows(loader: Any, pools: Pools) -> None:
    items = joined_columns(loader.graphql_type) | {"id"}
    if issubclass(loader, ConnectionLoader):
        filters = filterings(loader, pools)[0]
        keys = [NO_PARENT] if listed_once(loader, filters) else [key for pool in pools.ids for key in pool[:150]]
        rows = await loaded(pools, loader, keys, items, PageRequest(2 if len(keys) > 1 else 50), tuple(filters.items()))
    else:
        rows = await loaded(pools, loader, await keys_of(pools, loader), items)
    assert rows, "nothing found: this proves nothing"
    assert bool(await compared(pools, rows[:500], items)) is (loader not in APART)
