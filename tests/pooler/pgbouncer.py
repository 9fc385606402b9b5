"""A PgBouncer in transaction mode before the PostgreSQL of the tests."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from configparser import ConfigParser
from functools import partial
from pathlib import Path
from typing import Self

import asyncpg
import pytest

from database.embedded_account import Account, needed_capabilities
from tests.architecture.project import ROOT
from tests.patience import SECONDS

PROGRAM = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
needs_pgbouncer = pytest.mark.skipif(not PROGRAM, reason="needs pgbouncer")
POOL_SIZE = 4
"""Fewer than the connections of one server process, so that they are handed from one to the other."""
USER = "shop"
CONFIGURATION = ROOT / "deploy" / "pgbouncer" / "pgbouncer.ini"


class PgBouncer:
    """One process by the configuration in deploy/, over the socket in `host`."""

    def __init__(
        self, folder: Path, host: str, *, mode: str = "transaction", size: int = POOL_SIZE, ignored: str = "",
        port: int = 5432,
    ) -> None:  # fmt: skip
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._log = folder / "log"
        self._command = [str(PROGRAM), str(folder / "ini")]
        self._account = _account(folder / "ini", Path(host) / "socket")
        self._child: subprocess.Popen[bytes] | None = None
        given = {
            "listen_addr": "127.0.0.1", "listen_port": self.port, "auth_type": "trust", "auth_file": folder / "users",
            "admin_users": USER, "pool_mode": mode, "default_pool_size": size, "ignore_startup_parameters": ignored,
            "logfile": folder / "log", "pidfile": folder / "pid", "log_connections": 1,
        }  # fmt: skip
        written = ConfigParser(interpolation=None)
        written.read(CONFIGURATION)
        written["databases"] = {"*": f"host={host} port={port}"}
        written["pgbouncer"].update({name: str(value) for name, value in given.items()})
        with (folder / "ini").open("w") as file:
            written.write(file)
        (folder / "users").write_text(f'"{USER}" ""\n')
        for path in (folder, *folder.iterdir()):
            os.chown(path, self._account.uid, self._account.gid)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        self._child = subprocess.Popen(
            self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=partial(self._account.assume, os.getpid()),  # noqa: PLW1509 - acquires no lock
        )  # fmt: skip
        end = time.monotonic() + SECONDS
        while time.monotonic() < end and self._child.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        pytest.fail(self.log())

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it at once, with all its connections."""
        if self._child is not None:
            self._child.send_signal(how)
            self._child.wait(SECONDS)
            self._child = None

    def log(self) -> str:
        """What it has logged."""
        return self._log.read_text() if self._log.exists() else ""

    def url(self, database: str) -> str:
        """How clients reach a database through it."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}?sslmode=disable"

    async def console(self, command: str) -> None:
        """Run a command of its administration console."""
        connection = await asyncpg.connect(self.url("pgbouncer"))
        try:
            await connection.execute(command)
        finally:
            await connection.close()


def _account(*reached: Path) -> Account:
    """The user that it runs as: it refuses to be root, and needs no more rights than PostgreSQL."""
    if me := os.geteuid():
        return Account(me, os.getegid(), ())
    uid, gid = pwd.getpwnam("nobody")[2:4]
    needed = (needed_capabilities(uid, gid, path, Path(str(PROGRAM))) for path in reached)
    return Account(uid, gid, max(needed, key=len))
