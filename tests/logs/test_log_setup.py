"""The form of log lines: JSON in production without messages of exceptions, text in development, libraries as well."""

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, Literal

import orjson
import pytest
import structlog
from pydantic import ValidationError

from settings import Settings
from tests.architecture.project import ROOT
from transport import log_setup
from transport.log_setup import LogStream, configure
from transport.request_ids import CURRENT, RequestIds

PRODUCTION = {
    "environment": "production", "database_url": "postgresql://a/b", "secret_key": "x" * 32,
    "clerk_issuer": "https://clerk.example", "clerk_webhook_secrets": "whsec_x",
}  # fmt: skip


class Written:
    """What one test logs, as bytes on stderr."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.stream = io.BytesIO()
        self._stderr = io.TextIOWrapper(self.stream)
        self._monkeypatch = monkeypatch
        self.log = structlog.get_logger("clientele")

    def configure(self, form: Literal["json", "console"], level: str = "info", *, messages: bool = False) -> None:
        self._monkeypatch.setattr(sys, "stderr", self._stderr)  # pytest sets its own when a test begins
        configure(form, level, messages=messages)
        self.log = structlog.get_logger("clientele")

    @property
    def text(self) -> str:
        return self.stream.getvalue().decode()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [orjson.loads(line) for line in self.stream.getvalue().splitlines()]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[Written]:
    root, before, hook = logging.getLogger(), structlog.get_config().copy(), sys.excepthook
    handlers, level = root.handlers[:], root.level
    monkeypatch.setattr(log_setup, "log", structlog.get_logger("clientele"))  # which keeps the stream of its first use
    yield Written(monkeypatch)
    root.handlers[:], sys.excepthook = handlers, hook
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.configure(**before)


WORDS = "somebody's words"


def fail() -> None:
    raise KeyError(WORDS) from ValueError(WORDS)


class TestJson:
    """For machines."""

    def test_a_line_is_an_object(self, written: Written) -> None:
        written.configure("json")
        written.log.warning("request_refused", status=503, of={"a": [1]}, thing=object())
        (line,) = written.lines
        assert [*line][:3] == ["timestamp", "level", "event"]
        assert line["timestamp"].endswith("Z")
        assert line | {"timestamp": ""} == {
            "timestamp": "", "level": "warning", "event": "request_refused", "status": 503, "of": {"a": [1]},
            "thing": "object",
        }  # fmt: skip

    def test_text_that_is_no_unicode(self, written: Written) -> None:
        written.configure("json")
        written.log.warning("request_refused", path="/\ud800")
        assert json.loads(written.text)["path"] == "/\ud800"

    def test_lower_levels_are_left_out(self, written: Written) -> None:
        written.configure("json", "warning")
        written.log.info("one")
        written.log.warning("two")
        assert [line["event"] for line in written.lines] == ["two"]

    def test_ids_of_the_request(self, written: Written) -> None:
        written.configure("json")
        token = CURRENT.set(RequestIds("r1", "t1", "o1"))
        written.log.info("something_happened")
        CURRENT.reset(token)
        written.log.info("something_happened")
        first, second = written.lines
        assert [first[name] for name in ("request_id", "trace_id", "operation_id")] == ["r1", "t1", "o1"]
        assert not {"request_id", "trace_id", "operation_id"} & second.keys()

    def test_exceptions_have_no_messages(self, written: Written) -> None:
        written.configure("json")
        try:
            fail()
        except KeyError:
            written.log.exception("something_failed")
            logging.getLogger("library").exception("it failed for %s", "somebody")
        first, second = written.lines
        for line in (first, second):
            assert "in fail" in line["trace"]
            assert line["trace"].startswith("ValueError\nthen\n")
        assert WORDS not in written.text
        assert (second["event"], second["logger"], second["message"]) == (
            "library_message",
            "library",
            "it failed for %s",
        )

    def test_of_a_library_only_the_first_line(self, written: Written) -> None:
        written.configure("json")
        logging.getLogger("asyncio").error(
            "Task exception was never retrieved\nfuture: <Task exception=KeyError('Ann')>"
        )
        logging.getLogger("library").info("quiet")
        (line,) = written.lines
        assert (line["level"], line["message"]) == ("error", "Task exception was never retrieved")

    def test_a_crash(self, written: Written) -> None:
        written.configure("json")
        try:
            fail()
        except KeyError as error:
            sys.excepthook(KeyError, error, error.__traceback__)
        (line,) = written.lines
        assert (line["level"], line["event"], line["error"]) == ("critical", "process_failed", "KeyError")
        assert WORDS not in written.text


class TestConsole:
    """For people."""

    def test_a_line_and_a_trace_with_messages(self, written: Written) -> None:
        written.configure("console", messages=True)
        try:
            fail()
        except KeyError:
            written.log.exception("something_failed", status=500, name="\ud800")
        first, *rest = written.text.splitlines()
        assert "something_failed" in first
        assert "status=500" in first
        assert any("in fail" in line for line in rest)
        assert f"ValueError: {WORDS}" in rest

    def test_libraries_as_they_are(self, written: Written) -> None:
        written.configure("console", messages=True)
        logging.getLogger("library").warning("it took %d s", 3)
        assert "it took 3 s" in written.text


class Full(io.BytesIO):
    def write(self, line: Any) -> int:
        raise OSError(28, "No space left on device")


def test_a_full_disk_does_not_fail_the_request() -> None:
    stream = LogStream(Full())
    stream.write(b"line\n")
    stream.flush()


class TestSettings:
    """What is not given depends on the environment."""

    def test_defaults(self) -> None:
        assert (Settings().log_form, Settings().log_level) == ("console", "debug")
        assert (Settings(**PRODUCTION).log_form, Settings(**PRODUCTION).log_level) == ("json", "info")

    def test_given(self) -> None:
        given = Settings(log_format="json", log_level="error")
        assert (given.log_form, given.log_level) == ("json", "error")

    @pytest.mark.parametrize("given", [{"log_format": "xml"}, {"log_level": "loud"}])
    def test_wrong(self, given: Any) -> None:
        with pytest.raises(ValidationError):
            Settings(**given)


def test_commands_log_to_stderr_and_print_to_stdout() -> None:
    code = (
        "import logging, server, transport.log_setup\n"
        "server.app = lambda: (logging.getLogger('x').warning('careful'), print('result'))\n"
        "server.main()"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert made.stdout == "result\n"
    assert "careful" in made.stderr
