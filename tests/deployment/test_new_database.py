"""The script by which the compose file makes role and database, run against the PostgreSQL of the tests."""

import asyncio
import subprocess
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg

from database.embedded import _programs
from tests.architecture.project import ROOT

SCRIPT = ROOT / "deploy" / "postgres" / "create-database.sh"
PASSWORD = """it's a "word" \\ with :all"""
OWNS = "SELECT datdba::regrole::text, datlocprovider, datlocale FROM pg_database WHERE datname = 'composed'"


async def test_role_and_database(database_url: str, tmp_path: Path) -> None:
    """An ordinary role owns the database, and may make everything in it."""
    script = tmp_path / "create.sh"
    script.write_text(SCRIPT.read_text().replace("clientele", "composed"))
    environment = {
        "PATH": f"{_programs()}:/usr/bin:/bin", "PGHOST": parse_qs(urlsplit(database_url).query)["host"][0],
        "POSTGRES_USER": "postgres", "DATABASE_PASSWORD": PASSWORD,
    }  # fmt: skip
    ended = await asyncio.to_thread(
        subprocess.run, ["sh", script], env=environment, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    admin = await asyncpg.connect(database_url)
    assert tuple(await admin.fetchrow(OWNS)) == ("composed", b"b", "C.UTF-8")
    rights = await admin.fetchrow("SELECT rolsuper, rolcanlogin, rolpassword FROM pg_authid WHERE rolname = 'composed'")
    await admin.close()
    assert (rights["rolsuper"], rights["rolcanlogin"]) == (False, True)
    assert rights["rolpassword"].startswith("SCRAM-SHA-256")
