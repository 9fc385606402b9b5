"""Serving in several processes that share the port."""

import asyncio
from contextlib import nullcontext
from dataclasses import replace
from socket import socket

from commands.assignments import Assignment
from commands.supervisor import Supervisor
from commands.worker_process import WorkerProcess
from transport.metrics import shared
from transport.uvicorn_server import bind_metrics_port


def serve(assignment: Assignment, listening: socket) -> None:
    """Run WORKERS processes until a signal ends them; raises `WorkersNotStarted`.

    They share one listening socket, and none has one of its own by SO_REUSEPORT: a connection that a process has not
    accepted is taken by another when that process dies, retires or is busy, and a second server is told that the port
    is in use.
    """
    settings = assignment.settings
    metrics = bind_metrics_port(settings)
    with shared.made_folder() if settings.serves_metrics else nullcontext() as folder:
        assigned = replace(assignment, metrics=folder)

        async def start(number: int) -> WorkerProcess:
            return await WorkerProcess.start(number, assigned, listening, metrics)

        def ended(number: int) -> None:
            if folder:
                shared.leave(number, folder)

        def stopping() -> None:
            for bound in filter(None, (listening, metrics)):
                bound.close()  # so that nobody is connected once the last worker does not listen any more

        async def run() -> None:
            supervisor = Supervisor(settings.server.workers, start, ended, stopping)
            supervisor.take_signals()
            await supervisor.run()

        asyncio.run(run())
