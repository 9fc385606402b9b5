"""Mails that no process could send: kept for a day, then dropped, with one line for all."""

from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from auth.secrets import Secrets
from settings import Settings
from tests.jobs.queues import run_timer
from tests.mails.mailbox import PostOffice, Shop, shop
from tests.people import word

OLD = "UPDATE mail SET updated_at = now() - interval '25 hours' WHERE subject_id = $1"


@pytest.fixture
async def silent(settings: Settings, credentials: Secrets, empty_database_url: str) -> AsyncIterator[Shop]:
    """A server without a mail server."""
    async with shop(settings, credentials, empty_database_url, PostOffice(), smtp="", mail_from=None) as made:
        yield made
        await made.world.execute("DELETE FROM mail; DELETE FROM pgqueuer.pgqueuer")


async def jobs(post: Shop) -> int:
    count: int = await post.world.value("SELECT count(*) FROM pgqueuer.pgqueuer")
    return count


class TestWaiting:
    """They are written down, for a server that can send them."""

    async def test_a_server_sends_them_that_comes_later(
        self, silent: Shop, settings: Settings, credentials: Secrets, empty_database_url: str
    ) -> None:
        ticket = await silent.ticket()
        assert [mail["state"] for mail in await silent.mails(ticket)] == ["QUEUED"]
        async with PostOffice().open() as office, shop(settings, credentials, empty_database_url, office) as post:
            await post.state(ticket, "SENT")
            assert len(office.raw(str(ticket.email))) == 1

    async def test_not_where_the_address_is_no_longer_verified(
        self, silent: Shop, settings: Settings, credentials: Secrets, empty_database_url: str
    ) -> None:
        """Otherwise any number could wait for a stranger's address: what goes to a verified one is not counted."""
        me = await silent.world.person(clerk_profile={"email": (to := f"{word()}@example.com"), "verified_email": to})
        tickets = [await silent.ticket(customer_id=me.key) for _ in range(3)]
        await silent.world.execute("UPDATE customer SET clerk_profile = NULL WHERE id = $1", me.key)
        last = await silent.ticket()
        async with PostOffice().open() as office, shop(settings, credentials, empty_database_url, office) as post:
            await post.state(last, "SENT")
            await post.quiet()
            assert [to for to, _ in office.taken] == [last.email]
        assert [mail for ticket in tickets for mail in await silent.mails(ticket)] == []

    async def test_old_ones_are_not_sent(
        self, silent: Shop, settings: Settings, credentials: Secrets, empty_database_url: str
    ) -> None:
        old, new = [await silent.ticket() for _ in range(30)], await silent.ticket()
        for ticket in old:
            await silent.world.execute(OLD, ticket.id)
        with capture_logs() as logs:
            async with PostOffice().open() as office, shop(settings, credentials, empty_database_url, office) as post:
                await post.state(new, "SENT")
                await post.quiet()
                assert [to for to, _ in office.taken] == [new.email]
        assert [mail for ticket in old for mail in await silent.mails(ticket)] == []
        assert [entry["count"] for entry in logs if entry["event"] == "mails_dropped"] == [30]
        assert "example.com" not in str(logs)

    async def test_they_do_not_pile_up(self, silent: Shop) -> None:
        """A timer drops them where there is never a mail server, with their jobs."""
        old, new = await silent.ticket(), await silent.ticket()
        await silent.world.execute(OLD, old.id)
        await run_timer("mails.repair", Settings(), silent.database)
        assert (await silent.mails(old), await jobs(silent)) == ([], 1)
        assert len(await silent.mails(new)) == 1

    async def test_one_that_was_tried_is_kept(self, silent: Shop) -> None:
        """Its mail server is away for long: that is for the tries to decide."""
        ticket = await silent.ticket(email=f"{word()}@example.com")
        # In one statement, since the timer of the shop's own server may run at any time.
        await silent.world.execute(f"WITH tried AS (UPDATE pgqueuer.pgqueuer SET attempts = 1) {OLD}", ticket.id)
        await run_timer("mails.repair", Settings(), silent.database)
        assert len(await silent.mails(ticket)) == 1
