"""WORKERS=2: what is known to one process is known to the other, and either can tell the metrics of both."""

import asyncio
from contextlib import AsyncExitStack

from models import ids
from models.customers import Role
from tests.graph import Graph
from tests.patience import SECONDS
from tests.people import World
from tests.processes import Process
from tests.running.test_processes import listens
from tests.running.worker_processes import (
    answer,
    client,
    connected,
    metrics_of,
    scraped_by,
)
from tests.transport.wires import QUEUE
from transport.metrics.publisher import INTERVAL_SECONDS

DROPPED = "clientele_viewer_memory_dropped_total"
RESULTS = "graphql_operation_results_total"


async def test_each_hears_what_happens_at_the_other(two: Process, world: World) -> None:
    """An event of one reaches the subscribers of both."""
    solver = await world.solver()
    async with AsyncExitStack() as stack:
        wires = await connected(stack, two, solver)
        for wire in wires.values():
            await wire.ask("1", QUEUE)
            await listens(wire, world)
        ticket = ids.encode("Ticket", (await world.ticket()).id)
        first, second = wires.values()
        claim = "mutation ($id: ID!) { claimTicket(input: {ticketId: $id}) { ticket { id } userErrors { code } } }"
        await first.ask("2", claim, id=ticket)
        for wire in (first, second):
            seen = set()
            while ("CLAIMED", ticket) not in seen:
                message = await wire.hear()
                data = (message.get("payload") or {}).get("data") or {}
                row = data.get("ticketQueueChanged") or {"status": None, "id": None}
                seen.add((row["status"], row["id"]))


async def test_a_change_of_role_is_noticed_in_both(two: Process, world: World) -> None:
    """Both forget whom they remember; that ends by itself after two seconds, so it is counted."""
    solver, owner = await world.solver(), await world.person(role=Role.OWNER)
    changes = {"role": "CUSTOMER", "customerId": ids.encode("Customer", solver.key)}
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(client(two))
        wires, there = await connected(stack, two, solver), Graph(http, owner.graph.token)
        forgotten = before = 0.0
        async with asyncio.timeout(SECONDS):
            while forgotten < before + 2:  # again where the machine took so long that they were forgotten by themselves
                before = (await metrics_of(http, 2)).value(DROPPED)
                for wire in wires.values():
                    await wire.ask("1", "{ viewer { role } }")
                    await answer(wire, "1")
                assert (await there.mutate("setRole", "__typename", **changes))["userErrors"] == []
                changes["role"] = "SOLVER" if changes["role"] == "CUSTOMER" else "CUSTOMER"
                await asyncio.sleep(2 * INTERVAL_SECONDS)
                forgotten = (await metrics_of(http, 2)).value(DROPPED)


async def test_metrics_are_sums_whoever_answers(two: Process, world: World) -> None:
    person = await world.person()
    async with AsyncExitStack() as stack:
        wires = await connected(stack, two, person)
        for wire in wires.values():
            for _ in range(10):
                await wire.ask("1", "query Counted { supportedLanguages }")
                await answer(wire, "1")
                assert (await wire.hear())["type"] == "complete"
        async with client(two) as http:
            await metrics_of(http, 2)
        asked: set[int | None] = set()
        async with asyncio.timeout(SECONDS):
            while len(asked) < 2:
                pid, found = await asyncio.to_thread(scraped_by, two)
                asked.add(pid)
                # Each process knows the name from the second time on.
                assert found.value(RESULTS, operation="Counted") == 18
                assert found.value("graphql_operation_duration_seconds_count", operation="Counted") == 18
                assert found.value("clientele_database_pool_max_connections", pool="read") == 20
                assert found.value("clientele_database_up") == 1
                assert len([one for one in found.samples if one.name == "python_info"]) == 1
