"""Mails as the graph's mutations bring them about, over HTTP (T9)."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from auth.secrets import Secrets
from models import ids
from models.customers import Role
from settings import Settings
from tests.crowd import patiently
from tests.mails.mailbox import PostOffice, Shop, shop, until
from tests.people import Person, word
from tests.tickets.submissions import submit

FIFTY = 50


@pytest.fixture(scope="module")
async def post(settings: Settings, credentials: Secrets, empty_database_url: str) -> AsyncIterator[Shop]:
    async with PostOffice().open() as office, shop(settings, credentials, empty_database_url, office) as made:
        yield made


async def kinds(post: Shop, ticket: str) -> list[str]:
    """Wait until all is sent, and say what was told of a ticket."""
    await post.quiet()
    sql = "SELECT array_agg(split_part(template, '.', 2) || ' ' || state ORDER BY id) FROM mail WHERE subject_id = $1"
    told: list[str] = await post.world.value(sql, ids.key_of("Ticket", ticket)) or []
    assert {each.split()[1] for each in told} <= {"SENT"}
    return [each.split()[0] for each in told]


async def done(graph: Any, verb: str, fields: str, **values: Any) -> Any:
    """Run a mutation that must succeed."""
    payload = await graph.mutate(verb, fields, **values)
    assert payload["userErrors"] == []
    return payload


class TestWalk:
    """Submit, claim, start, complete: a mail each."""

    async def test_a_guest(self, post: Shop) -> None:
        solver, to = await post.world.person(role=Role.SOLVER), f"{word()}@example.com"
        made = await submit(post.world.nobody, email=to, name="Canary", description="Canary " * 5, language="ar")
        ticket = made["ticket"]
        await done(solver.graph, "claimTicket", "ticket { id }", ticketId=ticket["id"])
        session = (await done(solver.graph, "startSession", "session { id }", ticketId=ticket["id"]))["session"]["id"]
        await done(solver.graph, "completeSession", "session { id }", sessionId=session)
        assert await kinds(post, ticket["id"]) == ["RECEIVED", "CLAIMED", "IN_PROGRESS", "RESOLVED"]
        templates = post.office.templates(to)
        assert len(templates) == 4
        for mail in templates:
            assert ticket["reference"] in mail["subject"]
            assert mail["content-language"] == "ar"
            body = mail.get_body(("html",))
            assert body
            assert "Canary" not in body.get_content()
            assert ticket["phoneNumber"] not in body.get_content()

    async def test_somebody_with_an_account(self, post: Shop) -> None:
        """Sent where Clerk says they are, with all that can happen to a ticket."""
        solver, to, typed = await post.world.person(role=Role.SOLVER), f"{word()}@example.com", f"{word()}@example.com"
        person = await post.world.person(name="Layla Haddad", clerk_profile={"email": to}, preferred_language="ar")
        ticket = (await submit(person.graph, email=typed))["ticket"]["id"]
        await done(solver.graph, "claimTicket", "ticket { id }", ticketId=ticket)
        await done(solver.graph, "releaseTicket", "ticket { id }", ticketId=ticket)
        await done(solver.graph, "claimTicket", "ticket { id }", ticketId=ticket)
        session = (await done(solver.graph, "startSession", "session { id }", ticketId=ticket))["session"]["id"]
        await done(solver.graph, "completeSession", "session { id }", sessionId=session, resolved=False)
        await done(person.graph, "cancelTicket", "ticket { id }", ticketId=ticket)
        told = ["RECEIVED", "CLAIMED", "REOPENED", "CLAIMED", "IN_PROGRESS", "UNSOLVED", "CANCELLED"]
        assert await kinds(post, ticket) == told
        templates = post.office.templates(to)
        assert (len(templates), len({mail["message-id"] for mail in templates})) == (len(told), len(told))
        assert {mail["content-language"] for mail in templates} == {"ar"}
        assert post.office.raw(typed) == []

    async def test_fifty_claims_at_once(self, post: Shop) -> None:
        """One is won, and told."""
        solvers = [await post.world.person(role=Role.SOLVER) for _ in range(FIFTY)]
        ticket = (await submit(post.world.nobody, email=f"{word()}@example.com"))["ticket"]["id"]

        async def claim(solver: Person) -> None:
            await patiently(lambda: solver.graph.mutate("claimTicket", "ticket { id }", ticketId=ticket))

        await asyncio.gather(*(claim(solver) for solver in solvers))
        assert await kinds(post, ticket) == ["RECEIVED", "CLAIMED"]

    async def test_sent_twice_with_one_key(self, post: Shop) -> None:
        to = f"{word()}@example.com"
        same = {"email": to, "phoneNumber": "+971501234567", "description": "Beeps at night", "idempotencyKey": word()}
        first, second = [(await submit(post.world.nobody, **same))["ticket"]["id"] for _ in range(2)]
        assert first == second
        await until(lambda: post.office.raw(to))
        assert await kinds(post, first) == ["RECEIVED"]

    async def test_what_is_refused_is_not_told(self, post: Shop) -> None:
        person, other = (
            await post.world.person(clerk_profile={"email": f"{word()}@example.com"}),
            await post.world.person(),
        )
        ticket = (await submit(person.graph))["ticket"]["id"]
        assert (await other.graph.mutate("cancelTicket", "ticket { id }", ticketId=ticket))["userErrors"]
        assert (await person.graph.mutate("claimTicket", "ticket { id }", ticketId=ticket))["userErrors"]
        assert await kinds(post, ticket) == ["RECEIVED"]
