"""Operations on servers, in interleaved rounds."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from statistics import median

from benchmarks import answers
from benchmarks.load import CONNECTIONS, Request, Sample, Series, answer, load
from benchmarks.processes import Process, free_port, python, running

WARM_UP = 3
"""Seconds; Node's compiler needs them."""
SLOW = {"catalogue": (4, 3)}
"""What takes so long that a server would answer few of many requests: the connections, and the least seconds."""
OURS, CEILING, ACTIONS, DOCUMENTS = "ours", "ceiling", "actions", "documents"
PYTHON = (OURS, CEILING, DOCUMENTS)


@dataclass(frozen=True, slots=True)
class Run:
    """What all parts of a run have in common."""

    url: str
    pem: str
    environment: Mapping[str, str]
    collector: str
    rounds: int
    seconds: int
    with_peers: bool = True


@dataclass(slots=True)
class Result:
    """What a server needed for each operation."""

    samples: dict[str, list[Sample]] = field(default_factory=dict)
    memory: float = 0.0
    started_in: float = 0.0

    def typical(self, operation: str, what: str) -> float:
        """Give the median of the rounds."""
        return median(getattr(sample, what) for sample in self.samples[operation])

    def total(self, operation: str) -> float:
        """Give the typical CPU of server and database together, as the tables show it."""
        return self.typical(operation, "server") + self.typical(operation, "database")

    def failures(self) -> int:
        return sum(sample.failures for samples in self.samples.values() for sample in samples)


Results = Mapping[str, Result]
Sent = Mapping[tuple[str, str], Request | Series]
"""What is sent, by server and operation."""


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


def check(
    servers: Mapping[str, Process], requests: Mapping[tuple[str, str], Request], operations: Sequence[str]
) -> None:
    """See to it that all servers say the same before any is timed."""
    for operation in operations:
        wanted = answer(servers[CEILING], requests[CEILING, operation])
        for name, server in servers.items():
            if (name, operation) not in requests:
                continue
            for _ in range(3):  # the first may be parsed, the second compiled, the third cached
                given = answer(server, requests[name, operation])
                where = f"{operation} of {name} and {CEILING}"
                if name in {OURS, CEILING}:
                    answers.same_bytes(given, wanted, where)
                else:
                    answers.same_meaning(given, wanted, where)


def run(
    servers: Mapping[str, Process], sent: Sent, rounds: int, seconds: int, operations: Sequence[str],
    *, prepare: Callable[[], None] = lambda: None,
) -> dict[str, Result]:  # fmt: skip
    """Load each server with each operation in turn, as often as there are rounds, after a short warming up.

    `prepare` is called before each load.
    """
    results = {name: Result(started_in=server.started_in) for name, server in servers.items()}
    asked = {operation: [name for name in servers if (name, operation) in sent] for operation in operations}
    for operation, names in asked.items():
        for name in names:
            prepare()
            _load(servers[name], sent[name, operation], min(WARM_UP, 2 * seconds), operation)
    for number in range(rounds):
        for operation, names in asked.items():
            for name in names if number % 2 == 0 else reversed(names):
                prepare()
                sample = _load(servers[name], sent[name, operation], seconds, operation)
                results[name].samples.setdefault(operation, []).append(sample)
        print(f"Round {number + 1} of {rounds}", flush=True)
    for name, server in servers.items():
        results[name].memory = server.memory()
    return results


def _load(server: Process, sent: Request | Series, seconds: int, operation: str) -> Sample:
    connections, least = SLOW.get(operation, (CONNECTIONS, 0))
    return load(server, sent, max(seconds, least), connections)
