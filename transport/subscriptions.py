"""Subscriptions: each event is answered by an execution of the operation in a context of its own."""

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import orjson
from graphql.execution import create_source_event_stream
from strawberry.execution import optimized_is_awaitable

from errors import Code
from events.queues import RESYNC, EndSubscription, EventSource, ReceivedEvent
from transport.answers import STATUS, Answer, OperationFailed
from transport.contexts import Contexts
from transport.operation_records import OperationRecord
from transport.operations import Operations
from transport.prepared import OpenRequestContext, Prepared
from transport.shared_answers import APART, Apart, SharedAnswer, SharedAnswers, Waiting

MAX_TIMEOUTS = 3
"""How many events in a row may take too long until the subscription ends."""
RETRY_PAUSES = (0.5, 10.0)
"""Seconds before an event that could not be answered is retried: at first, and at most."""


class Subscriptions:
    """Runs subscriptions. At most `event_slots` of their events are answered at once."""

    def __init__(self, operations: Operations, contexts: Contexts | None = None, *, event_slots: int = 5) -> None:
        self._operations = operations
        self._answers = operations.answers
        self._event_slots = asyncio.Semaphore(event_slots)
        self._shared = (
            None if contexts is None else SharedAnswers(operations, contexts, self._event_slots, self._observed)
        )
        self.shared = self.own = 0
        """How many events were answered for several listeners at once, counted for each, and how many for one alone."""
        self.resyncs = 0
        """How many results were in place of events that were missed."""

    async def start(self, prepared: Prepared, open_context: OpenRequestContext) -> EventSource:
        """Start a subscription; raises `OperationFailed`."""
        deadline, record = self._operations.deadline(), prepared.record
        try:
            async with deadline:
                context = await open_context()
                record.customer = context.viewer.id
                executor = self._operations.executor(prepared, context)
                try:
                    cost = prepared.cost + prepared.reading
                    await self._operations.limiter.charge(context.viewer.id, context.address, cost)
                    self._operations.admit(prepared)
                    await self._operations.register(prepared, context)
                    stream: Any = create_source_event_stream(executor)
                    if optimized_is_awaitable(stream):
                        stream = await stream
                finally:
                    record.rows, record.statements = context.reads.read, context.reads.statements
                    await context.release()
                executor.async_helpers = None
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - as in `answer`
            raise OperationFailed(self._failed(prepared, record, error, deadline)) from None
        if isinstance(stream, EventSource):
            self._operations.records.ended(record, {})
            return stream
        answer = self._answers.of_result(stream, prepared.name)
        self._operations.records.ended(record, answer.content)
        raise OperationFailed(Answer(answer.status, {"errors": answer.content["errors"]}))

    async def events(
        self, prepared: Prepared, source: EventSource, open_context: OpenRequestContext
    ) -> AsyncGenerator[bytes, None]:
        """The encoded answer to each event of a subscription; raises `OperationFailed` if an error ends it.

        If the database is unavailable, or answers nothing in time, the events are not lost: after a pause, they are
        replaced by a RESYNC. If that happens again and again, it is the operation that takes too long.
        If there is nothing to show for a RESYNC, the next answer tells of it.
        """
        pause, longest = RETRY_PAUSES
        records, missed, timeouts = self._operations.records, False, 0
        shape = _shape(prepared)
        try:
            async for received in source:
                missed = missed or received is RESYNC
                record = prepared.record.event()
                try:
                    answer = await self._answer(prepared, record, source, received, open_context, shape)
                except EndSubscription:
                    return
                if answer is None:
                    continue
                timeouts = timeouts + 1 if answer.status == STATUS[Code.TIMEOUT] else 0
                if answer.status == STATUS[Code.UNAVAILABLE] or 0 < timeouts < MAX_TIMEOUTS:
                    records.ended(record, answer.content)
                    source.queue.put(RESYNC)
                    await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - no secret
                    pause = min(pause * 2, longest)
                    continue
                if "data" not in answer.content:
                    raise OperationFailed(answer)
                pause = RETRY_PAUSES[0]
                if isinstance(answer, SharedAnswer) and not missed:
                    result = answer.encoded
                else:
                    extensions = {"extensions": {"resync": True}} if missed else {}
                    with records.ending(record):
                        result = self._answers.encode(answer.content | extensions, prepared.name)
                records.ended(record, answer.content)
                self.resyncs += missed
                missed = False
                yield result
        finally:
            source.queue.close()

    def _observed(self, _: Prepared) -> AbstractContextManager[Any]:
        return nullcontext()

    async def _answer(
        self, prepared: Prepared, record: OperationRecord, source: EventSource, received: ReceivedEvent,
        open_context: OpenRequestContext, shape: bytes,
    ) -> Answer | None:  # fmt: skip
        """Answer an event, together with others who hear it where that is possible; None if it is not for this viewer."""
        known = APART
        if self._shared is not None and source.rows is not None and source.rows.covers(received):
            authorization, _, client = open_context.args
            waiting = Waiting(prepared, record, source.rows, received, shape, client)
            try:
                found = await self._shared.answer(waiting, authorization)
            except EndSubscription:
                raise
            except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - as in `answer`
                return self._failed(prepared, record, error, self._operations.deadline())
            if not isinstance(found, Apart):
                self.shared += found is not None
                if found is not None and "data" not in found.content:
                    self._operations.records.ended(record, found.content)
                return found
            known = found
        async with self._event_slots:
            if known.is_old:
                known = APART
            answer = await self._event(prepared, record, source, received, open_context, known)
        self.own += answer is not None
        return answer

    async def _event(
        self, prepared: Prepared, record: OperationRecord, source: EventSource, received: ReceivedEvent,
        open_context: OpenRequestContext, known: Apart,
    ) -> Answer | None:  # fmt: skip
        """Execute the operation for one event and one listener; None for an event that is not for this viewer."""
        deadline = self._operations.deadline()
        try:
            async with deadline:
                context = await open_context(fresh=True, viewer=known.viewer)
                try:
                    root = known.row if known.row is not None else await source.find(context, received)
                    if root is None:
                        return None
                    return await self._operations.execute(prepared, context, deadline, root, serially=False)
                finally:
                    record.rows += context.reads.read
                    record.statements += context.reads.statements
                    await context.release()
        except EndSubscription:
            raise
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - as in `answer`
            return self._failed(prepared, record, error, deadline)

    def _failed(
        self, prepared: Prepared, record: OperationRecord, error: BaseException, deadline: asyncio.Timeout
    ) -> Answer:
        records = self._operations.records
        with records.ending(record):
            answer = self._answers.of_exception(error, deadline, prepared.name)
        records.ended(record, answer.content)
        return answer


def _shape(prepared: Prepared) -> bytes:
    """What is the same for operations that differ in their listeners only."""
    query, name, variables, extensions, *_ = prepared.parameters
    return orjson.dumps([query, name, variables, extensions], option=orjson.OPT_SORT_KEYS)
