"""What the harness did and found, printed at the end of a run."""

import json
from dataclasses import asdict, dataclass
from typing import Any

NAME = "faults"


@dataclass(frozen=True)
class Report:
    """The figures of one test."""

    fault: str
    faults: int
    writes_attempted: int
    writes_acknowledged: int
    writes_lost: int
    invariants_checked: int
    invariants_broken: int
    slowest_answer_seconds: float
    seconds: float
    errors: dict[str, int]

    def keep(self, record_property: Any) -> None:
        """Keep it with the test, so that it reaches the process that prints the summary."""
        record_property(NAME, json.dumps(asdict(self)))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the reports of all tests that made one."""
    tests = [test for name in ("passed", "failed") for test in terminalreporter.stats.get(name, ())]
    reports = [value for test in tests for name, value in test.user_properties if name == NAME]
    if reports:
        terminalreporter.section("faults")
    for value in reports:
        terminalreporter.write_line(value)
