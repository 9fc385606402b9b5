"""The line of an operation: failures always, all others if asked for; facts, and nothing of what was sent."""

import pytest
from structlog.testing import capture_logs

from transport.operation_log import observer
from transport.operation_records import OperationRecord, OperationRecords, Transport


def ended(code: str, *, all_operations: bool, **values: object) -> list[object]:
    record = OperationRecord(Transport.HTTP)
    record.name, record.kind, record.cost, record.statements = "Home", "query", 12, 3
    for name, value in values.items():
        setattr(record, name, value)
    content = {} if code == "OK" else {"errors": [{"message": "x", "extensions": {"code": code}}]}
    with capture_logs() as logs:
        OperationRecords([observer(all_operations=all_operations)]).ended(record, content)
    return [dict(line) for line in logs]


@pytest.mark.parametrize("code", ["INTERNAL", "TIMEOUT", "UNAVAILABLE"])
@pytest.mark.parametrize("all_operations", [False, True])
def test_failures(code: str, *, all_operations: bool) -> None:
    (line,) = ended(code, all_operations=all_operations, status=503)
    assert isinstance(line, dict)
    assert line.pop("milliseconds") >= 0
    assert line == {
        "event": "operation_failed", "log_level": "warning", "operation": "Home", "kind": "query", "outcome": code,
        "transport": "http", "statements": 3, "cost": 12, "status": 503,
    }  # fmt: skip


@pytest.mark.parametrize("code", ["UNAUTHENTICATED", "FORBIDDEN", "TOO_COMPLEX"])
def test_refusals(code: str) -> None:
    (line,) = ended(code, all_operations=False)
    assert isinstance(line, dict)
    assert (line["event"], line["log_level"], line["outcome"]) == ("operation_refused", "warning", code)


@pytest.mark.parametrize("code", ["OK", "BAD_USER_INPUT", "RATE_LIMITED"])
def test_others(code: str) -> None:
    assert ended(code, all_operations=False) == []
    (line,) = ended(code, all_operations=True)
    assert isinstance(line, dict)
    assert (line["event"], line["log_level"], line["outcome"]) == ("operation_completed", "debug", code)


def test_the_first_failure_counts_before_errors_of_the_client() -> None:
    record = OperationRecord(Transport.HTTP)
    codes = ["FORBIDDEN", "INTERNAL", "UNAVAILABLE"]
    OperationRecords().ended(record, {"errors": [{"extensions": {"code": code, "reference": code}} for code in codes]})
    assert (record.code, record.reference) == ("INTERNAL", "INTERNAL")


def test_an_overload_has_its_line_where_it_is_noticed() -> None:
    record = OperationRecord(Transport.HTTP)
    error = {"extensions": {"code": "UNAVAILABLE", "reason": "overloaded"}}
    with capture_logs() as logs:
        OperationRecords([observer(all_operations=True)]).ended(record, {"errors": [error]})
    assert (logs, record.reason) == ([], "overloaded")
