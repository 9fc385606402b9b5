"""What `server.py check`, and the start, say of a configuration that cannot serve, as processes of their own."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import NamedTuple

import asyncpg
import pytest

from settings import variables
from tests.processes import SERVER

SECONDS = 60
PASSWORD = "canary"
OLD = b"R\0\0\0\x08\0\0\0\0" + b"S\0\0\0\x18server_version\x0015.4\0" + b"Z\0\0\0\x05I"
"""What a PostgreSQL 15 answers to a client that connects: welcome, its version, ready."""


class Ended(NamedTuple):
    code: int
    output: str
    errors: list[str]


def run(folder: Path, *words: str, **environment: str) -> Ended:
    """Run a command of `server.py` in an empty folder with these variables and no others of ours."""
    plain = {name: value for name, value in os.environ.items() if name not in variables()}
    ended = subprocess.run(
        [sys.executable, SERVER, *words],
        env=plain | {"PORT": str(free_port()), "DATA_FOLDER": str(folder / "data")} | environment,
        cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    assert PASSWORD not in ended.stdout + ended.stderr
    return Ended(ended.returncode, ended.stdout, ended.stderr.splitlines())


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


async def execute(url: str, sql: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


def require_password(file: Path) -> None:
    file.write_text(f"local all guarded scram-sha-256\n{file.read_text()}")


@pytest.fixture(scope="module")
async def guarded_url(database_url: str) -> str:
    """A URL of the tests' own PostgreSQL, as a user who needs the password and may create nothing."""
    await execute(database_url, f"CREATE ROLE guarded LOGIN PASSWORD '{PASSWORD}'")
    require_password(Path(str(await execute(database_url, "SHOW hba_file"))))
    await execute(database_url, "SELECT pg_reload_conf()")
    return database_url.replace("postgres@", f"guarded:{PASSWORD}@", 1)


@pytest.fixture
async def old_url() -> AsyncIterator[str]:
    """The URL of a server that says that it is PostgreSQL 15."""

    async def welcome(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        length = int.from_bytes(await reader.readexactly(4), "big")
        await reader.readexactly(length - 4)
        writer.write(OLD)
        await reader.read(1)  # it says goodbye
        writer.close()

    async with await asyncio.start_server(welcome, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        yield f"postgresql://me:{PASSWORD}@127.0.0.1:{port}/shop?sslmode=disable"


@pytest.fixture
def used_port() -> Iterator[str]:
    with socket.socket() as used:
        used.bind(("127.0.0.1", 0))
        used.listen()
        yield str(used.getsockname()[1])


COMMANDS = pytest.mark.parametrize("command", ["check", "serve"])


@COMMANDS
class TestWrong:
    """One line for each problem, exit code 1, nothing made."""

    @pytest.mark.parametrize(
        ("environment", "sentence"),
        [
            ({"PORT": "99999"}, "PORT must be less than or equal to 65535"),
            ({"DATABASE_URL": f"mysql://me:{PASSWORD}@host/db"}, "DATABASE_URL must be the address of a PostgreSQL"),
            ({"DATABASE_URL": PASSWORD}, "DATABASE_URL must be the address of a PostgreSQL"),
            ({"DATABASE_URL": f"postgresql://[{PASSWORD}"}, "DATABASE_URL cannot be read"),
            ({"DATABASE_URL": f"postgresql://me:{PASSWORD}/x@host/db"}, "DATABASE_URL cannot be read"),
            ({"DATABASE_URL": f"postgresql://me:{PASSWORD}@host:999999/db"}, "DATABASE_URL"),
            (
                {"DATABASE_URL": f"postgresql://me:{PASSWORD}@127.0.0.1:1/db"},
                "DATABASE_URL: no PostgreSQL can be reached at 127.0.0.1:1 (",
            ),
            ({"CLERK_WEBHOOK_SECRETS": "whsec_ü"}, "CLERK_WEBHOOK_SECRETS: number 1"),
            (
                {
                    "ENVIRONMENT": "production", "DATABASE_URL": "postgresql://127.0.0.1:1/db",
                    "CLERK_ISSUER": "https://clerk.example", "CLERK_WEBHOOK_SECRETS": "whsec_c2VjcmV0c2VjcmV0",
                },
                "ENVIRONMENT=production needs SECRET_KEY as well",
            ),
        ],
    )  # fmt: skip
    def test_settings(self, tmp_path: Path, command: str, environment: dict[str, str], sentence: str) -> None:
        if command == "serve" and "CLERK_WEBHOOK_SECRETS" in environment and len(environment) == 1:
            environment = environment | {"DATABASE_URL": "postgresql://127.0.0.1:1/db"}
            sentence = "DATABASE_URL: no PostgreSQL"  # the start ends with the first problem
        ended = run(tmp_path, command, **environment)
        assert (ended.code, len(ended.errors)) == (1, 1), ended
        assert ended.errors[0].startswith(sentence)
        assert not list(tmp_path.iterdir())

    def test_port_in_use(self, tmp_path: Path, command: str, used_port: str) -> None:
        ended = run(tmp_path, command, PORT=used_port)
        assert (ended.code, len(ended.errors)) == (1, 1), ended
        assert ended.errors[0].startswith(f"PORT: {used_port} is in use")
        assert not list(tmp_path.iterdir())

    @pytest.mark.parametrize(
        ("old", "new", "sentence"),
        [(f":{PASSWORD}@", ":wrong@", "refused the user or the password"), ("/clientele", "/none", "no such database")],
    )
    async def test_database(
        self, tmp_path: Path, command: str, guarded_url: str, old: str, new: str, sentence: str
    ) -> None:
        url = guarded_url.replace(old, new, 1)
        ended = await asyncio.to_thread(run, tmp_path, command, DATABASE_URL=url)
        assert (ended.code, len(ended.errors)) == (1, 1), ended
        assert ended.errors[0].startswith("DATABASE_URL: the PostgreSQL")
        assert sentence in ended.errors[0]

    async def test_too_old(self, tmp_path: Path, command: str, old_url: str) -> None:
        ended = await asyncio.to_thread(run, tmp_path, command, DATABASE_URL=old_url)
        said = ["DATABASE_URL leads to PostgreSQL 15; Clientele needs 16 or newer."]
        assert (ended.code, ended.errors) == (1, said), ended

    async def test_may_not_migrate(self, tmp_path: Path, command: str, guarded_url: str, database_url: str) -> None:
        name = f"unmigrated_{command}"
        await execute(database_url, f"CREATE DATABASE {name} TEMPLATE template0")
        url = guarded_url.replace("/clientele", f"/{name}", 1)
        ended = await asyncio.to_thread(run, tmp_path, command, DATABASE_URL=url)
        assert (ended.code, len(ended.errors)) == (1, 1), ended
        assert "may not create tables" in ended.errors[0]


class TestRight:
    """What `check` found, and that it changed nothing."""

    async def test_configured(self, tmp_path: Path, empty_database_url: str) -> None:
        mail = {"SMTP_URL": f"smtp://me:{PASSWORD}@mail.example", "MAIL_FROM": "help@shop.example"}
        given = mail | {"CLERK_ISSUER": "https://clerk.example", "DATABASE_URL": empty_database_url}
        ended = await asyncio.to_thread(run, tmp_path, "check", **given)
        assert (ended.code, ended.errors) == (0, [])
        assert "migrations are current" in ended.output
        assert "PostgreSQL 18." in ended.output
        assert "help@shop.example" in ended.output
        assert "https://clerk.example" in ended.output

    async def test_not_migrated(self, tmp_path: Path, database_url: str) -> None:
        await execute(database_url, "CREATE DATABASE unmigrated TEMPLATE template0")
        url = database_url.replace("/clientele", "/unmigrated", 1)
        ended = await asyncio.to_thread(run, tmp_path, "check", DATABASE_URL=url)
        assert (ended.code, ended.errors) == (0, [])
        assert "migrations are not current" in ended.output
        assert await execute(url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0

    def test_nothing_configured(self, tmp_path: Path) -> None:
        ended = run(tmp_path, "check")
        assert (ended.code, ended.errors) == (0, [])
        assert "embedded PostgreSQL" in ended.output
        assert "SMTP_URL is not set" in ended.output
        assert "CLERK_ISSUER is not set" in ended.output
        assert not list(tmp_path.iterdir())

    def test_dot_env_is_read(self, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text('SMTP_URL=smtp://mail.example\nMAIL_FROM="Help <help@shop.example>"\n')
        ended = run(tmp_path, "check")
        assert (ended.code, "Help <help@shop.example>" in ended.output) == (0, True), ended
