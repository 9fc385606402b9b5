"""Tickets that were sent without an account come to the account that they belong to (T3)."""

import asyncio
from typing import Any

import httpx2
import pytest

from auth.secrets import Secrets
from models import ids, references
from models.tickets import Ticket
from tests.conventions.wrong import names_of_nothing
from tests.crowd import patiently
from tests.customers.accounts import T1, T2, T3, customer, new_user
from tests.graph import Graph, only
from tests.people import Person, World, number, word
from tests.rows import counting
from tests.tickets.submissions import LINKED, submit
from tests.webhooks.clerk import Sender, phone, user

FIFTY = 50


@pytest.fixture
def deliver(http: httpx2.AsyncClient, credentials: Secrets) -> Sender:
    """Send events as Svix does."""
    return Sender(http, credentials.clerk_webhook_secrets[0])


async def owner(world: World, ticket: Ticket) -> Any:
    return await world.value("SELECT customer_id FROM ticket WHERE id = $1", ticket.id)


async def audited(world: World, ticket: Ticket) -> list[Any]:
    sql = "SELECT action, actor_id, payload::text AS payload FROM audit_entry WHERE target_id = $1"
    return [tuple(row) for row in await world.database.pool.fetch(sql, ticket.id)]


async def link(graph: Graph, ticket: Ticket, **values: Any) -> Any:
    """Link a ticket by phone number and reference, unless said otherwise."""
    given = {
        "ticketId": ids.encode("Ticket", ticket.id),
        "phoneNumber": ticket.phone_number,
        "reference": ticket.reference,
    }
    payload = await graph.mutate("linkTicket", "ticket { id customer { id } phoneNumber }", **given | values)
    return payload["ticket"] or only(payload)


async def verified(world: World, **values: Any) -> Person:
    """Make a customer with a verified phone number of their own."""
    return await world.person(**{"phone_number": number(), "phone_verified": True} | values)


class TestClerk:
    """Clerk's word that a phone number is verified links what was sent with it."""

    @pytest.mark.parametrize("kind", ["user.created", "user.updated"])
    async def test_first_event(self, world: World, deliver: Sender, kind: str) -> None:
        mine, other, clerk_id = await world.ticket(), await world.ticket(), new_user()
        told = user(clerk_id, updated_at=T1, phone_numbers=[phone(mine.phone_number or "")])
        assert (await deliver(kind, told)).status_code == 200
        made = await customer(world.database, clerk_id)
        assert (await owner(world, mine), await owner(world, other)) == (made.id, None)
        assert [(action, actor) for action, actor, _ in await audited(world, mine)] == [("ticket.linked", None)]

    async def test_stranger_who_only_says_so(self, world: World, deliver: Sender) -> None:
        """An unverified number alone links nothing, whether Clerk says it or the customer does."""
        ticket, clerk_id, me = await world.ticket(), new_user(), await world.person()
        unverified = phone(ticket.phone_number or "", status="unverified")
        await deliver("user.created", user(clerk_id, updated_at=T1, phone_numbers=[unverified]))
        await me.graph.mutate("updateProfile", "customer { id }", phoneNumber=ticket.phone_number)
        await deliver("user.updated", user(me.clerk_id, updated_at=T2, phone_numbers=[]))
        assert await owner(world, ticket) is None

    async def test_verified_later(self, world: World, deliver: Sender) -> None:
        ticket, clerk_id = await world.ticket(), new_user()
        for at, status in ((T1, "unverified"), (T2, "verified")):
            assert await owner(world, ticket) is None
            told = [phone(ticket.phone_number or "", status=status)]
            await deliver("user.updated", user(clerk_id, updated_at=at, phone_numbers=told))
        assert await owner(world, ticket) == (await customer(world.database, clerk_id)).id

    async def test_after_the_first_sign_in(self, world: World, deliver: Sender) -> None:
        """Whoever signs in before Clerk's event comes gets their tickets when it comes."""
        ticket, clerk_id = await world.ticket(), new_user()
        graph = Graph(world.http, world.issuer.token(clerk_id))
        assert (await graph("{ viewer { tickets { nodes { id } } } }"))["viewer"] == {"tickets": {"nodes": []}}
        await deliver("user.created", user(clerk_id, updated_at=T1, phone_numbers=[phone(ticket.phone_number or "")]))
        found = (await graph("{ viewer { tickets { nodes { reference } } } }"))["viewer"]["tickets"]["nodes"]
        assert found == [{"reference": ticket.reference}]

    async def test_an_older_event_links_nothing(self, world: World, deliver: Sender) -> None:
        ticket, clerk_id = await world.ticket(), new_user()
        await deliver("user.updated", user(clerk_id, updated_at=T3, phone_numbers=[]))
        await deliver("user.updated", user(clerk_id, updated_at=T2, phone_numbers=[phone(ticket.phone_number or "")]))
        assert await owner(world, ticket) is None

    async def test_linked_tickets_stay(self, world: World, deliver: Sender) -> None:
        """Also where the number moves on to somebody else."""
        ticket, first, second = await world.ticket(), new_user(), new_user()
        shown = [phone(ticket.phone_number or "")]
        await deliver("user.created", user(first, updated_at=T1, phone_numbers=shown))
        await deliver("user.updated", user(first, updated_at=T2, phone_numbers=[]))
        later = await world.ticket(phone_number=ticket.phone_number)
        await deliver("user.created", user(second, updated_at=T3, phone_numbers=shown))
        assert await owner(world, ticket) == (await customer(world.database, first)).id
        assert await owner(world, later) == (await customer(world.database, second)).id

    async def test_two_accounts_at_once(self, world: World, deliver: Sender) -> None:
        """One of them gets all, once; the other nothing."""
        number_ = number()
        tickets = [await world.ticket(phone_number=number_) for _ in range(5)]
        people = [new_user() for _ in range(8)]
        shown = [phone(number_)]
        answers = await asyncio.gather(
            *(deliver("user.created", user(one, updated_at=T1, phone_numbers=shown)) for one in people * 3)
        )
        assert {answer.status_code for answer in answers} == {200}
        assert len({await owner(world, ticket) for ticket in tickets} - {None}) == 1
        assert [len(await audited(world, ticket)) for ticket in tickets] == [1] * 5


async def phone_of(world: World, person: Person) -> str:
    return str(await world.value("SELECT phone_number FROM customer WHERE id = $1", person.key))


class TestLinkTicket:
    """A ticket from another number needs its number and its reference."""

    async def test_anonymous(self, world: World) -> None:
        ticket = await world.ticket()
        assert await link(world.nobody, ticket) == "SignedOutError"
        assert await owner(world, ticket) is None

    async def test_stranger(self, world: World) -> None:
        """Whatever is wrong, the answer is the same; and so it is where somebody has the ticket already."""
        me, other = await world.person(), await verified(world)
        ticket, taken = await world.ticket(), await world.ticket(other, phone_number=number())
        wrong: list[dict[str, Any]] = [
            {"phoneNumber": number()}, {"reference": references.generate()}, {"reference": "TK"}, {"reference": ""},
            {"ticketId": ids.encode("Ticket", other.key)}, {"ticketId": ids.encode("Ticket", taken.id)},
        ]  # fmt: skip
        given = {
            "ticketId": ids.encode("Ticket", ticket.id),
            "phoneNumber": ticket.phone_number,
            "reference": ticket.reference,
        }
        answers = [await me.graph.mutate("linkTicket", "ticket { id }", **given | one) for one in wrong]
        answers.append(await me.graph.mutate("linkTicket", "ticket { id }", **given | {
            "ticketId": ids.encode("Ticket", taken.id), "phoneNumber": taken.phone_number, "reference": taken.reference,
        }))  # fmt: skip
        assert {only(one) for one in answers} == {"PhoneMismatchError"}
        assert len({str(one) for one in answers}) == 1
        assert (await owner(world, ticket), await owner(world, taken)) == (None, other.key)

    @pytest.mark.parametrize("verified_", [False, True])
    async def test_with_a_reference(self, world: World, verified_: bool) -> None:
        me = await world.person(phone_number=number(), phone_verified=verified_)
        ticket = await world.ticket()
        found = await link(me.graph, ticket, reference=ticket.reference.lower().replace("-", ""))
        key = ids.encode("Ticket", ticket.id)
        assert found == {"id": key, "customer": {"id": me.id}, "phoneNumber": ticket.phone_number}
        ((action, actor, payload),) = await audited(world, ticket)
        assert (action, actor) == ("ticket.linked", me.key)
        assert '"reference"' in payload
        assert (ticket.phone_number or "") not in payload

    async def test_without_a_reference(self, world: World) -> None:
        """Only where the phone number is the viewer's own, and verified."""
        ticket = await world.ticket()
        own = await world.person(phone_number=ticket.phone_number)
        for person in (own, await verified(world), await world.person()):
            payload = await person.graph.mutate(
                "linkTicket", "ticket { id }", ticketId=ids.encode("Ticket", ticket.id), phoneNumber=ticket.phone_number
            )
            assert (only(payload), payload["userErrors"][0]["field"]) == ("InvalidInputError", ["input", "reference"])
        await world.execute("UPDATE customer SET phone_verified = true WHERE id = $1", own.key)
        assert (await link(own.graph, ticket, reference=None))["customer"] == {"id": own.id}

    async def test_again(self, world: World) -> None:
        """Who has the ticket gets it, with no further effect."""
        me, other, ticket = await world.person(), await world.person(), await world.ticket()
        first = await link(me.graph, ticket)
        assert await link(me.graph, ticket) == first
        assert await link(other.graph, ticket) == "PhoneMismatchError"
        assert await owner(world, ticket) == me.key
        assert len(await audited(world, ticket)) == 1

    @pytest.mark.parametrize("role", ["SOLVER", "ADMIN"])
    async def test_who_sees_it_by_their_role(self, world: World, role: str) -> None:
        """Somebody who was shown phone number and reference for their work does not get it by that."""
        person = await world.solver(role=role, phone_number=number(), phone_verified=True)
        for ticket in (
            await world.ticket(),
            await world.ticket(claimed_by=person),
            await world.ticket(await world.person()),
        ):
            assert await link(person.graph, ticket) == "NotAllowedError"
            assert await owner(world, ticket) == ticket.customer_id
        own = await world.ticket(phone_number=await phone_of(world, person))
        assert (await link(person.graph, own))["customer"] == {"id": person.id}

    async def test_of_nothing(self, world: World) -> None:
        me, ticket = await world.person(), await world.ticket()
        for wrong in names_of_nothing("Ticket"):
            kind = "PhoneMismatchError" if ids.key_of("Ticket", wrong) else "NotFoundError"
            assert await link(me.graph, ticket, ticketId=wrong) == kind

    @pytest.mark.parametrize(
        ("name", "wrong"), [("phoneNumber", "1"), ("phoneNumber", "x" * 4_000), ("reference", "T" * 41)]
    )
    async def test_bad_values(self, world: World, name: str, wrong: str) -> None:
        assert await link((await world.person()).graph, await world.ticket(), **{name: wrong}) == "InvalidInputError"

    async def test_fifty_at_once(self, world: World) -> None:
        people, ticket = [await world.person() for _ in range(10)], await world.ticket()
        found = await asyncio.gather(
            *(patiently(lambda one=people[at % 10]: link(one.graph, ticket)) for at in range(FIFTY))
        )
        got = {one["customer"]["id"] for one in found if isinstance(one, dict)}
        assert len(got) == 1
        assert len([one for one in found if isinstance(one, dict)]) == 5
        assert {one for one in found if isinstance(one, str)} == {"PhoneMismatchError"}
        assert len(await audited(world, ticket)) == 1

    async def test_against_a_claim(self, world: World) -> None:
        """Both happen."""
        me, solver, ticket = await world.person(), await world.solver(), await world.ticket()
        claim = solver.graph.mutate("claimTicket", "ticket { id }", ticketId=ids.encode("Ticket", ticket.id))
        linked, claimed = await asyncio.gather(link(me.graph, ticket), claim)
        assert (linked["customer"], claimed["userErrors"]) == ({"id": me.id}, [])
        row = await world.database.pool.fetchrow("SELECT status, customer_id FROM ticket WHERE id = $1", ticket.id)
        assert tuple(row) == ("CLAIMED", me.key)


class TestIndex:
    """By an index, not by scanning."""

    async def test_plan(self, world: World, statements: list[str]) -> None:
        me = await verified(world)
        with counting(statements):
            await me.graph(LINKED)
        (sql,) = [one for one in statements if one.startswith("UPDATE ticket")]
        async with world.database.pool.acquire() as connection:
            trial = connection.transaction()
            await trial.start()
            await connection.execute("SET LOCAL enable_seqscan = off")
            await connection.execute("DROP INDEX ticket_of_customer_idx")  # as good as the other in a small table
            plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {sql}", me.key, me.key))
            await trial.rollback()
        assert "ticket_unlinked_idx" in plan
        assert "Seq Scan" not in plan


async def test_the_address_leads_to_the_account(world: World, deliver: Sender) -> None:
    """From a guest's ticket by its sign-up address to an account that has it (T1, T3)."""
    payload = await submit(world.nobody, description=f"No sound {word()}")
    clerk_id = new_user()
    shown = [phone(payload["ticket"]["phoneNumber"])]
    await deliver("user.created", user(clerk_id, updated_at=T1, phone_numbers=shown))
    graph = Graph(world.http, world.issuer.token(clerk_id))
    found = await graph("query ($id: ID!) { ticket(id: $id) { reference } }", id=payload["ticket"]["id"])
    assert found["ticket"]["reference"] == payload["ticket"]["reference"]
    assert found["ticket"]["reference"] in payload["signUpUrl"]
