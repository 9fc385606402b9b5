"""The four queries on all servers, in interleaved rounds."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from statistics import median

from benchmarks import answers
from benchmarks.load import Request, Sample, answer, load
from benchmarks.processes import Process, free_port, python, running

QUERIES = ("Q1", "Q2", "Q3", "Q4")
WARM_UP = 3
"""Seconds; Node's compiler needs them."""
OURS, CEILING, WIDE, DOCUMENTS = "ours", "ceiling", "wide", "documents"
PYTHON = (OURS, CEILING, WIDE, DOCUMENTS)


@dataclass(slots=True)
class Result:
    """What a server needed for each query."""

    samples: dict[str, list[Sample]] = field(default_factory=dict)
    memory: float = 0.0
    started_in: float = 0.0

    def typical(self, query: str, what: str) -> float:
        """Give the median of the rounds."""
        return median(getattr(sample, what) for sample in self.samples[query])

    def failures(self) -> int:
        return sum(sample.failures for samples in self.samples.values() for sample in samples)


@contextmanager
def python_servers(
    names: Sequence[str], environment: Mapping[str, str], collector: str
) -> Iterator[dict[str, Process]]:
    """Run the named Python servers."""
    with ExitStack() as stack:
        servers = {}
        for name in names:
            port = free_port()
            servers[name] = stack.enter_context(running(name, python(name, port, collector), environment, port))
        yield servers


def check(servers: Mapping[str, Process], requests: Mapping[tuple[str, str], Request]) -> None:
    """See to it that all servers say the same before any is timed."""
    for query in QUERIES:
        wanted = answer(servers[CEILING], requests[CEILING, query])
        for name, server in servers.items():
            for _ in range(3):  # the first may be parsed, the second compiled, the third cached
                given, where = answer(server, requests[name, query]), f"{query} of {name} and {CEILING}"
                if name in {OURS, CEILING, WIDE}:
                    answers.same_bytes(given, wanted, where)
                else:
                    answers.same_meaning(given, wanted, where)


def run(
    servers: Mapping[str, Process],
    requests: Mapping[tuple[str, str], Request],
    rounds: int,
    seconds: int,
    queries: Sequence[str] = QUERIES,
) -> dict[str, Result]:
    """Load each server with each query in turn, as often as there are rounds, after a short warming up."""
    results = {name: Result(started_in=server.started_in) for name, server in servers.items()}
    for query in queries:
        for name, server in servers.items():
            load(server, requests[name, query], WARM_UP)
    for number in range(rounds):
        for query in queries:
            order = list(servers.items())
            for name, server in order if number % 2 == 0 else reversed(order):
                sample = load(server, requests[name, query], seconds)
                results[name].samples.setdefault(query, []).append(sample)
        print(f"Round {number + 1} of {rounds}", flush=True)
    for name, server in servers.items():
        results[name].memory = server.memory()
    return results
