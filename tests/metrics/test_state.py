"""What metrics show of pools, slots, connections, jobs, webhooks, keys and the event loop."""

import asyncio
import time
from contextlib import AsyncExitStack
from uuid import uuid4

import asyncpg
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from prometheus_client import CollectorRegistry, generate_latest
from structlog.testing import capture_logs
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

import jobs.counts
from auth.secrets import Secrets
from events.queues import RESYNC
from events.tickets import TicketChanged
from models.tickets import TicketStatus
from tests.graph import Graph
from tests.metrics.conftest import Serve
from tests.metrics.exposition import Exposition, scrape
from tests.people import World, word
from tests.transport.wires import PROTOCOL, QUEUE, followed, greeted, until
from tests.webhooks.clerk import Sender
from transport.metrics.event_loop import EventLoopLag


class TestPools:
    async def test_of_reads(self, serve: Serve) -> None:
        async with serve(database_pool_size=2) as served, AsyncExitStack() as held:
            pool = served.app.state.resources.database.connections
            for _ in range(2):
                await held.enter_async_context(pool.connection())
            waiting = asyncio.create_task(pool.acquire())
            await asyncio.sleep(0)
            found = await scrape(served.http)
            assert found.value("clientele_database_pool_connections", pool="read", state="used") == 2
            assert found.value("clientele_database_pool_max_connections", pool="read") == 2
            assert found.value("clientele_database_pool_waiting", pool="read") == pool.usage.waiting >= 1
            await held.aclose()
            pool.release(await waiting)
            await until(lambda: pool.usage.waiting == 0)  # the listener tests itself by a connection of this pool
            found = await scrape(served.http)
            assert found.value("clientele_database_pool_waiting", pool="read") == 0
            assert found.value("clientele_database_pool_connections", pool="read") == 2
            assert found.value("clientele_database_pool_waits_total", pool="read") >= 2, "the scrape waited as well"
            assert found.value("clientele_database_pool_wait_seconds_total", pool="read") > 0

    async def test_of_statements(self, serve: Serve) -> None:
        async with serve(database_pool_size=1) as served:
            pool = served.app.state.resources.database.connections
            async with pool.connection() as connection:  # the only one: nobody else prepares a statement meanwhile
                before = pool.usage.prepared
                for _ in range(3):
                    await connection.fetch("SELECT 'never run before'")
                assert pool.usage.prepared == before + 1
            found = await scrape(served.http)
            assert found.value("clientele_database_pool_statements_prepared_total", pool="read") > before

    async def test_of_writes(self, serve: Serve) -> None:
        async with serve(database_pool_size=1) as served:
            database = served.app.state.resources.database

            async def another() -> None:
                async with database.transaction() as tx:
                    await tx.connection()

            async with database.transaction() as tx:
                await tx.connection()
                waiting = asyncio.create_task(another())
                await until(lambda: database.usage["write"].waiting == 1)
                found = await scrape(served.http)
                assert found.value("clientele_database_pool_connections", pool="write", state="used") == 1
                assert found.value("clientele_database_pool_waiting", pool="write") == 1
            await waiting
            found = await scrape(served.http)
            assert found.value("clientele_database_pool_waiting", pool="write") == 0
            assert found.value("clientele_database_pool_connections", pool="write", state="idle") == 1
            assert found.value("clientele_database_pool_waits_total", pool="write") == 1


class TestLockQueue:
    async def test_who_waits_for_whom(self, serve: Serve, world: World) -> None:
        async with serve() as served:
            me, locks = await world.person(), served.app.state.resources.database.locks
            graph = Graph(served.http, me.graph.token)
            async with world.database.pool.acquire() as connection, connection.transaction():
                await connection.execute("SELECT FROM customer WHERE id = $1 FOR UPDATE", me.key)
                sent = [asyncio.create_task(graph.mutate("updateProfile", "__typename", name="Noor")) for _ in range(5)]
                await until(lambda: locks.waiting == 3)
                found = await scrape(served.http)
                assert found.value("clientele_lock_queue_waiting") == 3, "two have gone on to PostgreSQL"
                assert found.value("clientele_lock_queue_customers") == 1
            await asyncio.gather(*sent)
            found = await scrape(served.http)
            assert (found.value("clientele_lock_queue_waiting"), found.value("clientele_lock_queue_customers")) == (
                0,
                0,
            )


class TestDatabase:
    async def test_jobs_and_mails_are_counted(self, serve: Serve, empty_database_url: str) -> None:
        connection = await asyncpg.connect(empty_database_url)
        try:
            await connection.execute("""
                INSERT INTO pgqueuer.pgqueuer (priority, entrypoint, status, execute_after)
                VALUES (0, 'mail', 'queued', now() - interval '1 hour'), (0, 'mail', 'queued', now()),
                       (0, 'mail', 'picked', now()), (0, 'mail', 'failed', now())""")
        finally:
            await connection.close()
        async with serve(empty_database_url) as served:
            found = await scrape(served.http)
        assert found.value("clientele_jobs", kind="mail", status="queued") == 2
        assert found.value("clientele_jobs", kind="mail", status="running") == 1
        assert found.value("clientele_jobs", kind="mail", status="held") == 1
        assert found.value("clientele_jobs_due_seconds", kind="mail") >= 3_600
        assert found.labels("clientele_mails", "state") == {"queued", "sending", "failed", "uncertain"}
        assert found.value("clientele_database_up") == 1

    async def test_one_that_is_gone_fails_no_scrape(self, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
        async with serve() as served:
            database = served.app.state.resources.database
            pool = database.connections

            async def refuse() -> None:
                raise ConnectionRefusedError

            await pool.close()
            pool._open_count = 0
            monkeypatch.setattr(pool, "_is_usable", lambda _: False)  # the listener may have used one meanwhile
            monkeypatch.setattr(pool, "_connect", refuse)
            monkeypatch.setattr(database.probe, "_connect", refuse)
            with capture_logs() as logs:
                found = await scrape(served.http)
                await scrape(served.http)
            assert found.value("clientele_database_up") == 0
            assert "clientele_database_up" in found.names
            assert "clientele_jobs" not in found.names
            assert {"clientele_requests", "process_cpu_seconds_total", "python_gc_collections_total"} <= found.names
            assert [line["event"] for line in logs if line["event"] == "jobs_not_counted"] == ["jobs_not_counted"]

    async def test_a_busy_one_is_up(self, serve: Serve) -> None:
        """Requests use all connections, and jobs cannot be counted."""
        async with serve(database_pool_size=1) as served, served.app.state.resources.database.connections.connection():
            found = await scrape(served.http)
        assert found.value("clientele_database_up") == 1
        assert "clientele_jobs" not in found.names

    async def test_is_not_asked_each_time(self, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: list[object] = []

        async def read(connection: object) -> list[object]:
            asked.append(connection)
            await asyncio.sleep(0.01)
            return []

        monkeypatch.setattr(jobs.counts, "read", read)
        async with serve() as served:
            await asyncio.gather(*(scrape(served.http) for _ in range(5)))
        assert len(asked) == 1


class TestConnections:
    async def test_open_ones_are_counted(self, serve: Serve) -> None:
        async with serve(connections_per_address=1) as served:
            address = f"ws://127.0.0.1:{served.http.base_url.port}/graphql"
            async with connect(address, subprotocols=[PROTOCOL]):
                await until(lambda: served.app.sockets.number == 1)
                with pytest.raises(InvalidStatus, match="429"):
                    await connect(address, subprotocols=[PROTOCOL])
                found = await scrape(served.http)
                assert found.value("clientele_connections", transport="websocket") == 1
                assert found.value("clientele_connections", transport="sse") == 0
                assert found.value("clientele_refusals_total", event="connection_refused", kind="address") >= 1
            await until(lambda: served.app.sockets.number == 0)
            assert (await scrape(served.http)).value("clientele_connections") == 0

    async def test_events_that_subscribers_have_not_taken(self, serve: Serve, world: World) -> None:
        solver = await world.solver()
        await world.ticket()
        async with serve() as served:
            listener = served.app.state.resources.listener
            queue = await listener.subscribe(TicketChanged)
            try:
                async with greeted(str(served.http.base_url).rstrip("/"), solver.graph.token) as wire:
                    await followed(served.app, 1, wire.ask("1", QUEUE))
                    listener.dispatch(TicketChanged(uuid4(), None, TicketStatus.OPEN))
                    for queues in listener._queues.values():
                        for one in queues - {queue}:
                            one.put(RESYNC)
                    assert "resync" in str(await wire.hear())
                    found = await scrape(served.http)
                assert found.value("clientele_subscriptions") == 2
                assert found.value("clientele_subscription_events_waiting") == len(queue) >= 1
                assert found.value("clientele_subscription_resyncs_total") == 1
                assert found.value("clientele_subscription_answers_total", made="alone") >= 1
                assert found.value("clientele_subscription_answers_total", made="together") == 0
            finally:
                queue.close()

    async def test_requests_that_run_and_wait(self, serve: Serve) -> None:
        async with serve(concurrent_requests=2) as served, AsyncExitStack() as held:
            slots = served.app.state.slots
            for _ in range(2):
                await held.enter_async_context(slots.slot({"path": "/graphql"}))
            waiting = asyncio.create_task(Graph(served.http)("{ supportedLanguages }"))
            await until(lambda: slots.waiting == 1)
            found = await scrape(served.http)
            assert found.value("clientele_requests", state="running") == 2
            assert found.value("clientele_requests", state="waiting") == 1
            await held.aclose()
            await waiting
            assert (await scrape(served.http)).value("clientele_requests") == 0


class TestOthers:
    async def test_documents_that_were_known(self, serve: Serve) -> None:
        async with serve() as served:
            for _ in range(3):
                await Graph(served.http)("{ supportedLanguages }")
            found = await scrape(served.http)
        assert found.value("graphql_document_cache_requests_total", result="miss") == 2
        assert found.value("graphql_document_cache_requests_total", result="hit") == 1
        assert found.value("graphql_cache_entries", cache="documents") == 1
        assert found.value("graphql_cache_bytes", cache="documents") > 0

    async def test_webhooks_by_outcome(self, serve: Serve, credentials: Secrets) -> None:
        async with serve() as served:
            send = Sender(served.http, credentials.clerk_webhook_secrets[0])
            for message_id in (first := f"msg_{word()}", first, f"msg_{word()}"):
                assert (await send("session.created", {}, message_id=message_id)).is_success
            assert (await send("user.created", {})).status_code == 500
            assert (await served.http.post("/webhooks/clerk", content=b"{}")).status_code == 400
            found = await scrape(served.http)
        outcomes = {
            sample.labels["outcome"]: sample.value
            for sample in found.samples
            if sample.name == "clientele_webhook_messages_total" and sample.labels["provider"] == "clerk"
        }
        assert outcomes == {
            "processed": 0, "ignored": 2, "duplicate": 1, "failed": 1, "signature_header_missing": 1,
        }  # fmt: skip

    async def test_keys_that_cannot_be_fetched(self, serve: Serve) -> None:
        """Nothing listens at port 9."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        token = jwt.encode({"iss": "http://127.0.0.1:9"}, key, "RS256", {"kid": "ins_unknown"})
        async with serve(clerk_issuer="http://127.0.0.1:9") as served:
            for _ in range(2):
                assert (await Graph(served.http, token).send("{ supportedLanguages }")).status_code == 503
            found = await scrape(served.http)
        assert found.value("clientele_jwks_fetch_failures_total", issuer="http://127.0.0.1:9") == 1
        assert "clientele_jwks_age_seconds" not in found.names, "they were never fetched"


class TestEventLoop:
    async def test_a_blocked_one_is_late(self) -> None:
        registry = CollectorRegistry()
        async with EventLoopLag(registry, 0.01).measured():
            await asyncio.sleep(0.05)
            time.sleep(0.3)  # noqa: ASYNC251 - this is what is measured
            await asyncio.sleep(0.05)
        found = Exposition(generate_latest(registry).decode())
        assert found.value("clientele_event_loop_lag_seconds_sum") > 0.25
