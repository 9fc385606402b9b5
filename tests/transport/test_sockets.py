"""graphql-transport-ws on real sockets (L1): messages, operations, failures, and how a connection ends."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

import application
from auth.secrets import Secrets
from models import ids
from settings import Settings
from tests.conftest import serving
from tests.people import World
from tests.transport import small_graph
from tests.transport.wires import QUEUE, UPDATED, change, followed, greeted, until, wired
from tests.variables import changed
from transport import subscriptions

LANGUAGES = "{ supportedLanguages }"
CREATE = 'mutation { createWishlist(input: {name: "Over a wire"}) { wishlist { name } userErrors { message } } }'


@pytest.fixture(scope="module")
async def strict(database_url: str, credentials: Secrets, settings: Settings) -> AsyncIterator[str]:
    """A server that takes small messages only."""
    small = changed(settings, websocket_message_bytes=2_000)
    async with serving(application.create(small, credentials, database_url)) as url:
        yield url


class TestMessages:
    """What is not of the protocol closes the connection; what is too much does not."""

    @pytest.mark.parametrize(
        "text",
        [
            "", "{", "null", "[]", "1", '"x"', "{}", '{"type": 1}', '{"type": "next", "id": "1"}', b"\x00", b"{}",
            '{"type": "connection_init", "payload": []}', '{"type": "ping", "payload": 1}',
            '{"type": "subscribe", "payload": {"query": "{ __typename }"}}',
            '{"type": "subscribe", "id": "", "payload": {"query": "{ __typename }"}}',
            '{"type": "subscribe", "id": 7, "payload": {"query": "{ __typename }"}}',
            '{"type": "subscribe", "id": "' + "x" * 101 + '", "payload": {"query": "{ __typename }"}}',
            '{"type": "subscribe", "id": "1"}', '{"type": "subscribe", "id": "1", "payload": {}}',
            '{"type": "subscribe", "id": "1", "payload": {"query": "{ __typename }", "variables": []}}',
            '{"type": "subscribe", "id": "1", "payload": {"query": "{ __typename }", "operationName": 1}}',
            '{"type": "complete"}', '{"type": "connection_init", "payload": {"a": ' + "[" * 70 + "]" * 70 + "}}",
        ],
    )  # fmt: skip
    async def test_malformed(self, address: str, text: Any) -> None:
        async with greeted(address) as wire:
            await wire.connection.send(text)
            code, reason = await wire.closed()
            assert (code, bool(reason)) == (4400, True)

    async def test_too_large(self, strict: str) -> None:
        async with greeted(strict) as wire:
            await wire.ask("1", LANGUAGES + " " * 2_000)
            assert (await wire.closed())[0] == 1009

    async def test_large_in_pieces(self, strict: str) -> None:
        async with greeted(strict) as wire:
            await wire.connection.send(["x" * 1_500, "x" * 1_500])
            assert (await wire.closed())[0] == 1009

    async def test_json_that_is_too_much_is_refused_by_itself(self, address: str) -> None:
        async with greeted(address) as wire:
            await wire.ask("1", LANGUAGES, many=list(range(251)))
            message = await wire.hear()
            assert (message["type"], message["id"]) == ("error", "1")
            assert message["payload"][0]["extensions"]["reason"] == "list_too_long"
            await wire.settled()

    async def test_ping_is_answered(self, address: str) -> None:
        async with wired(address) as wire:
            await wire.say(type="ping", payload={"n": 1})
            assert await wire.hear() == {"type": "pong", "payload": {"n": 1}}

    async def test_what_needs_no_answer(self, address: str) -> None:
        async with greeted(address) as wire:
            await wire.say(type="pong", payload={"unasked": True})
            await wire.say(type="complete", id="never begun")
            await wire.settled()


class TestOperations:
    """The same documents, limits, viewers and errors as over HTTP."""

    async def test_a_query_and_a_mutation(self, address: str, world: World) -> None:
        person = await world.person()
        async with greeted(address, person.graph.token) as wire:
            await wire.ask("1", LANGUAGES)
            assert await wire.data("1") == {"supportedLanguages": ["en", "ar"]}
            assert await wire.hear() == {"id": "1", "type": "complete"}
            await wire.ask("1", CREATE)
            answer = await wire.data("1")
            assert answer == {"createWishlist": {"wishlist": {"name": "Over a wire"}, "userErrors": []}}

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ("{", "BAD_USER_INPUT"), ("{ nothing }", "BAD_USER_INPUT"), ("query ($a: Int!) { nodes }", "BAD_USER_INPUT"),
            ("query ($id: ID!) { customer(id: $id) { id } }", "BAD_USER_INPUT"),
            ("{ " + "a: supportedLanguages " * 31 + "}", "TOO_COMPLEX"),
            ("subscription { ticketQueueChanged { id } }", "UNAUTHENTICATED"),
            ("subscription { ticketUpdated(ticketId: 1) { id } a: ticketQueueChanged { id } }", "BAD_USER_INPUT"),
        ],
    )  # fmt: skip
    async def test_refused(self, address: str, query: str, code: str) -> None:
        async with greeted(address) as wire:
            await wire.ask("1", query)
            message = await wire.hear()
            assert (message["id"], message["type"]) == ("1", "error")
            assert message["payload"][0]["extensions"]["code"] == code
            await wire.ask("1", LANGUAGES)
            assert await wire.data("1")

    async def test_an_id_in_use(self, address: str, app: Any, world: World) -> None:
        solver = await world.solver()
        async with greeted(address, solver.graph.token) as wire:
            await followed(app, 1, wire.ask("1", QUEUE))
            await wire.ask("1", LANGUAGES)
            assert await wire.closed() == (4409, "Subscriber for 1 already exists")
        await until(lambda: len(app.state.resources.listener) == 0)

    async def test_who_completes_hears_no_more_and_may_use_the_id_again(
        self, address: str, app: Any, world: World
    ) -> None:
        person = await world.person()
        one, two = await world.ticket(person), await world.ticket(person)
        async with greeted(address, person.graph.token) as wire:
            await followed(app, 1, wire.ask("1", UPDATED, id=ids.encode("Ticket", one.id)))
            await followed(app, -1, wire.say(type="complete", id="1"))
            await change(world, one)
            await followed(app, 1, wire.ask("1", UPDATED, id=ids.encode("Ticket", two.id)))
            await change(world, two)
            assert (await wire.data("1"))["ticketUpdated"]["id"] == ids.encode("Ticket", two.id)

    async def test_ten_subscriptions_and_a_query_beside_them(self, address: str, app: Any, world: World) -> None:
        solver = await world.solver()
        async with greeted(address, solver.graph.token) as wire:
            for number in range(10):
                await followed(app, 1, wire.ask(str(number), QUEUE))
            await wire.ask("one more", QUEUE)
            message = await wire.hear()
            assert (message["id"], message["type"]) == ("one more", "error")
            assert message["payload"][0]["extensions"] == {"code": "RATE_LIMITED", "retryable": True}
            assert message["payload"][0]["message"].startswith("This connection already has 10 running subscriptions")
            await wire.ask("query", LANGUAGES)
            assert await wire.data("query")
            assert (await wire.hear())["type"] == "complete"
            await followed(app, -1, wire.say(type="complete", id="0"))
            await followed(app, 1, wire.ask("one more", QUEUE))

    async def test_a_mutation_is_wholly_done_when_nobody_waits_for_it(self, address: str, world: World) -> None:
        person = await world.person()
        async with greeted(address, person.graph.token) as wire:
            await wire.ask("1", CREATE)
            await wire.say(type="complete", id="1")
            await wire.ask("2", CREATE)
        for _ in range(500):
            count = await world.value("SELECT count(*) FROM wishlist WHERE owner_id = $1", person.key)
            if count == 3:
                return
        pytest.fail(f"{count - 1} of 2 were done")


class TestFailures:
    """What fails is told of by itself, and the connection goes on."""

    @pytest.fixture
    async def url(self) -> AsyncIterator[str]:
        async with small_graph.serving(seconds=0.5) as client:
            yield str(client.base_url).rstrip("/")

    @pytest.mark.parametrize(
        ("query", "code"),
        [("{ slow(seconds: 9) }", "TIMEOUT"), ("{ unspeakable }", "INTERNAL"), ("{ cancelled }", "INTERNAL"),
         ("subscription { ticks(bug: true) }", "INTERNAL")],
    )  # fmt: skip
    async def test_an_operation(self, url: str, query: str, code: str) -> None:
        async with greeted(url) as wire:
            with capture_logs():
                await wire.ask("1", query)
                message = await wire.hear()
            assert message["payload"][0]["extensions"]["code"] == code
            assert (message["type"], message["id"]) == ("error", "1")
            await wire.ask("1", "{ hello }")
            assert await wire.data("1") == {"hello": "you"}

    @pytest.mark.parametrize(("token", "code"), [("down", "UNAVAILABLE"), ("bug", "INTERNAL")])
    async def test_the_context(self, url: str, token: str, code: str) -> None:
        async with greeted(url, token) as wire:
            for query in ("{ hello }", "subscription { ticks }"):
                with capture_logs():
                    await wire.ask("1", query)
                    message = await wire.hear()
                assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", code)

    @pytest.mark.parametrize(("token", "code"), [("expired", 4403), ("keyless", 1013), ("broken", 1011)])
    async def test_the_token(self, url: str, token: str, code: int) -> None:
        async with wired(url) as wire:
            with capture_logs():
                await wire.say(type="connection_init", payload={"token": token})
                end, reason = await wire.closed()
            assert (end, bool(reason), small_graph.SECRET in reason) == (code, True, False)

    async def test_errors_in_fields_are_results(self, url: str) -> None:
        async with greeted(url) as wire:
            await wire.ask("1", '{ hello gone: refused(kind: "lost") }')
            payload = (await wire.hear())["payload"]
            assert payload["data"] == {"hello": "you", "gone": None}
            assert payload["errors"][0]["extensions"]["code"] == "NOT_FOUND"

    async def test_an_event_waits_for_the_database(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(subscriptions, "RETRY_PAUSES", (0.01, 0.02))
        async with greeted(url) as wire:
            await wire.ask("1", "subscription { ticks }")
            assert (await wire.hear())["payload"] == {"data": {"ticks": 1}}
            await wire.ask("2", "subscription { ticks(outages: 3) }")
            assert (await wire.hear())["payload"] == {"data": {"ticks": 1}, "extensions": {"resync": True}}
            before = len(small_graph.closed)
            await wire.say(type="complete", id="2")
            await until(lambda: len(small_graph.closed) == before + 1)


class TestEnd:
    """A connection ends with the right to have it."""

    async def test_when_the_token_expires(self, address: str, world: World) -> None:
        person = await world.person()
        token = world.issuer.token(person.clerk_id, lifetime=timedelta(seconds=3))
        async with greeted(address, token) as wire:
            await wire.ask("1", "{ viewer { username } }")
            assert await wire.data("1") == {"viewer": {"username": person.username}}
            code, reason = await wire.closed()
            assert (code, "expired" in reason) == (4403, True)

    async def test_when_the_account_is_deleted(self, address: str, app: Any, world: World) -> None:
        solver = await world.solver()
        ticket = await world.ticket()
        async with greeted(address, solver.graph.token) as wire:
            await followed(app, 1, wire.ask("1", QUEUE))
            await world.execute("INSERT INTO deleted_account (clerk_id) VALUES ($1)", solver.clerk_id)
            await world.execute("DELETE FROM customer WHERE id = $1", solver.key)
            await change(world, ticket)
            code, reason = await wire.closed()
            assert (code, "deleted" in reason) == (4403, True)

    async def test_a_server_that_leaves_waits_for_mutations_whose_client_has_gone(
        self, address: str, app: Any, world: World
    ) -> None:
        person, before = await world.person(), len(app.sockets._under_way)
        query = 'mutation { updateProfile(input: {name: "Later"}) { customer { name } } }'
        async with world.database.pool.acquire() as other, other.transaction():
            await other.execute("SELECT 1 FROM customer WHERE id = $1 FOR UPDATE", person.key)
            async with greeted(address, person.graph.token) as wire:
                await wire.ask("1", query)
                await wire.settled()
                (socket,) = [one for one in app.sockets._under_way if one._tasks]
            await until(lambda: not socket._listening)
            app.close_long_lived()
            assert len(app.sockets._under_way) == before + 1
        await until(lambda: len(app.sockets._under_way) == before)
        assert await world.value("SELECT name FROM customer WHERE id = $1", person.key) == "Later"
