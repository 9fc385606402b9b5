"""Serving in one process: the only one, or one of WORKERS, which `commands.supervisor` starts."""

import asyncio
import pickle
import signal
import sys
from socket import socket
from types import FrameType

import application
from commands.assignments import READY, RETIRE, STOP, Assignment
from transport import log_setup, uvicorn_server
from transport.metrics import shared


class WorkerServer(uvicorn_server.Server):
    """A server that tells its supervisor when it is ready, and does not outlive it.

    A signal never ends it at once, only the supervisor does: service managers such as systemd send a signal to every
    process, and the supervisor passes its own on, so that two of them are still the first.
    """

    supervisor: socket
    _told_to_stop = False

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        self.supervisor.setblocking(False)
        asyncio.get_running_loop().add_reader(self.supervisor, self._hear)
        try:
            self.supervisor.send(READY)
        except OSError:
            self._hear()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if not self._app.stopping:
            super().handle_exit(sig, frame)

    def _hear(self) -> None:
        try:
            heard = self.supervisor.recv(len(RETIRE))
        except BlockingIOError:
            return
        except OSError:
            heard = b""
        if heard == RETIRE:
            self.retire()
        elif heard == STOP:
            self.force_exit = self._told_to_stop
            self._told_to_stop = True
            self.handle_exit(signal.SIGTERM, None)
        else:  # the supervisor has gone
            asyncio.get_running_loop().remove_reader(self.supervisor)
            self.handle_exit(signal.SIGTERM, None)


def serve(assignment: Assignment, listening: socket, supervisor: socket | None = None) -> None:
    """Serve until a signal ends it."""
    settings = assignment.settings
    app = application.create(settings, assignment.secrets, assignment.url, assignment.personas)
    config = uvicorn_server.uvicorn_config(app, settings, log_level="warning")
    application.collect_rarely()
    kind = uvicorn_server.Server if supervisor is None else WorkerServer
    server = kind(config, app, settings.drain_seconds)
    if isinstance(server, WorkerServer) and supervisor is not None:
        server.supervisor = supervisor
    server.run(sockets=[listening])


def work(number: int, supervisor: socket, listening: socket, metrics: socket | None) -> None:
    """Serve as one of several; what to do comes from the supervisor."""
    for sent in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sent, lambda *_: sys.exit(0))
    try:
        with supervisor.makefile("rb") as told:
            assignment: Assignment = pickle.load(told)  # noqa: S301 - the process that has started this one wrote it
    except EOFError:
        return  # it has ended meanwhile
    settings = assignment.settings
    log_setup.configure(settings.log_form, settings.log_level, messages=settings.development, worker=number)
    if assignment.metrics:
        shared.join(number, assignment.metrics, metrics)
    serve(assignment, listening, supervisor)
