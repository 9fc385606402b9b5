"""A small graph of its own behind a real server, for tests of the transport."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from types import MappingProxyType, SimpleNamespace
from typing import Any
from uuid import UUID

import httpx2
import strawberry
import uvicorn
from starlette.types import Receive, Scope, Send
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

import errors
from auth.viewer import ANONYMOUS
from events.queues import EventQueue, EventSource, ReceivedEvent
from events.tickets import TicketChanged
from execution.documents import Documents
from execution.timed_executor import TimedExecutor
from models.tickets import TicketStatus
from settings import ConnectionSettings, LimitSettings, Settings
from tests.patience import SECONDS
from transport.clients import Client
from transport.cost_buckets import Rate
from transport.endpoint import Endpoint
from transport.handshakes import Sockets
from transport.open_connections import OpenConnections
from transport.operation_records import Observer
from transport.operations import Operations
from transport.rate_limiter import RateLimiter
from transport.request_slots import RequestSlots
from transport.sockets import SocketServices
from transport.streams import Streams
from transport.subscriptions import Subscriptions
from transport.uvicorn_server import uvicorn_config

PLENTY = Rate(1_000_000, 1_000_000)
SECRET = "a canary in a private column"
GRAPHQL = {"accept": "application/graphql-response+json"}
LEGACY = {"accept": "application/json"}


@strawberry.type
class Item:
    number: int

    @strawberry.field
    def broken(self) -> int | None:
        raise KeyError(SECRET)


@strawberry.type
class Query:
    @strawberry.field
    def hello(self, name: str = "you") -> str:
        return name

    @strawberry.field
    def number(self, value: int) -> int | None:
        return value

    @strawberry.field
    def ratio(self, value: float) -> float | None:
        return value

    @strawberry.field
    async def slow(self, seconds: float) -> str:
        await asyncio.sleep(seconds)
        return "done"

    @strawberry.field
    async def held(self) -> str:
        holding.append("held")
        await released.wait()
        return "done"

    @strawberry.field
    def items(self) -> list[Item]:
        return [Item(number=number) for number in range(3)]

    @strawberry.field
    async def refused(self, kind: str) -> int | None:
        kinds = {"bad": errors.BadInput("No.", reason="CURSOR"), "lost": errors.NotFound("customer", "x")}
        raise kinds[kind]

    @strawberry.field
    async def gone(self) -> int:
        raise errors.Unavailable(SENTENCE)

    @strawberry.field
    async def cancelled(self) -> int:
        raise asyncio.CancelledError

    @strawberry.field
    def wrong(self) -> int | None:
        return "x" * 50  # type: ignore[return-value]

    @strawberry.field
    def unspeakable(self) -> str:
        return "\ud800"


@strawberry.type
class Mutation:
    @strawberry.mutation
    def add(self) -> int:
        executed.append("add")
        return len(executed)


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def ticks(self, outages: int = 0, bug: bool = False) -> AsyncIterator[int]:
        """Hear of one thing, which cannot be looked up at first, or never."""
        feed, failures = EventQueue(10, closed.append), [errors.Unavailable(SENTENCE)] * outages
        feed.put(TicketChanged(UUID(int=0), None, TicketStatus.OPEN))

        async def find(context: Any, heard: ReceivedEvent) -> int:
            if failures:
                raise failures.pop()
            return 1 // (not bug)

        return EventSource(feed, find)  # type: ignore[return-value]


SENTENCE = "The database cannot be reached just now."
SCHEMA = strawberry.Schema(Query, Mutation, Subscription, execution_context_class=TimedExecutor)
RULES = (MaybeNullValidationRule, OneOfInputValidationRule)
executed: list[str] = []
holding: list[str] = []
released = asyncio.Event()
closed: list[EventQueue] = []
opened: list[tuple[list[bytes], str | None]] = []


async def verify(authorization: Sequence[bytes]) -> None:
    if b"Bearer expired" in authorization:
        raise errors.Unauthenticated("The token has expired.", reason="EXPIRED")
    if b"Bearer keyless" in authorization:
        raise errors.Unavailable("The issuer cannot be reached.")
    if b"Bearer broken" in authorization:
        raise KeyError(SECRET)


class Opened:
    """A context that took nothing."""

    viewer, address, language = ANONYMOUS, None, "en"
    outcomes = MappingProxyType[str, Any]({})
    reads = SimpleNamespace(read=0, statements=0)

    async def release(self) -> None:
        """Give nothing back."""


async def open_context(
    authorization: list[bytes], key: str | None, _: Client, *, fresh: bool = False, viewer: Any = None
) -> Any:
    opened.append((authorization, key))
    match authorization:
        case [b"Bearer expired"]:
            raise errors.Unauthenticated("The token has expired.", reason="EXPIRED")
        case [b"Bearer down"]:
            raise errors.Unavailable(SENTENCE)
        case [b"Bearer bug"]:
            raise KeyError(SECRET)
    return Opened()


@asynccontextmanager
async def serving(**options: Any) -> AsyncIterator[httpx2.AsyncClient]:
    """Run an endpoint behind uvicorn on a free port."""
    slots = RequestSlots(ConnectionSettings())
    observers: Sequence[Observer] = options.pop("observers", ())
    given = {"body_bytes": 100 * 1024, "seconds": 5.0, "slots": slots, **options}
    development = given.pop("development", True)
    documents = Documents(SCHEMA._schema, RULES, suggestions=development)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        limiter = RateLimiter(PLENTY, PLENTY)
        operations = Operations(
            SCHEMA,
            documents,
            development=development,
            seconds=given["seconds"],
            limiter=limiter,
            observers=observers,
        )
        subscriptions = Subscriptions(operations)
        connections = OpenConnections(LimitSettings())
        streams = Streams(operations, subscriptions, verify, connections, seconds=0.05)
        endpoint = Endpoint(operations, streams, open_context, verify=verify, **given)
        sockets = Sockets(SocketServices(operations, subscriptions, verify, open_context, connections))

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await (endpoint if scope["type"] == "http" else sockets)(scope, receive, send)

        config = uvicorn_config(app, Settings(), lifespan="off", log_level="warning")
        server = uvicorn.Server(config)
        running = asyncio.create_task(server.serve(sockets=[listening]))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        try:
            async with httpx2.AsyncClient(base_url=url, timeout=SECONDS) as client:
                while not server.started:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
                yield client
        finally:  # where a test fails as well: the next ones share the loop
            server.should_exit = True
            await running


async def ask(client: httpx2.AsyncClient, query: str, headers: Any = GRAPHQL, **members: Any) -> httpx2.Response:
    return await client.post("/graphql", json={"query": query, **members}, headers=headers)


def only_error(response: httpx2.Response) -> Any:
    (error,) = response.json()["errors"]
    return error


async def still_serves(client: httpx2.AsyncClient) -> None:
    assert (await ask(client, "{ hello }")).json() == {"data": {"hello": "you"}}
