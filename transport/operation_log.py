"""One log line for each operation, or for each that failed: no query text, no variables, no address."""

from typing import Any

import structlog
from graphql import FieldNode, OperationDefinitionNode

from errors import Code
from transport.operation_records import FAILURES, Observer, OperationRecord
from transport.sampled_log import REFUSALS

OVERLOADED = "overloaded"
"""The reason of refusals that `request_slots` has logged already."""

REFUSED = frozenset({Code.UNAUTHENTICATED, Code.FORBIDDEN, Code.TOO_COMPLEX})
"""What may be an attack. Rate limits have lines of their own."""

MAX_LOGGED_FIELDS = 5

log = structlog.get_logger("clientele")


def observer(*, all_operations: bool) -> Observer:
    """Log each operation that failed, and with `all_operations` all others as well."""

    def observe(record: OperationRecord) -> None:
        code = record.code
        if code in FAILURES:
            if record.reason != OVERLOADED:
                REFUSALS.warning("operation_failed", code, **_facts(record))
        elif code in REFUSED:
            REFUSALS.warning("operation_refused", code, **_facts(record))
        elif all_operations:
            log.debug("operation_completed", **_facts(record))

    return observe


def log_unregistered(record: OperationRecord, operation: OperationDefinitionNode) -> None:
    """Log an operation that would be refused if only registered documents were executed: its names, no text of it."""
    fields = [node.name.value for node in operation.selection_set.selections if isinstance(node, FieldNode)]
    facts = {"operation": record.name, "kind": record.kind, "fields": fields[:MAX_LOGGED_FIELDS]}
    REFUSALS.warning("document_not_registered", record.kind, **facts, transport=record.transport.value)


def _facts(record: OperationRecord) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "operation": record.name, "kind": record.kind, "outcome": record.code, "transport": record.transport.value,
        "milliseconds": round(record.seconds * 1_000, 1), "statements": record.statements, "cost": record.cost,
    }  # fmt: skip
    optional = {"status": record.status or None, "reason": record.reason, "reference": record.reference}
    return facts | {name: value for name, value in optional.items() if value is not None}
