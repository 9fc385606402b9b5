"""A backup by pg_dump, restored into a new database: everything is there, and a server works on it."""

import asyncio
import subprocess
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import httpx2

from database.embedded import _programs
from settings import Settings
from tests.deployment.proxies import free_port
from tests.faults.servers import Servers
from tests.patience import SECONDS

COUNTS = "SELECT table_schema, table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE'"
OURS = ("public", "pgqueuer")
TIMES = {"public.account_compared"}
"""Tables in which a running server only notes the time."""
QUERY = "{ products(first: 3) { nodes { id title priceRange { minimum { amount } } } } stores(first: 2) { nodes { name } } }"


def client(url: str, program: str, *arguments: str) -> None:
    """Run a program of PostgreSQL against a database."""
    parts = urlsplit(url)
    where = ["--host", parse_qs(parts.query)["host"][0], "--username", str(parts.username)]
    ended = subprocess.run(
        [str(_programs() / program), *where, *arguments], capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")


async def contents(url: str) -> dict[str, tuple[int, str]]:
    """Give the number of rows of each table, and a digest of them."""
    connection = await asyncpg.connect(url)
    found = {}
    for schema, table in await connection.fetch(COUNTS):
        if schema in OURS:
            digest = f"SELECT count(*), coalesce(md5(string_agg(row::text, '' ORDER BY row::text)), '') FROM {schema}.\"{table}\" AS row"
            found[f"{schema}.{table}"] = tuple(await connection.fetchrow(digest))
    await connection.close()
    return found


async def test_backup_and_restore(loaded_url: str, settings: Settings, tmp_path: Path) -> None:
    """The steps of docs/deployment.md, while a server uses the database, which an ordinary role owns in the end."""
    name = urlsplit(loaded_url).path.strip("/")
    restored_url = loaded_url.replace(f"/{name}", f"/{name}_restored", 1).replace("postgres@", "restorer@", 1)
    servers = Servers(settings.data_folder, tmp_path)
    try:
        servers.use(DATABASE_URL=loaded_url)
        first = await servers.start()
        dump = str(tmp_path / "clientele.dump")
        await asyncio.to_thread(client, loaded_url, "pg_dump", "--format=custom", f"--file={dump}", name)
        before = await contents(loaded_url)
        await asyncio.to_thread(client, loaded_url, "createuser", "restorer")
        await asyncio.to_thread(
            client, loaded_url, "createdb", "--owner=restorer", "--template=template0", f"{name}_restored"
        )
        await asyncio.to_thread(
            client, restored_url, "pg_restore", "--exit-on-error", "--no-owner", f"--dbname={name}_restored", dump
        )
        servers.use(DATABASE_URL=restored_url, MIGRATE_ON_START="false")
        second = await servers.start()
        checked = await asyncio.to_thread(second.run, "check", PORT=str(free_port()))
        assert "migrations are current" in checked.stdout
        after = await contents(restored_url)
        assert len(before) > 40
        assert {table for table in before if before[table] != after[table]} <= TIMES
        assert before["public.customer"][0] > 0
        async with httpx2.AsyncClient(timeout=SECONDS) as http:
            answers = [
                (await http.post(f"{server.address}/graphql", json={"query": QUERY})).json()
                for server in (first, second)
            ]
        assert answers[0]["data"]["products"]["nodes"]
        titles = [[node["title"] for node in answer["data"]["products"]["nodes"]] for answer in answers]
        assert titles[0] == titles[1]
    finally:
        servers.close()
