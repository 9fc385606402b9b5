"""No log line of the whole suite holds what tests put into private columns.

Factories mark names, e-mail addresses, phone numbers and descriptions so that they are found wherever they are. What
tests of one worker log is checked at its end, in the form that production writes, and so is what the servers that
tests start have printed.
"""

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import structlog
from structlog.testing import LogCapture
from structlog.typing import EventDict

from transport.log_setup import LibraryHandler, exception_formatter, render_json

MARK = "xqcanary"
"""What private words of tests begin with; no word of ours does."""
PRIVATE = re.compile(rf"{MARK}\w*|[\w.+-]+@example\.com|\+97150\d{{7}}")
SECRET = re.compile(r"eyJ[\w-]{16,}\.eyJ[\w-]{16,}|whsec_[\w+/=]{16,}")
"""JSON Web Tokens and the secrets of webhooks."""

without_messages = exception_formatter(messages=False)
found: list[str] = []


def check(text: str, *patterns: re.Pattern[str]) -> None:
    """Note each canary in a text, with the test that runs."""
    for pattern in patterns or (PRIVATE, SECRET):
        for match in pattern.finditer(text):
            test = os.environ.get("PYTEST_CURRENT_TEST", "")
            found.append(f"{match[0]!r} while {test}: {text[:500]}")


def watch(logger: Any, method: str, event: EventDict) -> EventDict:
    """Check an event of ours, and pass it on as it is."""
    check(render_json(logger, method, without_messages(logger, method, {"level": method, **event})).decode())
    return event


class LibraryWatch(LibraryHandler):
    """Checks what libraries log."""

    def write(self, level: int, **facts: Any) -> None:
        watch(None, logging.getLevelName(level), facts)


@contextmanager
def checked() -> Iterator[list[str]]:
    """Collect the canaries of a block by themselves; they are there at its end."""
    before, caught = found.copy(), list[str]()
    found.clear()
    try:
        yield caught
    finally:
        caught += found
        found[:] = before


@pytest.fixture(scope="session", autouse=True)
def no_personal_data_in_logs() -> Iterator[None]:
    """Watch everything that is logged in this process, also where tests capture it."""
    capture, handler = LogCapture.__call__, LibraryWatch(messages=False)

    def captured(self: LogCapture, logger: Any, method: str, event: EventDict) -> Any:
        return capture(self, logger, method, watch(logger, method, event))

    LogCapture.__call__ = captured  # type: ignore[method-assign,assignment]
    structlog.configure(processors=[watch, *structlog.get_config()["processors"]])
    logging.getLogger().addHandler(handler)
    yield
    logging.getLogger().removeHandler(handler)
    assert not found, "personal data in the log:\n" + "\n".join(found)
