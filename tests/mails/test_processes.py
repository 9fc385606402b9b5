"""Real processes that send mails, and how they end: killed, stopped, two at once (T9)."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import httpx2
import pytest

from database.engine import Database
from models.tickets import Ticket
from tests.mails.mailbox import HANG, SENDER, PostOffice, Shop, until
from tests.patience import SECONDS
from tests.people import World, word

SERVER = Path(__file__).parents[2] / "server.py"
PATIENCE = SECONDS
Start = Callable[[], Awaitable["Process"]]


class Process:
    """`server.py serve` with a mail server."""

    def __init__(self, environment: dict[str, str], said: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address, self.said = f"http://127.0.0.1:{port}", said
        self.environment = environment | {"PORT": str(port)}
        with said.open("w") as output:
            self.child = subprocess.Popen(
                [sys.executable, SERVER, "serve"],
                env=self.environment,
                cwd=said.parent,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    async def ready(self) -> None:
        async with asyncio.timeout(PATIENCE), httpx2.AsyncClient() as http:
            while self.child.poll() is None:
                try:
                    if (await http.get(f"{self.address}/health/ready")).is_success:
                        return
                except httpx2.TransportError:
                    await asyncio.sleep(0.05)
        pytest.fail(self.said.read_text())

    async def end(self, how: signal.Signals) -> float:
        """End it; gives how many seconds that took."""
        began = asyncio.get_running_loop().time()
        self.child.send_signal(how)
        await until(lambda: self.child.poll() is not None)
        return asyncio.get_running_loop().time() - began


@asynccontextmanager
async def processes(url: str, office: PostOffice, folder: Path) -> AsyncIterator[Start]:
    made: list[Process] = []
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("CLERK", "DATABASE"))}
    environment = plain | {
        "DATABASE_URL": url, "DATA_FOLDER": str(folder), "SMTP_URL": f"smtp://127.0.0.1:{office.port}",
        "MAIL_FROM": SENDER, "MAIL_RETRY_SECONDS": "0.1", "SMTP_SECONDS": "30",
    }  # fmt: skip

    async def start() -> Process:
        made.append(Process(environment, folder / f"said{len(made)}"))
        await made[-1].ready()
        return made[-1]

    try:
        yield start
    finally:
        for process in made:
            if process.child.poll() is None:
                process.child.kill()
            process.child.wait()


@pytest.fixture
async def office() -> AsyncIterator[PostOffice]:
    async with PostOffice().open() as made:
        yield made


@pytest.fixture
async def start(empty_database_url: str, office: PostOffice, tmp_path: Path) -> AsyncIterator[Start]:
    async with processes(empty_database_url, office, tmp_path) as made:
        yield made


@pytest.fixture
async def desk(empty_database_url: str, office: PostOffice) -> AsyncIterator[Shop]:
    """Where tickets are made: mails are written down here, and sent by the processes."""
    database = await Database.connect(empty_database_url, size=2, statement=5, lock=2, wait=2)
    async with asyncpg.create_pool(empty_database_url, min_size=0, max_size=2) as pool:
        database.pool = pool  # type: ignore[attr-defined]
        yield Shop(World(database, None, None), database, office)  # type: ignore[arg-type]
    await database.close()


async def taken_for_dead(desk: Shop) -> None:
    """Let the time pass after which others take the jobs of a process that says nothing."""
    await desk.world.execute("UPDATE pgqueuer.pgqueuer SET heartbeat = now() - interval '1 minute'")


class TestKilled:
    """`kill -9`, at the worst moments."""

    async def test_before_the_text(self, start: Start, desk: Shop, office: PostOffice) -> None:
        """Nothing was sent, so the next process sends it."""
        first = await start()
        ticket = await asked(desk, office.to_recipient)
        await until(lambda: office.tries[str(ticket.email)])
        await first.end(signal.SIGKILL)
        await start()
        await taken_for_dead(desk)
        await desk.state(ticket, "SENT")
        assert len(office.raw(str(ticket.email))) == 1

    async def test_after_the_text(self, start: Start, desk: Shop, office: PostOffice) -> None:
        """It may have arrived, so nobody sends it, until a person says so."""
        first = await start()
        ticket = await asked(desk, office.to_text)
        await until(lambda: office.raw(str(ticket.email)))
        await first.end(signal.SIGKILL)
        second = await start()
        await taken_for_dead(desk)
        mail = await desk.state(ticket, "UNCERTAIN")
        await desk.quiet()
        assert len(office.raw(str(ticket.email))) == 1
        listed = await command(second, "mails")
        assert f"{mail['id']}  tickets.RECEIVED  UNCERTAIN" in listed
        assert str(ticket.email) not in listed
        assert "may have been delivered" in await command(second, "jobs", "list")
        assert "0 queued again" in await command(second, "jobs", "retry", "all")
        assert "1 queued again" in await command(second, "mails", "--retry", str(mail["id"]))
        await desk.state(ticket, "SENT")
        assert len({mail["message-id"] for mail in office.templates(str(ticket.email))}) == 1


class TestStopped:
    """SIGTERM: soon, and without a loss."""

    async def test_before_the_text(self, start: Start, desk: Shop, office: PostOffice) -> None:
        """It is given back, so that another process sends it at once, not only when this one counts as dead."""
        first = await start()
        ticket = await asked(desk, office.to_recipient)
        await until(lambda: office.tries[str(ticket.email)])
        assert await first.end(signal.SIGTERM) < 20
        status = await desk.world.value("SELECT status FROM pgqueuer.pgqueuer WHERE execute_after <= now()")
        assert status == "queued", first.said.read_text()
        await start()
        await desk.state(ticket, "SENT")
        assert len(office.raw(str(ticket.email))) == 1

    async def test_after_the_text(self, start: Start, desk: Shop, office: PostOffice) -> None:
        first = await start()
        ticket = await asked(desk, office.to_text)
        await until(lambda: office.raw(str(ticket.email)))
        assert await first.end(signal.SIGTERM) < 20
        await desk.state(ticket, "UNCERTAIN")
        await start()
        await desk.quiet()
        assert len(office.raw(str(ticket.email))) == 1


class TestShared:
    """Two processes, one queue."""

    async def test_each_mail_once(self, start: Start, desk: Shop, office: PostOffice) -> None:
        first, _ = await start(), await start()
        tickets = [await desk.ticket() for _ in range(30)]
        for ticket in tickets:
            await desk.state(ticket, "SENT")
        assert [len(office.raw(str(ticket.email))) for ticket in tickets] == [1] * len(tickets)
        said = first.said.read_text()
        assert "mail" not in said.lower(), said
        assert "pgqueuer" not in said


async def asked(desk: Shop, to: dict[str, list[str]]) -> Ticket:
    """Submit a ticket whose mail the post office does not answer."""
    address = f"{word()}@example.com"
    to[address] = [HANG]
    return await desk.ticket(email=address)


async def command(process: Process, *words: str) -> str:
    """Run another command beside a server."""
    run = await asyncio.create_subprocess_exec(
        sys.executable, str(SERVER), *words, env=process.environment, stdout=asyncio.subprocess.PIPE
    )
    return (await run.communicate())[0].decode()
