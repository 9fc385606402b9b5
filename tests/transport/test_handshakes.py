"""Who may open a WebSocket, and how they say who they are (L1)."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import orjson
import pytest
from websockets.exceptions import InvalidStatus

import application
from auth.secrets import Secrets
from settings import Settings
from tests.conftest import serving
from tests.people import World
from tests.transport.wires import greeted, wired
from tests.variables import changed

LANGUAGES = "{ supportedLanguages }"


@pytest.fixture(scope="module")
async def strict(database_url: str, credentials: Secrets, settings: Settings) -> AsyncIterator[str]:
    """A server of small limits, with a front end on another host and none on its own."""
    small = {"websocket_init_seconds": 1, "cors_origins": ("https://shop.example",)}
    production = changed(settings, **small, environment="production")
    async with serving(application.create(production, credentials, database_url)) as url:
        yield url


class TestHandshake:
    """limits.md: origins listed, the legacy protocol refused, no cookies."""

    @pytest.mark.parametrize("offered", [None, ["graphql-ws"], ["soap"]])
    async def test_only_one_protocol_is_spoken(self, address: str, offered: Any) -> None:
        async with wired(address, subprotocols=offered) as wire:
            assert wire.connection.subprotocol is None
            code, reason = await wire.closed()
            assert (code, "graphql-transport-ws" in reason) == (4406, True)

    async def test_the_protocol_is_chosen_among_others(self, address: str) -> None:
        async with wired(address, subprotocols=["graphql-ws", "graphql-transport-ws"]) as wire:
            assert wire.connection.subprotocol == "graphql-transport-ws"

    @pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://shop.example.evil.example"])
    async def test_pages_of_other_origins_are_refused(self, address: str, strict: str, origin: str) -> None:
        for url in (address, strict):
            with pytest.raises(InvalidStatus) as refused:
                async with wired(url, origin=origin):
                    pass
            assert refused.value.response.status_code == 403
            error = orjson.loads(refused.value.response.body or b"")["errors"][0]
            assert error["extensions"] == {"code": "FORBIDDEN", "retryable": False, "reason": "origin"}
            assert "CORS_ORIGINS" in error["message"]

    async def test_listed_origins_are_let_in(self, strict: str, settings: Settings) -> None:
        for origin in ("https://shop.example", settings.server.public_url):
            async with greeted(strict, origin=origin):
                pass

    async def test_in_development_the_own_host_is_let_in(self, address: str, strict: str) -> None:
        async with greeted(address, origin=address):
            pass
        with pytest.raises(InvalidStatus):
            async with greeted(strict, origin=strict):
                pass

    async def test_elsewhere_there_is_no_socket(self, address: str) -> None:
        with pytest.raises(InvalidStatus):
            async with wired(f"{address}/elsewhere"):
                pass


class TestInit:
    """Who speaks is said once, in time, and before anything else."""

    async def test_somebody_who_says_nothing(self, strict: str) -> None:
        async with wired(strict) as wire:
            assert await wire.closed() == (4408, "Connection initialisation timeout")

    async def test_twice(self, address: str) -> None:
        async with greeted(address) as wire:
            await wire.say(type="connection_init")
            assert await wire.closed() == (4429, "Too many initialisation requests")

    async def test_an_operation_before_it(self, address: str) -> None:
        async with wired(address) as wire:
            await wire.ask("1", LANGUAGES)
            code, reason = await wire.closed()
            assert (code, reason.split(":")[0]) == (4401, "Unauthorized")

    @pytest.mark.parametrize(
        "payload", [{"token": "no"}, {"Authorization": "Basic abc"}, {"token": 1}, {"token": "Bearer undefined"}]
    )
    async def test_a_bad_token_is_never_nobody(self, address: str, payload: Any) -> None:
        async with wired(address) as wire:
            await wire.say(type="connection_init", payload=payload)
            code, reason = await wire.closed()
            assert (code, reason.split(":")[0]) == (4403, "Forbidden")

    async def test_an_expired_token(self, address: str, world: World) -> None:
        token = world.issuer.token("user_late", lifetime=timedelta(seconds=-6))
        async with wired(address) as wire:
            await wire.say(type="connection_init", payload={"token": token})
            code, reason = await wire.closed()
            assert (code, "expired" in reason) == (4403, True)

    async def test_the_token_may_be_in_the_payload_or_in_the_handshake(self, address: str, world: World) -> None:
        person, other = await world.person(), await world.person()
        bearer = f"Bearer {person.graph.token}"
        for payload, header in [
            ({"token": person.graph.token}, None),
            ({"Authorization": bearer}, None),
            ({"authorization": bearer}, None),
            ({"authToken": person.graph.token}, None),
            ({"accessToken": bearer}, None),
            ({"Authorization": person.graph.token}, None),
            ({"headers": {"Authorization": bearer, "x-hasura-role": "user"}}, None),
            ({"headers": {"authorization": bearer}, "token": person.graph.token}, None),
            (None, bearer),
            ({"token": ""}, bearer),
            ({"token": person.graph.token}, f"Bearer {other.graph.token}"),
        ]:
            headers = {"Authorization": header} if header else {}
            async with wired(address, additional_headers=headers) as wire:
                await wire.say(type="connection_init", payload=payload)
                await wire.hear()
                await wire.ask("1", "{ viewer { username } }")
                assert await wire.data("1") == {"viewer": {"username": person.username}}

    @pytest.mark.parametrize(
        "payload",
        [
            None, {}, {"token": None}, {"token": ""}, {"Authorization": "Bearer "}, {"authToken": "  "}, {"headers": {}},
            {"headers": {"Authorization": ""}}, {"headers": None}, {"jwt": ""}, {"auth": None},
            {"lazy": True, "x-hasura-role": "user"},
        ],
    )  # fmt: skip
    async def test_without_a_token_it_is_nobody(self, address: str, payload: Any) -> None:
        async with wired(address) as wire:
            await wire.say(type="connection_init", payload=payload)
            assert (await wire.hear())["type"] == "connection_ack"
            await wire.ask("1", "{ viewer { username } }")
            assert await wire.data("1") == {"viewer": None}

    @pytest.mark.parametrize("name", ["jwt", "idToken", "X-Auth", "authentication", "session_token"])
    @pytest.mark.parametrize("within", [False, True])
    async def test_a_token_under_an_unknown_name_is_never_nobody(
        self, address: str, world: World, name: str, within: bool
    ) -> None:
        given = {name: (await world.person()).graph.token}
        async with wired(address) as wire:
            await wire.say(type="connection_init", payload={"headers": given} if within else given)
            code, reason = await wire.closed()
            assert (code, name in reason, "`token`" in reason) == (4403, True, True)
            assert given[name][:20] not in reason
