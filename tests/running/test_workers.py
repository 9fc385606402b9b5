"""WORKERS=2: two processes at one port, of which one is killed under load, and all of which end together."""

import asyncio
import fcntl
import os
import signal
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path

import httpx2
import pytest
from structlog.testing import capture_logs

from auth.secrets import Secrets
from commands import worker_process
from commands import workers as workers_command
from commands.assignments import Assignment
from commands.supervisor import WorkersNotStarted
from models import ids
from settings import Settings
from tests.graph import Graph
from tests.patience import SECONDS
from tests.people import World
from tests.processes import Process
from tests.running.test_processes import listens
from tests.running.test_stopping import waiting_mutation
from tests.running.worker_processes import (
    children,
    client,
    command,
    connected,
    metrics_folder,
    metrics_of,
    scraped_by,
    until,
    workers,
)
from tests.transport.wires import QUEUE
from tests.variables import changed
from transport.metrics import shared
from transport.uvicorn_server import POLL_SECONDS, bind

CLIENTS = 8
TOTALS = ("graphql_operation_results_total", "graphql_operations_total", "process_cpu_seconds_total")
LOAD = {"query": "query Load { products(first: 3) { nodes { id } } }"}


class Load:
    """Clients that ask again and again, over kept and over new connections."""

    def __init__(self, address: str) -> None:
        self.outcomes: Counter[str] = Counter()
        self._address = address

    async def run(self, client: int) -> None:
        async with httpx2.AsyncClient(base_url=self._address, timeout=SECONDS) as http:
            while True:
                headers = {"connection": "close"} if client % 2 else {}
                try:
                    answer = await http.post("/graphql", json=LOAD, headers=headers)
                except httpx2.TransportError as error:
                    self.outcomes[type(error).__name__] += 1
                else:
                    whole = answer.status_code == 200 and "errors" not in answer.json()
                    self.outcomes["answered" if whole else answer.text] += 1

    @property
    def answered(self) -> int:
        return self.outcomes["answered"]


async def test_one_of_two_is_killed_under_load(two: Process, world: World) -> None:
    """Only what was at the killed one fails, and everything goes on."""
    solver = await world.solver()
    load = Load(two.address)
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as clients:
        http = await stack.enter_async_context(httpx2.AsyncClient(base_url=two.address, timeout=SECONDS))
        wires = await connected(stack, two, solver)
        (killed, lost), (other, kept) = wires.items()
        for wire in (lost, kept):
            await wire.ask("1", QUEUE)
            await listens(wire, world)
        running = [clients.create_task(load.run(number)) for number in range(CLIENTS)]
        await until(lambda: load.answered > 20 * CLIENTS)
        before = await metrics_of(http, 2)
        os.kill(killed, signal.SIGKILL)
        await until(lambda: killed not in workers(two))
        seen = [before]
        async with asyncio.timeout(SECONDS):
            while two.text().count('"worker_ready"') < 3:
                seen.append((await asyncio.to_thread(scraped_by, two))[1])
        until_back = load.answered
        seen.append(await metrics_of(http, 2))
        await until(lambda: load.answered > until_back + 20 * CLIENTS)
        for name in TOTALS:
            values = [found.value(name) for found in seen]
            assert values == sorted(values), f"{name} went backwards"
        assert min(found.value("clientele_worker_processes") for found in seen) == 1, "the gauges of the dead are gone"
        assert len(workers(two)) == 2
        assert other in workers(two)
        # Each client had one request at most at the killed process.
        failures = {what: number for what, number in load.outcomes.items() if what != "answered"}
        assert set(failures) <= {"ReadError", "RemoteProtocolError", "WriteError", "ConnectError"}
        assert sum(failures.values()) <= CLIENTS
        ticket = await world.ticket()
        async with httpx2.AsyncClient(base_url=two.address, timeout=SECONDS) as new:
            there = Graph(new, solver.graph.token)
            await there.mutate("claimTicket", "__typename", ticketId=ids.encode("Ticket", ticket.id))
        while (heard := await kept.data("1"))["ticketQueueChanged"]["id"] != ids.encode("Ticket", ticket.id):
            pass
        assert heard["ticketQueueChanged"]["status"] in {"OPEN", "CLAIMED"}
        for client in running:
            client.cancel()


async def test_sighup_replaces_one_after_the_other(two: Process, world: World) -> None:
    """New connections always find one that listens, and those that are there are answered."""
    before, load = workers(two), Load(two.address)
    async with asyncio.TaskGroup() as clients:
        running = [clients.create_task(load.run(number)) for number in range(CLIENTS)]
        await until(lambda: load.answered > CLIENTS)
        two.child.send_signal(signal.SIGHUP)
        await until(lambda: two.text().count('"worker_ready"') == 4 and not set(before) & set(workers(two)))
        answered = load.answered
        await until(lambda: load.answered > answered + CLIENTS)
        for one in running:
            one.cancel()
    assert len(workers(two)) == 2
    # A client that is slow on a busy machine may send a request just when its idle connection is closed.
    assert set(load.outcomes) <= {"answered", "ReadError", "RemoteProtocolError"}
    assert '"worker_ended"' not in two.text()


class TestEnd:
    async def test_sigterm_answers_what_is_under_way_at_both(self, two: Process, world: World) -> None:
        solver = await world.solver()
        folder = metrics_folder(workers(two)[0])
        pids = workers(two)
        assert folder.is_dir()
        async with AsyncExitStack() as stack:
            wires = await connected(stack, two, solver)
            for wire in wires.values():
                await wire.ask("1", QUEUE)
                await wire.settled()
            two.child.send_signal(signal.SIGTERM)
            ends = await asyncio.gather(*(wire.closed() for wire in wires.values()))
            assert {code for code, _ in ends} <= {1001, 1012}
        assert await asyncio.to_thread(two.child.wait, SECONDS) == 0
        assert not folder.exists()
        assert [pid for pid in pids if command(pid)] == []
        assert '"worker_ended"' not in two.text()
        assert "Traceback" not in two.text()

    async def test_a_signal_to_every_process_is_still_the_first(self, two: Process, world: World) -> None:
        """As systemd sends it, while the supervisor passes its own on."""
        me = await world.person()
        async with client(two) as http:
            async with waiting_mutation(world, http, me) as sent:
                for pid in workers(two):
                    os.kill(pid, signal.SIGTERM)
                await asyncio.sleep(5 * POLL_SECONDS)  # else two that have not been handled yet are one
                two.child.send_signal(signal.SIGTERM)
                await asyncio.sleep(5 * POLL_SECONDS)
                assert two.child.poll() is None
            assert (await sent).json()["data"] == {"createWishlist": {"wishlist": {"name": "Late"}}}
            assert await asyncio.to_thread(two.child.wait, SECONDS) == 0

    async def test_workers_do_not_outlive_a_killed_supervisor(self, two: Process) -> None:
        pids, folder = workers(two), metrics_folder(workers(two)[0])
        with shared.made_folder() as other:
            assert folder.exists(), "it is in use"
        assert not other.exists()
        assert two.end(signal.SIGKILL) == -signal.SIGKILL
        await until(lambda: not any(command(pid) for pid in pids))
        with shared.made_folder():
            assert not folder.exists(), "the next start removes it"

    async def test_a_second_signal_ends_it_at_once(self, settings: Settings, database_url: str, tmp_path: Path) -> None:
        process = Process(
            settings.data_folder, tmp_path, DATABASE_URL=database_url, WORKERS="2", SHUTDOWN_DRAIN_SECONDS="10",
        )  # fmt: skip
        await asyncio.to_thread(process.wait)
        async with client(process) as http:
            process.child.send_signal(signal.SIGINT)
            async with asyncio.timeout(SECONDS):
                while (await http.get("/health/ready")).status_code == 200:
                    pass
            process.child.send_signal(signal.SIGINT)
            assert await asyncio.to_thread(process.child.wait, SECONDS) == 0
            with pytest.raises(httpx2.TransportError):
                await http.get("/health/live")
        process.said.close()


class TestStart:
    def test_that_fails_in_every_process_ends_with_a_sentence(
        self, settings: Settings, credentials: Secrets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        program = tmp_path / "server.py"
        program.write_text("raise SystemExit(3)")
        monkeypatch.setattr(worker_process, "PROGRAM", program)
        several = changed(settings, workers=2)
        with capture_logs() as logs, pytest.raises(WorkersNotStarted):
            workers_command.serve(Assignment(several, credentials, "postgresql://nowhere", []), bind("127.0.0.1", 0))
        assert {line["code"] for line in logs} == {3}


class TestEmbedded:
    """The supervisor alone owns the embedded PostgreSQL."""

    async def test_nothing_is_left_behind(self, tmp_path: Path) -> None:
        process = Process(tmp_path / "data", WORKERS="2")
        try:
            await asyncio.to_thread(process.wait)
            assert process.text().count("Demo data: ") == 1
            async with client(process) as http:
                await metrics_of(http, 2)
            pids, folder = workers(process), metrics_folder(workers(process)[0])
            (postmaster,) = children(process.child.pid) - set(pids)
            assert b"postgres" in command(postmaster)
            os.kill(pids[0], signal.SIGKILL)
            await until(lambda: len(set(workers(process)) - set(pids)) == 1)
            assert command(postmaster)
            pids += workers(process)
            assert await asyncio.to_thread(process.end, signal.SIGTERM) == 0
        finally:
            if process.child.poll() is None:
                process.end(signal.SIGKILL)
            process.said.close()
        assert [pid for pid in (*pids, postmaster) if command(pid)] == []
        assert not folder.exists()
        assert not (tmp_path / "data" / "run").exists()
        with (tmp_path / "data" / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
