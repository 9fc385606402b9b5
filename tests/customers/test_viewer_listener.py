"""Viewers are remembered only where it is known that changes of them would be noticed."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from pydantic import SecretStr

from auth.secrets import Secrets
from events.watches import MAX_PROOF_AGE
from models import ids
from settings import Settings
from tests.customers.remembering import ASK, QUEUE, ROLE, Remembering, refused, remembering, untold
from tests.events.listeners import terminate
from tests.events.test_subscriber import pipe
from tests.people import World
from tests.transport.wires import UPDATED, change, followed, greeted, until


@pytest.fixture(scope="module")
async def server(settings: Settings, credentials: Secrets, empty_database_url: str) -> AsyncIterator[Remembering]:
    async with remembering(settings, credentials, empty_database_url) as made:
        yield made


@pytest.fixture
def world(server: Remembering) -> World:
    return server.world


class TestListener:
    """Without one that is known to receive, viewers are read for each request."""

    async def test_its_connection_is_ended(self, server: Remembering, world: World) -> None:
        person = await world.solver()
        await server.meet(person)
        watches = server.listener.watches
        connection = watches._connection
        await terminate(world)
        await until(connection.is_closed)
        await until(lambda: watches._connection is not connection)
        await untold(world, ROLE, person.key, "CUSTOMER")
        assert refused((await server.graph(person).send(QUEUE)).json()) == "FORBIDDEN"

    async def test_what_was_changed_meanwhile_is_not_remembered_from_before(
        self, server: Remembering, world: World
    ) -> None:
        person = await world.solver()
        await server.meet(person)
        watches = server.listener.watches
        connection = watches._connection
        await terminate(world)
        await untold(world, ROLE, person.key, "CUSTOMER")
        await until(lambda: watches._connection not in {connection, None})
        await server.current()
        assert refused((await server.graph(person).send(QUEUE)).json()) == "FORBIDDEN"

    async def test_its_connection_is_cut_without_a_word(
        self, settings: Settings, credentials: Secrets, empty_database_url: str, tmp_path: Path
    ) -> None:
        async with pipe(empty_database_url, tmp_path) as (url, cut):
            direct = {"database_direct_url": SecretStr(url)}
            async with remembering(settings, credentials, empty_database_url, **direct) as server:
                solver = await server.world.solver()
                await server.meet(solver)
                cut()
                server.listener.watches._max_age = MAX_PROOF_AGE
                await server.world.execute(ROLE, solver.key, "CUSTOMER")
                await until(lambda: not server.listener.watches.is_current)
                assert solver.clerk_id in server.viewers._remembered
                assert refused((await server.graph(solver).send(QUEUE)).json()) == "FORBIDDEN"

    async def test_a_pooler_answers_by_another_process(
        self, settings: Settings, credentials: Secrets, empty_database_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(asyncpg.Connection, "get_server_pid", lambda _: 1)
        async with remembering(settings, credentials, empty_database_url) as server:
            person = await server.world.person()
            await until(lambda: server.listener.watches._connection is not None)
            await server.listener.prove()
            assert not server.listener.watches.is_current
            for _ in range(2):
                await server.graph(person)(ASK)
            assert (server.viewers.unused, len(server.viewers)) == (2, 0)


class TestSubscriptions:
    async def test_rights_are_read_for_each_event(self, server: Remembering, world: World) -> None:
        solver = await world.solver()
        ticket = await world.ticket(claimed_by=solver)
        await server.meet(solver)
        async with greeted(server.address, solver.graph.token) as wire:
            await followed(server.app, 1, wire.ask("1", UPDATED, id=ids.encode("Ticket", ticket.id)))
            await untold(world, ROLE, solver.key, "CUSTOMER")
            assert solver.clerk_id in server.viewers._remembered
            await change(world, ticket)
            assert await wire.hear() == {"id": "1", "type": "complete"}
        server.viewers.forget()
