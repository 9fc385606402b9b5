"""Trusted documents that are imported or removed while requests run, in all processes, and without the database."""

import asyncio
import time
from typing import Any

import asyncpg
import pytest

from tests.database.proxy import proxied
from tests.documents.conftest import BRANDS, DATA, ID, REFUSED, UNKNOWN, Serve, Served, digest, refusal, register
from tests.patience import SECONDS


async def execute(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


async def until_known(server: Served, id: str, *, known: bool = True) -> None:
    """Wait until a process has noticed that a document was registered, or removed."""
    end = time.monotonic() + SECONDS
    while ("data" in (await server.post(documentId=id)).json()) is not known:
        assert time.monotonic() < end
        await asyncio.sleep(0.01)


class TestChanges:
    async def test_reach_all_processes(self, serve: Serve, fresh_url: str) -> None:
        async with serve(trusted_documents="required") as one, serve(trusted_documents="required") as other:
            assert refusal(await one.post(documentId=ID)) == REFUSED
            await register(fresh_url, BRANDS)
            for server in (one, other):
                await until_known(server, ID)
            await execute(fresh_url, "DELETE FROM trusted_document")
            for server in (one, other):
                await until_known(server, ID, known=False)
            await register(fresh_url, **{ID: UNKNOWN})
            for server in (one, other):
                await until_known(server, ID)
                assert "supportedLanguages" in (await server.post(documentId=ID)).json()["data"]

    async def test_an_id_with_another_text(self, serve: Serve, fresh_url: str) -> None:
        """Removed and registered anew between two looks at the table."""
        await register(fresh_url, x=BRANDS)
        async with serve(trusted_documents="required") as server:
            trusted: Any = server.documents.trusted
            trusted._reading = asyncio.Lock()
            async with trusted._reading:
                await execute(fresh_url, "DELETE FROM trusted_document")
                await register(fresh_url, x=UNKNOWN)
                await asyncio.sleep(0.05)
            await until_known(server, "x")
            await trusted.refresh()
            assert "supportedLanguages" in (await server.post(documentId="x")).json()["data"]

    async def test_requests_beside_an_import(self, serve: Serve, fresh_url: str) -> None:
        """What is registered is answered all the time, and new documents as soon as they are committed and told."""
        await register(fresh_url, BRANDS)
        texts = [f"query Q{number} {{ brands {{ totalCount }} }}" for number in range(300)]
        async with serve(trusted_documents="required") as server:
            done = asyncio.Event()

            async def send() -> int:
                number = 0
                while not done.is_set():
                    assert (await server.post(documentId=ID)).json() == DATA
                    number += 1
                return number

            sending = [asyncio.create_task(send()) for _ in range(3)]
            await register(fresh_url, *texts)
            await until_known(server, digest(texts[-1]))
            done.set()
            assert min(await asyncio.gather(*sending)) > 0
            for text in texts:
                assert (await server.post(query=text)).json() == DATA

    async def test_a_request_waits_for_what_is_being_read(self, serve: Serve, fresh_url: str) -> None:
        """A new document is not refused because another task has begun to read it, but not ended."""
        async with serve(trusted_documents="required") as server:
            connection = await asyncpg.connect(fresh_url)
            assert refusal(await server.post(documentId=ID)) == REFUSED
            trusted: Any = server.documents.trusted
            async with connection.transaction():
                await connection.execute("LOCK TABLE trusted_document")
                trusted.changed()
                while not trusted._reading.locked():  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
                sending = asyncio.create_task(server.post(documentId=ID))
                await asyncio.sleep(0.2)
                await connection.execute(
                    "INSERT INTO trusted_document (id, text, name) VALUES ($1, $2, '')", ID, BRANDS
                )
            await connection.close()
            assert (await sending).json() == DATA

    async def test_without_the_database(self, serve_at: Serve, fresh_url: str) -> None:
        """Those that are known go on; whether another one is registered cannot be told."""
        await register(fresh_url, known="{ __typename }")
        async with proxied(fresh_url) as proxy, serve_at(proxy.url, trusted_documents="required") as server:
            proxy.refusing = True
            proxy.cut_all()
            trusted: Any = server.documents.trusted
            end = time.monotonic() + SECONDS
            while not trusted._is_stale.is_set():
                assert time.monotonic() < end
                await asyncio.sleep(0.01)
            assert (await server.post(documentId="known")).json() == {"data": {"__typename": "Query"}}
            answer = await server.post(documentId="new")
            assert refusal(answer)[:2] == (503, "UNAVAILABLE")
            assert answer.headers["retry-after"] == "1"
            await register(fresh_url, new="{ supportedLanguages }")
            proxy.refusing = False
            await until_known(server, "new")

    async def test_requests_wait_together_for_a_slow_database(
        self, serve: Serve, fresh_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """One after the other, each would wait for the time limits of all before it."""
        monkeypatch.setattr("transport.trusted_documents.TrustedDocuments.run", lambda _: asyncio.sleep(60))
        async with serve(trusted_documents="required", statement_seconds=0.5) as server:
            trusted: Any = server.documents.trusted
            attempts, read = 0, trusted._read

            async def count() -> None:
                nonlocal attempts
                attempts += 1
                await read()

            trusted._read = count
            connection = await asyncpg.connect(fresh_url)
            async with connection.transaction():
                await connection.execute("LOCK TABLE trusted_document")
                trusted.changed()
                answers = await asyncio.gather(*(server.post(documentId=f"new{number}") for number in range(8)))
            await connection.close()
            assert {refusal(answer)[:2] for answer in answers} == {(503, "UNAVAILABLE")}
            assert attempts < 8
            assert refusal(await server.post(documentId="new")) == REFUSED

    async def test_texts_are_only_logged_without_the_database_too(self, serve_at: Serve, fresh_url: str) -> None:
        async with proxied(fresh_url) as proxy, serve_at(proxy.url, trusted_documents="log") as server:
            proxy.refusing = True
            proxy.cut_all()
            trusted: Any = server.documents.trusted
            trusted.changed()
            answer = await server.post(query="{ __typename }")
            assert answer.json() == {"data": {"__typename": "Query"}}
            assert refusal(await server.post(documentId="x"))[:2] == (503, "UNAVAILABLE")

    async def test_where_notifications_do_not_arrive(
        self, serve: Serve, fresh_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("transport.trusted_documents.POLL_SECONDS", 0.1)
        monkeypatch.setattr("transport.trusted_documents.TrustedDocuments.changed", lambda *_: None)
        monkeypatch.setattr("events.watches.Watches.is_current", False)
        async with serve(trusted_documents="required") as server:
            assert refusal(await server.post(documentId=ID)) == REFUSED
            await register(fresh_url, BRANDS)
            await until_known(server, ID)
