"""Server processes behind a pooler: every example, a mix of writes, and a pooler that is restarted or pauses under load."""

import asyncio
import json
import random
import re
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import pytest

from tests.deployment.proxies import free_port
from tests.execution.test_examples import EXAMPLES, read
from tests.faults.servers import Servers
from tests.faults.test_clients import leave_often
from tests.faults.watching import under_load
from tests.faults.workload import Stage
from tests.ingestion.lines import line
from tests.patience import SECONDS
from tests.pooler.conftest import Pooled
from tests.pooler.pgbouncer import POOL_SIZE

RESTARTS, KILLS, LEAVING = 4, 4, 20


@pytest.fixture
async def demo(demo_data: None, servers: Servers) -> AsyncIterator[httpx2.AsyncClient]:
    """A server over demo data."""
    server = await servers.start()
    async with httpx2.AsyncClient(base_url=server.address, timeout=SECONDS) as http:
        yield http


def tokens(logs: str) -> dict[str, str]:
    """The tokens of the personas that a server has printed."""
    return dict(re.findall(r"^  (\w+), .*\n    (\S+)$", logs, re.MULTILINE))


async def test_every_example(demo: httpx2.AsyncClient, servers: Servers) -> None:
    """Each often enough that it is compiled, by many at once over few connections."""
    known, together = tokens(servers.logs()), asyncio.Semaphore(2 * POOL_SIZE)

    async def run(path: Path) -> None:
        text, variables = read(path)
        who = re.search(r"^# persona: (\w+)", text, re.MULTILINE)
        headers = {"authorization": f"Bearer {known[who[1]]}"} if who and who[1] in known else {}
        for _ in range(4):
            async with together:  # of all at once, the last would wait too long on a busy machine
                answer = await demo.post("/graphql", json={"query": text, "variables": variables}, headers=headers)
            codes = {error["extensions"]["code"] for error in answer.json().get("errors", ())}
            assert not codes & {"INTERNAL", "UNAVAILABLE", "TIMEOUT"}, (path.stem, answer.text[:500])

    await asyncio.gather(*map(run, EXAMPLES))
    assert "internal_error" not in servers.logs()


async def test_commands(demo: httpx2.AsyncClient, servers: Servers, tmp_path: Path) -> None:
    """Imports, roles, mails and jobs, while a server runs."""
    server, file = servers.ready[0], tmp_path / "products.jsonl"
    lines = [line(sku=f"POOLED-{number}") for number in range(1, 501)]
    await asyncio.to_thread(file.write_text, "".join(f"{json.dumps(each)}\n" for each in lines))
    for command in (["import", str(file)], ["role", "nora", "OWNER"], ["mails"], ["jobs", "list", "--all"], ["check"]):
        port = {"PORT": str(free_port())}
        ended = await asyncio.to_thread(server.run, *command, **port)
        assert ended.returncode == 0, ended.stderr
    query = "query Read($sku: String!) { variantBySku(sku: $sku) { sku product { title } } }"
    for number in (1, 500):
        answer = await demo.post("/graphql", json={"query": query, "variables": {"sku": f"POOLED-{number}"}})
        assert answer.json()["data"]["variantBySku"]["product"]["title"] == "Linen shirt"


async def test_clients_that_leave(stage: Stage, pooled: Pooled, record_property: Any) -> None:
    """In the middle of a mutation, which is then done or not, and never by half."""
    async with under_load(stage, pooled.direct, pooled.url) as (workload, _, listener):
        await leave_often(workload, stage.servers.ready[0].address, LEAVING)
        await listener.hear_of_a_change(workload.clients)
    await workload.prove("clients that left behind PgBouncer", LEAVING, record_property)


async def test_mixed_writes_and_restarts(stage: Stage, pooled: Pooled, record_property: Any) -> None:
    """PgBouncer is ended with all its connections while clients write."""
    async with under_load(stage, pooled.direct, pooled.url) as (workload, probes, listener):
        await workload.until_acknowledged()
        for _ in range(RESTARTS):
            await asyncio.to_thread(pooled.bouncer.stop)
            await probes.until_ready(503)
            await asyncio.to_thread(pooled.bouncer.start)
            await probes.until_ready(200)
            await workload.until_acknowledged(20)
        await listener.hear_of_a_change(workload.clients)
    report = await workload.prove("PgBouncer restarted", RESTARTS, record_property)
    assert report.writes_acknowledged > 20 * RESTARTS
    assert "events_not_received" not in stage.servers.logs()


async def test_pause(stage: Stage, pooled: Pooled, record_property: Any) -> None:
    """PAUSE lets transactions end and holds the next ones back, as before a failover."""
    async with under_load(stage, pooled.direct, pooled.url) as (workload, probes, listener):
        await workload.until_acknowledged()
        for _ in range(2):
            await pooled.bouncer.console("PAUSE")
            await probes.until_ready(503)
            await pooled.bouncer.console("RESUME")
            await probes.until_ready(200)
            await workload.until_acknowledged(20)
        await pooled.bouncer.console("RECONNECT")
        await workload.until_acknowledged(20)
        await listener.hear_of_a_change(workload.clients)
    await workload.prove("PgBouncer paused", 2, record_property)


async def test_killed_servers(stage: Stage, pooled: Pooled, record_property: Any) -> None:
    """What a killed server had begun through the pooler is undone, and its connections are free for others."""
    await asyncio.gather(*(stage.servers.start() for _ in range(2)))
    chance = random.Random(stage.seed)
    async with stage.mixed(pooled.direct) as workload:
        async with asyncio.timeout(SECONDS + 15 * KILLS), workload.running():
            for _ in range(KILLS):
                await workload.until_acknowledged(20)
                stage.servers.kill(chance.choice(stage.servers.ready))
                await stage.servers.start()
                await workload.check()
        await workload.prove("kill -9 of a server behind PgBouncer", KILLS, record_property)


async def test_worker_processes(servers: Servers, pooled: Pooled) -> None:
    """Both workers listen and read; at SIGTERM all of it ends, and no connection is left."""
    servers.use(WORKERS="2")
    server = await servers.start()
    own = await asyncpg.connect(pooled.direct)
    listening = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query ILIKE 'LISTEN %'"
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    async with asyncio.timeout(SECONDS):
        while await own.fetchval(listening) < 2:  # noqa: ASYNC110 - of PostgreSQL
            await asyncio.sleep(0.05)
    async with httpx2.AsyncClient(base_url=server.address, timeout=SECONDS) as http:
        asked = [http.post("/graphql", json={"query": "{ stores(first: 1) { nodes { name } } }"}) for _ in range(40)]
        assert {answer.text for answer in await asyncio.gather(*asked)} == {'{"data":{"stores":{"nodes":[]}}}'}
    server.child.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(server.child.wait, SECONDS) == 0
    await pooled.bouncer.console("RECONNECT")
    async with asyncio.timeout(SECONDS):
        while await own.fetchval(others):  # noqa: ASYNC110 - of PostgreSQL
            await asyncio.sleep(0.05)
    await own.close()
    assert "internal_error" not in servers.logs()
