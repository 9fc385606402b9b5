"""Serving in one process: the only one, or one of WORKERS, which `commands.supervisor` starts."""

import asyncio
import pickle
import signal
import sys
from socket import socket

import application
from commands.assignments import READY, RETIRE, Assignment
from transport import log_setup, uvicorn_server
from transport.metrics import shared


class WorkerServer(uvicorn_server.Server):
    """A server that tells its supervisor when it is ready, and does not outlive it."""

    supervisor: socket

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        self.supervisor.setblocking(False)
        asyncio.get_running_loop().add_reader(self.supervisor, self._hear)
        try:
            self.supervisor.send(READY)
        except OSError:
            self._hear()

    def _hear(self) -> None:
        asyncio.get_running_loop().remove_reader(self.supervisor)
        try:
            heard = self.supervisor.recv(1)
        except OSError:
            heard = b""
        if heard == RETIRE:
            self.retire()
        else:  # the supervisor has gone
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
