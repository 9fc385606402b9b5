"""Answers to events for many listeners at once: rights by one statement, and one execution for all who get the same.

Listeners who wait for an answer at the same time are one round. Their viewers are found by one statement; then those
who have everything in common that an answer may depend on, except who they are, become one group. The row that the event
is about is read for all viewers of a group, and the operation is executed once for each different row, for one of them.
The others get that answer if nothing was read by the viewer's id or address. docs/decisions/0012-shared-answers.md has
the reasons.
"""

import asyncio
import contextvars
from asyncio import CancelledError
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar

import structlog

import errors
from auth.tokens import Claims
from auth.viewer import ANONYMOUS, Viewer
from context import Context
from events.queues import EndSubscription, ReceivedEvent
from events.rows import EventRows
from execution.deadline import OperationStopped, TooManyRows
from loaders.viewers import rows_for_viewers
from transport.answers import STATUS, Answer, OperationFailed
from transport.clients import Client
from transport.contexts import Contexts
from transport.operation_records import OperationRecord
from transport.operations import Operations
from transport.prepared import Prepared

MAX_AGE = 1.0
"""For how many seconds viewers and rows that were read for many listeners may be used."""

log = structlog.get_logger("clientele")

T = TypeVar("T")


class SharedAnswer(Answer):
    """An answer whose content is encoded already."""

    encoded = b""


class Apart(NamedTuple):
    """The listener is answered by an execution of its own, with what is known already."""

    viewer: Viewer | None = None
    row: Any = None
    read_at: float = 0.0
    """By the clock of the event loop."""

    @property
    def is_old(self) -> bool:
        """Whether rights may have changed since."""
        return _is_old(self.read_at)


APART = Apart()


class Waiting:
    """A listener who waits for the answer to an event."""

    __slots__ = ("answered", "claims", "client", "prepared", "read_at", "received", "record", "rows", "shape", "viewer")

    def __init__(
        self, prepared: Prepared, record: OperationRecord, rows: EventRows, received: ReceivedEvent,
        shape: bytes, client: Client,
    ) -> None:  # fmt: skip
        self.prepared, self.record, self.rows, self.received = prepared, record, rows, received
        self.shape = shape
        """The text of the operation, its name, and its variables."""
        self.client = client
        self.claims: Claims | None = None
        self.viewer = ANONYMOUS
        self.read_at = 0.0
        """When the viewers of its round began to be read."""
        self.answered: asyncio.Future[Answer | Apart | None] = asyncio.get_running_loop().create_future()
        """None if the event is not for this listener."""

    @property
    def group(self) -> Hashable:
        """All that its answer may depend on, except the viewer's id and the client's address."""
        rows, viewer, client = self.rows, self.viewer, self.client
        about = rows.loader, rows.key(self.received), rows.ends, rows.role
        who = viewer.role, viewer.language, viewer.impersonator
        return self.shape, about, who, client.accept_language, client.origin

    @property
    def person(self) -> Hashable:
        """The rest of what it may depend on."""
        return self.viewer.id, self.client.address

    def answer(self, answer: Answer | Apart | None) -> None:
        if not self.answered.done():
            self.answered.set_result(answer)

    def end(self) -> None:
        if not self.answered.done():
            self.answered.set_exception(EndSubscription())


Group = Sequence[Waiting]
Observe = Callable[[Prepared], AbstractContextManager[Any]]
"""Surrounds the work for listeners who are answered together."""


class SharedAnswers:
    """Answers listeners round by round. `slots` bounds how many executions for events run at once."""

    def __init__(
        self, operations: Operations, contexts: Contexts, slots: AbstractAsyncContextManager[Any], observe: Observe
    ) -> None:
        self._operations = operations
        self._contexts = contexts
        self._slots = slots
        self._observe = observe
        self._waiting: list[Waiting] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._in_round = False

    async def answer(self, waiting: Waiting, authorization: Sequence[bytes]) -> Answer | Apart | None:
        """Wait for the answer to an event; raises `EndSubscription`, and what the verification of the token raises."""
        waiting.claims = await self._contexts.verify(authorization)
        self._waiting.append(waiting)
        if not self._in_round:
            self._in_round = True
            self._start(self._rounds())
        return await waiting.answered

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        # Not in the context of whichever listener came first: its request id and its trace are not those of the others.
        task = asyncio.create_task(work, context=contextvars.Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _rounds(self) -> None:
        """Answer all who wait. Who comes while viewers are looked up is in the next round: they are read after the event."""
        try:
            while self._waiting:
                present, self._waiting = self._waiting, []
                if len(present) == 1:
                    present[0].answer(APART)
                else:
                    await self._attempt(present, self._round)
        finally:
            self._in_round = False

    async def _round(self, present: Group, deadline: asyncio.Timeout) -> None:
        await self._identify(present, deadline)
        for group in _groups(present):
            if len(group) == 1:
                group[0].answer(_apart(group[0]))
            else:
                self._start(self.answer_together(group))

    async def _identify(self, present: Group, _: asyncio.Timeout) -> None:
        """Find out who the viewers are now."""
        began = asyncio.get_running_loop().time()
        known = await self._contexts.viewers(one.claims for one in present if one.claims)
        for one in present:
            one.read_at = began
            if one.claims is not None:
                viewer = known.get(one.claims.subject)
                if viewer is None:  # such an account is gone, or not there yet, which is found out as for a request
                    one.answer(APART)
                else:
                    acting = one.claims.impersonator
                    one.viewer = viewer if acting is None else replace(viewer, impersonator=acting)

    async def answer_together(self, group: Group) -> None:
        """Answer listeners who have all in common but their ids and addresses."""
        async with self._slots:
            try:
                with self._observe(group[0].prepared):
                    while left := [one for one in group if not one.answered.done()]:
                        if _is_old(left[0].read_at):  # they have waited for a slot, or for the answers of others
                            await self._attempt(left, self._identify)
                        for members in _groups(left):
                            await self._attempt(members, self._answer)
            finally:
                for one in group:
                    one.answer(APART)  # nobody waits for ever

    async def _attempt(self, present: Group, work: Callable[[Group, asyncio.Timeout], Awaitable[None]]) -> None:
        """Do a part of the work. What makes it fail would do so for each of the listeners, so that all are told at once."""
        deadline, name = self._operations.deadline(), present[0].prepared.name
        try:
            async with deadline:
                await work(present, deadline)
        except (Exception, CancelledError) as error:
            failed: Answer | Apart = APART
            if isinstance(error, TooManyRows):
                pass  # others may see less
            elif isinstance(error, errors.KnownError | OperationStopped) or deadline.expired():
                failed = self._operations.answers.of_exception(error, deadline, name)
            elif isinstance(error, CancelledError) and _is_cancelled():
                raise
            else:
                log.error("events_not_shared", error=type(error).__qualname__)  # noqa: TRY400 - it may hold personal data
            for one in present:
                one.answer(failed)

    async def _answer(self, group: Group, deadline: asyncio.Timeout) -> None:
        first = group[0]
        context = self._contexts.observed(first.viewer, first.client)
        try:
            if first.rows.role is not None:
                context.require_role(first.rows.role)
            rows = await self._rows(group, context)
        finally:
            first.record.rows, first.record.statements = context.reads.read, context.reads.statements
            await context.release()
        for members in _grouped(zip(group, rows, strict=True), lambda pair: pair[1] and tuple(pair[1])[1:]):
            await self._answer_row([one for one, _ in members], members[0][1], deadline)
            if _is_old(first.read_at):
                return  # the rest begin anew

    async def _rows(self, group: Group, context: Context) -> Sequence[Any]:
        """The row that the event is about, for each listener: None if it is not for them."""
        first = group[0]
        key = first.rows.key(first.received)
        if key is None:
            return [None] * len(group)
        loader = context.loader(first.rows.loader)
        columns = self._operations.executor(first.prepared, context).event_columns(first.rows.loader)
        if columns is not None:
            loader = loader.with_columns(columns)
        return await rows_for_viewers(loader, key, [one.viewer.id for one in group])

    async def _answer_row(self, members: Group, row: Any, deadline: asyncio.Timeout) -> None:
        """Answer those who are shown the same row."""
        first = members[0]
        if row is None:
            for one in members:
                one.end() if one.rows.ends else one.answer(None)
        elif len(members) == 1:
            first.answer(_apart(first, row))
        else:
            answer, is_personal = await self._execute(first, row, deadline)
            for one in members:
                is_same = one is first or not is_personal or one.person == first.person
                one.answer(answer if is_same else _apart(one, row))

    async def _execute(self, one: Waiting, row: Any, deadline: asyncio.Timeout) -> tuple[Answer, bool]:
        """Execute the operation for one of several listeners; also says whether the answer is for nobody else."""
        operations, prepared, record = self._operations, one.prepared, one.record
        context = self._contexts.observed(one.viewer, one.client)
        try:
            answer = await operations.execute(prepared, context, deadline, row, serially=False)
            is_personal = context.reads.is_personal
        finally:
            record.rows += context.reads.read
            record.statements += context.reads.statements
            await context.release()
        if "errors" in answer.content:  # they have references and causes of their own, unless nobody can be answered
            return answer, answer.status != STATUS[errors.Code.UNAVAILABLE]
        try:
            shared = SharedAnswer(*answer)
            shared.encoded = operations.answers.encode(answer.content, prepared.name)
        except OperationFailed as failure:
            return failure.answer, is_personal
        return shared, is_personal


def _apart(one: Waiting, row: Any = None) -> Apart:
    return Apart(one.viewer, row, one.read_at)


def _is_old(read_at: float) -> bool:
    return read_at + MAX_AGE <= asyncio.get_running_loop().time()


def _groups(present: Group) -> Iterable[Group]:
    """Group those who are not answered yet."""
    return _grouped((one for one in present if not one.answered.done()), lambda one: one.group)


def _grouped(things: Iterable[T], key: Callable[[T], Hashable]) -> Iterable[list[T]]:
    """Group what has the same key."""
    groups: dict[Hashable, list[T]] = {}
    for one in things:
        groups.setdefault(key(one), []).append(one)
    return groups.values()


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
