"""A page of the catalogue with filters and facets: the CPU of server and database, beside the hand-written route."""

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks import answers, dataset
from benchmarks.load import Request, answer, load
from benchmarks.measure import CEILING, OURS, python_servers
from benchmarks.processes import TICK
from benchmarks.servers import stage

CATALOGUE = "catalogue"
ROUNDS, SECONDS, CONNECTIONS = 6, 2, 4
BUSIEST = "SELECT slug FROM category WHERE parent_id IS NULL ORDER BY position, slug LIMIT 1"


class Used(NamedTuple):
    """Milliseconds of CPU for a request: medians of the rounds."""

    server: float
    database: float


def measured(url: str, environment: Mapping[str, str], collector: str) -> dict[str, Used]:
    """Load both servers in turn, once both have given the same bytes."""
    token = stage.token(environment["BENCHMARK_ISSUER_KEY"], "user_demo_omar")
    given = {"first": 50, "category": asyncio.run(dataset.fetch(url, BUSIEST)), "most": "400"}
    request = Request.of("Catalogue", dataset.text("Catalogue"), given, token)
    samples: dict[str, list[Used]] = {OURS: [], CEILING: []}
    with python_servers((OURS, CEILING), environment, collector) as servers:
        for _ in range(3):
            answers.same_bytes(answer(servers[OURS], request), answer(servers[CEILING], request), "the catalogue page")
        for server in servers.values():
            load(server, request, SECONDS, CONNECTIONS)
        for number in range(ROUNDS):
            for name in (OURS, CEILING) if number % 2 else (CEILING, OURS):
                before = database_cpu()
                sample = load(servers[name], request, SECONDS, CONNECTIONS)
                time.sleep(0.5)  # what PostgreSQL counts late
                samples[name].append(Used(sample.cpu, 1000 * (database_cpu() - before) / sample.requests))
    return {
        name: Used(median(one.server for one in used), median(one.database for one in used))
        for name, used in samples.items()
    }


def database_cpu() -> float:
    """The seconds of CPU that the PostgreSQL of the data set has used, in all of its processes."""
    folder, total = str(dataset.FOLDER.resolve()), 0
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and str((process / "cwd").readlink()).startswith(folder):
                fields = (process / "stat").read_text().rpartition(")")[2].split()
                total += int(fields[11]) + int(fields[12])
        except OSError:  # it has ended
            continue
    return total / TICK
