"""What the supervisor of worker processes does when they end, by themselves or since they are told to."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from structlog.testing import capture_logs

from commands import supervisor
from commands.supervisor import MAX_FAILED_STARTS, MAX_PAUSE_SECONDS, Supervisor, WorkersNotStarted
from tests.patience import SECONDS


class Fake:
    """A worker without a process: the test says when it is ready and when it ends."""

    def __init__(self, number: int) -> None:
        self.number, self.pid = number, 1_000 + number
        self.told: list[str] = []
        self.ready: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.code: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def is_ready(self) -> bool:
        return await self.ready

    async def has_ended(self) -> int:
        return await self.code

    def begin(self) -> None:
        self.ready.set_result(True)

    def end(self, code: int) -> None:
        if not self.ready.done():
            self.ready.set_result(False)
        if not self.code.done():
            self.code.set_result(code)

    def retire(self) -> None:
        self.told.append("retire")

    def stop(self) -> None:
        self.told.append("stop")

    def kill(self) -> None:
        self.told.append("kill")
        self.end(-9)


class Stage:
    """A supervisor of fakes, all that it has started, and for how long it has paused."""

    def __init__(self, workers: int, begin: Callable[[Fake], None]) -> None:
        self.made: list[Fake] = []
        self.gone: list[int] = []
        self.pauses: list[float] = []
        self.stopped = 0
        self._begin = begin
        self.supervisor = Supervisor(workers, self._start, self.gone.append, self._stopping)
        self.supervisor._pause = self._pause  # type: ignore[method-assign]

    async def _start(self, number: int) -> Fake:
        self.made.append(made := Fake(number))
        self._begin(made)
        return made

    def _stopping(self) -> None:
        self.stopped += 1

    async def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await asyncio.sleep(0)

    async def number(self, made: int) -> None:
        """Wait until so many have been started."""
        await until(lambda: len(self.made) == made)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0)


@asynccontextmanager
async def supervised(workers: int, begin: Callable[[Fake], None] = Fake.begin) -> AsyncIterator[Stage]:
    """Supervise until the block ends; then all workers end when they are told to."""
    stage = Stage(workers, begin)
    task = asyncio.create_task(stage.supervisor.run())
    await until(lambda: len(stage.made) >= workers)
    try:
        yield stage
        if not stage.stopped:
            stage.supervisor.stop()
        for fake in stage.made:
            fake.end(0)
        await asyncio.wait_for(task, SECONDS)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def events(logs: Any, name: str) -> list[Any]:
    return [line for line in logs if line["event"] == name]


class TestEnds:
    async def test_one_that_dies_is_started_again_at_once(self) -> None:
        async with supervised(2) as stage:
            with capture_logs() as logs:
                stage.made[0].end(-9)
                await stage.number(3)
            assert [fake.number for fake in stage.made] == [1, 2, 1]
            assert (stage.gone, stage.pauses) == ([1], [0])
            (line,) = events(logs, "worker_ended")
            assert (line["worker"], line["signal"], line["ready"]) == (1, "SIGKILL", True)
            assert all(not fake.told for fake in stage.made)

    async def test_one_that_dies_again_and_again_is_started_ever_later(self) -> None:
        async with supervised(1) as stage:
            for made in range(1, 10):
                await until(stage.made[-1].ready.done)
                stage.made[-1].end(1)
                await stage.number(made + 1)
            assert stage.pauses == [0, 1, 2, 4, 8, 16, MAX_PAUSE_SECONDS, MAX_PAUSE_SECONDS, MAX_PAUSE_SECONDS]

    async def test_one_that_has_served_for_long_is_started_at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(supervisor, "STEADY_SECONDS", 0)
        async with supervised(1) as stage:
            for made in range(1, 4):
                stage.made[-1].end(1)
                await stage.number(made + 1)
            assert stage.pauses == [0, 0, 0]

    async def test_an_operating_system_that_starts_nothing_is_asked_again(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with supervised(1) as stage:
            start, refusals = stage.supervisor._start_worker, [BlockingIOError(), BlockingIOError()]

            async def refuse(number: int) -> Any:
                if refusals:
                    raise refusals.pop()
                return await start(number)

            monkeypatch.setattr(stage.supervisor, "_start_worker", refuse)
            with capture_logs() as logs:
                stage.made[0].end(1)
                await stage.number(2)
            assert len(events(logs, "worker_not_started")) == 2
            assert stage.made[1].number == 1
            assert stage.pauses == [0, 1, 2]


class TestStarts:
    async def test_that_all_fail_end_it_with_a_sentence(self) -> None:
        stage = Stage(2, lambda fake: fake.end(3))
        with pytest.raises(WorkersNotStarted, match=r"^No worker process could be started: [^.]*\.$"):
            await asyncio.wait_for(stage.supervisor.run(), SECONDS)
        assert MAX_FAILED_STARTS <= len(stage.made) <= 2 * MAX_FAILED_STARTS
        assert stage.stopped == 1

    async def test_that_fail_while_another_worker_serves_are_tried_on(self) -> None:
        """Such as while the database is away: the other one answers, and is there when it comes back."""

        def begin(fake: Fake) -> None:
            fake.begin() if fake.number == 1 else fake.end(3)

        async with supervised(2, begin) as stage:
            await until(lambda: len(stage.made) > 3 * MAX_FAILED_STARTS)
            assert stage.pauses[:4] == [0, 1, 2, 4], "it does not spin"
            assert stage.stopped == 0

    async def test_that_hang_are_ended(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(supervisor, "START_SECONDS", 0.01)
        hanging = [True]

        def begin(fake: Fake) -> None:
            if not hanging:
                fake.begin()

        async with supervised(1, begin) as stage:
            hanging.pop()
            await stage.number(2)
            assert stage.made[0].told == ["kill"]

    async def test_that_the_system_refuses_end_it_with_a_sentence(self) -> None:
        def begin(fake: Fake) -> None:
            if fake.number == 2:
                stage.made[0].end(0)
                raise BlockingIOError

        stage = Stage(2, begin)
        with pytest.raises(WorkersNotStarted):
            await asyncio.wait_for(stage.supervisor.run(), SECONDS)
        assert stage.stopped == 1


class TestStopping:
    async def test_ends_all_and_starts_none(self) -> None:
        async with supervised(3) as stage:
            stage.supervisor.stop()
            assert stage.stopped == 1
            assert [fake.told for fake in stage.made] == [["stop"]] * 3
            for fake in stage.made:
                fake.end(0)
            await until(lambda: sorted(stage.gone) == [1, 2, 3])
        assert len(stage.made) == 3

    async def test_a_second_signal_is_passed_on(self) -> None:
        async with supervised(1) as stage:
            stage.supervisor.stop()
            stage.supervisor.stop()
            assert (stage.made[0].told, stage.stopped) == (["stop"] * 2, 1)

    async def test_what_does_not_end_is_killed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(supervisor, "KILL_SECONDS", 0)
        async with supervised(1) as stage:
            stage.supervisor.stop()
            stage.supervisor.stop()
            with capture_logs() as logs:
                await until(lambda: stage.gone == [1])
            assert stage.made[0].told[-1] == "kill"
            assert len(events(logs, "worker_killed")) == 1

    async def test_one_that_is_being_started_is_stopped_as_well(self) -> None:
        async with supervised(1, lambda _: None) as stage:
            stage.supervisor.stop()
            assert stage.made[0].told == ["stop"]


class TestRestart:
    async def test_goes_one_after_the_other(self) -> None:
        async with supervised(2) as stage:
            first, second = stage.made
            await until(lambda: first.ready.done() and second.ready.done())
            stage.supervisor.restart()
            stage.supervisor.restart()
            await until(lambda: first.told == ["retire"])
            assert [fake.number for fake in stage.made] == [1, 2, 3]
            assert second.told == []
            with capture_logs() as logs:
                first.end(0)
                await until(lambda: second.told == ["retire"])
                second.end(0)
                await until(lambda: sorted(stage.gone) == [1, 2])
            assert events(logs, "worker_ended") == [], "nobody need look at it"
            assert [fake.number for fake in stage.made] == [1, 2, 3, 1]
            stage.made[2].end(-9)
            await stage.number(5)

    async def test_that_is_asked_for_during_another_replaces_all_once_more(self) -> None:
        """What the first ones were started from may have changed since."""
        async with supervised(1) as stage:
            stage.supervisor.restart()
            await until(lambda: stage.made[0].told == ["retire"])
            stage.supervisor.restart()
            stage.supervisor.restart()
            stage.made[0].end(0)
            await until(lambda: stage.made[1].told == ["retire"])
            stage.made[1].end(0)
            await until(lambda: stage.gone == [1, 2])
            assert [fake.number for fake in stage.made] == [1, 2, 1]

    async def test_kills_one_that_hangs(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(supervisor, "STOP_SECONDS", 0)
        monkeypatch.setattr(supervisor, "KILL_SECONDS", 0)
        async with supervised(2) as stage:
            with capture_logs() as logs:
                stage.supervisor.restart()
                await until(lambda: sorted(stage.gone) == [1, 2])
            assert [fake.told for fake in stage.made] == [["retire", "kill"]] * 2 + [[]] * 2
            assert len(events(logs, "worker_killed")) == 2

    async def test_leaves_all_as_they_are_if_a_new_one_fails(self) -> None:
        def begin(fake: Fake) -> None:
            fake.begin() if fake.number <= 2 else fake.end(1)

        async with supervised(2, begin) as stage:
            with capture_logs() as logs:
                stage.supervisor.restart()
                await until(lambda: bool(events(logs, "workers_not_restarted")))
            assert [fake.told for fake in stage.made[:2]] == [[], []]
            assert len(stage.made) == 3

    async def test_of_one_that_dies_meanwhile_leaves_one(self) -> None:
        async with supervised(1, lambda fake: fake.begin() if fake.number == 1 else None) as stage:
            stage.supervisor.restart()
            await stage.number(2)
            stage.made[0].end(-9)
            await stage.number(3)
            stage.made[1].begin()
            await until(lambda: bool(stage.made[2].told))
            assert re.fullmatch("retire|stop", stage.made[2].told[0])
            assert stage.made[1].told == []
