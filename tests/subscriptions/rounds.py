"""Listeners of the same events twice: answered together, and each by itself."""

import asyncio
from asyncio import Task
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from events.publisher import Event
from events.queues import EventSource
from tests.patience import SECONDS
from transport.answers import OperationFailed
from transport.clients import Client
from transport.operation_records import OperationRecord, Transport
from transport.request import Parameters
from transport.subscriptions import Subscriptions

HOST = "http://shop.example"


@dataclass
class Heard:
    """What a listener was sent, byte for byte, and how it ended."""

    results: list[bytes] = field(default_factory=list)
    end: Any = None


@dataclass
class Listening:
    """One listener, once for each of two kinds of subscriptions."""

    sources: list[EventSource]
    heard: list[Heard]
    tasks: list[Task[None]]


class Rounds:
    """Runs listeners of an application, without connections between."""

    def __init__(self, app: Any) -> None:
        self._services = app.sockets._graph
        self._listener = app.state.resources.listener
        operations, contexts = self._services.operations, self._services.open_context
        self.together, self.apart = Subscriptions(operations, contexts), Subscriptions(operations)
        self.listening: list[Listening] = []
        self.address = "127.0.0.1"
        """Of those who begin to listen."""

    async def listen(self, token: str | None, query: str, language: str = "", /, **variables: Any) -> Listening:
        """Begin a subscription of each kind."""
        authorization = [f"Bearer {token}".encode()] if token else []
        opening = partial(self._services.open_context, authorization, None, Client(self.address, language, HOST))
        one = Listening([], [], [])
        for subscriptions in (self.together, self.apart):
            parameters = Parameters(query, None, variables, None)
            record = OperationRecord(Transport.WEBSOCKET)
            prepared = await self._services.operations.prepare(parameters, record, signed_in=True)
            source = await subscriptions.start(prepared, opening)
            heard = Heard()
            one.sources.append(source)
            one.heard.append(heard)
            one.tasks.append(asyncio.create_task(_hear(subscriptions.events(prepared, source, opening), heard)))
        self.listening.append(one)
        return one

    async def tell(self, received: Event | None) -> None:
        """Let everybody receive an event, or with None a RESYNC, and wait until all have answered it or have ended."""
        if received is None:
            self._listener._resync()
        else:
            self._listener.dispatch(received)
        async with asyncio.timeout(SECONDS):
            while not all(self._is_settled(one) for one in self.listening):  # noqa: ASYNC110
                await asyncio.sleep(0.005)

    @staticmethod
    def _is_settled(one: Listening) -> bool:
        return all(
            task.done() or (source.queue._arrival is not None and not source.queue._arrival.done())
            for source, task in zip(one.sources, one.tasks, strict=True)
        )


async def _hear(results: Any, heard: Heard) -> None:
    try:
        async for result in results:
            heard.results.append(result)
        heard.end = "complete"
    except OperationFailed as failure:
        heard.end = failure.errors


@asynccontextmanager
async def rounds(app: Any) -> AsyncIterator[Rounds]:
    """Run listeners until the end of the block."""
    made = Rounds(app)
    try:
        yield made
    finally:
        tasks = [task for one in made.listening for task in one.tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for one in made.listening:
            for source in one.sources:
                source.queue.close()  # one that was cancelled before it began has not done so
