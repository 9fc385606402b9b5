"""The text of an exception for the log. Messages of exceptions may quote personal data, so production leaves them out."""

import traceback
from collections.abc import Iterator


def format_traceback(error: BaseException, *, messages: bool) -> str:
    """Write the frames of an exception and of what caused it, the cause first."""
    return "".join(_lines(error, messages=messages))


def _lines(error: BaseException, *, messages: bool) -> Iterator[str]:
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from _lines(before, messages=messages)
        yield "then\n"
    # `format_tb` would parse each line again, to mark the part of it that failed.
    yield from traceback.StackSummary.extract(traceback.walk_tb(error.__traceback__)).format()
    yield f"{type(error).__qualname__}{f': {error}' if messages else ''}\n"
