"""A worker process counts on from the files of the one whose number it has."""

import subprocess
import sys
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from tests.metrics.exposition import Exposition
from tests.patience import SECONDS
from transport.metrics.operation_names import MAX_NAMES, MAX_NAMES_OF_STRANGERS

PROCESSES, NAMES = 2, 150
RESULTS = "graphql_operation_results_total"
WORKER = """
import sys
from pathlib import Path
from uuid import uuid4
from transport.metrics import shared
shared.join(1, Path(sys.argv[1]), None)
from prometheus_client import CollectorRegistry
from transport.operation_records import OperationRecord, Transport
from transport.metrics.operations import OperationMetrics
metrics = OperationMetrics(CollectorRegistry(), shared.find_worker().counted("operation"))
for number in range(int(sys.argv[3])):
    customer = uuid4() if sys.argv[4] == "customer" else None
    one = OperationRecord(Transport.HTTP)
    one.name, one.kind, one.admitted, one.customer = sys.argv[2] + str(number), "query", True, customer
    metrics.observe(one)
"""


def exposition(folder: Path, kind: str) -> Exposition:
    """What processes with the same number, one after the other, have counted of operations with ever new names."""
    for process in range(PROCESSES):
        words = [str(folder), f"Of{process}At", str(NAMES), kind]
        subprocess.run(
            [sys.executable, "-c", WORKER, *words], check=True, timeout=SECONDS, cwd=Path(__file__).parents[2]
        )
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(folder))  # type: ignore[no-untyped-call]
    return Exposition(generate_latest(registry).decode())


def test_names_have_the_bound_of_one_process(tmp_path: Path) -> None:
    found = exposition(tmp_path, "customer")
    assert len(found.labels(RESULTS, "operation") - {"other"}) == MAX_NAMES
    assert found.value(RESULTS) == PROCESSES * NAMES


def test_strangers_get_no_more_names_by_a_restart(tmp_path: Path) -> None:
    found = exposition(tmp_path, "stranger")
    assert len(found.labels(RESULTS, "operation") - {"other"}) == MAX_NAMES_OF_STRANGERS
