"""The command line as a process of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import httpx2
import pytest

from tests.canaries import PRIVATE, check
from tests.patience import ENVIRONMENT, SECONDS

SERVER = Path(__file__).parents[1] / "server.py"
PATIENCE = SECONDS


class Process:
    """`server.py serve` on a free port over a folder; or another script, with its arguments."""

    def __init__(
        self, folder: Path, logs: Path | None = None, command: Sequence[str | Path] = (SERVER, "serve"),
        **environment: str,
    ) -> None:  # fmt: skip
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.folder, self.address = folder, f"http://127.0.0.1:{port}"
        plain = {name: value for name, value in os.environ.items() if not name.startswith(("CLERK", "DATABASE"))}
        self.environment = plain | {"DATA_FOLDER": str(folder), "PORT": str(port)} | ENVIRONMENT | environment
        self.said = ((logs or folder.parent) / "said").open("w+")
        self.child = subprocess.Popen(
            [sys.executable, *command],
            env=self.environment,
            cwd=folder.parent,  # not where a developer's .env is
            stdout=self.said,
            stderr=subprocess.STDOUT,
        )

    def wait(self) -> None:
        """Wait until it is ready."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.child.poll() is None:
            try:
                if httpx2.get(f"{self.address}/health/ready").status_code == 200:
                    return
            except httpx2.TransportError:
                time.sleep(0.1)
        pytest.fail(self.text())

    def text(self) -> str:
        """What it printed."""
        self.said.flush()
        return Path(self.said.name).read_text()

    def run(self, *words: str, **environment: str | None) -> subprocess.CompletedProcess[str]:
        """Run another command over the same folder; None takes a variable away."""
        changed = {name: value for name, value in (self.environment | environment).items() if value is not None}
        return subprocess.run(
            [sys.executable, SERVER, *words],
            env=changed,
            cwd=self.folder.parent,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def end(self, how: signal.Signals) -> int:
        """End it with a signal, and give its exit code."""
        self.child.send_signal(how)
        code = self.child.wait(PATIENCE)
        check(self.text(), PRIVATE)  # in development the banner shows the tokens of personas
        return code

    def postgres(self) -> list[str]:
        """The servers that run on the folder: postmasters name it in their command line."""
        found = []
        for command in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                if str(self.folder).encode() in command.read_bytes() and command.parent.name != str(self.child.pid):
                    found.append(command.parent.name)
            except OSError:
                continue
        return found
