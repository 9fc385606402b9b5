"""Two worlds that differ in one row which a viewer may not see give that viewer the same bytes (C8, S2, T8, W5, G1).

What is asked is made from the schema, so a new field, query or mutation is asked without being named here.
"""

from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import httpx2
import orjson
import pytest

import application
from auth.secrets import Secrets
from loaders.nodes import NODE_LOADERS
from settings import Settings
from tests.conftest import serving
from tests.people import World
from tests.privacy.hidden_rows import EXCEPTIONS, build_scene
from tests.privacy.two_worlds import Answers, Two
from tests.privacy.whole_graph import nodes, queries, subscriptions
from tests.privacy.world import SCHEMA
from tests.privacy.world_copies import complete

NOT_HIDDEN = {
    "customer_name_word": "the database derives it from the names of hidden customers",
    "idempotency_key": "nothing in the graph reads it but its owner's own requests",
    "solver": "solvers know each other, and to others the card is shown by their own tickets",
}
TABLES = {
    "AuditEntry": "audit_entry",
    "SupportSession": "session",
    "ProductVariant": "product_variant",
    "WishlistItem": "wishlist_item",
    "FollowRequest": "follow_request",
}


@pytest.fixture(scope="module")
async def two(empty_database_url: str, settings: Settings, credentials: Secrets, world: World) -> AsyncIterator[Two]:
    app = application.create(settings, credentials, empty_database_url)
    async with (
        serving(app) as url,
        httpx2.AsyncClient(base_url=url, timeout=60) as http,
        asyncpg.create_pool(empty_database_url, min_size=0, max_size=2, command_timeout=300) as pool,
    ):
        app.state.resources.database.pool = pool
        own = World(app.state.resources.database, world.issuer, http)
        scene = await build_scene(own)
        await complete(own, scene, {name: TABLES.get(name, name.lower()) for name in NODE_LOADERS})
        made = Two(own, scene)
        await made.worlds.keep()
        yield made


async def test_every_table_of_customers_has_a_hidden_row(two: Two) -> None:
    """What belongs to somebody anew needs a row in `hidden_rows`, or a reason why there is none."""
    sql = "SELECT DISTINCT conrelid::regclass::text FROM pg_constraint WHERE confrelid = 'customer'::regclass"
    tables = {row[0].strip('"') for row in await two.world.database.pool.fetch(sql)}
    rows = {one.__tablename__ for make in two.scene.rows.values() for one in make()}
    assert tables <= rows | NOT_HIDDEN.keys()


async def test_reads(two: Two) -> None:
    """C8, S2, T8, W5, G1: every field, on every path from the root."""
    known = two.scene.known
    documents = [*nodes(SCHEMA, known), *queries(SCHEMA, known), *subscriptions(SCHEMA, known)]
    asked = [(name, document) for name in two.scene.viewers for document in documents]
    first = await two.read(asked)
    _full(first)
    second = await two.read(asked, *two.scene.rows)
    changed = [pair for pair in asked if first[pair] != second[pair]]
    await _compare(two, first, lambda *rows: two.read(changed, *rows), "")


async def test_writes(two: Two) -> None:
    """C8, S2, T8, G3: what everybody is answered who does everything to everything."""
    viewers = [name for name, person in two.scene.viewers.items() if person]
    first = await two.write(viewers)
    _full(first)
    second = await two.write(viewers, *two.scene.rows)
    changed = [name for name in viewers if any(first[pair] != second[pair] for pair in first if pair[0] == name)]
    await _compare(two, first, lambda *rows: two.write(changed, *rows), "Payload")


async def _compare(two: Two, first: Answers, ask: Callable[..., Awaitable[Answers]], kind: str) -> None:
    """Compare the first world with those that have a row more.

    All rows were there at once before: only what was answered otherwise then can tell of one of them, and is asked
    here. Rows without exceptions are one world, unless something differs.
    """
    two.excused.clear()
    found = [fault for row in EXCEPTIONS for fault in two.differences(row, first, await ask(row))]
    rest = [row for row in two.scene.rows if row not in EXCEPTIONS]
    if list(two.differences("any", first, await ask(*rest))):
        found += [fault for row in rest for fault in two.differences(row, first, await ask(row))]
    assert not found, f"{len(found)} differences:\n" + "\n".join(found[:20])
    needed = {(row, name) for row, names in EXCEPTIONS.items() for name in names if (kind in name) is bool(kind)}
    assert needed <= two.excused


def _full(answers: Answers) -> None:
    """Nothing was refused but for a missing role: otherwise refusals would be compared with refusals."""
    for (viewer, document), body in answers.items():
        if not document.startswith("subscription"):
            codes = {error["extensions"]["code"] for error in orjson.loads(body).get("errors", ())}
            assert codes <= {"FORBIDDEN", "UNAUTHENTICATED"}, f"{viewer}: {body[:500]!r} for {document[:500]}"
