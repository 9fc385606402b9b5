"""When it is certain that all notifications have arrived."""

from collections.abc import Callable

import pytest

from events import watches
from events.watches import MAX_PROOF_AGE, Watches


class Connection:
    """One to a backend, which answers after `meanwhile`."""

    def __init__(self, answering: int = 7, meanwhile: Callable[[], None] = lambda: None) -> None:
        self._answering, self._meanwhile = answering, meanwhile

    def get_server_pid(self) -> int:
        return 7

    async def fetchval(self, _: str) -> int:
        self._meanwhile()
        return self._answering


class Clock:
    """A time that tests set."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    monkeypatch.setattr(watches, "monotonic", made := Clock())
    return made


async def proved(connection: Connection) -> Watches:
    made = Watches()
    made.trust(connection)
    await made.prove()
    return made


class TestProof:
    async def test_counts_from_the_question_and_ends_after_a_second(self, clock: Clock) -> None:
        def slowly() -> None:
            clock.now += 0.75

        made = await proved(Connection(meanwhile=slowly))
        assert made.is_current
        clock.now += MAX_PROOF_AGE - 0.75
        assert made.is_current
        clock.now += 0.125
        assert not made.is_current
        await made.prove()
        assert made.is_current

    async def test_needs_the_backend_of_the_connection(self) -> None:
        assert not (await proved(Connection(answering=8))).is_current

    async def test_needs_a_connection_that_was_tested(self) -> None:
        made = Watches()
        await made.prove()
        assert not made.is_current

    async def test_an_answer_of_a_connection_that_was_lost_meanwhile_is_none(self) -> None:
        made = Watches()
        other = Connection()
        for lost in (made.distrust, lambda: made.trust(other)):
            made.trust(Connection(meanwhile=lost))
            await made.prove()
            assert not made.is_current


class TestLoss:
    async def test_everything_may_have_changed(self) -> None:
        payloads: list[str] = []
        made = await proved(Connection())
        made.add("channel", payloads.append)
        for ended in (made.distrust, lambda: made.trust(Connection())):
            payloads.clear()
            ended()
            assert payloads == [""]
            assert not made.is_current
