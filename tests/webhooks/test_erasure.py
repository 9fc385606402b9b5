"""The bodies of failed messages go with the account that they are about (A7)."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import uuid4

import asyncpg
import httpx2
import orjson
import pytest
from alembic import command

import migrations
from actions import webhook_erasure
from auth.secrets import Secrets
from database.engine import Database
from models.inbox import WebhookStatus
from settings import Settings
from tests.customers.accounts import T1, T2, customers, message, new_user
from tests.jobs.queues import run_timer
from tests.people import World, word
from tests.webhooks.clerk import ADDRESS, Sender, deleted, signed, user
from webhooks import clerk, inbox

Fail = Callable[[str, str], Awaitable[str]]


@pytest.fixture
def deliver(http: httpx2.AsyncClient, credentials: Secrets) -> Sender:
    """Send events as Svix does."""
    return Sender(http, credentials.clerk_webhook_secrets[0])


@pytest.fixture
def fail(http: httpx2.AsyncClient, credentials: Secrets) -> Fail:
    """Have a message about a user fail, since it has no time; gives its id."""

    async def send(clerk_id: str, canary: str) -> str:
        message_id = f"msg_{uuid4().hex}"
        body = orjson.dumps({"type": "user.updated", "data": {"id": clerk_id, "first_name": canary}})
        headers = signed(credentials.clerk_webhook_secrets[0], body, message_id=message_id)
        assert (await http.post(ADDRESS, content=body, headers=headers)).status_code == 500
        return message_id

    return send


async def test_deletion(database: Database, deliver: Sender, fail: Fail) -> None:
    canary, clerk_id, other = word(), new_user(), new_user()
    await deliver("user.created", user(clerk_id, updated_at=T1))
    mine, theirs = await fail(clerk_id, canary), await fail(other, canary)
    await deliver("user.deleted", deleted(clerk_id))
    kept, others = await message(database, mine), await message(database, theirs)
    assert kept is not None
    assert others is not None
    assert (kept.status, kept.body, kept.subject, kept.error) == (
        WebhookStatus.IGNORED, b"", None, webhook_erasure.ERASED,
    )  # fmt: skip
    assert canary.encode() in others.body
    assert await inbox.replay(database, [clerk.PROVIDER], mine) == []
    assert await customers(database, clerk_id) == []


async def test_one_that_fails_after_the_deletion(database: Database, deliver: Sender, fail: Fail) -> None:
    """Also where there never was an account."""
    for clerk_id in (new_user(), new_user()):
        await deliver("user.deleted", deleted(clerk_id))
        kept = await message(database, await fail(clerk_id, word()))
        assert kept is not None
        assert (kept.status, kept.body, kept.subject) == (WebhookStatus.IGNORED, b"", None)


async def test_replayed_and_done(database: Database, deliver: Sender, fail: Fail) -> None:
    """A message that is done no longer says whom it was about."""
    clerk_id = new_user()
    message_id = await fail(clerk_id, word())
    assert (await deliver("user.updated", user(clerk_id, updated_at=T2), message_id=message_id)).status_code == 200
    kept = await message(database, message_id)
    assert kept is not None
    assert (kept.status, kept.body, kept.subject) == (WebhookStatus.PROCESSED, b"", None)


async def test_what_nobody_replays(world: World, database: Database, settings: Settings, fail: Fail) -> None:
    """And what a delivery kept in the moment of the deletion: the timer finds both."""
    old, late, recent = [await fail(new_user(), word()) for _ in range(3)]
    await world.execute("UPDATE webhook_message SET received_at = now() - interval '91 days' WHERE id = $1", old)
    await world.execute(
        "INSERT INTO deleted_account (clerk_id) SELECT subject FROM webhook_message WHERE id = $1", late
    )
    await run_timer("webhooks.erase", settings, database)
    statuses = [one.status for name in (old, late, recent) if (one := await message(database, name))]
    assert statuses == [WebhookStatus.IGNORED, WebhookStatus.IGNORED, WebhookStatus.FAILED]


async def test_many_are_erased_in_batches(fresh_url: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_erasure, "BATCH", 3)
    database = await Database.connect(fresh_url, size=1, statement=30, lock=30, wait=10)
    connection = await asyncpg.connect(fresh_url)
    try:
        await connection.execute(
            "INSERT INTO webhook_message (provider, id, kind, body, status, received_at) SELECT 'clerk', 'msg_' || number, "
            "'user.updated', 'x', 'FAILED', now() - interval '91 days' FROM generate_series(1, 10) AS number"
        )
        await run_timer("webhooks.erase", settings, database)
        erased = (
            "SELECT count(*), count(DISTINCT updated_at) FROM webhook_message WHERE status = 'IGNORED' AND body = ''"
        )
        assert tuple(await connection.fetchrow(erased)) == (10, 4), "each batch is a transaction of its own"
    finally:
        await connection.close()
        await database.close()


async def test_one_that_failed_in_the_release_before(fresh_url: str) -> None:
    """It did not say whom a message is about."""
    await asyncio.to_thread(command.downgrade, migrations.config(fresh_url), "0010")
    body = {"type": "user.updated", "data": {"object": "user", "id": "user_1", "email_addresses": [{"id": "idn_1"}]}}
    connection = await asyncpg.connect(fresh_url)
    try:
        sql = "INSERT INTO webhook_message (provider, id, kind, body, status) VALUES ('clerk', $1, 'user.updated', $2, 'FAILED')"
        await connection.execute(sql, "msg_1", orjson.dumps(body))
        await connection.execute(sql, "msg_2", b"\xff{")
        await asyncio.to_thread(migrations.upgrade, fresh_url)
        found = await connection.fetch("SELECT id, subject FROM webhook_message ORDER BY id")
        assert [tuple(row) for row in found] == [("msg_1", "user_1"), ("msg_2", None)]
    finally:
        await connection.close()
