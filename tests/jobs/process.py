"""A process of its own that does jobs: `python -m tests.jobs.process URL`. Its job writes its process id, and hangs."""

import asyncio
import os
import signal
import sys
from datetime import timedelta

import sqlalchemy as sa

from jobs import timers, worker
from jobs.kinds import JobContext, JobKind, Payload, Timer, WorkContext, register, register_timer
from settings import Settings

WRITE = sa.text("INSERT INTO ran (what, pid) VALUES (:what, :pid)")


async def write(context: WorkContext, what: str) -> None:
    """Tell that something ran here."""
    async with context.transaction() as tx:
        await tx.exec(WRITE, params={"what": what, "pid": os.getpid()})  # type: ignore[call-overload]


async def hang(context: JobContext, payload: Payload) -> None:
    """Begin, and never end."""
    await write(context, "job")
    await asyncio.sleep(3600)


async def tick(context: WorkContext) -> None:
    """Begin, wait a little and end, so that a second process would be seen."""
    await write(context, "begin")
    await asyncio.sleep(0.05)
    await write(context, "end")


HANG = register(JobKind("test.process", hang, run_seconds=7200))


async def main(url: str) -> None:
    """Work until SIGTERM."""
    register_timer(Timer("test.process", timedelta(seconds=0.05), tick))
    timers.CHECK_SECONDS = 0.2
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    async with worker.working(Settings(), url):
        await stopped.wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
