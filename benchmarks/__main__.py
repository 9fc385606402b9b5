"""The command: `python -m benchmarks --help`."""

import argparse
import os
import sys
from collections.abc import Iterable
from contextlib import ExitStack

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from benchmarks import (
    carriers,
    catalogue,
    crowded,
    dataset,
    growth,
    live,
    measure,
    peers,
    plot,
    profiling,
    report,
    words,
)
from benchmarks.answers import Different
from benchmarks.load import Request
from benchmarks.machine import described
from benchmarks.processes import leave_server_core
from benchmarks.servers import stage
from database.embedded import DatabaseUnavailable


def main() -> None:
    given = arguments()
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
        if given.profile:
            with measure.python_servers([given.profile], environment, given.collector) as servers:
                for query in given.only:
                    request = said(url, pem, servers)[given.profile, query]
                    print(profiling.profile(servers[given.profile], request), flush=True)
            return
        if live.LIVE in given.only:
            print(report.live(live.measured(url, environment, given.collector)))
            given.only.remove(live.LIVE)
        if crowded.CROWDED in given.only:
            print(report.crowded(crowded.measured(environment, given.collector)))
            given.only.remove(crowded.CROWDED)
        if catalogue.CATALOGUE in given.only:
            print(report.catalogue(catalogue.measured(url, environment, given.collector)))
            given.only.remove(catalogue.CATALOGUE)
        if not given.only:
            return
        results = compared(given, url, pem, environment)
        print(
            report.cpu(results, given.only),
            report.goals(results, given.only),
            report.speed(results, given.only),
            sep="\n\n",
        )
        if given.only == measure.QUERIES and not given.no_growth:
            grown = growth.measured(url, environment, given.collector, said(url, pem, measure.PYTHON))
            heard = live.measured(url, environment, given.collector)
            machine = described(url, with_peers=peers.NAMES[0] in results)
            write(results, grown, heard, machine, f"{given.rounds} rounds of {given.seconds} s")


def compared(given: argparse.Namespace, url: str, pem: str, environment: dict[str, str]) -> dict[str, measure.Result]:
    """Run the four queries on all servers."""
    with ExitStack() as stack:
        servers = stack.enter_context(measure.python_servers(measure.PYTHON, environment, given.collector))
        if not given.no_peers and peers.install():
            servers |= stack.enter_context(peers.servers(environment))
        requests = said(url, pem, servers)
        measure.check(servers, requests)
        return measure.run(servers, requests, given.rounds, given.seconds, given.only)


def write(
    results: dict[str, measure.Result], grown: growth.Growth, heard: live.Live, machine: list[str], settings: str
) -> None:
    """Write docs/performance.md and its plot."""
    docs = dataset.HERE.parent / "docs"
    (docs / "performance.md").write_text(report.page(results, grown, heard, machine, settings), encoding="utf-8")
    ceiling = results[measure.CEILING]
    cpu = {name: [result.typical(query, "cpu") for query in measure.QUERIES] for name, result in results.items()}
    least = [ceiling.typical(query, "cpu") for query in measure.QUERIES]
    heights = {words.NAMES[name]: [a / b for a, b in zip(values, least, strict=True)] for name, values in cpu.items()}
    labels = {words.NAMES[name]: [f"{value:.2f}" for value in values] for name, values in cpu.items()}
    title = "CPU per request as a multiple of the hand-written route's (numbers: milliseconds)"
    (docs / "performance.svg").write_text(plot.bars(title, measure.QUERIES, heights, labels), encoding="utf-8")
    print(f"Written: {docs / 'performance.md'}")


def said(url: str, pem: str, servers: Iterable[str]) -> dict[tuple[str, str], Request]:
    """Say what each server is sent for each query."""
    requests, variables = {}, dataset.variables(url)
    for query, viewer in dataset.VIEWERS.items():
        token = stage.token(pem, f"user_demo_{viewer}")
        ours = Request.of(query, dataset.text(query), variables[query], token)
        for name in servers:
            peer = name in peers.NAMES
            requests[name, query] = peers.request(name, ours, dataset.text(query), variables[query]) if peer else ours
    return requests


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each server gets each query")
    parser.add_argument("--seconds", type=int, default=2, help="how long each time")
    parser.add_argument(
        "--only", nargs="+", choices=(*measure.QUERIES, live.LIVE, crowded.CROWDED, carriers.CARRIERS, catalogue.CATALOGUE),
        default=measure.QUERIES, metavar="QUERY",
        help=f"some of {', '.join(measure.QUERIES)}; {live.LIVE}: how soon subscribers hear; "
        f"{crowded.CROWDED}: how long a cheap query takes on a busy server; "
        f"{catalogue.CATALOGUE}: a page with filters and facets; "
        f"{carriers.CARRIERS}: what it costs to tell of an event",
    )  # fmt: skip
    parser.add_argument("--collector", choices=("raised", "python"), default="raised", help="thresholds of Python's GC")
    parser.add_argument("--no-peers", action="store_true", help="leave PostGraphile and Mercurius out")
    parser.add_argument("--no-growth", action="store_true", help="leave out what writes docs/performance.md")
    parser.add_argument("--profile", choices=measure.PYTHON, help="sample this server with py-spy instead")
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
