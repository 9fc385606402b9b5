"""How an operation was executed, for those who develop: `extensions.execution` of answers to requests that ask for it.

It costs nothing elsewhere: the endpoint of production is another class, and its connections record nothing.
"""

from enum import StrEnum
from time import perf_counter
from typing import Any

import orjson
from starlette.types import Receive, Scope

from database.recording import RecordedStatement, Recording
from execution.plan_cache import COMPILED, RECOVERED
from transport.answers import Answer, OperationFailed
from transport.compression import IDENTITY, Coding
from transport.endpoint import Endpoint, Headers
from transport.operation_records import OperationRecord
from transport.streams import OpenStream

HEADER = b"graphql-execution"
REPORT = b"report"


class Mode(StrEnum):
    """What has executed an operation."""

    COMPILED = "COMPILED"
    RECOVERED = "RECOVERED"
    """A plan, and the reference executor for the places that have failed."""
    REFERENCE = "REFERENCE"


class ReportingEndpoint(Endpoint):
    """The endpoint of development, which reports how operations were executed. Values of parameters are never told."""

    async def _answer(
        self, scope: Scope, receive: Receive, headers: Headers, record: OperationRecord, coding: Coding | None,
        **accepted: bool,
    ) -> Answer | OpenStream:  # fmt: skip
        if [one.strip().lower() for one in headers.get(HEADER, ())] != [REPORT]:
            return await super()._answer(scope, receive, headers, record, coding, **accepted)
        recording = Recording()
        with recording.running():
            answer = await super()._answer(scope, receive, headers, record, coding, **accepted)
        if isinstance(answer, OpenStream):
            return answer
        try:
            body = answer.body or self._operations.answers.encode(answer.content, record.name)
        except OperationFailed as failure:
            return failure.answer
        report = execution_report(record, recording)
        encoded, named = await (coding or IDENTITY).encode(body)
        report["bytes"] = {
            "decoded": len(body), "encoded": len(encoded), "encoding": named[0][1].decode() if named else None,
        }  # fmt: skip
        extensions = answer.content.get("extensions", {}) | {"execution": report}
        content = answer.content | {"extensions": extensions}
        return answer._replace(content=content, body=orjson.dumps(content), max_age=0)


def execution_report(record: OperationRecord, recording: Recording) -> dict[str, Any]:
    """Make `extensions.execution`, but for the size of the answer."""
    run = [one for one in recording.statements if not one.is_control]
    mode = None
    if record.execution:
        known = {COMPILED: Mode.COMPILED, RECOVERED: Mode.RECOVERED}
        mode = known.get(record.execution, Mode.REFERENCE)
    return {
        "milliseconds": _rounded((perf_counter() - record.started) * 1_000),
        "mode": mode,
        "reason": record.execution if mode is Mode.REFERENCE else None,
        "cost": {"requested": record.cost, "allowed": record.allowed_cost, "actual": record.actual_cost},
        "rows": sum(one.rows or 0 for one in run),
        "statements": len(run) + recording.left_out,
        "sql": [_told(one) for one in recording.statements],
        "leftOut": recording.left_out,
    }


def _told(statement: RecordedStatement) -> dict[str, Any]:
    return {
        "text": statement.sql, "milliseconds": _rounded(statement.milliseconds), "rows": statement.rows,
        "type": statement.type, "loader": statement.loader, "control": statement.is_control, "error": statement.error,
    }  # fmt: skip


def _rounded(milliseconds: float) -> float:
    return round(milliseconds, 2)
