"""The disk of the tables is full: writes that need room are answered UNAVAILABLE, reads go on, and all is well after.

Needs the right to mount a file system, which root has in CI; else it is left out, and says so.
"""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import pytest

from tests.faults.database import CrashingPostgres
from tests.faults.watching import under_load
from tests.faults.workload import Stage
from tests.graph import Graph
from tests.patience import SECONDS

SIZE = "48m"
READS = 20
READ = "{ viewer { username wishlists(first: 5) { nodes { name } } } }"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("A full disk was not tested: this needs the right to mount a file system.")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture
async def url(small_disk: Path, postgres: CrashingPostgres) -> AsyncIterator[str]:
    """A database whose tables are on the small disk; the log of changes is not, as PostgreSQL would stop without it."""
    tables = make_folder(small_disk, like=postgres.server.data)
    administrator = await asyncpg.connect(postgres.url.replace("/clientele", "/postgres", 1))
    try:
        await administrator.execute(f"CREATE TABLESPACE small LOCATION '{tables}'")
        await administrator.execute("ALTER DATABASE clientele SET TABLESPACE small")
        yield postgres.url
    finally:
        await administrator.close()


async def test_full_disk(url: str, small_disk: Path, stage: Stage, record_property: Any) -> None:
    filler = small_disk / "filler"
    async with under_load(stage, url) as (workload, probes, listener):
        await workload.until_acknowledged()
        await asyncio.to_thread(fill, filler)
        await workload.until_answered("UNAVAILABLE", 20)
        await read(stage, listener.solver.graph.token)
        await probes.until_ready(200)
        filler.unlink()
        await workload.until_acknowledged(100)
        await listener.hear_of_a_change(workload.clients)
    await workload.prove("disk full", 1, record_property)


def make_folder(disk: Path, like: Path) -> Path:
    """Make a folder that PostgreSQL may write to."""
    folder, owner = disk / "tables", like.stat()
    folder.mkdir(mode=0o700)
    os.chown(folder, owner.st_uid, owner.st_gid)
    disk.chmod(0o755)
    return folder


def fill(filler: Path) -> None:
    """Write until there is no room."""
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return


async def read(stage: Stage, token: str | None) -> None:
    """Read as somebody who is signed in; each answer has data."""
    address = stage.servers.ready[0].address
    async with httpx2.AsyncClient(base_url=address, timeout=SECONDS) as http:
        for _ in range(READS):
            assert (await Graph(http, token)(READ))["viewer"]["wishlists"]["nodes"]
