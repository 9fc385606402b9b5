"""What a loader gives for many keys at once is what it gives for each of them alone, for whoever asks."""

from collections.abc import AsyncIterator, Hashable, Iterable, Iterator, Sequence
from itertools import product
from typing import Any

import asyncpg
import pytest

from auth.viewer import Viewer, ViewerKind
from database.engine import Database
from database.urls import plain_url
from loaders.batches import BatchLoader, StatementLoader
from loaders.customers import PermissionByCustomer, search_filters
from loaders.facets import FacetLoader
from loaders.page_statements import PARENT, count_statement, page_statement
from loaders.pages import ConnectionLoader, CountLoader, Page, PageRequest
from loaders.product_filters import ATTRIBUTE, BOUND
from tests.architecture.every_loader import BATCHES, CONNECTIONS, needed, takes_text
from tests.conventions.pools import Pools, drawn

MORE = """
INSERT INTO block (blocker_id, blocked_id) SELECT l.id, c.id FROM customer l, customer c
WHERE l.username = 'layla' AND c.username <> ALL('{layla,omar,sam,nora,amal}') ORDER BY c.username LIMIT 3
ON CONFLICT DO NOTHING;
INSERT INTO favorite_solver (customer_id, solver_id) SELECT c.id, s.id FROM customer c, (SELECT id FROM solver ORDER BY id LIMIT 3) s
WHERE c.username = ANY('{layla,sam,nora}') ON CONFLICT DO NOTHING;
INSERT INTO follow_request (id, requester_id, target_id) SELECT gen_random_uuid(), l.id, c.id FROM customer l, customer c
WHERE l.username = ANY('{layla,sam,nora}') AND c.username <> ALL('{layla,omar,sam,nora,amal}') AND NOT EXISTS (
    SELECT 1 FROM follow f WHERE f.follower_id = l.id AND f.followee_id = c.id) ORDER BY c.username DESC LIMIT 9
ON CONFLICT DO NOTHING;
INSERT INTO audit_entry (id, actor_id, action, target_type, target_id) SELECT gen_random_uuid(), n.id, 'role.changed', 'Customer', s.id
FROM customer n, customer s, generate_series(1, 3) WHERE n.username = 'nora' AND s.username = 'sam';
"""
"""What the demo data has too little of."""
WHOLE = PageRequest(1_000)
SIZE, PARENTS = 2, 60


class Asked(frozenset[str]):
    """Filters of which none is set, and the names of those that somebody looked for."""

    names: set[str]

    def __contains__(self, name: object) -> bool:
        self.names.add(str(name))
        return False


@pytest.fixture(scope="module")
async def pools(loaded_url: str) -> AsyncIterator[Pools]:
    connection = await asyncpg.connect(plain_url(loaded_url))
    await connection.execute(MORE)
    await connection.close()
    database = await Database.connect(loaded_url, size=2, statement=60, lock=2, wait=5)
    yield await drawn(loaded_url, database)
    await database.close()


class Asking:
    """Somebody who asks a loader, in a request of their own each time."""

    def __init__(self, pools: Pools, viewer: Viewer, loader: Any, *arguments: Any) -> None:
        self.pools, self.viewer, self.loader, self.arguments = pools, viewer, loader, arguments

    async def __call__(self, keys: Sequence[Any], only: frozenset[str] | None = None) -> dict[Any, Any]:
        """Give what is found for each key."""
        reads = self.pools.database.reads()
        reads.always = {"viewer": self.viewer.id, "currency": "AED"}
        made: BatchLoader[Any, Any] = self.loader(reads, self.viewer, *self.arguments)
        try:
            found = await (made if only is None else made.with_columns(only)).load_batch(list(keys))
        finally:
            await reads.release()
        assert reads.statements == 1
        return {key: plain(found[key]) for key in keys}

    async def alone(self, keys: Iterable[Any]) -> dict[Any, Any]:
        """Give what is found for each key that is asked for alone."""
        return {key: (await self([key]))[key] for key in keys}


def plain(found: Any) -> Any:
    """Give a value that can be compared: lists of rows as they are, of a page with what it says of itself."""
    if isinstance(found, Page):
        return [*plain(found.rows), found.has_previous_page, found.has_next_page]
    if isinstance(found, int):
        return found
    rows = found if isinstance(found, list) else [found] if found else []
    return [{name: value for name, value in row.items() if name != "ordinality"} for row in rows]


def rows_of(found: list[Any]) -> list[dict[str, Any]]:
    return [row for row in found if isinstance(row, dict)]


def narrow(found: list[Any], columns: Iterable[str]) -> list[Any]:
    return [{name: row[name] for name in columns if name in row} if isinstance(row, dict) else row for row in found]


def some(keys: Sequence[Hashable], count: int) -> list[Any]:
    """Take keys from all over."""
    return list(keys[:: max(1, len(keys) // count)][:count])


async def chosen(ask: Asking, pools: list[list[Any]]) -> list[Any]:
    """Take keys that something is found for, and others of the same tables."""
    taken: dict[Any, None] = {}
    for pool in filter(None, pools):
        found = await ask(pool)
        if having := [key for key in pool if found[key]]:
            taken |= dict.fromkeys([*some(having, 8), *some([key for key in pool if not found[key]], 4)])
    return sorted(taken, key=lambda key: str(key)[::-1])


def parts(row: dict[str, Any]) -> Iterator[frozenset[str]]:
    """Give sets of columns: none, and each in one of two halves."""
    yield frozenset()
    yield frozenset(list(row)[::2])
    yield frozenset(list(row)[1::2])


def test_there_is_no_other_kind_of_loader() -> None:
    kinds = {kind for kind in BatchLoader.__subclasses__() if kind.__module__.startswith("loaders.")}
    assert kinds == {StatementLoader, ConnectionLoader, CountLoader, FacetLoader, PermissionByCustomer}
    # The last has no statement of its own: it reads a column of a StatementLoader.


@pytest.mark.parametrize("loader", BATCHES, ids=lambda loader: loader.__name__)
async def test_batch(loader: type[StatementLoader[Any, Any]], pools: Pools) -> None:
    most = 0
    for viewer in pools.askers(loader.statement):
        ask = Asking(pools, viewer, loader)
        keys = await chosen(ask, pools.texts if takes_text(loader) else pools.ids)
        alone = await ask.alone(keys)
        most = max(most, sum(map(bool, alone.values())))
        if keys:
            assert await ask(keys) == await ask(keys[::-1]) == alone
            for columns in parts(next(rows[0] for rows in alone.values() if rows)):
                assert await ask(keys, columns) == {key: narrow(rows, columns) for key, rows in alone.items()}
    assert most > 1, "nobody found anything for two keys: this proves nothing; add rows to MORE"


def filterings(connection: type[ConnectionLoader], pools: Pools) -> list[dict[str, Any]]:
    """Give sets of filters: none, each alone, all. `ATTRIBUTE` and `BOUND` are made of others."""
    asked = Asked()
    asked.names = set()
    connection.select(ViewerKind.ADMIN, PARENT, asked)
    always = {
        name: dict(search_filters("o")).get(name, value) for name, value in needed(connection, ViewerKind.ADMIN).items()
    }
    always = {name: pools.values.get((connection.graphql_type, name), value) for name, value in always.items()}
    each = [
        {name: pools.values[connection.graphql_type, name]} for name in sorted(asked.names.difference(ATTRIBUTE, BOUND))
    ]
    whole = {name: value for one in each for name, value in one.items()}
    return [always | one for one in ({}, *each, *([whole] if len(each) > 1 else []))]


@pytest.mark.parametrize("connection", CONNECTIONS, ids=lambda connection: connection.__name__)
async def test_connection(connection: type[ConnectionLoader], pools: Pools) -> None:
    for filters in filterings(connection, pools):
        most = 0
        for viewer in pools.askers(lambda by, given=frozenset(filters): count_statement(connection, by, given)):
            most = max(most, await compared(connection, pools, viewer, filters))
        assert most > 1, f"nobody found anything for two parents with {filters}: add rows to MORE"


async def compared(connection: type[ConnectionLoader], pools: Pools, viewer: Viewer, filters: dict[str, Any]) -> int:
    """Compare all pages and counts of one kind of viewer, and tell how many parents had rows."""
    given = tuple(filters.items())
    counts = Asking(pools, viewer, CountLoader, connection, given)
    parents = [pool[:PARENTS] for pool in pools.ids]
    keys = await chosen(counts, parents[:1] if listed_once(connection, filters) else parents)
    whole = Asking(pools, viewer, connection, WHOLE, given)
    alone = await whole.alone(keys)
    if not keys:
        return 0
    assert await whole(keys) == await whole(keys[::-1]) == alone
    assert await counts(keys) == await counts.alone(keys) == {key: len(rows_of(page)) for key, page in alone.items()}
    longest = max(keys, key=lambda key: len(alone[key]))
    rows = rows_of(alone[longest])
    for columns in parts(rows[0]):
        wanted = columns | set(connection.order)
        assert await whole(keys, columns) == {key: narrow(page, wanted) for key, page in alone.items()}
    begin, end = len(rows) // 4, len(rows) * 3 // 4
    after, before = (tuple(rows[place][name] for name in connection.order) for place in (begin, end))
    for forward, bounded, backward in product((False, True), repeat=3):
        window = PageRequest(SIZE, after if forward else None, before if bounded else None, backward)
        page = Asking(pools, viewer, connection, window, given)
        pages = await page(keys)
        assert pages == await page.alone(keys), window
        between = rows[begin + 1 if forward else 0 : end if bounded else len(rows)]
        assert rows_of(pages[longest]) == (between[-SIZE:] if backward else between[:SIZE]), window
    return sum(bool(rows_of(page)) for page in alone.values())


def listed_once(connection: type[ConnectionLoader], filters: dict[str, Any]) -> bool:
    """Tell a list at the root of the graph, which is the same whatever its parent."""
    statement = page_statement(connection, ViewerKind.ADMIN, frozenset(filters), False, False, False)
    return str(PARENT) not in statement.sql
