"""Latency, outcome, cost and statements of operations, counted when each one ends."""

from collections.abc import Iterable
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter, Histogram

from transport.metrics.operation_names import OTHER, OperationNames
from transport.operation_records import FAILURES, OK, OperationRecord

SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
MAX_REASONS = 100
UNKNOWN_KIND = "unknown"
LABELS = ("operation", "kind")


class _Series(NamedTuple):
    """The counters of one operation and outcome. To find them by labels each time would take longer than to count."""

    results: Counter
    seconds: Histogram
    requested: Counter
    actual: Counter
    statements: Counter
    rows: Counter


class OperationMetrics:
    """Observes operations; a registry of its own, so that there can be several in one process."""

    def __init__(self, registry: CollectorRegistry, names: Iterable[str] = ()) -> None:
        """`names` are those of operations that are counted in the registry already."""

        def counter(name: str, documentation: str, *labels: str) -> Counter:
            return Counter(f"graphql_{name}", documentation, labels or LABELS, registry=registry)

        self._seconds = Histogram(
            "graphql_operation_duration_seconds", "Time from the head of a request to its encoded answer.",
            LABELS, buckets=SECONDS, registry=registry,
        )  # fmt: skip
        self._results = counter(
            "operation_results", "Operations by what became of them: OK or an error code.", *LABELS, "code"
        )
        self._errors = counter(
            "errors", "Operations that ended with an error, by its code and reason.", "code", "reason"
        )
        self._requested = counter("operation_cost_requested", "What the operations that ran could have cost at most.")
        self._actual = counter("operation_cost_actual", "What the operations that ran did cost.")
        self._statements = counter("operation_statements", "SQL statements of reads.")
        self._rows = counter("operation_rows", "Rows that were read.")
        for code in FAILURES:
            self._errors.labels(code, "")  # Prometheus sees no increase in a series that begins with its first error
        self._names = OperationNames(names)
        self._reasons: set[str] = set()
        self._series: dict[tuple[str, str, str], _Series] = {}

    def observe(self, record: OperationRecord) -> None:
        """Count an operation that has ended."""
        name = self._names.label(record.name, admitted=record.admitted, customer=record.customer)
        key = name, record.kind, record.code
        series = self._series.get(key) or self._add(key)
        series.results.inc()
        series.seconds.observe(record.seconds)
        if record.actual_cost is not None:
            series.requested.inc(record.cost)
            series.actual.inc(record.actual_cost)
        if record.statements:
            series.statements.inc(record.statements)
            series.rows.inc(record.rows)
        if record.reason or record.code != OK:
            self._errors.labels(record.code, self._reason(record.reason or "")).inc()

    def _add(self, key: tuple[str, str, str]) -> _Series:
        name, kind, code = key
        labels = name, kind or UNKNOWN_KIND
        series = self._series[key] = _Series(
            self._results.labels(*labels, code),
            self._seconds.labels(*labels),
            self._requested.labels(*labels),
            self._actual.labels(*labels),
            self._statements.labels(*labels),
            self._rows.labels(*labels),
        )
        return series

    def _reason(self, reason: str) -> str:
        """Give the label for a reason: they are constants of ours, but nothing but this makes sure of it."""
        if len(self._reasons) < MAX_REASONS:
            self._reasons.add(reason)
        return reason if reason in self._reasons else OTHER
