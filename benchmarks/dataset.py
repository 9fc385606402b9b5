"""The data set: loaded once into an embedded PostgreSQL of the benchmarks' own, and kept for later runs."""

import asyncio
import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg

import migrations
from database.embedded import DATABASE, Postgres
from database.urls import plain_url
from demo import loading

HERE = Path(__file__).parent
FOLDER = HERE.parent / ".data" / "benchmarks"
SCALE = loading.Scale(customers=20_000, follows=400_000, products=20_000, wishlist_items=200_000)
OPTIONS = {"shared_buffers": "512MB", "max_connections": "200", "autovacuum": "off"}
STAR = """
    SELECT id FROM customer WHERE NOT is_private AND show_profile AND show_followers
    ORDER BY followers_count DESC, id LIMIT 1
"""


@contextmanager
def served() -> Iterator[str]:
    """Serve the data set; gives its URL."""
    marker = FOLDER / "version"
    if not marker.exists() or marker.read_text() != version():
        shutil.rmtree(FOLDER / "postgres", ignore_errors=True)
        marker.unlink(missing_ok=True)
    with Postgres(FOLDER, options=OPTIONS) as postgres:
        if not marker.exists():
            migrations.upgrade(postgres.url)
            print(f"Data set: {asyncio.run(_fill(postgres.url))}", flush=True)
            marker.write_text(version())
        scripts = ((HERE / "sql" / name).read_text() for name in ("roles.sql", "functions.sql", "peers.sql"))
        asyncio.run(execute(postgres.url, *scripts))
        yield postgres.url


def url_of(url: str, role: str) -> str:
    """Give the URL by which a server connects as a role of its own, so that its backends are told from the others'."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{role}@{rest.partition('@')[2]}"


def beside(name: str, fill: str) -> str:
    """Make a copy of the data set with more in it, once; gives its URL. Nobody may be connected to the data set."""
    postgres, marker = Postgres(FOLDER), FOLDER / f"version-{name}"
    url = postgres.url.replace(f"/{DATABASE}?", f"/{name}?")
    wanted = version() + hashlib.sha256(fill.encode()).hexdigest()
    if not marker.exists() or marker.read_text() != wanted:
        asyncio.run(execute(postgres.url, f"DROP DATABASE IF EXISTS {name}"))
        print("Filling the second database …", flush=True)
        url = postgres.create_database(name, DATABASE)
        asyncio.run(execute(url, fill, "VACUUM (FREEZE, ANALYZE)"))
        marker.write_text(wanted)
    return url


def version() -> str:
    """Name what the data set was made from."""
    root = HERE.parent
    made_from = [*root.glob("migrations/versions/*.py"), *root.glob("demo/*.py"), HERE / "sql" / "prepare.sql"]
    digest = hashlib.sha256(repr(SCALE).encode())
    for file in sorted(made_from):
        digest.update(file.read_bytes())
    return digest.hexdigest()


async def _fill(url: str) -> str:
    summary = await loading.load(url, SCALE)
    await execute(url, (HERE / "sql" / "prepare.sql").read_text(), "VACUUM (FREEZE, ANALYZE)")
    return str(summary)


async def execute(url: str, *scripts: str) -> None:
    """Run scripts of SQL, each as one."""
    connection = await asyncpg.connect(plain_url(url))
    try:
        for script in scripts:
            await connection.execute(script, timeout=600)
    finally:
        await connection.close()


async def fetch(url: str, sql: str, *values: Any) -> Any:
    """Fetch one value."""
    connection = await asyncpg.connect(plain_url(url))
    try:
        return await connection.fetchval(sql, *values)
    finally:
        await connection.close()
