"""What grows with what: page size, depth, place in a list, popularity, distinct documents, failures."""

import asyncio
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from http.client import HTTPConnection

from benchmarks import big, dataset, operations
from benchmarks.load import Request, Sample, load
from benchmarks.measure import CEILING, OURS, Run, python_servers
from benchmarks.processes import Process
from benchmarks.servers.stage import SECRET
from loaders.cursors import Cursors
from loaders.follows import Followers
from loaders.pages import ConnectionLoader
from loaders.product_pages import Products

GROWTH, FAILING = "growth", "failing"
WELL, BROKEN = "all well", "one item fails"
SIZES = (1, 2, 5, 10, 20, 50, 100)
WIDTHS = (1, 20, 100)
STEPS = (
    "id",
    "followers(first: $n) { nodes {",
    "wishlist {",
    "items(first: 5) { nodes {",
    "variant {",
    "product {",
    "brand {",
)
DOCUMENTS = (0, 1_000, 2_000, 5_000, 10_000)
STARTS = 3
TIMES = 3
SECONDS = 2
EXECUTED = re.compile(r"^.*LOG:  execute ", re.MULTILINE)
FOLLOWERS = """query Followers($id: ID!, $after: String) {
  customer(id: $id) {
    followers(first: 20, after: $after) { edges { cursor node { id username } } pageInfo { hasNextPage endCursor } }
  }
}"""
PRODUCTS = """query Products($after: String) {
  products(first: 20, after: $after) { nodes { id slug title brand { name } } pageInfo { hasNextPage endCursor } }
}"""


@dataclass(slots=True)
class Growth:
    """What was measured."""

    sizes: dict[str, dict[int, Sample]] = field(default_factory=dict)
    """By server and page size."""
    statements: dict[int, dict[int, int]] = field(default_factory=dict)
    """Statements of one request by depth and number of followers."""
    places: dict[str, Sample] = field(default_factory=dict)
    memory: dict[int, float] = field(default_factory=dict)
    starts: list[float] = field(default_factory=list)


def measured(run: Run) -> Growth:
    """Measure all of it on our server."""
    url, environment, collector = run.url, run.environment, run.collector
    requests = operations.requests(url, run.pem, (OURS,), ("Q1", "Q3"))
    growth, token = Growth(), requests[OURS, "Q1"].token
    with python_servers((OURS, CEILING), environment, collector) as servers:
        growth.sizes = _by_size(servers, token)
    print("Growth with the size of a page: done", flush=True)
    growth.statements = _by_depth(url, environment, collector, requests)
    print("Statements by depth: done", flush=True)
    for _ in range(STARTS):
        with python_servers((OURS,), environment, collector) as servers:
            growth.starts.append(servers[OURS].started_in)
            if len(growth.starts) == STARTS:
                growth.memory = _by_documents(servers[OURS], token)
    print("Starts and distinct documents: done", flush=True)
    star = big.star()
    with python_servers((OURS,), {**environment, "BENCHMARK_DATABASE_URL": star.url}, collector) as servers:
        growth.places = _by_place(servers[OURS], token, star)
    return growth


def _by_size(servers: Mapping[str, Process], token: str) -> dict[str, dict[int, Sample]]:
    """Ask for pages of each size, the servers in turn."""
    given = {size: Request.of("Q2", operations.text("Q2"), {"first": size}, token) for size in SIZES}
    samples: dict[str, dict[int, list[Sample]]] = {name: {size: [] for size in SIZES} for name in servers}
    for number in range(-1, TIMES):
        for size, request in given.items():
            for name in servers if number % 2 else reversed([*servers]):
                sample = load(servers[name], request, SECONDS if number >= 0 else 1)
                if number >= 0:
                    samples[name][size].append(sample)
    return {name: {size: middle(found) for size, found in sizes.items()} for name, sizes in samples.items()}


def middle(samples: list[Sample]) -> Sample:
    """Give the one that took a middling amount of CPU."""
    return sorted(samples, key=lambda one: one.cpu)[len(samples) // 2]


def document(depth: int) -> str:
    """Write a query of some depth."""
    steps = STEPS[1:depth]
    fields = "id " + "".join(f"{step} id " for step in steps)
    closing = "} " * sum(step.count("{") for step in steps)
    return f"query Deep($id: ID!, $n: Int) {{ customer(id: $id) {{ {fields}{closing}}} }}"


def _by_depth(
    url: str, environment: Mapping[str, str], collector: str, requests: Mapping[tuple[str, str], Request]
) -> dict[int, dict[int, int]]:
    counts: dict[int, dict[int, int]] = {}
    given = operations.variables(url)["Q3"]
    token = requests[OURS, "Q3"].token
    with _logged(url), python_servers((OURS,), environment, collector) as servers:
        for depth in range(1, len(STEPS) + 1):
            counts[depth] = {}
            for width in WIDTHS:
                text = document(depth)
                request = Request.of(
                    "Deep", text if depth > 1 else text.replace(", $n: Int", ""), {**given, "n": width}, token
                )
                counts[depth][width] = _statements(servers[OURS], request)
    return counts


@contextmanager
def _logged(url: str) -> Iterator[None]:
    """Have the database write every statement of new connections to its log."""
    name = asyncio.run(dataset.fetch(url, "SELECT current_database()"))
    asyncio.run(dataset.execute(url, f"ALTER DATABASE {name} SET log_statement = 'all'"))
    try:
        yield
    finally:
        asyncio.run(dataset.execute(url, f"ALTER DATABASE {name} RESET log_statement"))


def _statements(server: Process, request: Request, times: int = 3) -> int:
    """Count the statements of a request: the fewest of several times, since what runs in the background is logged as well."""
    log = dataset.FOLDER / "postgres.log"
    send(server, [request] * 3)
    counts = []
    for _ in range(times):
        before = log.stat().st_size
        send(server, [request])
        with log.open(errors="replace") as text:
            text.seek(before)
            counts.append(len(EXECUTED.findall(text.read())))
    return min(counts)


def send(server: Process, requests: list[Request]) -> None:
    """Send requests one after the other over one connection; none may fail."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
    for request in requests:
        connection.request("POST", "/graphql", request.body, request.headers)
        answered = connection.getresponse()
        body = answered.read()
        if answered.status != 200 or body.startswith(b'{"errors"'):
            raise RuntimeError(f"{server.name}: {answered.status} {body[:300]!r}")
    connection.close()


def _by_documents(server: Process, token: str) -> dict[int, float]:
    """Give the resident memory, in MB, after so many documents that differ."""
    text = operations.text("Q2")
    memory, sent = {}, 0
    for wanted in DOCUMENTS:
        documents = (text.replace("slug", f"slug{number}: slug") for number in range(sent, wanted))
        send(server, [Request.of("Q2", one, {"first": 1}, token) for one in documents])
        sent = wanted
        memory[wanted] = server.memory("VmRSS")
    return memory


def _by_place(server: Process, token: str, star: big.Star) -> dict[str, Sample]:
    """Ask for pages near and far of lists short and long, one request at a time."""
    cursors = Cursors(SECRET)

    def cursor(connection: type[ConnectionLoader], position: tuple[object, ...] | None) -> str | None:
        return None if position is None else cursors.write(connection.cursor_scope(), list(position))

    def followers(of: str, position: tuple[object, ...] | None = None) -> Request:
        return Request.of("Followers", FOLLOWERS, {"id": of, "after": cursor(Followers, position)}, token)

    def products(position: tuple[object, ...] | None = None) -> Request:
        return Request.of("Products", PRODUCTS, {"after": cursor(Products, position)}, token)

    asked = {
        "products, page 1": products(),
        "products, page 999": products(star.products_far),
        "10 followers, page 1": followers(star.small),
        "1,000,000 followers, page 1": followers(star.large),
        "1,000,000 followers, page 1,000": followers(star.large, star.followers_far),
        "1,000,000 followers, page 49,000": followers(star.large, star.followers_farthest),
    }
    for request in asked.values():
        send(server, [request] * 30)
    return {name: load(server, request, SECONDS, connections=1) for name, request in asked.items()}


def failing(run: Run) -> dict[str, Sample]:
    """Ask Q3 where all is well, and where one of the hundred items refers to nothing, in turn."""
    star = big.star()
    request = operations.requests(run.url, run.pem, (OURS,), ("Q3",))[OURS, "Q3"]
    found: dict[str, list[Sample]] = {WELL: [], BROKEN: []}
    with python_servers((OURS,), {**run.environment, "BENCHMARK_DATABASE_URL": star.url}, run.collector) as servers:
        for _ in range(run.rounds):
            for name, samples in found.items():
                with star.broken() if name == BROKEN else nullcontext():
                    load(servers[OURS], request, 1)
                    samples.append(load(servers[OURS], request, run.seconds))
    return {name: middle(samples) for name, samples in found.items()}
