"""What tests share: a real PostgreSQL, the real server on a real socket, people, and a count of SQL statements."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from functools import cache
from itertools import count
from socket import IPPROTO_TCP, TCP_NODELAY, socket
from typing import Any

import asyncpg
import httpcore2
import httpx2
import pytest

import application
import migrations
from auth.issuer import DevelopmentIssuer
from auth.secrets import Secrets, load
from database.embedded import Postgres
from database.engine import Database
from database.reads import Reads
from database.statements import Statement
from demo import loading
from jobs.timers import LOCK as TIMERS_LOCK
from settings import RateLimitSettings, Settings
from tests.canaries import no_personal_data_in_logs
from tests.faults.report import pytest_terminal_summary
from tests.large.shared import pytest_unconfigure
from tests.patience import DEADLINES, SECONDS
from tests.payments.fixtures import razorpay, sandbox, sandbox_server, send
from tests.payments.sandbox import RUNNING, SandboxServer
from tests.people import World
from transport.sampled_log import REFUSALS
from transport.uvicorn_server import Server, uvicorn_config

__all__ = [
    "no_personal_data_in_logs", "pytest_terminal_summary", "pytest_unconfigure", "razorpay", "sandbox", "sandbox_server",
    "send",
]  # fmt: skip
QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
Settings.model_config["env_file"] = None  # the tests must not depend on a developer's own .env
REFUSALS._lines = 1_000_000  # tests ask faster than clients whose refusals all have a line
httpcore2.default_ssl_context = cache(httpcore2.default_ssl_context)  # each client would read all certificates
numbers = count()


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A migrated database of this worker's own PostgreSQL."""
    with Postgres(tmp_path_factory.mktemp("postgres"), options=QUICK) as postgres:
        migrations.upgrade(postgres.url)
        asyncio.run(_create(postgres.url, "pristine", "clientele"))
        yield postgres.url


@pytest.fixture(scope="session")
async def database_url(postgres_url: str) -> AsyncIterator[str]:
    """The database that tests share. No application runs its timers there: they would change rows beside the tests."""
    connection = await asyncpg.connect(postgres_url)
    await connection.execute("SELECT pg_advisory_lock($1)", TIMERS_LOCK)
    yield postgres_url
    await connection.close()


async def _create(url: str, name: str, template: str) -> str:
    connection = await asyncpg.connect(url.replace("/clientele", "/postgres", 1))
    try:
        await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    finally:
        await connection.close()
    return url.replace("/clientele", f"/{name}", 1)


@pytest.fixture(scope="module")
async def empty_database_url(database_url: str) -> str:
    """A freshly migrated database that nobody else uses."""
    return await _create(database_url, f"empty{next(numbers)}", "pristine")


@pytest.fixture
async def fresh_url(database_url: str) -> str:
    """A freshly migrated database of one test."""
    return await _create(database_url, f"fresh{next(numbers)}", "pristine")


@pytest.fixture(scope="module")
async def loaded_url(empty_database_url: str) -> str:
    """A database of one's own with demo data."""
    await loading.load(empty_database_url, 0.1, progress=False)
    return empty_database_url


@pytest.fixture(scope="session")
def sandbox_socket() -> Iterator[socket]:
    """Where the stand-in for Razorpay listens, once a test asks for it (`tests/payments/fixtures.py`)."""
    with socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory, sandbox_socket: socket) -> Settings:
    """Those of development, over a folder of their own; all tests come from one address, and none minds the limits.

    Tests change rows by SQL, look at once, and count statements: viewers are remembered where a test is about that.
    """
    unlimited: dict[str, Any] = dict.fromkeys(RateLimitSettings.model_fields, 1_000_000)
    for name in ("mutations_at_once", "connections_per_address", "connections_per_viewer"):
        unlimited[name] = 1_000
    quiet: dict[str, Any] = {"log_level": "info", "viewer_memory_seconds": 0}
    quiet["razorpay_url"] = f"http://127.0.0.1:{sandbox_socket.getsockname()[1]}"
    return Settings(data_folder=tmp_path_factory.mktemp("data"), **quiet, **unlimited, **DEADLINES)


@pytest.fixture(scope="session")
def credentials(settings: Settings) -> Secrets:
    """Secrets that this run made for itself."""
    return load(settings)


@asynccontextmanager
async def serving(app: Any) -> AsyncIterator[str]:
    """Serve an application on a free port of this loop."""
    options = {"port": 0, "log_level": "error"}
    config = uvicorn_config(app, app.settings, **options)
    server = Server(config, app)
    server.capture_signals = suppress  # type: ignore[method-assign]
    listening = config.bind_socket()
    listening.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)  # asyncio leaves it off, and each small answer would wait 40 ms
    task = asyncio.create_task(_serve(server, listening))
    while not server.started:
        await asyncio.sleep(0.01)
        if task.done():
            await task
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
        listening.close()


async def _serve(server: Server, socket: Any) -> None:
    try:
        await server.serve(sockets=[socket])
    except SystemExit as left:  # which would end the loop of all tests that follow
        socket.close()
        message = "The server did not start; the log above says why."
        raise RuntimeError(message) from left


@pytest.fixture(scope="session")
def app(settings: Settings, credentials: Secrets, database_url: str) -> Any:
    """The application."""
    return application.create(settings, credentials, database_url)


@pytest.fixture(scope="session")
async def address(app: Any) -> AsyncIterator[str]:
    """Where the real server listens."""
    async with serving(app) as url:
        yield url


@pytest.fixture(scope="session")
async def http(address: str) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of many connections."""
    limits = httpx2.Limits(max_connections=60, max_keepalive_connections=60)
    async with httpx2.AsyncClient(base_url=address, limits=limits, timeout=SECONDS) as client:
        yield client


@pytest.fixture(scope="session")
async def database(app: Any, address: str, database_url: str) -> AsyncIterator[Database]:
    """The running server's own connections, and a pool beside them for what tests look up."""
    async with asyncpg.create_pool(database_url, min_size=0, max_size=5) as pool:
        app.state.resources.database.pool = pool
        yield app.state.resources.database


@pytest.fixture(scope="session")
def world(
    database: Database,
    settings: Settings,
    credentials: Secrets,
    http: httpx2.AsyncClient,
    sandbox_server: SandboxServer,
) -> World:
    """Factories over the running server, which knows the sandbox as Razorpay."""
    assert sandbox_server in RUNNING
    assert credentials.issuer_key
    return World(database, DevelopmentIssuer(settings, credentials.issuer_key), http)


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The SQL of reading paths, as it is run."""
    seen: list[str] = []
    run = Reads.rows

    async def rows(self: Reads, statement: Statement, **parameters: Any) -> Any:
        seen.append(statement.sql)
        return await run(self, statement, **parameters)

    monkeypatch.setattr(Reads, "rows", rows)
    return seen
