"""What stays of support when an account goes, and that no word of who it was does (A7); what the audit log keeps (A8)."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx2
import pytest
import sqlalchemy as sa

from actions.ticket_transitions import record_change
from auth.secrets import Secrets
from models import ids
from models.tickets import Ticket, TicketStatus
from tests.customers.accounts import T1, new_user
from tests.patience import SECONDS
from tests.people import Person, World, number, word
from tests.tickets.submissions import LINKED, find
from tests.webhooks.clerk import Sender, deleted, phone, user

MOVES = {"OPEN": "CANCELLED", "CLAIMED": "CANCELLED", "IN_PROGRESS": "CANCELLED", "RESOLVED": "RESOLVED"}


@pytest.fixture
def deliver(http: httpx2.AsyncClient, credentials: Secrets) -> Sender:
    """Send events as Svix does."""
    return Sender(http, credentials.clerk_webhook_secrets[0])


async def leave(deliver: Sender, person: Person) -> None:
    answer = await deliver("user.deleted", deleted(person.clerk_id))
    assert answer.status_code == 200, answer.text


async def now(world: World, ticket: Ticket) -> Any:
    return await world.database.pool.fetchrow("SELECT * FROM ticket WHERE id = $1", ticket.id)


async def blocked_by(world: World, pid: int) -> None:
    """Wait until somebody waits for a connection's transaction."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE $1 = ANY(pg_blocking_pids(pid))"
    async with asyncio.timeout(SECONDS):
        while not await world.value(waiting, pid):  # noqa: ASYNC110 - the event is in PostgreSQL
            await asyncio.sleep(0.01)


class TestCustomer:
    """Somebody who asked for help leaves."""

    async def test_stranger(self, world: World, deliver: Sender) -> None:
        """Whoever else has a ticket, or sent one with the same number, keeps it."""
        me, other, number_ = await world.person(), await world.person(), number()
        tickets = [await world.ticket(other, phone_number=number_), await world.ticket(phone_number=number_)]
        await world.ticket(me, phone_number=number_)
        before = [await now(world, ticket) for ticket in tickets]
        await leave(deliver, me)
        assert [await now(world, ticket) for ticket in tickets] == before

    @pytest.mark.parametrize("status", MOVES)
    async def test_tickets_stay_without_a_person(self, world: World, deliver: Sender, status: str) -> None:
        me, solver, canary = await world.person(), await world.solver(), word()
        private = {"name": canary, "email": f"{canary}@example.com", "description": canary}
        ticket = await world.ticket(me, None if status == "OPEN" else solver, status=status, **private)
        if status in {"IN_PROGRESS", "RESOLVED"}:
            session = await world.session(
                ticket, notes=canary, **({"status": "ACTIVE"} if status == "IN_PROGRESS" else {})
            )
        await leave(deliver, me)
        left = await now(world, ticket)
        assert (left["status"], left["customer_id"], left["description"]) == (MOVES[status], None, "")
        assert (left["name"], left["phone_number"], left["email"]) == (None, None, None)
        assert canary not in str(left)
        if status in {"IN_PROGRESS", "RESOLVED"}:
            row = await world.database.pool.fetchrow("SELECT * FROM session WHERE id = $1", session.id)
            assert row["status"] == ("CANCELLED" if status == "IN_PROGRESS" else "COMPLETED")
            assert (row["notes"], row["ended_at"] is None) == (None, False)

    async def test_stars_stay_without_words(self, world: World, deliver: Sender) -> None:
        me, solver = await world.person(), await world.solver()
        ticket = await world.ticket(me, solver, status="RESOLVED")
        session = await world.session(ticket)
        await world.rating(session, 4, customer_id=me.key, comment=word())
        await leave(deliver, me)
        row = await world.database.pool.fetchrow("SELECT * FROM session_rating WHERE session_id = $1", session.id)
        assert (row["stars"], row["comment"], row["customer_id"]) == (4, None, None)

    async def test_against_a_rating(self, world: World, deliver: Sender) -> None:
        """One that is about to be there is waited for: its words do not stay."""
        me, solver = await world.person(), await world.solver()
        session = await world.session(await world.ticket(me, solver, status="RESOLVED"))
        rated = "INSERT INTO session_rating (session_id, customer_id, stars, comment) VALUES ($1, $2, 3, 'words')"
        async with world.database.pool.acquire() as connection:
            async with connection.transaction():
                await connection.execute(rated, session.id, me.key)
                leaving = asyncio.create_task(leave(deliver, me))
                await blocked_by(world, connection.get_server_pid())
            await leaving
        row = await world.database.pool.fetchrow("SELECT * FROM session_rating WHERE session_id = $1", session.id)
        assert (row["stars"], row["comment"], row["customer_id"]) == (3, None, None)

    async def test_nobody_gets_them_with_the_number(self, world: World, deliver: Sender) -> None:
        me, number_ = await world.person(), number()
        ticket = await world.ticket(me, phone_number=number_)
        await leave(deliver, me)
        await deliver("user.created", user(new_user(), updated_at=T1, phone_numbers=[phone(number_)]))
        heir = await world.person(phone_number=number_, phone_verified=True)
        assert (await heir.graph(LINKED))["linkTicketsByPhone"]["linkedCount"] == 0
        assert await find(world.nobody, ticket.reference, number_) is None
        given = {"ticketId": ids.encode("Ticket", ticket.id), "phoneNumber": number_, "reference": ticket.reference}
        payload = await heir.graph.mutate("linkTicket", "ticket { id }", **given)
        assert payload["userErrors"][0]["__typename"] == "PhoneMismatchError"
        assert (await now(world, ticket))["customer_id"] is None

    async def test_while_a_ticket_changes(self, world: World, deliver: Sender) -> None:
        """Whoever has locked a ticket writes a mail to its customer: the deletion must not wait for them with that lock."""
        me = await world.person()
        ticket = await world.ticket(me, email=f"{word()}@example.com")
        async with world.database.transaction() as tx:
            lock = sa.text("SELECT pg_backend_pid() FROM ticket WHERE id = :id FOR NO KEY UPDATE")
            pid = (await tx.exec(lock, {"id": ticket.id})).scalar_one()
            leaving = asyncio.create_task(leave(deliver, me))
            await blocked_by(world, pid)
            await record_change(tx, ticket.id, TicketStatus.OPEN, TicketStatus.CLAIMED)
        await leaving
        assert (await now(world, ticket))["customer_id"] is None

    async def test_against_linking(self, world: World, deliver: Sender) -> None:
        """Either the ticket is still a guest's, or nobody's and erased: never somebody's who is gone."""
        for _ in range(5):
            me, number_ = await world.person(phone_number=number(), phone_verified=True), number()
            ticket = await world.ticket(phone_number=number_)
            query = "mutation ($input: LinkTicketInput!) { linkTicket(input: $input) { ticket { id } } }"
            given = {"ticketId": ids.encode("Ticket", ticket.id), "phoneNumber": number_, "reference": ticket.reference}
            await asyncio.gather(me.graph.send(query, input=given), leave(deliver, me))
            left = await now(world, ticket)
            assert left["customer_id"] is None
            assert (left["phone_number"], left["status"]) in {(number_, "OPEN"), (None, "CANCELLED")}


class TestTwoAtOnce:
    """Two accounts that have an edge to each other in both directions are deleted at the same moment."""

    @pytest.fixture(params=["block", "follow_request"])
    async def table(self, world: World, request: pytest.FixtureRequest) -> AsyncIterator[str]:
        """A table of edges, where whoever has locked a row to delete it takes its time."""
        await world.execute(
            "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN PERFORM pg_sleep(0.2); RETURN OLD; END $$"
        )
        await world.execute(
            f"CREATE TRIGGER dawdle BEFORE DELETE ON {request.param} FOR EACH ROW EXECUTE FUNCTION dawdle()"
        )
        yield request.param
        await world.execute("DROP FUNCTION dawdle CASCADE")

    async def test_both_are_gone(self, world: World, deliver: Sender, table: str) -> None:
        one, other = await world.person(is_private=True), await world.person(is_private=True)
        for pair in ((one, other), (other, one)):
            await (world.block if table == "block" else world.ask)(*pair)
        await asyncio.gather(leave(deliver, one), leave(deliver, other))
        assert await world.value("SELECT count(*) FROM customer WHERE id = ANY($1)", [one.key, other.key]) == 0
        edges = "blocker_id" if table == "block" else "requester_id"
        assert await world.value(f"SELECT count(*) FROM {table} WHERE {edges} = ANY($1)", [one.key, other.key]) == 0


class TestSolver:
    """Somebody who helped leaves."""

    async def test_stranger(self, world: World, deliver: Sender) -> None:
        """Another solver keeps what they have."""
        me, other = await world.solver(), await world.solver()
        ticket = await world.ticket(claimed_by=other)
        before = await now(world, ticket)
        await leave(deliver, me)
        assert await now(world, ticket) == before

    async def test_finished_work_names_them_still(self, world: World, deliver: Sender) -> None:
        me, customer_ = await world.solver(name=word()), await world.person()
        ticket = await world.ticket(customer_, me, status="RESOLVED")
        await world.session(ticket, notes="Changed the cable")
        await leave(deliver, me)
        query = """query ($id: ID!) { ticket(id: $id) { status claimedBy { name avatarUrl }
            sessions { notes solver { name } } } }"""
        found = (await customer_.graph(query, id=ids.encode("Ticket", ticket.id)))["ticket"]
        assert found == {
            "status": "RESOLVED", "claimedBy": {"name": "Former solver", "avatarUrl": None},
            "sessions": [{"notes": "Changed the cable", "solver": {"name": "Former solver"}}],
        }  # fmt: skip

    @pytest.mark.parametrize("by", ["deletion", "role"])
    @pytest.mark.parametrize("status", ["CLAIMED", "IN_PROGRESS"])
    async def test_unfinished_work_goes_back(self, world: World, deliver: Sender, status: str, by: str) -> None:
        """Also when they lose the role."""
        me, customer_ = await world.solver(), await world.person()
        ticket = await world.ticket(customer_, me, status=status)
        session = await world.session(ticket, status="ACTIVE") if status == "IN_PROGRESS" else None
        if by == "role":
            admin = await world.person(role="ADMIN")
            await admin.graph.mutate("setRole", "customer { id }", customerId=me.id, role="CUSTOMER")
        else:
            await leave(deliver, me)
        left = await now(world, ticket)
        assert (left["status"], left["solver_id"], left["claimed_at"]) == ("OPEN", None, None)
        assert left["customer_id"] == customer_.key
        if session:
            assert await world.value("SELECT status FROM session WHERE id = $1", session.id) == "CANCELLED"


class TestAudit:
    """Sensitive actions leave an entry, in the transaction that made them."""

    async def entries(self, world: World, person: Person) -> list[Any]:
        sql = "SELECT action, actor_id, payload FROM audit_entry WHERE target_id = $1 ORDER BY id"
        rows = await world.database.pool.fetch(sql, person.key)
        return [(row["action"], row["actor_id"], json.loads(row["payload"])) for row in rows]

    async def test_deletion(self, world: World, deliver: Sender) -> None:
        me = await world.person(name=(canary := word()), phone_number=number())
        await leave(deliver, me)
        await leave(deliver, me)
        assert await self.entries(world, me) == [("customer.deleted", None, {})]
        rows = await world.database.pool.fetch("SELECT * FROM audit_entry WHERE target_id = $1", me.key)
        assert canary not in str(rows)

    @pytest.mark.parametrize(
        "sql", ["UPDATE audit_entry SET actor_id = NULL", "DELETE FROM audit_entry", "TRUNCATE audit_entry"]
    )
    async def test_for_ever(self, world: World, sql: str) -> None:
        with pytest.raises(asyncpg.RaiseError, match="never changed or removed"):
            await world.execute(sql)

    async def test_roles(self, world: World) -> None:
        """What was refused, or changed nothing, leaves none."""
        admin, me = await world.person(role="ADMIN"), await world.person()
        for acting, role in (
            (me, "SOLVER"),
            (admin, "SOLVER"),
            (admin, "SOLVER"),
            (admin, "OWNER"),
            (admin, "CUSTOMER"),
        ):
            await acting.graph.mutate("setRole", "customer { id }", customerId=me.id, role=role)
        assert await self.entries(world, me) == [
            ("role.changed", admin.key, {"before": "CUSTOMER", "after": "SOLVER"}),
            ("role.changed", admin.key, {"before": "SOLVER", "after": "CUSTOMER"}),
        ]
