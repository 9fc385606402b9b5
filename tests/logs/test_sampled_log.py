"""A flood of refusals becomes a few lines, and a count of those that were left out."""

import asyncio

import pytest
from structlog.testing import capture_logs

from tests.transport.wires import until
from transport.sampled_log import SampledLog


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def test_the_next_window_begins_with_what_the_last_left_out(clock: Clock) -> None:
    sampled = SampledLog(2, seconds=60, clock=clock)
    with capture_logs() as logs:
        for _ in range(10):
            sampled.warning("refused", "full", status=503)
        clock.now += 60
        sampled.warning("refused", "full", status=503)
    line = {"event": "refused", "log_level": "warning", "status": 503}
    left_out = {"event": "lines_left_out", "log_level": "warning", "of": "refused", "kind": "full", "count": 8}
    assert logs == [line, line, left_out, line]
    assert sampled.counts == {("refused", "full"): 11}


async def test_kinds_do_not_use_up_each_others_lines(clock: Clock) -> None:
    sampled = SampledLog(1, seconds=60, clock=clock)
    with capture_logs() as logs:
        for kind in ("a", "b", "a", "b"):
            sampled.warning("refused", kind, reason=kind)
    assert [line["reason"] for line in logs] == ["a", "b"]


async def test_a_flood_that_has_ended_is_counted_as_well() -> None:
    sampled = SampledLog(1, seconds=0.01)
    with capture_logs() as logs:
        for _ in range(3):
            sampled.warning("refused")
        await until(lambda: len(logs) == 2)
        await asyncio.sleep(0)
    assert (logs[1]["event"], logs[1]["count"]) == ("lines_left_out", 2)
