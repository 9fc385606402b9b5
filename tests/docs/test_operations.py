"""docs/operations.md lists every event that is logged, with its level."""

import re

from tests.architecture.project import FILES, ROOT, module

OURS = [path for path in FILES if module(path).split(".")[0] not in {"tests", "benchmarks"}]
CALL = re.compile(r"\b(?:log|REFUSALS)\.(debug|info|warning|error|exception|critical)\(\s*\"(\w+)\"")
OTHERS = re.compile(r"\b(?:log|REFUSALS)\.(?:debug|info|warning|error|exception|critical)\(\s*(?!\")([^\s,)]+)")
ROW = re.compile(r"^\| `(\w+)` \| (\w+) \|", re.MULTILINE)
DYNAMIC = {("transport.sampled_log", "event"), ("transport.log_setup", "level")}
"""The call that logs the events of others, and what is logged at the level of the library."""


def logged() -> set[tuple[str, str]]:
    found = {match for path in OURS for match in CALL.findall(path.read_text())}
    return {(event, {"exception": "error"}.get(level, level)) for level, event in found}


def documented() -> set[tuple[str, str]]:
    text = (ROOT / "docs" / "operations.md").read_text().partition("## Logs")[2].partition("\n## ")[0]
    return set(ROW.findall(text))


def test_every_event_is_listed() -> None:
    assert logged() == documented()


def test_every_event_has_a_plain_name() -> None:
    assert len(logged()) > 20
    assert [
        event for event, _ in logged() if not re.fullmatch(r"[a-z]+(_[a-z]+)+", event) and event != "overloaded"
    ] == []
    others = {(module(path), name) for path in OURS for name in OTHERS.findall(path.read_text())}
    assert others <= DYNAMIC
