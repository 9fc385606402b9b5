"""While servers are replaced, those of the release before write and send mails in the same tables."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from alembic import command

import migrations
from auth.secrets import Secrets
from models.tickets import Ticket
from settings import Settings
from tests.mails.mailbox import PostOffice, Shop, shop
from tests.people import word
from tests.rows import add

BEFORE = "0012"
WRITE = "INSERT INTO mail (id, ticket_id, kind) VALUES (gen_random_uuid(), $1, $2) RETURNING id"
QUEUE = """INSERT INTO pgqueuer.pgqueuer (priority, entrypoint, dedupe_key, payload, status)
    VALUES (0, 'mail', $1, convert_to($1, 'UTF8'), 'queued')"""
READ = """SELECT template, subject_type, subject_id, customer_id, language FROM mail WHERE id = $1"""


@pytest.fixture(scope="module")
async def post(settings: Settings, credentials: Secrets, empty_database_url: str) -> AsyncIterator[Shop]:
    async with PostOffice().open() as office, shop(settings, credentials, empty_database_url, office) as made:
        yield made


async def save(post: Shop, **values: Any) -> Ticket:
    """Make a ticket, and no mail."""
    row = Ticket(reference=f"TK-{word()}", description="Beeps.", email=f"{word()}@example.com", **values)
    async with post.database.transaction() as tx:
        await add(tx, row)
    return row


class TestWrites:
    """What one release writes, the other can read."""

    async def test_a_mail_of_the_release_before_is_sent(self, post: Shop) -> None:
        ticket = await save(post, language="ar")
        id = await post.world.value(WRITE, ticket.id, "CLAIMED")
        await post.world.execute(QUEUE, str(id))
        mail = await post.state(ticket, "SENT")
        assert (mail["template"], mail["subject_type"], mail["language"]) == ("tickets.CLAIMED", "Ticket", "ar")
        assert len(post.office.raw(str(ticket.email))) == 1

    async def test_it_finds_what_it_needs_in_ours(self, post: Shop) -> None:
        [mail] = await post.mails(await post.ticket())
        row = await post.database.pool.fetchrow("SELECT ticket_id, kind FROM mail WHERE id = $1", mail["id"])  # type: ignore[attr-defined]
        assert tuple(row) == (mail["subject_id"], "RECEIVED")


async def test_the_migration_fills_what_is_there(settings: Settings, empty_database_url: str) -> None:
    """In both directions."""
    config = migrations.config(empty_database_url)
    await asyncio.to_thread(command.downgrade, config, BEFORE)
    connection = await asyncpg.connect(empty_database_url)
    try:
        customer = await connection.fetchval(
            """INSERT INTO customer (id, clerk_id, username, preferred_language)
            VALUES (gen_random_uuid(), 'user_before', 'before', 'ar') RETURNING id"""
        )
        sql = """INSERT INTO ticket (id, reference, description, email, customer_id, linked_when_sent, language)
            VALUES (gen_random_uuid(), $1, 'Beeps.', $2, $3, $4, 'en') RETURNING id"""
        own = await connection.fetchval(sql, "TK-1", None, customer, False)
        guests = await connection.fetchval(sql, "TK-2", "a@b.example", customer, True)
        ids = [await connection.fetchval(WRITE, ticket, "RECEIVED") for ticket in (own, guests)]
        await asyncio.to_thread(command.upgrade, config, "head")
        rows = [tuple(await connection.fetchrow(READ, id)) for id in ids]
        assert rows == [
            ("tickets.RECEIVED", "Ticket", own, customer, "ar"),
            ("tickets.RECEIVED", "Ticket", guests, None, "en"),
        ]
        await asyncio.to_thread(command.downgrade, config, BEFORE)
        assert [row["kind"] for row in await connection.fetch("SELECT kind FROM mail WHERE id = ANY($1)", ids)] == [
            "RECEIVED",
            "RECEIVED",
        ]
    finally:
        await connection.close()
        await asyncio.to_thread(command.upgrade, config, "head")
