"""The command: `python -m benchmarks --help`."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from benchmarks import (
    carriers,
    crowded,
    dataset,
    goals,
    growth,
    live,
    measure,
    operations,
    parts,
    profiling,
    report,
    tools,
    webhooks,
)
from benchmarks import page as written
from benchmarks.answers import Different
from benchmarks.measure import Run
from benchmarks.parts import MUTATIONS
from benchmarks.processes import leave_server_core
from database.embedded import DatabaseUnavailable

QUICK = (2, 1)
"""Rounds and seconds."""

LOADED = (*operations.QUERIES, *operations.PAGES, MUTATIONS, operations.SIGHTS)
"""The parts that load a server by wrk alone, and so can be profiled."""


@dataclass(frozen=True, slots=True)
class Part:
    """Something that can be measured by itself."""

    description: str
    run: Callable[[Run], str]


PARTS = {
    **{query: Part("one of the four queries", lambda _: "") for query in operations.QUERIES},
    "dashboard": Part("what a customer sees of their own", lambda run: report.pages(parts.pages(run, ("dashboard",)))),
    "nodes": Part("50 ids of 13 types", lambda run: report.pages(parts.pages(run, ("nodes",)))),
    "catalogue": Part("filters and facets", lambda run: report.pages(parts.pages(run, ("catalogue",)))),
    MUTATIONS: Part("followCustomer and submitTicket", lambda run: report.mutations(parts.mutations(run))),
    operations.SIGHTS: Part(
        "documents seen for the first and the second time", lambda run: report.sights(parts.sights(run))
    ),
    growth.FAILING: Part("a list with one item that fails", lambda run: report.failing(growth.failing(run))),
    growth.GROWTH: Part(
        "page size, depth, place in a list, documents", lambda run: report.growth(growth.measured(run))
    ),
    live.LIVE: Part(
        "how soon subscribers hear",
        lambda run: report.live(live.measured(run.url, run.environment, run.collector)),
    ),
    webhooks.WEBHOOKS: Part("webhooks of Razorpay", lambda run: webhooks.report(webhooks.measured(run))),
    crowded.CROWDED: Part(
        "how long a cheap query takes on a busy server",
        lambda run: report.crowded(crowded.measured(run.environment, run.collector)),
    ),
}


def main() -> None:
    given = arguments()
    tools.require(peers=not given.no_peers and not given.profile and (not given.only or _four(given.only) != []))
    os.chdir(dataset.HERE.parent)
    if carriers.CARRIERS in given.only:
        print(report.carriers(carriers.measured()))
        given.only.remove(carriers.CARRIERS)
        if not given.only:
            return
    leave_server_core()
    pem = key()
    with dataset.served() as url:
        environment = {"BENCHMARK_DATABASE_URL": url, "BENCHMARK_ISSUER_KEY": pem}
        rounds, seconds = QUICK if given.quick else (given.rounds, given.seconds)
        run = Run(url, pem, environment, given.collector, rounds, seconds, with_peers=not given.no_peers)
        if given.profile:
            profile(run, given.profile, [name for name in given.only if name in LOADED] or [*operations.QUERIES])
        elif given.only or given.quick:
            for name in _once(given.only or [name for name in PARTS if name != crowded.CROWDED]):
                print(compared(run, name) if isinstance(name, tuple) else PARTS[name].run(run), flush=True)
        else:
            written.write(run)


def compared(run: Run, names: Sequence[str]) -> str:
    """Run some of the four queries, and draw their tables."""
    results = parts.queries(run, names)
    return "\n\n".join((report.cpu(results, names), goals.table(results, names), report.speed(results, names)))


def _four(names: list[str]) -> list[str]:
    return [name for name in operations.QUERIES if name in names]


def _once(names: list[str]) -> list[str | tuple[str, ...]]:
    """Put the queries into one part, which is measured on all servers."""
    four = tuple(_four(names))
    others: list[str | tuple[str, ...]] = [name for name in names if name not in operations.QUERIES]
    return [four, *others] if four else others


def profile(run: Run, server: str, names: list[str]) -> None:
    """Show where a server spends its time."""
    with measure.python_servers([server], run.environment, run.collector) as servers:
        for name in names:
            sent = parts.sent_to(run, server, name)
            for operation, request in sent.items():
                print(profiling.profile(servers[server], operation, request), flush=True)


def arguments() -> argparse.Namespace:
    known = "; ".join(f"{name}: {part.description}" for name, part in PARTS.items() if name not in operations.QUERIES)
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each server gets each operation")
    parser.add_argument("--seconds", type=int, default=2, help="how long each time")
    parser.add_argument("--quick", action="store_true", help="two rounds of one second: shows that all of it works")
    parser.add_argument(
        "--only", nargs="+", choices=(*PARTS, carriers.CARRIERS), default=[], metavar="NAME",
        help=f"some of {', '.join(operations.QUERIES)}; {known}; {carriers.CARRIERS}: what it costs to tell of an event",
    )  # fmt: skip
    parser.add_argument("--collector", choices=("raised", "python"), default="raised", help="thresholds of Python's GC")
    parser.add_argument("--no-peers", action="store_true", help="leave PostGraphile and Mercurius out")
    parser.add_argument(
        "--profile", choices=(*measure.PYTHON, measure.ACTIONS), help="sample this server with py-spy instead"
    )
    return parser.parse_args()


def key() -> str:
    """Make the key that signs the tokens of one run."""
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


if __name__ == "__main__":
    try:
        main()
    except (DatabaseUnavailable, Different) as problem:
        sys.exit(f"The benchmarks cannot go on: {problem}")
