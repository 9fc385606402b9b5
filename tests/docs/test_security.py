"""docs/security.md names tests and settings that there are."""

import re
from pathlib import Path

from settings import variables

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text()


def test_tests() -> None:
    named = re.findall(r"`(?:tests/\w+/)?(test_\w+\.py)((?:::\w+)*)`", PAGE)
    assert len(named) > 20
    files = {path.name: path for path in (ROOT / "tests").rglob("test_*.py")}
    for name, members in named:
        text = files[name].read_text()
        assert all(re.search(rf"(class|def) {member}\b", text) for member in members.split("::") if member), name


def test_settings() -> None:
    named = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`", PAGE)) - {"TOO_COMPLEX", "RATE_LIMITED"}
    assert len(named) > 15
    assert named <= variables().keys()


def test_every_cost_and_limit_is_there() -> None:
    words = ("COST", "POINTS", "HEAD_", "REQUESTS", "CONNECTIONS_", "OPERATION_", "MUTATIONS_")
    assert {name for name in variables() if any(word in name for word in words)} <= set(re.findall(r"[A-Z_]{5,}", PAGE))
