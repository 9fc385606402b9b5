"""What is kept of the errors of an answer: neither their frames, nor the time of the server."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack
from types import FrameType

import pytest
from graphql import GraphQLError

from transport.errors import field_errors

SECONDS = 5


@pytest.fixture
def time_limit() -> Iterator[None]:
    """End the test if it does not end by itself: nothing else runs in its thread meanwhile."""

    def expired(_number: int, _frame: FrameType | None) -> None:
        raise TimeoutError

    former = signal.signal(signal.SIGALRM, expired)
    signal.alarm(SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, former)


def raised(error: BaseException, while_handling: BaseException | None = None) -> BaseException:
    """Raise an error, so that it has frames, and perhaps another one as its context."""
    with ExitStack() as stack:
        stack.enter_context(pytest.raises(type(error)))
        stack.callback(_raise, error)
        if while_handling is not None:
            _raise(while_handling)
    return error


def _raise(error: BaseException) -> None:
    raise error


@pytest.mark.usefixtures("time_limit")
def test_errors_that_refer_to_each_other() -> None:
    """An error of a loader that is raised again while that of another field is handled."""
    shared = ValueError("shared")
    located = GraphQLError("located", original_error=shared)
    raised(shared, located)
    assert shared.__context__ is located
    assert field_errors([located], None, messages=False)[0]["extensions"]["code"] == "INTERNAL"
    assert (shared.__traceback__, located.__traceback__) == (None, None)


def test_frames_of_all_errors_are_dropped() -> None:
    cause, context, member = raised(KeyError("cause")), raised(KeyError("context")), raised(ValueError("member"))
    group = raised(ExceptionGroup("several", [ValueError("x"), member]), context)  # type: ignore[list-item]
    group.__cause__ = cause
    located = raised(GraphQLError("located", original_error=group))  # type: ignore[arg-type]
    assert isinstance(located, GraphQLError)
    found = (cause, context, member, group, located)
    assert all(one.__traceback__ for one in found)
    field_errors([located], None, messages=False)
    assert not any(one.__traceback__ for one in found)
