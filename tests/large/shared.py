"""One database for all workers of a run: the first that needs it builds it, and one of them at a time serves it.

A server ends with the process that started it. So the one that serves waits at its end until no other is using it, and a
worker that needs it later starts it anew, on the same files.
"""

import asyncio
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import migrations
from database.embedded import Postgres
from tests.large.catalogue import build

FOLDER = "large"
OPTIONS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_wal_size": "2GB"}


def folder_of(factory: pytest.TempPathFactory) -> Path:
    """The folder that the workers of a run share."""
    own = factory.getbasetemp()
    return (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / FOLDER


@contextmanager
def locked(path: Path, how: int) -> Iterator[int]:
    """Hold a lock on a file. The kernel releases it if this process is killed."""
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, how)
        yield file
    finally:
        os.close(file)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Give the URL of the database, which is built if it is not there, and served if nobody serves it."""
    folder.mkdir(mode=0o755, exist_ok=True)
    with locked(folder / "users", fcntl.LOCK_SH) as users:
        server = Postgres(folder / "server", options=OPTIONS)
        with locked(folder / "turn", fcntl.LOCK_EX):
            _refuse_after_failure(folder)
            is_mine = not _is_served(folder / "server" / "lock")
            if is_mine:
                _start(server, folder)
        try:
            yield server.url
        finally:
            if is_mine:
                fcntl.flock(users, fcntl.LOCK_EX)  # waits for the other workers
                server.stop()


def _refuse_after_failure(folder: Path) -> None:
    if (folder / "failure").exists():
        reason = (folder / "failure").read_text()
        raise RuntimeError(f"The large database could not be built, in this worker or another: {reason}")


def _start(server: Postgres, folder: Path) -> None:
    """Start the server, the first time with a new database."""
    failure, built = folder / "failure", folder / "built"
    if built.exists():
        server.start()
        return
    failure.write_text("the worker that built it has ended")  # until it is built: this one may be killed
    try:
        server.start()
        migrations.upgrade(server.url)
        asyncio.run(build(server.url))
    except BaseException as error:
        failure.write_text(repr(error))
        server.stop()
        raise
    failure.unlink()
    built.touch()


def _is_served(lock: Path) -> bool:
    if not lock.exists():
        return False
    try:
        with locked(lock, fcntl.LOCK_SH | fcntl.LOCK_NB):
            return False
    except BlockingIOError:
        return True


def pytest_unconfigure(config: pytest.Config) -> None:
    """Delete the database when all workers have ended; pytest keeps temporary folders, and this one is large."""
    factory = getattr(config, "_tmp_path_factory", None)
    if factory is not None and factory._basetemp is not None and not hasattr(config, "workerinput"):
        shutil.rmtree(factory._basetemp / FOLDER, ignore_errors=True)
