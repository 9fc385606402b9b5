"""A mail server that takes a connection and then says nothing keeps nobody waiting (T9)."""

import asyncio
import socket

import httpx2

from auth.secrets import Secrets
from settings import Settings
from tests.mails.mailbox import PostOffice, shop
from tests.patience import SECONDS


async def test_the_server_answers_and_leaves(settings: Settings, credentials: Secrets, empty_database_url: str) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.setblocking(False)
        office = PostOffice(port=silent.getsockname()[1])
        async with shop(settings, credentials, empty_database_url, office, smtp_seconds=2 * SECONDS) as made:
            await made.ticket()
            connection, _ = await loop.sock_accept(silent)
            assert (await made.world.http.get("/health/live")).status_code == httpx2.codes.OK
        connection.close()
    assert loop.time() - began < SECONDS
