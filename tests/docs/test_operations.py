"""docs/operations.md lists every event that is logged, with its level, and every command."""

import re

from typer.core import TyperGroup
from typer.main import get_command

import server
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


def test_every_command_is_listed() -> None:
    text = (ROOT / "docs" / "operations.md").read_text().partition("## Commands")[2].partition("\n## ")[0]
    commands = get_command(server.app)
    assert isinstance(commands, TyperGroup)
    assert {line.split()[0] for line in re.findall(r"^\| `([^`]+)`", text, re.MULTILINE)} == {
        name for name, command in commands.commands.items() if not command.hidden
    }
