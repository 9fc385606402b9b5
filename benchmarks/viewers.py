"""What it saves to remember viewers, and how soon a change of one is noticed: `python -m benchmarks.viewers`.

Two servers of ours run over one PostgreSQL: one remembers viewers, the other does not. The CPU of a small query is that
of the server and of PostgreSQL. For the delay, this process changes somebody's language by SQL, and asks a server as
that customer until an answer is in the new language. The clock runs from just before COMMIT is sent; answers in the old
language are counted that were asked for after COMMIT had been acknowledged. The third number is the delay without HTTP:
until a memory in this process, which a listener of its own tells of changes, has forgotten the customer.
"""

import asyncio
import os
import tempfile
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from statistics import median, quantiles

import asyncpg
import httpx2

import migrations
from auth.viewer_memory import CHANNEL
from benchmarks.__main__ import key
from benchmarks.dataset import FOLDER, text
from benchmarks.load import Request, load
from benchmarks.measure import OURS
from benchmarks.processes import TICK, Process, free_port, leave_server_core, python, running
from benchmarks.servers import stage
from database import embedded
from database.engine import Database
from database.urls import plain_url
from demo import loading
from events.subscriber import Listener
from models import ids

ROUNDS, SECONDS = 5, 2
SCALE = loading.Scale(customers=1_000, follows=5_000, products=500, wishlist_items=1_000)
CHANGES = 300
WARM_UP = 50
VIEWER = "user_demo_omar"
CHANGE = "UPDATE customer SET preferred_language = $1 WHERE clerk_id = $2"
TURN = "UPDATE customer SET preferred_language = translate(preferred_language, 'enar', 'aren') WHERE clerk_id = $1"
WAYS = {"remembered": "2", "not remembered": "0"}


def main() -> None:
    leave_server_core()
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, embedded.Postgres(Path(folder)) as postgres:
        migrations.upgrade(postgres.url)
        asyncio.run(loading.load(postgres.url, SCALE, progress=False))
        pem = key()
        common = {"BENCHMARK_DATABASE_URL": postgres.url, "BENCHMARK_ISSUER_KEY": pem}
        postmaster = int(next(Path(folder).rglob("postmaster.pid")).read_text().split()[0])
        token = stage.token(pem, VIEWER)
        request = Request.of("Q1", text("Q1"), {"id": asyncio.run(_someone(postgres.url))}, token)
        with ExitStack() as stack:
            servers = {way: stack.enter_context(_server(seconds, common)) for way, seconds in WAYS.items()}
            cpu: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
            for number in range(ROUNDS):
                for way in WAYS if number % 2 == 0 else reversed(WAYS):
                    cpu[way].append(_cpu(servers[way], request, postmaster))
            delays = {way: asyncio.run(_delays(postgres.url, server, token)) for way, server in servers.items()}
            forgetting = asyncio.run(_forgetting(postgres.url))
    print("CPU of Q1, ms a request: server, PostgreSQL, together")
    for way, samples in cpu.items():
        parts = [median(sample[part] for sample in samples) for part in (0, 1)]
        print(f"{way:<16} {parts[0]:7.3f} {parts[1]:7.3f} {sum(parts):7.3f}")
    print(
        "from COMMIT to the first answer that knows, ms: p50, p99; and stale answers that were asked for after COMMIT"
    )
    for way, (took, stale) in delays.items():
        print(f"{way:<16} {median(took):7.2f} {quantiles(took, n=100)[-1]:7.2f} {stale:5} of {len(took)} changes")

    print(f"from COMMIT until forgotten, ms: {median(forgetting):.2f}, {quantiles(forgetting, n=100)[-1]:.2f}")


def _server(seconds: str, common: Mapping[str, str]) -> AbstractContextManager[Process]:
    port = free_port()
    return running(OURS, python(OURS, port, "raised"), {**common, "VIEWER_MEMORY_SECONDS": seconds}, port)


def _cpu(server: Process, request: Request, postmaster: int) -> tuple[float, float]:
    before = _postgres_cpu(postmaster)
    sample = load(server, request, SECONDS)
    if sample.failures:
        raise RuntimeError(f"{sample.failures} requests failed")
    return sample.cpu, 1000 * (_postgres_cpu(postmaster) - before) / sample.requests


def _postgres_cpu(postmaster: int) -> float:
    """The seconds of CPU of PostgreSQL's processes, also of those that have ended."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        if int(stat.parent.name) == postmaster:
            ticks += sum(map(int, fields[11:15]))
        elif int(fields[1]) == postmaster:
            ticks += sum(map(int, fields[11:13]))
    return ticks / TICK


async def _someone(url: str) -> str:
    connection = await asyncpg.connect(plain_url(url))
    try:
        found = await connection.fetchval("SELECT id FROM customer WHERE NOT is_private AND show_profile LIMIT 1")
    finally:
        await connection.close()
    return ids.encode("Customer", found)


async def _delays(url: str, server: Process, token: str) -> tuple[list[float], int]:
    """Change the language again and again; gives the milliseconds, and how many answers were stale."""
    took, stale = [], 0
    headers = {"authorization": f"Bearer {token}"}
    connection = await asyncpg.connect(plain_url(url))
    async with httpx2.AsyncClient(headers=headers, timeout=10) as http:

        async def language() -> str:
            answer = await http.post(server.url, json={"query": "{ viewer { id } }"})
            return answer.headers["content-language"]

        for number in range(WARM_UP + CHANGES):
            wanted = "ar" if await language() == "en" else "en"
            for _ in range(number % 7):
                await language()
            change = connection.transaction()
            await change.start()
            await connection.execute(CHANGE, wanted, VIEWER)
            committing = time.perf_counter()
            await change.commit()
            missed = 0
            while await language() != wanted:
                missed += 1
            if number >= WARM_UP:
                took.append(1000 * (time.perf_counter() - committing))
                stale += missed
    await connection.close()
    return took, stale


async def _forgetting(url: str) -> list[float]:
    database = await Database.connect(url, size=1, statement=60, lock=5, wait=5)
    listener = Listener(url, database.connections, limit=1)
    forgotten = asyncio.Event()
    listener.watches.add(CHANNEL, lambda _: forgotten.set())
    listener.start()
    while not listener.watches.is_current:  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    connection, took = await asyncpg.connect(plain_url(url)), []
    for _ in range(WARM_UP + CHANGES):
        change = connection.transaction()
        await change.start()
        await connection.execute(TURN, VIEWER)
        forgotten.clear()
        committing = time.perf_counter()
        committed = asyncio.create_task(change.commit())
        await forgotten.wait()
        took.append(1000 * (time.perf_counter() - committing))
        await committed
    await connection.close()
    await listener.close()
    await database.close()
    return took[WARM_UP:]


if __name__ == "__main__":
    os.chdir(FOLDER.parent.parent)
    main()
