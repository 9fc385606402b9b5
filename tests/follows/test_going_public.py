"""A private account with more waiting requests than one transaction accepts becomes public (C7)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import pytest

from actions import customers, follows
from actions.locks import Customers
from database.transactions import Transaction
from models.customers import Role
from tests.counts import counters, edges
from tests.follows.crowds import ask_all, crowd, until, wrong_counters
from tests.people import Person, World, word

WAITING = "(SELECT count(*) FROM follow_request WHERE target_id = $1)"


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Accept three requests in a step."""
    monkeypatch.setattr(follows, "REQUESTS_OF_A_STEP", 3)


@asynccontextmanager
async def stopped_before_the_job(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Keep the job from its work during the block."""
    free, lock_customers = asyncio.Event(), follows.lock_customers

    async def wait_and_lock(tx: Transaction, chosen: Customers, *more: UUID) -> dict[UUID, Role]:
        await free.wait()
        return await lock_customers(tx, chosen, *more)

    monkeypatch.setattr(follows, "lock_customers", wait_and_lock)
    try:
        yield
    finally:
        free.set()


async def set_privacy(person: Person, *, private: bool) -> None:
    payload = await person.graph.mutate("updatePrivacy", "customer { isPrivate }", isPrivate=private)
    assert (payload["customer"], payload["userErrors"]) == ({"isPrivate": private}, [])


async def test_all_are_accepted(world: World) -> None:
    me, requesters = await world.person(is_private=True), await crowd(world, word()[:10], 11)
    await ask_all(world, requesters, me)
    await set_privacy(me, private=False)
    await until(world, f"{WAITING} = 0", me.key)
    assert await counters(world, me) == (11, 0, 0)
    assert await wrong_counters(world, requesters) == 0


async def test_private_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The requests that are left wait for an answer."""
    me, requesters = await world.person(is_private=True), await crowd(world, word()[:10], 8)
    await ask_all(world, requesters, me)
    async with stopped_before_the_job(monkeypatch):
        await set_privacy(me, private=False)
        await set_privacy(me, private=True)
    done = "NOT EXISTS (SELECT FROM pgqueuer.pgqueuer WHERE entrypoint = 'follows.accept_requests')"
    await until(world, done)
    assert await counters(world, me) == (3, 0, 0)
    assert await world.value(f"SELECT {WAITING}", me.key) == 5


async def test_who_follows_meanwhile(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The account is public, so that who waits may follow at once, and is counted once."""
    me, requesters = await world.person(is_private=True), await crowd(world, word()[:10], 3)
    late = await world.person()
    await ask_all(world, requesters, me)
    await world.ask(late, me)
    async with stopped_before_the_job(monkeypatch):
        await set_privacy(me, private=False)
        assert await edges(world, late, me) == (False, True)
        await late.graph.mutate("followCustomer", "customer { id }", customerId=me.id)
        assert await edges(world, late, me) == (True, False)
    await until(world, f"{WAITING} = 0", me.key)
    assert await counters(world, me) == (4, 0, 0)
    assert (await counters(world, late))[1] == 1


async def test_no_more_than_a_step_is_locked(world: World) -> None:
    me, requesters = await world.person(is_private=True), await crowd(world, word()[:10], 8)
    await ask_all(world, requesters, me)
    async with world.database.transaction() as tx:
        await follows.lock_customers(tx, follows.requesters(me.key), me.key)
        await customers.update_privacy(tx, me.key, {"is_private": False})
        async with world.database.pool.acquire() as connection:
            unlocked = "SELECT id FROM customer WHERE id = ANY($1) FOR UPDATE SKIP LOCKED"
            assert len(await connection.fetch(unlocked, requesters)) == 5
    await until(world, f"{WAITING} = 0", me.key)
