"""An account with more follows than one transaction ends: gone at once for everybody, and for good soon after (A7)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx2
import pytest

from actions import account_deletion
from auth.secrets import Secrets
from database.transactions import Transaction
from models import ids
from tests.follows.crowds import crowd, follow_all, until, wrong_counters
from tests.people import Person, World, number, word
from tests.webhooks.clerk import Sender, deleted

GONE = "NOT EXISTS (SELECT FROM customer WHERE id = $1)"
UNLOCKED = "SELECT id FROM customer WHERE id = ANY($1) FOR UPDATE SKIP LOCKED"
LOOK = """query ($id: ID!, $name: String!) {
    node(id: $id) { id } customerByUsername(username: $name) { id }
    viewer { followingCustomers(first: 10) { nodes { id } } } }"""


@pytest.fixture
def deliver(http: httpx2.AsyncClient, credentials: Secrets) -> Sender:
    """Send events as Svix does."""
    return Sender(http, credentials.clerk_webhook_secrets[0])


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """End three follows of each kind in a step."""
    monkeypatch.setattr(account_deletion, "FOLLOWS_OF_A_STEP", 3)


async def leave(deliver: Sender, person: Person) -> None:
    answer = await deliver("user.deleted", deleted(person.clerk_id))
    assert answer.status_code == 200, answer.text


@asynccontextmanager
async def stopped_after_the_first_step(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Keep the job from its work during the block."""
    end_follows, free, seen = account_deletion.end_follows, asyncio.Event(), set[UUID]()

    async def step(tx: Transaction, leaving: UUID) -> bool:
        if leaving in seen:
            await free.wait()
        seen.add(leaving)
        return await end_follows(tx, leaving)

    monkeypatch.setattr(account_deletion, "end_follows", step)
    try:
        yield
    finally:
        free.set()


async def test_everything_goes(world: World, deliver: Sender) -> None:
    me = await world.person(name=word(), email=f"{word()}@example.com", phone_number=number())
    followers, followed = await crowd(world, word()[:10], 8), await crowd(world, word()[:10], 5)
    stores = [await world.store() for _ in range(7)]
    await follow_all(world, followers, [me.key])
    await follow_all(world, [me.key], followed)
    for store in stores:
        payload = await me.graph.mutate("followStore", "store { id }", storeId=ids.encode("Store", store.id))
        assert payload["userErrors"] == []
    await leave(deliver, me)
    await until(world, GONE, me.key)
    assert await wrong_counters(world, followers + followed) == 0
    left = "SELECT sum(followers_count)::int FROM store WHERE id = ANY($1)"
    assert await world.value(left, [store.id for store in stores]) == 0
    assert await world.value("SELECT count(*) FROM audit_entry WHERE target_id = $1", me.key) == 1


async def test_nobody_sees_it_meanwhile(world: World, deliver: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    canary = word()
    me = await world.person(name=canary, email=f"{canary}@example.com", phone_number=number(), location=canary)
    followers, admin = [await world.person() for _ in range(5)], await world.person(role="ADMIN")
    await follow_all(world, [one.key for one in followers], [me.key])
    async with stopped_after_the_first_step(monkeypatch):
        await leave(deliver, me)
        row = await world.database.pool.fetchrow("SELECT * FROM customer WHERE id = $1", me.key)
        assert row["deleted_at"] is not None
        assert canary not in str(row)
        assert me.clerk_id not in str(row)
        nothing: Any = {"node": None, "customerByUsername": None, "viewer": {"followingCustomers": {"nodes": []}}}
        for name in (me.username, row["username"]):
            for viewer in (*followers, admin):
                assert await viewer.graph(LOOK, id=me.id, name=name) == nothing
        for acting, verb, given in (
            (followers[4], "followCustomer", {}), (followers[4], "blockCustomer", {}), (admin, "setRole", {"role": "SOLVER"}),
        ):  # fmt: skip
            payload = await acting.graph.mutate(verb, "__typename", customerId=me.id, **given)
            assert payload["userErrors"][0]["__typename"] == "NotFoundError", verb
        assert (await me.graph.send("{ viewer { id } }")).status_code == 401
        await leave(deliver, me)  # Clerk may send it again
    await until(world, GONE, me.key)
    assert await wrong_counters(world, [one.key for one in followers]) == 0


async def test_a_step_locks_few(world: World) -> None:
    me, followers = await world.person(), await crowd(world, word()[:10], 10)
    await follow_all(world, followers, [me.key])
    async with world.database.transaction() as tx:
        assert await account_deletion.end_follows(tx, me.key)
        async with world.database.pool.acquire() as connection:
            assert len(await connection.fetch(UNLOCKED, followers)) == 7


async def test_friends_who_leave_at_once(world: World, deliver: Sender) -> None:
    friends = [await world.person() for _ in range(6)]
    others = await crowd(world, word()[:10], 8)
    for one in friends:
        await follow_all(world, [one.key], [other.key for other in friends if other is not one] + others)
    await asyncio.gather(*(leave_patiently(deliver, one) for one in friends))
    for one in friends:
        await until(world, GONE, one.key)
    assert await wrong_counters(world, others) == 0


async def leave_patiently(deliver: Sender, person: Person) -> None:
    """As Svix does: an answer of 503 is a reason to send it again."""
    for _ in range(20):
        if (await deliver("user.deleted", deleted(person.clerk_id))).status_code == 200:
            return
    raise AssertionError(person.username)
