"""Mail servers that refuse, break off, and say nothing: tried again where that is safe, and never sent twice (T9)."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from auth.secrets import Secrets
from mails import admin
from mails import tickets as ticket_mails
from models.tickets import Ticket, TicketStatus
from settings import Settings
from tests.jobs import queues
from tests.mails.mailbox import DROP, HANG, SLOWLY, PostOffice, Shop, shop, until
from tests.people import word
from tests.rows import add

LATER = "451 4.3.0 Try again, ticket-reader@example.com"
NEVER = "550 5.1.1 There is no ticket-reader@example.com"


@pytest.fixture(scope="module")
async def post(settings: Settings, credentials: Secrets, empty_database_url: str) -> AsyncIterator[Shop]:
    async with PostOffice().open() as office, shop(settings, credentials, empty_database_url, office) as made:
        yield made


def address() -> str:
    return f"{word()}@example.com"


class TestTransient:
    """What may pass by itself is tried again, with waits between, so often and no more."""

    @pytest.mark.parametrize("answer", [LATER, "421 4.3.2 Closing", DROP, HANG, "299 What"])
    async def test_at_the_recipient(self, post: Shop, answer: str) -> None:
        to = address()
        post.office.to_recipient[to] = [answer]
        ticket = await post.ticket(email=to)
        await post.state(ticket, "SENT")
        assert (post.office.tries[to], len(post.office.raw(to))) == (2, 1)

    async def test_at_the_text(self, post: Shop) -> None:
        """A definite no to the text is a no: sent again, and known by its Message-ID should the no have been wrong."""
        to = address()
        post.office.to_text[to] = [LATER]
        mail = await post.state(await post.ticket(email=to), "SENT")
        ids = [mail["message-id"] for mail in post.office.templates(to)]
        assert ids == [f"<{mail['id']}@shop.example>"] * 2

    async def test_until_the_tries_are_used_up(self, post: Shop) -> None:
        to = address()
        post.office.to_recipient[to] = [LATER] * 9
        with capture_logs() as logs:
            mail = await post.state(await post.ticket(email=to), "FAILED")
            await post.quiet()
        assert post.office.tries[to] == 3
        assert mail["error"] == "the mail server said 451 4.3.0, each time it was tried"
        said = [
            (entry["event"], entry.get("attempt"))
            for entry in logs
            if entry.get("payload") == {"mail": str(mail["id"])}
        ]
        assert said == [("job_deferred", 1), ("job_deferred", 2), ("job_held", None)]
        assert "example.com" not in str(logs)


class TestRefused:
    """What is refused for good waits for a person."""

    async def test_at_the_recipient(self, post: Shop) -> None:
        to = address()
        post.office.to_recipient[to] = [NEVER]
        mail = await post.state(await post.ticket(email=to), "FAILED")
        assert (mail["error"], post.office.tries[to]) == ("the mail server said 550 5.1.1", 1)

    async def test_at_the_text_and_sent_again_by_hand(self, post: Shop) -> None:
        to = address()
        post.office.to_text[to] = ["554 5.6.0 ticket-reader is not welcome"]
        ticket = await post.ticket(email=to)
        mail = await post.state(ticket, "FAILED")
        assert mail["error"] == "the mail server said 554 5.6.0"
        await post.quiet()
        assert str(mail["id"]) in {str(row.id) for row in await admin.listing(post.database)}
        assert await admin.retry(post.database, str(uuid4())) == 0
        assert await admin.retry(post.database, str(mail["id"])) == 1
        await post.state(ticket, "SENT")
        assert len(post.office.raw(to)) == 2

    async def test_nobody_is_named(self, post: Shop) -> None:
        """What is kept of a failure holds no address and no words of the mail server."""
        to = address()
        post.office.to_recipient[to] = [LATER, NEVER]
        await post.state(await post.ticket(email=to), "FAILED")
        await post.quiet()
        kept = await post.world.value("SELECT string_agg(log::text, '') FROM pgqueuer.pgqueuer_log AS log")
        kept += await post.world.value("SELECT string_agg(mail::text, '') FROM mail")
        assert "451 4.3.0" in kept
        assert "ticket-reader" not in kept
        assert to not in kept


class TestUncertain:
    """Where nobody knows whether it arrived it is not sent again, unless a person says so."""

    @pytest.mark.parametrize("answer", [DROP, HANG, "299 What"])
    async def test_no_answer_to_the_text(self, post: Shop, answer: str) -> None:
        to = address()
        post.office.to_text[to] = [answer]
        ticket = await post.ticket(email=to)
        mail = await post.state(ticket, "UNCERTAIN")
        await post.quiet()
        await admin.retry(post.database, admin.ALL)
        assert [row["state"] for row in await post.mails(ticket)] == ["UNCERTAIN"]
        assert len(post.office.raw(to)) == 1
        assert await admin.retry(post.database, str(mail["id"])) == 1
        await post.state(ticket, "SENT")
        assert len(post.office.raw(to)) == 2

    async def test_a_process_that_died_in_the_act(self, post: Shop) -> None:
        """It leaves a mail that is SENDING; who gets its job does not send it."""
        ticket = await post.ticket()
        await post.state(ticket, "SENT")
        await post.world.execute("UPDATE mail SET state = 'SENDING' WHERE subject_id = $1", ticket.id)
        again = "INSERT INTO pgqueuer.pgqueuer (priority, entrypoint, payload, status) SELECT 0, 'mail', id::text::bytea, 'queued' FROM mail WHERE subject_id = $1"
        await post.world.execute(again, ticket.id)
        await post.state(ticket, "UNCERTAIN")
        assert len(post.office.raw(str(ticket.email))) == 1


class TestOnce:
    """Any number of processes share the mails, and no mail is sent by two."""

    async def test_two_servers(
        self, post: Shop, settings: Settings, credentials: Secrets, empty_database_url: str
    ) -> None:
        async with shop(settings, credentials, empty_database_url, post.office):
            to = [address() for _ in range(100)]
            tickets = [Ticket(reference=f"TK-{word()}", description="Beeps.", email=each) for each in to]
            async with post.database.transaction() as tx:
                await add(tx, *tickets)
                for ticket in tickets:
                    await ticket_mails.notify(tx, ticket.id, None, TicketStatus.OPEN)
            await until(lambda: all(post.office.raw(each) for each in to))
            await post.quiet()
        assert [len(post.office.raw(each)) for each in to] == [1] * len(to)

    async def test_ten_jobs_for_one_mail(self, post: Shop) -> None:
        """As when a process is thought dead and is not: all ask the server, one sends the text."""
        to = address()
        post.office.to_recipient[to] = [HANG]
        ticket = await post.ticket(email=to)
        await until(lambda: post.office.tries[to])
        more = """INSERT INTO pgqueuer.pgqueuer (priority, entrypoint, payload, status)
            SELECT 0, 'mail', id::text::bytea, 'queued' FROM mail, generate_series(1, 9) WHERE subject_id = $1"""
        await post.world.execute(more, ticket.id)
        await post.state(ticket, "SENT")
        await post.quiet()
        assert post.office.tries[to] > 1
        assert len(post.office.raw(to)) == 1

    async def test_one_is_refused_while_another_sends(self, post: Shop) -> None:
        """What may have arrived must not count as refused, or it would be sent again with all that was."""
        to = address()
        post.office.to_recipient[to], post.office.to_text[to] = [f"{SLOWLY}{NEVER}", "250 OK"], [HANG]
        ticket = await post.ticket(email=to)
        await until(lambda: post.office.tries[to])
        more = """INSERT INTO pgqueuer.pgqueuer (priority, entrypoint, payload, status)
            SELECT 0, 'mail', id::text::bytea, 'queued' FROM mail WHERE subject_id = $1"""
        await post.world.execute(more, ticket.id)
        await until(lambda: post.office.raw(to))
        await post.quiet()
        assert [mail["state"] for mail in await post.mails(ticket)] == ["UNCERTAIN"]
        assert (post.office.tries[to], len(post.office.raw(to))) == (2, 1)

    async def test_jobs_that_were_lost(
        self, post: Shop, settings: Settings, credentials: Secrets, empty_database_url: str
    ) -> None:
        """As a process of an earlier release may leave them when the database goes away: the timer sets it right."""
        to = address()
        post.office.to_recipient[to] = [HANG]
        tickets = [await post.ticket(email=to), await post.ticket(), await post.ticket()]
        for ticket in tickets[1:]:
            await post.state(ticket, "SENT")

        async def ended() -> bool:
            left = "SELECT count(*) FROM pgqueuer.pgqueuer WHERE status <> 'failed'"
            return await post.world.value(left) <= 1  # that of the first

        await queues.until(ended)
        await post.world.execute("UPDATE mail SET state = 'QUEUED' WHERE subject_id = $1", tickets[1].id)
        await post.world.execute(
            "UPDATE mail SET state = 'SENDING', updated_at = now() - interval '1 hour' WHERE subject_id = $1",
            tickets[2].id,
        )
        async with shop(settings, credentials, empty_database_url, post.office):
            await queues.run_timer("mails.repair", settings, post.database)
            await post.state(tickets[1], "SENT")
            await post.state(tickets[2], "UNCERTAIN")
            await post.state(tickets[0], "SENT")
        await post.quiet()
        assert [len(post.office.raw(str(ticket.email))) for ticket in tickets] == [1, 2, 1]


class TestDatabase:
    """A database that goes away takes the worker along, not the mails."""

    async def test_its_connections_are_ended(self, post: Shop) -> None:
        end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'clientele jobs' AND datname = current_database()"
        with capture_logs() as logs:
            await post.state(await post.ticket(), "SENT")
            assert await post.world.value(end) > 0
            ticket = await post.ticket()
            await post.state(ticket, "SENT")
        assert len(post.office.raw(str(ticket.email))) == 1
        assert not [entry for entry in logs if entry["event"] == "job_held"]
