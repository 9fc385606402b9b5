"""`kill -9` of servers under a mix of writes: what was acknowledged is there, and nothing is there by half.

FAULT_KILLS=200 kills more often than CI does. A failure names its FAULT_SEED.
"""

import asyncio
import os
import random
from typing import Any

from tests.faults.servers import Servers
from tests.faults.workload import Stage, Workload
from tests.patience import SECONDS

KILLS = int(os.environ.get("FAULT_KILLS", "20"))
SERVERS = 3
"""One at least is there to write to while others start."""
SECONDS_OF_A_KILL = 15
"""A bound: how long a kill and a start may take on average."""


async def test_killed_servers(stage: Stage, fresh_url: str, record_property: Any) -> None:
    stage.servers.use(DATABASE_URL=fresh_url)
    await asyncio.gather(*(stage.servers.start() for _ in range(SERVERS)))
    async with stage.mixed(fresh_url) as workload:
        async with asyncio.timeout(SECONDS + KILLS * SECONDS_OF_A_KILL), workload.running():
            await kill_repeatedly(stage.servers, workload, random.Random(stage.seed))
        report = await workload.prove("kill -9 of a server", KILLS, record_property)
    assert report.writes_acknowledged > 5 * KILLS, "hardly anything was under way"


async def kill_repeatedly(servers: Servers, workload: Workload, chance: random.Random) -> None:
    """Kill one of the servers that are ready, at random times, and start another in its place."""
    async with asyncio.TaskGroup() as starting:
        for _ in range(KILLS):
            await asyncio.sleep(chance.uniform(0.5, 1.5))
            while len(servers.ready) < 2:  # noqa: ASYNC110 - one goes on, or the writes would stop
                await asyncio.sleep(0.05)
            servers.kill(chance.choice(servers.ready))
            starting.create_task(servers.start())
            await workload.check()
