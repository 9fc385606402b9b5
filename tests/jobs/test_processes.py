"""Real processes: killed, stopped, and one of them the leader."""

import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jobs.queue import enqueue
from tests.jobs.process import HANG
from tests.jobs.queues import Queue, until
from tests.patience import SECONDS

Start = Callable[[], subprocess.Popen[bytes]]


@pytest.fixture
def start(queue: Queue, tmp_path: Path) -> Iterator[Start]:
    """Start a process."""
    made: list[subprocess.Popen[bytes]] = []

    def begin() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.jobs.process", queue.url]
        with (tmp_path / "said").open("ab") as said:
            made.append(subprocess.Popen(command, cwd=Path(__file__).parents[2], stdout=said, stderr=said))
        return made[-1]

    yield begin
    for process in made:
        if process.poll() is None:
            process.kill()
        process.wait()


@pytest.fixture(autouse=True)
async def table(queue: Queue) -> AsyncIterator[None]:
    """Where the processes write what they do."""
    await queue.pool.execute("CREATE TABLE ran (id serial PRIMARY KEY, what text, pid int)")
    yield
    await queue.pool.execute("DROP TABLE ran; DELETE FROM pgqueuer.pgqueuer")


async def ran(queue: Queue, what: str) -> list[int]:
    """Where something ran, in order."""
    rows = await queue.pool.fetch("SELECT pid FROM ran WHERE what = $1 ORDER BY id", what)
    return [row["pid"] for row in rows]


async def begun(queue: Queue, start: Start) -> subprocess.Popen[bytes]:
    """Start a process, and wait until it does the job."""
    process = start()
    async with queue.database.transaction() as tx:
        await enqueue(tx, HANG, {}, key="one")
    await until(lambda: ran(queue, "job"))
    return process


class TestKilled:
    """`kill -9`."""

    async def test_another_takes_the_job(self, queue: Queue, start: Start) -> None:
        first = await begun(queue, start)
        first.kill()
        first.wait()
        second = start()
        await queue.pool.execute("UPDATE pgqueuer.pgqueuer SET heartbeat = now() - interval '1 minute'")

        async def taken() -> bool:
            return await ran(queue, "job") == [first.pid, second.pid]

        await until(taken)

    async def test_another_runs_the_timers(self, queue: Queue, start: Start) -> None:
        processes = {process.pid: process for process in (start(), start(), start())}
        leaders: list[int] = []
        for _ in range(2):

            async def replaced() -> Any:
                return [pid for pid in await ran(queue, "end") if pid not in leaders]

            leader = (await until(replaced))[0]
            processes[leader].kill()
            processes[leader].wait()
            leaders.append(leader)
        assert len(set(leaders)) == 2


class TestLeader:
    """One process of all runs the timers."""

    async def test_no_timer_runs_twice_at_once(self, queue: Queue, start: Start) -> None:
        for _ in range(3):
            start()

        async def often() -> bool:
            return len(await ran(queue, "end")) > 10

        await until(often)
        rows = await queue.pool.fetch("SELECT what, pid FROM ran ORDER BY id")
        assert {row["what"] for row in rows[::2]} == {"begin"}
        assert len({row["pid"] for row in rows}) == 1

    async def test_one_whose_connection_is_lost(self, queue: Queue, start: Start) -> None:
        """It stops at once, and the lock goes to whoever asks next: here to itself."""
        start()
        before = len(await until(lambda: ran(queue, "end")))
        sql = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'clientele timers' AND datname = current_database()"
        assert await queue.pool.fetchval(sql) == 1

        async def again() -> bool:
            return len(await ran(queue, "end")) > before + 3

        await until(again)
        rows = [row["what"] for row in await queue.pool.fetch("SELECT what FROM ran ORDER BY id")]
        assert ["begin", "begin", "begin"] not in [rows[at : at + 3] for at in range(len(rows))]


class TestStopped:
    """SIGTERM."""

    async def test_the_job_goes_back_at_once(self, queue: Queue, start: Start) -> None:
        process = await begun(queue, start)
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0
        [job] = await queue.jobs(HANG)
        assert (job["status"], job["attempts"], job["queue_manager_id"]) == ("queued", 0, None)
        assert job["execute_after"] <= await queue.pool.fetchval("SELECT now()")
