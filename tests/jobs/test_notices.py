"""Notices of a queue that changes often: the worker looks at it once for many."""

import asyncio

import pytest

from jobs import pgqueuer_adapter
from jobs.pgqueuer_adapter import NoticeFilter

CHANGED = '{"type":"table_changed_event","operation":"insert"}'
CANCELLED = '{"type":"cancellation_event","ids":[1]}'


async def test_the_first_at_once_and_the_others_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pgqueuer_adapter, "NOTICE_PAUSE", 0.01)
    passed: list[object] = []
    notices = NoticeFilter(passed.append)
    notices(CHANGED)
    assert passed == [CHANGED]
    for _ in range(10):
        notices(CHANGED)
    assert passed == [CHANGED]
    async with asyncio.timeout(30):
        while len(passed) < 2:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    assert passed == [CHANGED] * 2
    notices(CHANGED)
    assert passed == [CHANGED] * 3


async def test_what_is_about_one_job_does_not_wait() -> None:
    passed: list[object] = []
    notices = NoticeFilter(passed.append)
    for notice in (CHANGED, CANCELLED, CANCELLED):
        notices(notice)
    assert passed == [CHANGED, CANCELLED, CANCELLED]
