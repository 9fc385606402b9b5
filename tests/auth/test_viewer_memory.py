"""How long viewers are remembered, how many of them, and what is never remembered."""

from uuid import UUID, uuid4

import pytest

from auth.viewer import ANONYMOUS, Viewer
from auth.viewer_memory import ViewerMemory
from models.customers import Role


class Clock:
    """A time that tests set."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def memory(clock: Clock | None = None, seconds: float = 2, size: int = 10) -> ViewerMemory:
    return ViewerMemory(seconds, lambda: True, size=size, clock=clock or Clock())


def keep(viewers: ViewerMemory, subject: str, id: UUID | None = None, role: Role = Role.CUSTOMER) -> Viewer:
    viewer = Viewer(id or uuid4(), role)
    viewers.keep(subject, viewer, viewers.begin())
    return viewer


class TestAge:
    def test_ends_after_the_seconds(self) -> None:
        viewers = memory(clock := Clock())
        viewer = keep(viewers, "user_a")
        clock.now += 1.999
        assert viewers.get("user_a") == viewer
        clock.now += 0.001
        assert viewers.get("user_a") is None
        assert (viewers.hits, viewers.misses) == (1, 1)

    def test_is_counted_from_before_the_database_was_asked(self) -> None:
        viewers = memory(clock := Clock())
        reading = viewers.begin()
        clock.now += 1.5
        viewers.keep("user_a", Viewer(uuid4(), Role.CUSTOMER), reading)
        clock.now += 0.5
        assert viewers.get("user_a") is None

    def test_being_used_does_not_prolong_it(self) -> None:
        viewers = memory(clock := Clock())
        keep(viewers, "user_a")
        clock.now += 1
        assert viewers.get("user_a")
        clock.now += 1
        assert viewers.get("user_a") is None

    def test_no_seconds_are_no_memory(self) -> None:
        viewers = memory(seconds=0)
        keep(viewers, "user_a")
        assert viewers.get("user_a") is None
        assert (len(viewers), viewers.unused) == (0, 1)


class TestCurrent:
    def test_it_is_neither_used_nor_filled_while_changes_may_not_arrive(self) -> None:
        current = True
        viewers = ViewerMemory(2, lambda: current, clock=Clock())
        viewer = keep(viewers, "user_a")
        current = False
        assert viewers.get("user_a") is None
        keep(viewers, "user_b")
        current = True
        assert (viewers.get("user_a"), viewers.get("user_b")) == (viewer, None)
        assert viewers.unused == 1


class TestForgetting:
    def test_one(self) -> None:
        viewers = memory()
        changed, other = keep(viewers, "user_a"), keep(viewers, "user_b")
        viewers.forget(str(changed.id))
        assert (viewers.get("user_a"), viewers.get("user_b")) == (None, other)
        assert viewers.dropped == 1

    @pytest.mark.parametrize("payload", ["", "x", "user_a"])
    def test_all_if_it_is_not_known_who_has_changed(self, payload: str) -> None:
        viewers = memory()
        for subject in ("user_a", "user_b"):
            keep(viewers, subject)
        viewers.forget(payload)
        assert (len(viewers), len(viewers._subjects), viewers.dropped) == (0, 0, 2)

    @pytest.mark.parametrize("other", [False, True])
    def test_what_was_read_before_a_change_is_not_kept_after_it(self, *, other: bool) -> None:
        viewers, key = memory(), uuid4()
        reading = viewers.begin()
        viewers.forget("" if other else str(key))
        viewers.keep("user_a", Viewer(key, Role.ADMIN), reading)
        assert viewers.get("user_a") is None

    def test_a_customer_with_another_token_and_a_subject_with_another_account(self) -> None:
        viewers, key = memory(), uuid4()
        keep(viewers, "user_a", key)
        keep(viewers, "user_b", key)
        assert viewers.get("user_a") is None
        viewers.forget_customer(key)
        assert viewers.get("user_b") is None
        keep(viewers, "user_c")
        again = keep(viewers, "user_c")
        assert viewers._subjects == {again.id: "user_c"}


class TestSize:
    def test_who_was_not_seen_for_longest_is_forgotten(self) -> None:
        viewers = memory(size=2)
        for subject in ("user_a", "user_b"):
            keep(viewers, subject)
        assert viewers.get("user_a")
        keep(viewers, "user_c")
        assert [viewers.get(subject) is None for subject in ("user_a", "user_b", "user_c")] == [False, True, False]
        assert len(viewers._subjects) == len(viewers) == 2

    def test_nobody_is_not_remembered(self) -> None:
        viewers = memory()
        viewers.keep("user_a", ANONYMOUS, viewers.begin())
        assert len(viewers) == 0
