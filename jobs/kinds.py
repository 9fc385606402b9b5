"""Kinds of job and timers, which areas register beside their own code."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING

import orjson

from database.transactions import Transaction
from jobs.lease import Lease

if TYPE_CHECKING:
    from database.engine import Database
    from settings import Settings

Payload = Mapping[str, str | int]
"""What a job is about: ids. Never what a person wrote, since `server.py jobs` and backups show it."""

KINDS: dict[str, "JobKind"] = {}
TIMERS: dict[str, "Timer"] = {}


class Progress(Enum):
    """What a run may return."""

    MORE = "more"


MORE = Progress.MORE
"""Returned by a run that did one step of its job: it is called again, unless the process stops."""


class Retry(Exception):
    """The job could not be done this time. The reason is kept and logged: it must not hold anybody's data."""


class Refused(Exception):
    """No further try would help: the job is held. The reason is kept and logged: it must not hold anybody's data."""


@dataclass(frozen=True, slots=True)
class WorkContext:
    """What a timer or a job is given."""

    settings: "Settings"
    database: "Database"
    """Connections of the worker, apart from those of requests."""
    stopping: asyncio.Event
    """Set when the process is about to stop: long work ends after its current step."""

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Open a transaction."""
        async with self.database.transaction() as tx:
            yield tx


@dataclass(frozen=True, slots=True)
class JobContext(WorkContext):
    """What one run of a job is given."""

    attempt: int
    """The first is 1."""
    lease: Lease

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Open a transaction in which the job stays with this process; raises `LeaseLost` if another has taken it."""
        async with self.database.transaction() as tx:
            await self.lease.hold(tx)
            yield tx


@dataclass(frozen=True, slots=True)
class JobKind:
    """A kind of job.

    `run` must tolerate that it was run before: a process may die between the work and the end of the job. It works in
    `context.transaction()`, in one or several; returns MORE if it did one step of several; raises `Retry` or `Refused`.
    Any other exception is a bug, which is retried like `Retry`.
    """

    name: str
    """Such as `follows.move`: area and verb. It stands in the queue, so it is never changed."""
    run: Callable[[JobContext, Payload], Awaitable[Progress | None]]
    tries: int = 8
    """After how many failures the job is held. A step that was done begins the count anew."""
    retry_seconds: float = 10
    """The pause after the first failure; each further one is four times as long, at most two hours."""
    run_seconds: float = 60
    """How long one call of `run` may take."""
    priority: int = 0
    """Jobs of a higher one are begun first."""
    configure: Callable[["JobKind", "Settings"], "JobKind | None"] = field(default=lambda kind, _: kind)
    """The kind as processes with these settings run it; None if they leave it to others."""
    decode: Callable[[bytes], Payload] = orjson.loads
    """How a payload is read; for kinds whose jobs an earlier release has queued in another form."""
    before_retry: Callable[[Transaction, Payload, bool], Awaitable[bool]] | None = None
    """What else is undone when an administrator has a held job run again; False if it must stay held.

    The third argument is True if the job was chosen by its id, and False for `all`.
    """


@dataclass(frozen=True, slots=True)
class Timer:
    """What one process of all does from time to time: first when it becomes the one, then every `every`.

    `run` must tolerate to run sooner than that, since another process may take over. An exception ends the run and is
    logged; the timer goes on.
    """

    name: str
    every: timedelta
    run: Callable[[WorkContext], Awaitable[None]]


def register(kind: JobKind) -> JobKind:
    """Make a kind known to the worker of each process that imports its module."""
    if KINDS.setdefault(kind.name, kind) is not kind:
        message = f"there are two kinds of job named {kind.name}"
        raise ValueError(message)
    return kind


def register_timer(timer: Timer) -> Timer:
    """Make a timer known to the worker of each process that imports its module."""
    if TIMERS.setdefault(timer.name, timer) is not timer:
        message = f"there are two timers named {timer.name}"
        raise ValueError(message)
    return timer
