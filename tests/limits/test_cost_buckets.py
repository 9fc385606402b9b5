"""Token buckets: what is taken, what comes back, and what is forgotten."""

from transport.cost_buckets import Balance, MemoryBuckets, Rate

RATE = Rate(100, 10)


class Clock:
    """A clock that is set by hand."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def made(most: int = 10) -> tuple[Clock, MemoryBuckets]:
    clock = Clock()
    return clock, MemoryBuckets(clock, most)


async def test_full_at_first() -> None:
    _, buckets = made()
    assert await buckets.charge("a", RATE, 30) == Balance(70)
    assert await buckets.charge("a", RATE, 70) == Balance(0)
    assert await buckets.charge("b", RATE, 1) == Balance(99)


async def test_too_little_is_not_taken() -> None:
    clock, buckets = made()
    await buckets.charge("a", RATE, 90)
    assert await buckets.charge("a", RATE, 40) == Balance(10, 3.0)
    clock.now += 2.9
    assert (await buckets.charge("a", RATE, 40)).seconds_to_wait > 0
    clock.now += 0.2
    assert (await buckets.charge("a", RATE, 40)).seconds_to_wait == 0


async def test_is_never_more_than_full() -> None:
    clock, buckets = made()
    await buckets.charge("a", RATE, 50)
    clock.now += 1_000
    assert await buckets.charge("a", RATE, 0) == Balance(100)
    assert await buckets.adjust("a", RATE, 50) == Balance(100)


async def test_what_costs_more_than_the_bucket_holds_needs_a_full_one() -> None:
    clock, buckets = made()
    assert await buckets.charge("a", RATE, 1_000) == Balance(0)
    clock.now += 9.9
    assert (await buckets.charge("a", RATE, 1_000)).seconds_to_wait > 0
    clock.now += 0.2
    assert await buckets.charge("a", RATE, 1_000) == Balance(0)


async def test_adjusting_down_ends_at_zero() -> None:
    _, buckets = made()
    assert await buckets.adjust("a", RATE, -150) == Balance(0)
    assert await buckets.adjust("a", RATE, 20) == Balance(20)


async def test_the_least_recently_used_is_forgotten() -> None:
    _, buckets = made(most=2)
    for key in ("a", "b", "a", "c"):
        await buckets.charge(key, RATE, 10)
    assert await buckets.charge("a", RATE, 0) == Balance(80)
    assert await buckets.charge("b", RATE, 0) == Balance(100)
