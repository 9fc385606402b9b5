"""A bad network between server and PostgreSQL: slow, silent, cut, and one that loses the replies to COMMITs."""

import asyncio
from typing import Any

from tests.database.proxy import COMMIT, Proxy, proxied
from tests.faults.clients import TEMPORARY
from tests.faults.watching import under_load
from tests.faults.workload import Stage
from tests.patience import SECONDS

SECONDS_OF_FAULT = 4.0
CUTS, STALLS = 12, 2
OPERATION_SECONDS = 3
QUICK = {"OPERATION_SECONDS": str(OPERATION_SECONDS), "STATEMENT_SECONDS": "1.5", "POOL_WAIT_SECONDS": "0.5"}
"""A request that waits for a connection and then for a statement ends by these limits, before its own deadline."""


async def test_each_packet_is_late(fresh_url: str, stage: Stage, record_property: Any) -> None:
    async with proxied(fresh_url, stage.seed) as proxy:
        async with under_load(stage, fresh_url, proxy.url) as (workload, _, listener):
            proxy.delay_seconds = 0.05
            await asyncio.sleep(SECONDS_OF_FAULT)
            await workload.until_acknowledged(10)
            proxy.delay_seconds = 0
            await listener.hear_of_a_change(workload.clients)
        await workload.prove("each packet 50 ms late", 1, record_property)


async def test_connections_are_cut(fresh_url: str, stage: Stage, record_property: Any) -> None:
    async with proxied(fresh_url, stage.seed) as proxy:
        async with under_load(stage, fresh_url, proxy.url) as (workload, probes, listener):
            for _ in range(CUTS):
                await asyncio.sleep(SECONDS_OF_FAULT / CUTS)
                proxy.cut_all()
            await probes.until_ready(200)
            await listener.hear_of_a_change(workload.clients)
            await workload.until_acknowledged()
        await workload.prove("connections cut", CUTS, record_property)


async def test_nothing_comes_through(fresh_url: str, stage: Stage, record_property: Any) -> None:
    """Connections stay open and say nothing: requests end by their own deadline."""
    stage.servers.use(**QUICK)
    async with proxied(fresh_url, stage.seed) as proxy:
        async with under_load(stage, fresh_url, proxy.url) as (workload, probes, listener):
            for _ in range(STALLS):
                proxy.silent = True
                await probes.until_ready(503)
                await asyncio.sleep(SECONDS_OF_FAULT)
                proxy.silent = False
                await probes.until_ready(200)
                await workload.until_acknowledged()
            await listener.hear_of_a_change(workload.clients)
        report = await workload.prove("nothing comes through", STALLS, record_property)
    assert report.errors.keys() <= TEMPORARY
    assert report.slowest_answer_seconds < OPERATION_SECONDS + SECONDS / 10


async def test_replies_to_commits_are_lost(fresh_url: str, stage: Stage, record_property: Any) -> None:
    """Nobody is told that a write was not done which was; sent again with its key, it gives the first result."""
    async with proxied(fresh_url, stage.seed) as proxy:
        async with under_load(stage, fresh_url, proxy.url) as (workload, _, listener):
            proxy.after, proxy.share, proxy.cut = COMMIT, 0.2, True
            await until_lost(proxy, 20)
            proxy.after = None
            await listener.hear_of_a_change(workload.clients)
            await workload.until_acknowledged()
        await workload.prove("reply to a COMMIT lost", proxy.lost, record_property)


async def until_lost(proxy: Proxy, replies: int) -> None:
    async with asyncio.timeout(SECONDS):
        while proxy.lost < replies:  # noqa: ASYNC110 - counted by its connections
            await asyncio.sleep(0.05)
