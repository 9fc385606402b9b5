"""A fresh token on a living WebSocket, in the payload of a ping."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from models import ids
from tests.people import World
from tests.transport.wires import UPDATED, change, followed, greeted, wired

SHORT = timedelta(seconds=3)
VIEWER = "{ viewer { username } }"


async def test_subscriptions_outlive_the_token_that_they_began_with(address: str, app: Any, world: World) -> None:
    person = await world.person()
    ticket = await world.ticket(person)
    token = world.issuer.token(person.clerk_id, lifetime=SHORT)
    async with greeted(address, token) as wire:
        await followed(app, 1, wire.ask("1", UPDATED, id=ids.encode("Ticket", ticket.id)))
        await wire.say(type="ping", payload={"token": world.issuer.token(person.clerk_id)})
        assert await wire.hear() == {"type": "pong"}
        await asyncio.sleep(SHORT.total_seconds() + 6)  # with the leeway of the first token
        await change(world, ticket)
        assert (await wire.hear())["type"] == "next"
        await wire.ask("2", VIEWER)
        assert await wire.data("2") == {"viewer": {"username": person.username}}


async def test_a_connection_ends_with_its_newest_token(address: str, world: World) -> None:
    person = await world.person()
    async with greeted(address, person.graph.token) as wire:
        short = world.issuer.token(person.clerk_id, lifetime=SHORT)
        await wire.say(type="ping", payload={"headers": {"Authorization": f"Bearer {short}"}, "more": 1})
        assert await wire.hear() == {"type": "pong"}
        code, reason = await wire.closed()
        assert (code, "expired" in reason) == (4403, True)


async def test_a_ping_without_a_token_is_echoed(address: str, world: World) -> None:
    async with greeted(address, (await world.person()).graph.token) as wire:
        for payload in ({"n": 1}, {"token": None}, {"token": ""}, {}):
            await wire.say(type="ping", payload=payload)
            assert await wire.hear() == {"type": "pong", "payload": payload}
        await wire.say(type="ping")
        assert await wire.hear() == {"type": "pong"}


@pytest.mark.parametrize("case", ["another user", "not signed in", "expired", "no token", "unknown name", "too early"])
async def test_a_token_that_does_not_belong_here_ends_the_connection(address: str, world: World, case: str) -> None:
    person, other = await world.person(), await world.person()
    given = {
        "another user": {"token": other.graph.token},
        "expired": {"token": world.issuer.token(person.clerk_id, lifetime=timedelta(seconds=-6))},
        "no token": {"token": "no"},
        "unknown name": {"jwt": person.graph.token},
    }.get(case, {"token": person.graph.token})
    async with wired(address) as wire:
        if case != "too early":
            await wire.greet(None if case == "not signed in" else person.graph.token)
        await wire.say(type="ping", payload=given)
        code, reason = await wire.closed()
        assert (code, reason.split(":")[0]) == (4403, "Forbidden")
        assert not any(value[:20] in reason for value in given.values() if len(value) > 20)
