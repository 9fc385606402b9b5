"""The queue (T4): who sees it, in what order, page by page, and what a page of a million costs."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import httpx2
import pytest

import application
from auth.secrets import Secrets
from auth.viewer import ViewerKind
from loaders.page_statements import page_statement
from loaders.pages import NO_PARENT
from loaders.tickets import TicketQueue, TicketQueueOfUrgency
from models import ids
from models.tickets import PRIORITIES, TicketUrgency
from settings import Settings
from tests.conftest import serving
from tests.conventions.paging import BOTH, FIELDS, GIVEN, Listed, of
from tests.graph import Graph
from tests.patience import SECONDS
from tests.people import NOW, Person, World

QUEUE = f"query ($urgency: TicketUrgency, {BOTH}) {{ ticketQueue(urgency: $urgency, {GIVEN}) {{ {FIELDS} }} }}"
IDS = "query ($urgency: TicketUrgency) { ticketQueue(urgency: $urgency, first: 100) { nodes { id } totalCount } }"
CLAIMED = "{ claimedTickets { totalCount } }"
MILLION = 1_000_000
PAGE = 50


@pytest.fixture(scope="module")
async def alone(
    empty_database_url: str, settings: Settings, credentials: Secrets, world: World
) -> AsyncIterator[World]:
    """A server with a database of its own: all who wait there were put there."""
    app = application.create(settings, credentials, empty_database_url)
    async with (
        serving(app) as url,
        httpx2.AsyncClient(base_url=url, timeout=SECONDS) as http,
        asyncpg.create_pool(empty_database_url, min_size=0, max_size=2, command_timeout=300) as pool,
    ):
        app.state.resources.database.pool = pool
        yield World(app.state.resources.database, world.issuer, http)


@pytest.fixture
async def waiting(alone: World) -> list[str]:
    """Seven tickets that wait, in their order, among others that do not."""
    await alone.execute("TRUNCATE ticket CASCADE")
    days = {"CRITICAL": (3, 1), "HIGH": (2, 2, 2), "NORMAL": (9,), "LOW": (30,)}
    rows = []
    for urgency, ages in days.items():
        made = [await alone.ticket(urgency=urgency, created_at=NOW - timedelta(days=age)) for age in reversed(ages)]
        rows += sorted(made, key=lambda row: (row.created_at, row.id))
    solver = await alone.solver()
    for status in ("CLAIMED", "IN_PROGRESS", "RESOLVED", "CANCELLED"):
        await alone.ticket(claimed_by=solver, urgency="CRITICAL", status=status)
    return [ids.encode("Ticket", row.id) for row in rows]


async def queue(person: Person, urgency: str | None = None) -> list[str]:
    """Give all that waits for somebody."""
    found = (await person.graph(IDS, urgency=urgency))["ticketQueue"]
    assert found["totalCount"] == len(found["nodes"])
    return [node["id"] for node in found["nodes"]]


async def role_error(graph: Graph, query: str) -> str:
    """Give the code of the error that takes the place of a list for solvers."""
    response = await graph.send(query)
    answer = response.json()
    assert response.status_code == 200
    assert list(answer["data"].values()) == [None]
    (error,) = answer["errors"]
    assert [error["path"]] == [[name] for name in answer["data"]]
    assert error["extensions"]["retryable"] is False
    return str(error["extensions"]["code"])


class TestQueue:
    """T4, T8."""

    @pytest.mark.parametrize("query", [QUEUE, CLAIMED])
    async def test_anonymous(self, world: World, query: str) -> None:
        assert await role_error(world.nobody, query) == "UNAUTHENTICATED"

    @pytest.mark.parametrize("role", ["CUSTOMER", "SERVICE"])
    async def test_stranger(self, world: World, role: str) -> None:
        await world.ticket(me := await world.person(role=role))
        assert await role_error(me.graph, QUEUE) == "FORBIDDEN"
        assert await role_error(me.graph, CLAIMED) == "FORBIDDEN"

    async def test_stranger_keeps_the_rest_of_the_answer(self, world: World) -> None:
        me = await world.person()
        answer = (await me.graph.send("{ viewer { id } ticketQueue { totalCount } brands { totalCount } }")).json()
        assert answer["data"]["viewer"] == {"id": me.id}
        assert answer["data"]["ticketQueue"] is None
        assert answer["data"]["brands"]
        assert [error["path"] for error in answer["errors"]] == [["ticketQueue"]]

    @pytest.mark.parametrize("role", ["SOLVER", "ADMIN", "OWNER"])
    async def test_the_most_urgent_first_then_the_oldest(self, alone: World, waiting: list[str], role: str) -> None:
        assert await queue(await alone.person(role=role)) == waiting

    async def test_of_one_urgency(self, alone: World, waiting: list[str]) -> None:
        me, parts = (
            await alone.person(role="SOLVER"),
            {"CRITICAL": (0, 2), "HIGH": (2, 5), "NORMAL": (5, 6), "LOW": (6, 7)},
        )
        for urgency, (start, end) in parts.items():
            assert await queue(me, urgency) == waiting[start:end]

    @pytest.mark.parametrize("urgency", [None, "HIGH"])
    async def test_forward_and_backward(self, alone: World, waiting: list[str], urgency: str | None) -> None:
        """Every ticket once, in order, from either end."""
        me = await alone.person(role="SOLVER")
        query = QUEUE.replace("urgency: $urgency", f"urgency: {urgency or 'null'}").replace(
            "$urgency: TicketUrgency, ", ""
        )
        listed = Listed(me.graph, query, waiting[2:5] if urgency else waiting)
        for size in (1, 2, 3, 100):
            forward, backward = await listed.pages(size), await listed.pages(size, backward=True)
            assert [key for page in forward for key in of(page)] == listed.ids
            assert [key for page in reversed(backward) for key in of(page)] == listed.ids

    async def test_cursor_of_another_order(self, alone: World, waiting: list[str]) -> None:
        """The queue of one urgency is sorted by age alone, so its cursors are its own."""
        me = await alone.person(role="SOLVER")
        cursor = (await me.graph(QUEUE, first=1))["ticketQueue"]["pageInfo"]["endCursor"]
        (error,) = await me.graph.errors(QUEUE, urgency="HIGH", first=1, after=cursor)
        assert error["extensions"]["reason"] == "bad_cursor"

    async def test_one_that_was_claimed_has_left(self, alone: World, waiting: list[str]) -> None:
        me = await alone.person(role="SOLVER")
        await me.graph.mutate("claimTicket", "ticket { id }", ticketId=waiting[1])
        assert await queue(me) == [waiting[0], *waiting[2:]]
        await me.graph.mutate("releaseTicket", "ticket { id }", ticketId=waiting[1])
        assert await queue(me) == waiting

    async def test_their_own(self, alone: World, waiting: list[str]) -> None:
        """Nobody can claim their own ticket, so it does not wait for them."""
        me, other = await alone.person(role="SOLVER"), await alone.person(role="SOLVER")
        own = ids.encode("Ticket", (await alone.ticket(me, urgency="CRITICAL", created_at=NOW - timedelta(99))).id)
        assert await queue(me) == waiting
        assert await queue(other) == [own, *waiting]

    async def test_blocks(self, alone: World, waiting: list[str]) -> None:
        """S2: tickets of who has blocked the solver, or was blocked, do not exist for them; an admin sees all."""
        me, admin, made = await alone.person(role="SOLVER"), await alone.person(role="ADMIN"), []
        for mine in (True, False):
            customer = await alone.person()
            made.append(ids.encode("Ticket", (await alone.ticket(customer, urgency="LOW")).id))
            await alone.block(*((me, customer) if mine else (customer, me)))
        assert await queue(me) == waiting
        assert set(await queue(admin)) == {*waiting, *made}
        for key in made:
            assert await me.graph("query ($id: ID!) { ticket(id: $id) { id } }", id=key) == {"ticket": None}
            refused = await me.graph.mutate("claimTicket", "ticket { id }", ticketId=key)
            assert [one["__typename"] for one in refused["userErrors"]] == ["NotFoundError"]

    async def test_requested_solver(self, alone: World) -> None:
        """T9: the queue says of whom a customer would like; whoever is first gets it all the same."""
        me, other = await alone.solver(name="Amal"), await alone.solver()
        made = await alone.ticket(await alone.person(), urgency="LOW", requested_solver_id=await alone.solver_key(me))
        query = "{ ticketQueue(urgency: LOW, last: 1) { nodes { id requestedSolver { id name } } } }"
        for person in (me, other):
            (node,) = (await person.graph(query))["ticketQueue"]["nodes"]
            assert node["requestedSolver"] == {"id": ids.encode("Solver", await alone.solver_key(me)), "name": "Amal"}
        payload = await other.graph.mutate(
            "claimTicket", "ticket { claimedBy { id } }", ticketId=ids.encode("Ticket", made.id)
        )
        assert payload["ticket"]["claimedBy"] == {"id": ids.encode("Solver", await alone.solver_key(other))}


@pytest.fixture(scope="module")
async def million(alone: World) -> World:
    """A million tickets, nearly all of them open; indexes are made anew afterwards, which takes half the time."""
    await alone.execute("TRUNCATE ticket CASCADE")
    for place in range(20):
        customer = await alone.person()
        await alone.ticket(customer, description=f"of {place}")
    found = "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'ticket' AND indexname LIKE '%idx'"
    indexes = await alone.database.pool.fetch(found)
    async with alone.database.pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        for row in indexes:
            await connection.execute(f"DROP INDEX {row['indexname']}")
        await connection.execute(
            """INSERT INTO ticket (id, reference, description, urgency, status, customer_id, created_at)
            SELECT lpad(to_hex(n), 32, '0')::uuid, lpad(n::text, 9, '0'), 'It does not start.',
                (array['LOW', 'NORMAL', 'HIGH', 'CRITICAL'])[1 + n % 4],
                CASE WHEN n % 50 = 0 THEN 'CANCELLED' ELSE 'OPEN' END, owner.id, now() - n * interval '1 second'
            FROM generate_series(1, $1::int) AS n
            LEFT JOIN (SELECT customer_id AS id, row_number() OVER () AS place FROM ticket) AS owner
                ON owner.place = n % 40""",
            MILLION,
        )
        for row in indexes:
            await connection.execute(row["indexdef"])
    await alone.execute("ANALYZE")
    return alone


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the nodes of a plan, itself first."""
    return [plan, *(node for below in plan.get("Plans", ()) for node in nodes(below))]


class TestPlan:
    """A page of fifty out of a million reads an index, at whatever place, and no more of it than the page."""

    @pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
    @pytest.mark.parametrize("position", ["", "after", "before"])
    @pytest.mark.parametrize("urgency", [None, TicketUrgency.NORMAL])
    @pytest.mark.parametrize("by", [ViewerKind.SOLVER, ViewerKind.ADMIN], ids=lambda by: by.name)
    async def test_reads_the_index(
        self, million: World, by: ViewerKind, urgency: TicketUrgency | None, position: str, mode: str
    ) -> None:
        pool = million.database.pool
        me = await million.solver()
        for customer in await pool.fetch("SELECT customer_id FROM ticket WHERE customer_id IS NOT NULL LIMIT 5"):
            await pool.execute(
                "INSERT INTO block VALUES ($1, $2) ON CONFLICT DO NOTHING", me.key, customer["customer_id"]
            )
        connection: Any = TicketQueueOfUrgency if urgency else TicketQueue
        filters = {"wanted": PRIORITIES[urgency]} if urgency else {}
        statement = page_statement(
            connection, by, frozenset(filters), position == "after", position == "before", position == "before"
        )
        deep = await pool.fetchrow(
            "SELECT priority, created_at, id FROM ticket WHERE status = 'OPEN' AND priority = 2 ORDER BY 1, 2, 3 OFFSET 120000"
        )
        values = [deep[name] for name in connection.order]
        given = statement.values | filters | {f"{position}_{n}": value for n, value in enumerate(values)}
        given |= {"keys": [NO_PARENT], "size": PAGE + 1, "viewer": me.key}
        written = [f"'{{{NO_PARENT}}}'" if name == "keys" else f"'{given[name]}'" for name in statement.names]
        async with pool.acquire() as one:
            await one.execute(f"SET plan_cache_mode = {mode}; PREPARE page AS {statement.sql}")
            explained = await one.fetchval(
                f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE page({', '.join(written)})"
            )
            await one.execute("DEALLOCATE page; RESET plan_cache_mode")
        plan = json.loads(explained)[0]["Plan"]
        reads = [node for node in nodes(plan) if node.get("Relation Name") == "ticket"]
        assert [node["Index Name"] for node in reads] == ["ticket_queue_idx"]
        assert plan["Actual Rows"] == PAGE + 1
        assert reads[0]["Actual Rows"] + reads[0].get("Rows Removed by Filter", 0) <= 2 * PAGE
        assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] <= 3 * PAGE
