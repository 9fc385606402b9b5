"""Token buckets, in memory and in Redis: what is taken, what comes back, and what is forgotten."""

import asyncio
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.patience import SECONDS
from transport.cost_buckets import Balance, Buckets, MemoryBuckets, Rate
from transport.redis_buckets import PREFIX, RedisBuckets

REDIS = shutil.which("redis-server")
needs_redis = pytest.mark.skipif(not REDIS, reason="needs redis-server")
RATE = Rate(100, 10)
SLOW = Rate(100, 1)
"""So slow that nothing comes back while a test runs, but for a fraction of a point a second."""


class Clock:
    """A clock that is set by hand."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def made(most: int = 10) -> tuple[Clock, MemoryBuckets]:
    clock = Clock()
    return clock, MemoryBuckets(clock, most)


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis of its own, which ends with the tests."""
    folder = tmp_path_factory.mktemp("redis")
    with started(folder) as url:
        yield url


class started:  # noqa: N801 - reads like a function
    """Runs a Redis at a socket in a folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "redis.sock"

    def __enter__(self) -> str:
        command = [
            str(REDIS),
            "--port",
            "0",
            "--unixsocket",
            str(self.path),
            "--save",
            "",
            "--dir",
            str(self.path.parent),
        ]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        for _ in range(int(SECONDS * 50)):
            with socket.socket(socket.AF_UNIX) as client:
                if self.path.exists() and client.connect_ex(str(self.path)) == 0:
                    break
            assert self.process.poll() is None
            time.sleep(0.02)
        return f"unix://{self.path}"

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait()


@pytest.fixture(params=["memory", pytest.param("redis", marks=needs_redis)])
async def buckets(request: pytest.FixtureRequest) -> AsyncIterator[Buckets]:
    found: Buckets = (
        MemoryBuckets() if request.param == "memory" else RedisBuckets(request.getfixturevalue("redis_url"))
    )
    yield found
    await found.close()


@pytest.fixture
def key(request: pytest.FixtureRequest) -> str:
    return request.node.name


class TestBoth:
    """What both kinds do alike."""

    async def test_full_at_first(self, buckets: Buckets, key: str) -> None:
        assert round((await buckets.charge(key, SLOW, 30)).points) == 70
        assert round((await buckets.charge(key, SLOW, 70)).points) in {0, 1}
        assert round((await buckets.charge(f"{key} other", SLOW, 1)).points) == 99

    async def test_too_little_is_not_taken(self, buckets: Buckets, key: str) -> None:
        await buckets.charge(key, SLOW, 90)
        refused = await buckets.charge(key, SLOW, 40)
        assert 25 < refused.seconds_to_wait <= 30
        assert (await buckets.charge(key, SLOW, 5)).seconds_to_wait == 0

    async def test_adjusting(self, buckets: Buckets, key: str) -> None:
        assert (await buckets.adjust(key, SLOW, -150)).points == 0
        assert 20 <= (await buckets.adjust(key, SLOW, 20)).points < 25
        assert (await buckets.adjust(key, SLOW, 1_000)).points == 100

    async def test_many_at_once_get_no_more_than_there_is(self, buckets: Buckets, key: str) -> None:
        balances = await asyncio.gather(*(buckets.charge(key, SLOW, 10) for _ in range(50)))
        assert 10 <= sum(balance.seconds_to_wait == 0 for balance in balances) <= 12

    async def test_what_costs_more_than_the_bucket_holds_needs_a_full_one(self, buckets: Buckets, key: str) -> None:
        assert (await buckets.charge(key, SLOW, 1_000)).points == 0
        assert (await buckets.charge(key, SLOW, 1_000)).seconds_to_wait > 90


@needs_redis
class TestRedis:
    async def test_two_processes_share_a_bucket(self, redis_url: str) -> None:
        first, second = RedisBuckets(redis_url), RedisBuckets(redis_url)
        await first.charge("shared", SLOW, 90)
        assert (await second.charge("shared", SLOW, 90)).seconds_to_wait > 0
        await asyncio.gather(first.close(), second.close())

    async def test_forgets_a_bucket_that_is_full_again(self, redis_url: str) -> None:
        buckets = RedisBuckets(redis_url)
        await buckets.charge("brief", Rate(100, 1_000), 100)
        assert 0 < await buckets._redis.pttl(f"{PREFIX}brief") <= 1_100
        await buckets.close()

    async def test_while_it_is_down(self, tmp_path: Path) -> None:
        """Each process counts for itself, does not try for a while, and says so once."""
        with started(tmp_path) as url:
            buckets = RedisBuckets(url)
            await buckets.charge("a", SLOW, 10)
        with capture_logs() as logs:
            balances = [await buckets.charge("a", SLOW, 60) for _ in range(3)]
        assert [balance.seconds_to_wait > 0 for balance in balances] == [False, True, True]
        assert [line["event"] for line in logs] == ["redis_unreachable"]
        (tmp_path / "redis.sock").unlink(missing_ok=True)
        with started(tmp_path):
            buckets._down_until = 0.0
            assert round((await buckets.charge("a", SLOW, 10)).points) == 90
        await buckets.close()


class TestMemory:
    async def test_what_comes_back(self) -> None:
        clock, buckets = made()
        await buckets.charge("a", RATE, 90)
        assert await buckets.charge("a", RATE, 40) == Balance(10, 3.0)
        clock.now += 2.9
        assert (await buckets.charge("a", RATE, 40)).seconds_to_wait > 0
        clock.now += 0.2
        assert (await buckets.charge("a", RATE, 40)).seconds_to_wait == 0

    async def test_is_never_more_than_full(self) -> None:
        clock, buckets = made()
        await buckets.charge("a", RATE, 50)
        clock.now += 1_000
        assert await buckets.charge("a", RATE, 0) == Balance(100)

    async def test_the_least_recently_used_is_forgotten(self) -> None:
        _, buckets = made(most=2)
        for name in ("a", "b", "a", "c"):
            await buckets.charge(name, RATE, 10)
        assert await buckets.charge("a", RATE, 0) == Balance(80)
        assert await buckets.charge("b", RATE, 0) == Balance(100)
