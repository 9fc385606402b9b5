"""One run of one job, and what becomes of the job after it."""

import asyncio
import traceback
from dataclasses import dataclass
from enum import Enum
from time import monotonic

import structlog

import errors
from jobs.kinds import MORE, JobContext, JobKind, Payload, Progress, Refused, Retry, WorkContext
from jobs.lease import Lease, LeaseLost

GRACE_SECONDS = 3.0
"""How long a run has to end by itself when the process stops."""
SLICE_SECONDS = 5.0
"""How long a job of many steps goes on before it lets others begin."""
MAX_STARTS = 5
"""A job during which so many processes ended without a word is held: it may be what ends them."""
MAX_PAUSE_SECONDS = 2 * 60 * 60.0
GROWTH = 4

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class TakenJob:
    """A job as it was taken from the queue."""

    lease: Lease
    kind: str
    payload: bytes
    failures: int
    starts: int
    """How often it was begun since it was last put back, this time included: more than 1 after a crash."""


class Ended(Enum):
    """The outcomes that need no details."""

    DONE = "done"
    LOST = "lost"
    """Another process has taken the job."""


@dataclass(frozen=True, slots=True)
class PutBack:
    """The job is to run again after a pause."""

    reason: str
    seconds: float
    attempts: int
    """How many of its runs have failed."""


@dataclass(frozen=True, slots=True)
class Hold:
    """The job is kept for an administrator."""

    reason: str
    attempts: int


Outcome = Ended | PutBack | Hold


async def run_job(kind: JobKind, taken: TakenJob, given: WorkContext) -> Outcome:
    """Run a job until it is done, fails, has had its time, or the process stops. Logs what went wrong."""
    payload = kind.decode(taken.payload)
    run = _Run(kind, payload, {"kind": kind.name, "job": taken.lease.job, "payload": payload}, taken.failures)
    if taken.starts > MAX_STARTS:
        return run.hold(f"{MAX_STARTS} processes ended while they ran it", taken.failures)
    context = JobContext(given.settings, given.database, given.stopping, taken.failures + 1, taken.lease)
    try:
        return await run.steps(context)
    except Exception as problem:  # noqa: BLE001 - pgqueuer would keep its text, and that may hold people's data
        return run.after(problem, stopping=given.stopping.is_set())


@dataclass(slots=True)
class _Run:
    kind: JobKind
    payload: Payload
    known: dict[str, object]
    failures: int

    async def steps(self, context: JobContext) -> Outcome:
        began = monotonic()
        while await _call(self.kind, context, self.payload) is MORE:
            self.failures = 0
            if context.stopping.is_set() or monotonic() - began > SLICE_SECONDS:
                return PutBack("there is more to do", 0, 0)
        return Ended.DONE

    def after(self, problem: Exception, *, stopping: bool) -> Outcome:
        """Say what becomes of the job after an exception."""
        if isinstance(problem, LeaseLost):
            log.warning("job_lost", **self.known)
            return Ended.LOST
        if isinstance(problem, _Stopped):
            return PutBack("the process was stopped", 0, self.failures)
        reason = self._reason(problem)
        if isinstance(problem, errors.Unavailable):  # of the database, which is not the job's fault
            return self._put_back(reason, self.failures)
        failures = self.failures + 1
        if isinstance(problem, Refused):
            return self.hold(reason, failures)
        if failures >= self.kind.tries:
            return self.hold(f"{reason}, each time it was tried", failures)
        return self._put_back(reason, failures, soon=stopping)

    def hold(self, reason: str, failures: int) -> Hold:
        log.error("job_held", **self.known, reason=reason)
        return Hold(reason, failures)

    def _put_back(self, reason: str, failures: int, *, soon: bool = False) -> PutBack:
        log.warning("job_deferred", **self.known, attempt=self.failures + 1, reason=reason)
        seconds = self.kind.retry_seconds * GROWTH ** max(0, failures - 1)
        return PutBack(reason, 0 if soon else min(seconds, MAX_PAUSE_SECONDS), failures)

    def _reason(self, problem: Exception) -> str:
        if isinstance(problem, Retry | Refused | errors.Unavailable):
            return str(problem)
        if isinstance(problem, TimeoutError):
            return f"it took longer than {self.kind.run_seconds:g} seconds"
        name = type(problem).__qualname__
        log.error("job_broken", **self.known, error=name, trace="".join(traceback.format_tb(problem.__traceback__)))
        return f"a bug: {name}"


class _Stopped(Exception):
    """The run was cancelled, since the process is stopping."""


async def _call(kind: JobKind, context: JobContext, payload: Payload) -> Progress | None:
    """Call `run`. When the process stops it has `GRACE_SECONDS`, then it is cancelled.

    It is a task of its own, since pgqueuer ends a job whose task is cancelled.
    """
    running = asyncio.ensure_future(kind.run(context, payload))
    stopping = asyncio.create_task(context.stopping.wait())
    try:
        await asyncio.wait({running, stopping}, timeout=kind.run_seconds, return_when=asyncio.FIRST_COMPLETED)
        if context.stopping.is_set():
            await asyncio.wait({running}, timeout=GRACE_SECONDS)
    finally:
        stopping.cancel()
        running.cancel()
    try:
        return await running
    except asyncio.CancelledError:
        if context.stopping.is_set():
            raise _Stopped from None
        raise TimeoutError from None
