"""The parts of a run that load servers by operations: the four queries, pages, mutations, and new documents."""

import re
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from benchmarks import answers, measure, operations, peers, writes
from benchmarks.load import Request, Series, answer
from benchmarks.measure import ACTIONS, CEILING, OURS, Result, Run
from benchmarks.operations import KNOWN, LATER, NEW, PAGES, QUERIES
from benchmarks.processes import Process
from benchmarks.writes import FOLLOW, PAIRS, SUBMIT, Writes

MUTATIONS = "mutations"
WRITERS = (OURS, CEILING, ACTIONS)
MADE = re.compile(rb'"(id|reference|createdAt)":"[^"]*"')
"""What two tickets cannot share."""


@dataclass(frozen=True, slots=True)
class Sights:
    """Milliseconds of CPU, server and database, of a request whose document was seen so often before."""

    new: tuple[float, float]
    known: tuple[float, float]
    later: tuple[float, float]


def queries(run: Run, names: Sequence[str] = QUERIES) -> dict[str, Result]:
    """Run the four queries on all servers."""
    with ExitStack() as stack:
        servers = stack.enter_context(measure.python_servers(measure.PYTHON, run.environment, run.collector))
        if run.with_peers and peers.install():
            servers |= stack.enter_context(peers.servers(run.environment))
        return _compared(run, servers, names)


def pages(run: Run, names: Sequence[str] = PAGES) -> dict[str, Result]:
    """Run larger queries on our server and the hand-written route."""
    with measure.python_servers((OURS, CEILING), run.environment, run.collector) as servers:
        return _compared(run, servers, names)


def _compared(run: Run, servers: Mapping[str, Process], names: Sequence[str]) -> dict[str, Result]:
    requests = operations.requests(run.url, run.pem, servers, names)
    measure.check(servers, requests, names)
    return measure.run(servers, requests, run.rounds, run.seconds, names)


def mutations(run: Run) -> dict[str, Result]:
    """Run the mutations on our server, on a route of the same statements, and on one of the same actions."""
    who = Writes(run.url, run.pem)
    try:
        with measure.python_servers(WRITERS, run.environment, run.collector) as servers:
            sent = who.requests(servers)
            _check(servers, sent, who)
            return measure.run(servers, sent, run.rounds, run.seconds, writes.MUTATIONS, prepare=who.undo)
    finally:
        who.undo()


def _check(servers: Mapping[str, Process], sent: Mapping[tuple[str, str], Series], who: Writes) -> None:
    """See to it that all give the same, and that each request changes something."""
    wanted: list[bytes] = []
    for name, server in servers.items():
        who.undo()
        follows, tickets = sent[name, FOLLOW].requests, sent[name, SUBMIT].requests
        given = [answer(server, one) for one in (follows[0], follows[PAIRS], tickets[0])]
        given[-1] = MADE.sub(b"", given[-1])
        wanted = wanted or given
        for one, other in zip(given, wanted, strict=True):
            answers.same_bytes(one, other, f"mutations of {name} and {OURS}")
        who.undo()
        for request in follows[:PAIRS]:
            answer(server, request)
        who.check_follows(PAIRS)
        for request in follows[PAIRS:]:
            answer(server, request)
        who.check_follows(0)


def sights(run: Run) -> Sights:
    """Load our server with documents that it has not seen, with such that it has seen once, and with one that it knows."""
    with measure.python_servers((OURS,), run.environment, run.collector) as servers:
        requests = operations.requests(run.url, run.pem, servers, ("Q2",))
        sent = operations.sights(requests, OURS)
        results = measure.run(servers, sent, run.rounds, run.seconds, (NEW, KNOWN, LATER))[OURS]
    new, both, later = (
        (results.typical(name, "server"), results.typical(name, "database")) for name in (NEW, KNOWN, LATER)
    )
    return Sights(new, (2 * both[0] - new[0], 2 * both[1] - new[1]), later)


def sent_to(run: Run, server: str, name: str) -> dict[str, Request | Series]:
    """What a part sends to one server, by operation."""
    if name == MUTATIONS:
        of_writes = Writes(run.url, run.pem).requests((server,))
        return {operation: series for (_, operation), series in of_writes.items()}
    requests = operations.requests(run.url, run.pem, (server,), ("Q2" if name == operations.SIGHTS else name,))
    found = operations.sights(requests, server) if name == operations.SIGHTS else requests
    return {operation: one for (_, operation), one in found.items()}
