"""A guest finds their ticket again, by its reference and phone number (T2)."""

import logging
from statistics import median
from time import perf_counter
from typing import Any

import pytest
from structlog.testing import capture_logs

from auth.viewer import ViewerKind
from loaders.guest_tickets import GuestTicketByName
from models import ids, references
from models.customers import Role
from tests.conventions.wrong import CHARACTERS, LONG
from tests.people import World, number, word
from tests.rows import counting
from tests.tickets.submissions import GUEST, TICKET, find, submit

CONTACT = ("name", "phoneNumber", "email", "customer")
SESSIONS = """query ($r: String!, $p: PhoneNumber!) { guestTicket(reference: $r, phoneNumber: $p) {
    id claimedBy { id name } sessions { status notes ticket { id name phoneNumber } solver { name } rating { stars } } } }"""


class TestGuestTicket:
    """Both must fit."""

    async def test_anonymous(self, world: World) -> None:
        ticket = (await submit(world.nobody))["ticket"]
        assert await find(world.nobody, ticket["reference"], ticket["phoneNumber"]) == ticket

    async def test_stranger(self, world: World) -> None:
        """One of the two is not enough, and it does not tell which was wrong."""
        ticket, other, stranger = await world.ticket(), await world.ticket(), await world.person()
        for graph in (world.nobody, stranger.graph):
            answers = [
                await graph.send(GUEST, r=reference, p=phone)
                for reference, phone in (
                    (ticket.reference, number()), (ticket.reference, other.phone_number),
                    (references.generate(), ticket.phone_number), (references.generate(), number()),
                    ("", ticket.phone_number), ("TK-000-000-000", ticket.phone_number), (LONG, ticket.phone_number),
                )
            ]  # fmt: skip
            assert {(answer.status_code, answer.text) for answer in answers} == {(200, '{"data":{"guestTicket":null}}')}

    @pytest.mark.parametrize("role", [Role.CUSTOMER, Role.SOLVER, Role.ADMIN])
    async def test_signed_in(self, world: World, role: Role) -> None:
        """Whoever knows both may be signed in as well."""
        ticket, me = (await submit(world.nobody))["ticket"], await world.person(role=role)
        assert await find(me.graph, ticket["reference"], ticket["phoneNumber"]) == ticket

    async def test_as_people_type(self, world: World) -> None:
        ticket = (await submit(world.nobody))["ticket"]
        digits = ticket["phoneNumber"][1:]
        arabic = "".join(chr(0x660 + int(one)) for one in f"00{digits}")
        for reference in (ticket["reference"].lower(), ticket["reference"].replace("-", " ")[3:]):
            for phone in (f"00{digits}", f"+{digits[:3]} {digits[3:5]} {digits[5:]}", arabic):
                assert await find(world.nobody, reference, phone) == ticket

    @pytest.mark.parametrize("wrong", ["", "0501234567", "phone", LONG])
    async def test_no_phone_number(self, world: World, wrong: str) -> None:
        (error,) = await world.nobody.errors(GUEST, r=(await world.ticket()).reference, p=wrong)
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        assert LONG[:101] not in error["message"]

    @pytest.mark.parametrize("character", CHARACTERS.values(), ids=CHARACTERS)
    async def test_characters(self, world: World, character: str) -> None:
        (error,) = await world.nobody.errors(GUEST, r=f"TK{character}", p=number())
        assert error["extensions"]["code"] == "BAD_USER_INPUT"

    async def test_what_became_of_it(self, world: World) -> None:
        """Sessions, their solver and notes, and the way back to the ticket; not what an account thought of them."""
        solver = await world.solver(name="Sam")
        ticket = await world.ticket(claimed_by=solver, status="RESOLVED")
        await world.rating(await world.session(ticket, notes="Changed the cable"))
        found = (await world.nobody(SESSIONS, r=ticket.reference, p=ticket.phone_number))["guestTicket"]
        assert found["claimedBy"]["name"] == "Sam"
        contact = {"name": ticket.name, "phoneNumber": ticket.phone_number}
        assert found["sessions"] == [
            {
                "status": "COMPLETED", "notes": "Changed the cable", "solver": {"name": "Sam"}, "rating": None,
                "ticket": {"id": found["id"], **contact},
            }
        ]  # fmt: skip


class TestLinked:
    """Once an account has the ticket."""

    async def test_anonymous_and_stranger(self, world: World) -> None:
        """The guest still sees how it stands, and no contact data, whoever they are; nor whose it is."""
        ticket, stranger, phone = (await submit(world.nobody))["ticket"], await world.person(), number()
        me = await world.person(phone_number=ticket["phoneNumber"], phone_verified=True, name=word())
        await world.execute("UPDATE ticket SET customer_id = $1 WHERE reference = $2", me.key, ticket["reference"])
        for graph in (world.nobody, stranger.graph, me.graph):
            found = await find(graph, ticket["reference"], ticket["phoneNumber"])
            assert found == ticket | dict.fromkeys(CONTACT) | {"updatedAt": found["updatedAt"]}
            assert await find(graph, ticket["reference"], phone) is None
        own = (await me.graph(f"query ($id: ID!) {{ ticket(id: $id) {{ {TICKET} }} }}", id=ticket["id"]))["ticket"]
        assert own == ticket | {"customer": {"id": me.id}}

    async def test_by_way_of_a_session(self, world: World) -> None:
        me, solver = await world.person(), await world.solver()
        ticket = await world.ticket(me, solver, status="RESOLVED")
        await world.session(ticket)
        found = (await world.nobody(SESSIONS, r=ticket.reference, p=ticket.phone_number))["guestTicket"]
        assert found["sessions"][0]["ticket"] == {"id": found["id"], "name": None, "phoneNumber": None}

    @pytest.mark.parametrize("order", ["guest own", "own guest"])
    async def test_beside_the_owners_own_view(self, world: World, order: str) -> None:
        """What a guest is refused the owner gets in the same operation, whatever comes first."""
        me, solver = await world.person(name="Omar"), await world.solver()
        ticket = await world.ticket(me, solver, status="RESOLVED")
        await world.session(ticket)
        fields = "name phoneNumber email customer { id } sessions { ticket { name customer { id } } }"
        parts = {
            "guest": f"guest: guestTicket(reference: $r, phoneNumber: $p) {{ {fields} }}",
            "own": f"own: ticket(id: $id) {{ {fields} }} viewer {{ tickets {{ nodes {{ {fields} }} }} }}",
        }
        query = f"query ($r: String!, $p: PhoneNumber!, $id: ID!) {{ {' '.join(parts[one] for one in order.split())} }}"
        given = {"r": ticket.reference, "p": ticket.phone_number, "id": ids.encode("Ticket", ticket.id)}
        again = {"ticket": {"name": ticket.name, "customer": {"id": me.id}}}
        owns = {"name": ticket.name, "phoneNumber": ticket.phone_number, "email": ticket.email}
        own = owns | {"customer": {"id": me.id}, "sessions": [again]}
        for _ in range(3):
            found = await me.graph(query, **given)
            assert found["own"] == own
            assert found["viewer"]["tickets"]["nodes"] == [own]
            assert found["guest"] == dict.fromkeys(CONTACT) | {"sessions": [again]}

    async def test_it_leads_to_nothing_else(self, world: World) -> None:
        """That a ticket was found by reference and phone number does not open it to its id."""
        solver = await world.solver()
        ticket = await world.ticket(claimed_by=solver, status="RESOLVED")
        await world.session(ticket)
        query = """query ($r: String!, $p: PhoneNumber!, $id: ID!) {
            guestTicket(reference: $r, phoneNumber: $p) { name sessions { ticket { name } } }
            ticket(id: $id) { name } node(id: $id) { id } nodes(ids: [$id]) { id } }"""
        given = {"r": ticket.reference, "p": ticket.phone_number, "id": ids.encode("Ticket", ticket.id)}
        for graph in (world.nobody, (await world.person()).graph):
            for _ in range(3):
                assert await graph(query, **given) == {
                    "guestTicket": {"name": ticket.name, "sessions": [{"ticket": {"name": ticket.name}}]},
                    "ticket": None, "node": None, "nodes": [None],
                }  # fmt: skip


class TestGuessing:
    """Nothing tells a wrong reference from a wrong phone number."""

    async def test_the_same_statements(self, world: World, statements: list[str]) -> None:
        ticket = await world.ticket()
        seen: dict[str, list[str]] = {}
        wrong = {"phone": (ticket.reference, number()), "reference": (references.generate(), ticket.phone_number or "")}
        for name, (reference, phone) in wrong.items():
            with counting(statements):
                assert await find(world.nobody, reference, phone) is None
                seen[name] = [*statements]
        assert seen["phone"] == seen["reference"]
        assert len([sql for sql in seen["phone"] if "ticket.reference =" in sql]) == 1

    async def test_an_index_finds_it(self, world: World) -> None:
        statement = GuestTicketByName.statement(ViewerKind.ANONYMOUS)
        given = statement.arguments({"keys": ["x"]})
        async with world.database.pool.acquire() as connection, connection.transaction():
            await connection.execute("SET LOCAL enable_seqscan = off")
            plan = await connection.fetch(f"EXPLAIN {statement.sql}", *given)
        text = "\n".join(row[0] for row in plan)
        assert "Index Scan using ticket_reference_key" in text
        assert text.count("Scan on ticket") == text.count("Seq Scan") == 0

    async def test_the_same_time(self, world: World) -> None:
        ticket = await world.ticket()
        times: dict[str, list[float]] = {"phone": [], "reference": []}
        for _ in range(60):
            for name, (reference, phone) in {
                "phone": (ticket.reference, "+971501111111"), "reference": ("TK-CCC-CCC-CCC", "+971501111111"),
            }.items():  # fmt: skip
                began = perf_counter()
                assert await find(world.nobody, reference, phone) is None
                times[name].append(perf_counter() - began)
        slow, quick = sorted((median(times["phone"]), median(times["reference"])), reverse=True)
        assert slow < 2 * quick


class TestPrivacy:
    """Neither log nor error texts have a word of it."""

    async def test_canary(self, world: World) -> None:
        lines: list[str] = []

        class Log(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                lines.append(self.format(record))

        phone, name, email, story = number(), f"n{word()}", f"e{word()}@example.com", f"s{word()}"
        given = {"phoneNumber": phone, "name": name, "email": email, "description": story}
        logging.root.addHandler(handler := Log())
        try:
            with capture_logs() as events:
                wrong: list[Any] = [
                    await submit(world.nobody, **given | one)
                    for one in (
                        {"description": " "}, {"language": "xx"}, {"requestedSolverId": "x"},
                        {"email": "no e-mail", "name": None}, {"phoneNumber": "1"},
                    )
                ]  # fmt: skip
                ticket = (await submit(world.nobody, **given))["ticket"]
                wrong.append(await find(world.nobody, ticket["reference"], number()))
                wrong.append(await find(world.nobody, references.generate(), phone))
                wrong.append(await world.nobody.errors(GUEST, r=ticket["reference"], p=f"{phone} ext. 7"))
        finally:
            logging.root.removeHandler(handler)
        said = "\n".join((*lines, *map(str, events), str(wrong)))
        for canary in (phone, phone[1:], name, email, story, ticket["reference"]):
            assert canary not in said


class TestCost:
    """A submission is a constant number of SQL statements."""

    @pytest.mark.parametrize("signed_in", [False, True])
    async def test_submit(self, world: World, statements: list[str], signed_in: bool) -> None:
        graph = (await world.person()).graph if signed_in else world.nobody
        phone, counts = number(), []
        await submit(graph, phoneNumber=phone)  # in which a sign-in is written once a minute
        for _ in range(3):
            with counting(statements):
                await submit(graph, phoneNumber=phone, idempotencyKey=word())
                counts.append(len(statements))
        assert counts == [12] * 3
