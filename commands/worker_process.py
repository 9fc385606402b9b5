"""A worker process, as its supervisor sees it."""

import asyncio
import pickle
import sys
from contextlib import suppress
from pathlib import Path
from signal import SIGKILL, SIGTERM
from socket import socket, socketpair
from typing import Self

from commands.assignments import READY, RETIRE, STOP, Assignment

PROGRAM = Path(__file__).parents[1] / "server.py"


class WorkerProcess:
    """A process that runs `server.py worker`: a new interpreter, which shares nothing but the listening sockets."""

    def __init__(
        self,
        number: int,
        process: asyncio.subprocess.Process,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.number, self.pid = number, process.pid
        self._process, self._reader, self._writer = process, reader, writer

    @classmethod
    async def start(cls, number: int, assignment: Assignment, listening: socket, metrics: socket | None) -> Self:
        """Start a process; SIGINT from the terminal does not reach it."""
        ours, theirs = socketpair()
        with theirs:
            passed = [theirs.fileno(), listening.fileno(), *([metrics.fileno()] if metrics else [])]
            process = await asyncio.create_subprocess_exec(
                sys.executable, str(PROGRAM), "worker", str(number), *map(str, passed),
                pass_fds=passed, stdin=asyncio.subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        reader, writer = await asyncio.open_connection(sock=ours)
        writer.write(pickle.dumps(assignment))
        return cls(number, process, reader, writer)

    async def is_ready(self) -> bool:
        """Wait until it serves; False if it has ended before."""
        try:
            return await self._reader.read(1) == READY
        except OSError:
            return False

    async def has_ended(self) -> int:
        """Wait until it has ended, and give the exit code: a negative one is the signal that has ended it."""
        code = await self._process.wait()
        self._writer.close()
        return code

    def retire(self) -> None:
        """Have it stop without a drain."""
        self._writer.write(RETIRE)

    def stop(self) -> None:
        """Have it stop as a single process does; at once when that was said before."""
        self._writer.write(STOP)
        self._send(SIGTERM)  # since it does not read before it is ready

    def kill(self) -> None:
        """End it."""
        self._send(SIGKILL)

    def _send(self, signal: int) -> None:
        with suppress(ProcessLookupError):
            self._process.send_signal(signal)
