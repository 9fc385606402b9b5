"""How many WebSockets and streams are open: in all, from one address, of one customer."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from structlog.testing import capture_logs
from websockets.exceptions import ConnectionClosed, InvalidStatus

import application
from auth.secrets import Secrets
from settings import Settings
from tests.conftest import serving
from tests.patience import SECONDS
from tests.people import Person, World
from tests.tickets.test_tickets_live import UPDATED, id_of
from tests.transport.wires import greeted
from tests.variables import changed

FEW = {"connections_in_all": 5, "connections_per_address": 3, "connections_per_viewer": 2, "forwarded_allow_ips": "*"}
EVENTS = {"accept": "text/event-stream"}


@pytest.fixture
async def few(settings: Settings, credentials: Secrets, database_url: str) -> AsyncIterator[str]:
    """A server that keeps few connections."""
    async with serving(application.create(changed(settings, **FEW), credentials, database_url)) as url:
        yield url


@pytest.fixture
async def shop(few: str, world: World) -> AsyncIterator[World]:
    async with httpx2.AsyncClient(base_url=few, timeout=SECONDS) as http:
        yield replace(world, http=http)


@asynccontextmanager
async def streaming(shop: World, person: Person) -> AsyncIterator[httpx2.Response]:
    """Subscribe to a ticket of somebody's by a stream of events."""
    ticket = await shop.ticket(person)
    headers = EVENTS | {"authorization": f"Bearer {person.graph.token}"}
    body = {"query": UPDATED, "variables": {"id": id_of(ticket)}}
    async with shop.http.stream("POST", "/graphql", json=body, headers=headers) as response:
        if response.status_code == 200:
            parts = response.aiter_raw()
            await anext(parts)
            yield response
            await parts.aclose()
        else:
            yield response


def told(logs: list[Any]) -> list[str]:
    return [line["limit"] for line in logs if line["event"] == "connection_refused"]


class TestSockets:
    async def test_anonymous_of_one_address(self, few: str) -> None:
        async with AsyncExitStack() as opened:
            for _ in range(3):
                await opened.enter_async_context(greeted(few))
            with capture_logs() as logs, pytest.raises(InvalidStatus) as refused:
                await opened.enter_async_context(greeted(few))
            assert refused.value.response.status_code == 429
            assert b"RATE_LIMITED" in refused.value.response.body
            assert told(logs) == ["address"]
        async with greeted(few):
            pass

    async def test_one_customer(self, shop: World, few: str) -> None:
        me, other = await shop.person(), await shop.person()
        async with AsyncExitStack() as opened:
            for _ in range(2):
                await opened.enter_async_context(greeted(few, me.graph.token))
            with pytest.raises(ConnectionClosed) as refused:
                await opened.enter_async_context(greeted(few, me.graph.token))
            assert refused.value.rcvd
            assert refused.value.rcvd.code == 1013
            assert "You have 2 WebSockets and streams open" in refused.value.rcvd.reason
            await opened.enter_async_context(greeted(few, other.graph.token))
        async with greeted(few, me.graph.token):
            pass


class TestStreams:
    async def test_one_customer_by_both(self, shop: World, few: str) -> None:
        me = await shop.person()
        async with greeted(few, me.graph.token):
            async with streaming(shop, me) as first:
                assert first.status_code == 200
                async with streaming(shop, me) as second:
                    answer = await second.aread()
                    assert second.status_code == 429
                    assert b"RATE_LIMITED" in answer
                    assert second.headers["retry-after"] == "1"
            assert (await me.graph.send("{ viewer { id } }")).status_code == 200

    async def test_in_all(self, shop: World, few: str) -> None:
        people = [await shop.person() for _ in range(3)]
        async with AsyncExitStack() as opened:
            for at, person in enumerate(people):
                replaced = replace(shop, http=httpx2.AsyncClient(
                    base_url=few, timeout=SECONDS, headers={"x-forwarded-for": f"198.51.100.{at}"}
                ))  # fmt: skip
                await opened.enter_async_context(replaced.http)
                for _ in range(2 if at < 2 else 1):
                    response = await opened.enter_async_context(streaming(replaced, person))
                    assert response.status_code == 200
            with capture_logs() as logs:
                async with streaming(shop, await shop.person()) as refused:
                    await refused.aread()
                    assert refused.status_code == 503
            assert told(logs) == ["in_all"]
