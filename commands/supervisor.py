"""Keeps WORKERS processes running: starts again what ends, and ends them all in order.

uvicorn's own supervisor is not used: it starts what dies at once and for ever, gives up for good when one start fails,
kills workers that a busy machine keeps from answering it, has no second signal, and waits for their end without a bound.
"""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import count
from typing import Protocol

import structlog

from transport.uvicorn_server import STOP_SECONDS

MAX_FAILED_STARTS = 3
"""After so many in a row all is ended, unless another worker serves."""
START_SECONDS = 120.0
STEADY_SECONDS = 60.0
"""A worker that has served for so long is started again at once when it ends."""
MAX_PAUSE_SECONDS = 30.0
KILL_SECONDS = 5.0
"""How much longer than it should take stopping may take, before a worker is killed."""

log = structlog.get_logger("clientele")


class WorkersNotStarted(Exception):
    """No worker process could be started."""

    def __init__(self) -> None:
        super().__init__(
            f"No worker process could be started: {MAX_FAILED_STARTS} have ended one after the other before they were "
            "ready; the lines above say why."
        )


class Worker(Protocol):
    """A process that can be started and ended."""

    number: int
    pid: int

    async def is_ready(self) -> bool:
        """Wait until it serves; False if it has ended before."""
        ...

    async def has_ended(self) -> int:
        """Wait until it has ended, and give the exit code."""
        ...

    def retire(self) -> None:
        """Have it stop, since another one serves in its place."""
        ...

    def stop(self) -> None:
        """Have it stop; at once when that was said before."""
        ...

    def kill(self) -> None:
        """End it."""
        ...


class _Watched:
    """A worker, and what has become of it."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self.ready: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.ended = asyncio.Event()
        self.retired = False
        self.seconds = 0.0
        """For how long it has served."""


class _Place:
    """One of WORKERS, with the process that serves there now."""

    def __init__(self, watched: _Watched) -> None:
        self.watched = watched
        self.failed = self.ended_early = 0

    def pause(self) -> float:
        """How long to wait before a worker is started again: not at all at first, then longer each time."""
        served = self.watched.ready.result()
        self.failed = 0 if served else self.failed + 1
        self.ended_early = 0 if self.watched.seconds >= STEADY_SECONDS else self.ended_early + 1
        return min(MAX_PAUSE_SECONDS, 2.0 ** (self.ended_early - 2)) if self.ended_early > 1 else 0.0


class Supervisor:
    """Starts workers by `start`, which gets their numbers, and calls `ended` with the number of one that has ended.

    A number is that of one process at a time. `stopping` is called when all are about to stop.
    """

    def __init__(
        self, workers: int, start: Callable[[int], Awaitable[Worker]],
        ended: Callable[[int], None], stopping: Callable[[], None],
    ) -> None:  # fmt: skip
        self._workers, self._start_worker = workers, start
        self._on_end, self._on_stop = ended, stopping
        self._running: dict[int, _Watched | None] = {}
        self._watching: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()
        self._failed = False
        self._restarting: asyncio.Task[None] | None = None
        self._restart_wanted = False
        self._places: list[_Place] = []

    async def run(self) -> None:
        """Run until all have stopped; raises `WorkersNotStarted`."""
        try:
            while len(self._places) < self._workers and not self._stopping.is_set():
                self._places.append(_Place(await self._start_first()))
            await asyncio.gather(*map(self._keep, self._places))
        finally:
            if not self._stopping.is_set():
                self.stop()
            while self._watching:
                await asyncio.wait(self._watching)
        if self._failed:
            raise WorkersNotStarted

    def stop(self) -> None:
        """Have all workers stop; the second time at once."""
        seconds = KILL_SECONDS + (0 if self._stopping.is_set() else STOP_SECONDS)
        if not self._stopping.is_set():
            self._stopping.set()
            self._on_stop()
        for watched in filter(None, self._running.values()):
            watched.worker.stop()
        asyncio.get_running_loop().call_later(seconds, self._kill_all)

    def restart(self) -> None:
        """Replace the workers one after the other, each once its successor is ready; once more if that is under way."""
        self._restart_wanted = True
        if not self._stopping.is_set() and (self._restarting is None or self._restarting.done()):
            self._restarting = asyncio.create_task(self._restart())

    def take_signals(self) -> None:
        """Stop at SIGTERM and SIGINT, and restart at SIGHUP."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        # To a process of a terminal, SIGHUP says that the terminal has gone.
        loop.add_signal_handler(signal.SIGHUP, self.stop if os.isatty(0) else self.restart)

    def _kill_all(self) -> None:
        for watched in filter(None, self._running.values()):
            self._kill(watched)

    def _kill(self, watched: _Watched) -> None:
        if not watched.ended.is_set():
            log.warning("worker_killed", worker=watched.worker.number, pid=watched.worker.pid)
            watched.worker.kill()

    async def _start_first(self) -> _Watched:
        try:
            return await self._start()
        except OSError as error:  # such as too many processes
            log.error("worker_not_started", error=type(error).__qualname__)  # noqa: TRY400 - the class says it
            raise WorkersNotStarted from None

    async def _start(self) -> _Watched:
        number = next(number for number in count(1) if number not in self._running)
        self._running[number] = None  # nobody else takes it meanwhile
        try:
            watched = self._running[number] = _Watched(await self._start_worker(number))
        except BaseException:
            del self._running[number]
            raise
        if self._stopping.is_set():
            watched.worker.stop()
        task = asyncio.create_task(self._watch(watched))
        self._watching.add(task)
        task.add_done_callback(self._watching.discard)
        return watched

    async def _watch(self, watched: _Watched) -> None:
        worker, clock = watched.worker, asyncio.get_running_loop().time
        started = clock()
        try:
            async with asyncio.timeout(START_SECONDS):
                ready = await worker.is_ready()
        except TimeoutError:
            ready = False
            worker.kill()
        watched.ready.set_result(ready)
        if ready:
            log.info("worker_ready", worker=worker.number, pid=worker.pid, seconds=round(clock() - started, 1))
        since = clock()
        code = await worker.has_ended()
        watched.seconds = clock() - since if ready else 0.0
        if not (watched.retired or self._stopping.is_set()):
            facts = {"signal": signal.Signals(-code).name} if code < 0 else {"code": code}
            log.error("worker_ended", worker=worker.number, pid=worker.pid, ready=ready, **facts)
        self._on_end(worker.number)
        del self._running[worker.number]
        watched.ended.set()

    async def _keep(self, place: _Place) -> None:
        while not self._stopping.is_set():
            watched = place.watched
            await watched.ended.wait()
            if self._stopping.is_set():
                return
            if place.watched is not watched:
                continue
            pause = place.pause()
            if place.failed >= MAX_FAILED_STARTS and not self._serves():
                self._failed = True
                self.stop()
                return
            await self._pause(pause)
            if not self._stopping.is_set() and place.watched is watched:
                await self._start_again(place)

    async def _start_again(self, place: _Place) -> None:
        ended = place.watched
        try:
            started = await self._start()
        except OSError as error:  # such as too many processes
            log.error("worker_not_started", error=type(error).__qualname__)  # noqa: TRY400 - the class says it
            return
        if place.watched is ended:
            place.watched = started
        else:  # a restart was faster
            self._retire(started)

    async def _restart(self) -> None:
        while self._restart_wanted:
            self._restart_wanted = False
            await self._replace_all()

    async def _replace_all(self) -> None:
        for place in self._places:
            if self._stopping.is_set():
                return
            try:
                successor = await self._start()
            except OSError as error:
                log.error("workers_not_restarted", error=type(error).__qualname__)  # noqa: TRY400 - the class says it
                return
            if not await successor.ready:
                log.error("workers_not_restarted", worker=successor.worker.number)
                return
            if self._stopping.is_set():
                return
            predecessor, place.watched = place.watched, successor
            self._retire(predecessor)
            await predecessor.ended.wait()

    def _retire(self, watched: _Watched) -> None:
        watched.retired = True
        if watched.ready.done() and watched.ready.result():
            watched.worker.retire()
        else:
            watched.worker.stop()
        asyncio.get_running_loop().call_later(STOP_SECONDS + KILL_SECONDS, self._kill, watched)  # it may hang

    def _serves(self) -> bool:
        """Whether any worker is ready."""
        running = filter(None, self._running.values())
        return any(watched.ready.done() and watched.ready.result() for watched in running)

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
