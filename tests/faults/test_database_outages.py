"""PostgreSQL goes away under load and comes back: by a crash, and by the end of its connections."""

import asyncio
import signal
from typing import Any

import asyncpg
import pytest

from tests.faults.database import CrashingPostgres
from tests.faults.watching import under_load
from tests.faults.workload import Stage

CRASHES = 3
TERMINATIONS = 20
SECONDS_OF_LOAD, SECONDS_OF_OUTAGE = 1.0, 1.5
TERMINATE = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE pid <> pg_backend_pid() AND backend_type = 'client backend' AND datname = current_database()
"""


@pytest.mark.parametrize("how", [signal.SIGQUIT, signal.SIGKILL])
async def test_postgres_crashes(
    how: signal.Signals, postgres: CrashingPostgres, stage: Stage, record_property: Any
) -> None:
    async with under_load(stage, postgres.url) as (workload, probes, listener):
        await listener.hear_of_a_change(workload.clients)
        for _ in range(CRASHES):
            await asyncio.sleep(SECONDS_OF_LOAD)
            await postgres.crash(how)
            await probes.until_ready(503)
            await asyncio.sleep(SECONDS_OF_OUTAGE)
            postgres.start()
            await probes.until_ready(200)
            await workload.check()
        await listener.hear_of_a_change(workload.clients)
        await workload.until_acknowledged()
    await workload.prove(f"{how.name} to PostgreSQL", CRASHES, record_property)


async def test_connections_are_terminated(fresh_url: str, stage: Stage, record_property: Any) -> None:
    url = fresh_url
    async with under_load(stage, url) as (workload, probes, listener):
        await listener.hear_of_a_change(workload.clients)
        for _ in range(TERMINATIONS):
            await asyncio.sleep(SECONDS_OF_LOAD / 4)
            administrator = await asyncpg.connect(url)
            await administrator.fetch(TERMINATE)
            await administrator.close()
        await probes.until_ready(200)
        await listener.hear_of_a_change(workload.clients)
        await workload.until_acknowledged()
    await workload.prove("connections terminated", TERMINATIONS, record_property)
