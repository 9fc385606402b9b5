"""Razorpay for all tests; `tests/conftest.py` has these fixtures."""

from collections.abc import AsyncIterator, Iterator
from socket import socket

import httpx2
import pytest

from auth.secrets import Secrets
from payments.client import Razorpay
from settings import Settings
from tests.payments.sandbox import SandboxServer
from tests.webhooks.razorpay import Sender


@pytest.fixture(scope="session")
def sandbox_server(
    credentials: Secrets, address: str, sandbox_socket: socket, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SandboxServer]:
    """Razorpay, as the running server knows it; its webhooks go to that server."""
    assert credentials.razorpay
    made = SandboxServer(tmp_path_factory.mktemp("sandbox"), credentials.razorpay, sandbox_socket, address)
    with made.running():
        yield made


@pytest.fixture
async def sandbox(sandbox_server: SandboxServer) -> SandboxServer:
    """The same, behaving well, without the webhooks that other tests have held back."""
    with sandbox_server.sandbox.store.transaction() as books:
        books.db.execute("DELETE FROM delivery WHERE state = 'held'")
    await sandbox_server.behave()
    return sandbox_server


@pytest.fixture
async def razorpay(settings: Settings, credentials: Secrets, sandbox: SandboxServer) -> AsyncIterator[Razorpay]:
    """A client of it."""
    async with Razorpay.open(settings, credentials) as client:
        yield client


@pytest.fixture
def send(http: httpx2.AsyncClient, credentials: Secrets) -> Sender:
    """Send webhooks to the running server as Razorpay does."""
    return Sender(http, credentials)
