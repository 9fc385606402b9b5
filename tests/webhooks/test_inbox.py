"""One message, one effect; a failed one is kept, listed and replayed."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx2
import pytest
from structlog.testing import capture_logs

import application
from actions import accounts
from auth.secrets import Secrets
from database.engine import Database
from models.inbox import WebhookStatus
from settings import Settings
from tests.conftest import serving
from tests.customers.accounts import T1, T2, customer, customers, message, new_user
from tests.patience import SECONDS
from tests.variables import changed
from tests.webhooks.clerk import ADDRESS, Sender, event, signed, user
from webhooks import clerk, inbox

FIFTY = 50


@pytest.fixture
def deliver(http: httpx2.AsyncClient, credentials: Secrets) -> Sender:
    """Send events as Svix does."""
    return Sender(http, credentials.clerk_webhook_secrets[0])


@pytest.fixture
async def impatient(settings: Settings, credentials: Secrets, database_url: str) -> AsyncIterator[Sender]:
    """Send them to a server that hardly waits for a lock."""
    app = application.create(changed(settings, lock_seconds=0.2), credentials, database_url)
    async with serving(app) as url, httpx2.AsyncClient(base_url=url, timeout=SECONDS) as http:
        yield Sender(http, credentials.clerk_webhook_secrets[0])


class TestInbox:
    """A4: one message, one effect; a failed one is kept, listed and replayed."""

    async def test_fifty_at_once_over_fifty_connections(
        self, database: Database, http: httpx2.AsyncClient, credentials: Secrets
    ) -> None:
        clerk_id, message_id = new_user(), f"msg_{uuid4().hex}"
        body = event("user.created", user(clerk_id, updated_at=T1))
        headers = signed(credentials.clerk_webhook_secrets[0], body, message_id=message_id)

        async def once() -> httpx2.Response:
            async with httpx2.AsyncClient(base_url=http.base_url, timeout=SECONDS, verify=False) as own:
                return await own.post(ADDRESS, content=body, headers=headers)

        answers = await asyncio.gather(*(once() for _ in range(FIFTY)))
        assert [answer.status_code for answer in answers] == [200] * FIFTY
        statuses = sorted(answer.json()["status"] for answer in answers)
        assert statuses == ["duplicate"] * (FIFTY - 1) + ["processed"]
        await customer(database, clerk_id)
        kept = await message(database, message_id)
        assert kept is not None
        assert (kept.status, kept.attempts, kept.body) == (WebhookStatus.PROCESSED, 1, b"")

    @pytest.mark.parametrize("kind", ["session.created", "organization.created", "user.banned"])
    async def test_others_are_recorded(self, database: Database, deliver: Sender, kind: str) -> None:
        message_id = f"msg_{uuid4().hex}"
        assert (await deliver(kind, {"id": "x"}, message_id=message_id)).json() == {"status": "ignored"}
        assert (await deliver(kind, {"id": "x"}, message_id=message_id)).json() == {"status": "duplicate"}
        kept = await message(database, message_id)
        assert kept is not None
        assert (kept.kind, kept.status) == (kind, WebhookStatus.IGNORED)

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"x",
            b"null",
            b"[]",
            b"7",
            b'"x"',
            b"{}",
            b'{"type":7}',
            b'{"type":"user.created"}',
            b'{"type":"user.created","data":[]}',
            b'{"type":"\\u0000"}',
            b'{"type":"user.created","data":{}}',
            b'{"type":"user.deleted","data":{"id":7}}',
            b"[" * 5_000,
            b'{"type":"user.updated","data":{"id":"user_1"}}',
            b'{"type":"user.updated","data":{"id":"user_1","updated_at":true}}',
            b'{"type":"user.updated","data":{"id":"user_1","updated_at":1e400}}',
            b'{"type":"user.deleted","data":{"id":"../a b"}}',
        ],
    )
    async def test_signed_nonsense_is_kept(
        self, database: Database, http: httpx2.AsyncClient, credentials: Secrets, body: bytes
    ) -> None:
        message_id = f"msg_{uuid4().hex}"
        headers = signed(credentials.clerk_webhook_secrets[0], body, message_id=message_id)
        answer = await http.post(ADDRESS, content=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (500, "effect_failed")
        assert answer.json()["reference"]
        kept = await message(database, message_id)
        assert kept is not None
        assert (kept.status, kept.body, kept.attempts) == (WebhookStatus.FAILED, body, 1)
        assert str(kept.error).startswith("PayloadUnusable: ")

    async def test_failed_listed_replayed(self, database: Database, deliver: Sender) -> None:
        clerk_id, message_id = new_user(), f"msg_{uuid4().hex}"
        data = user(clerk_id, updated_at=T1, first_name="Canary")
        trouble = f"no_{uuid4().hex[:8]}"
        await alter(database, f"ADD CONSTRAINT {trouble} CHECK (clerk_id <> '{clerk_id}') NOT VALID")
        try:
            for attempt in (1, 2):
                with capture_logs() as logged:
                    answer = await deliver("user.created", data, message_id=message_id)
                assert answer.status_code == 500
                assert trouble in str(logged)
                assert answer.json()["reference"] in str(logged)
                assert "Canary" not in str(logged) + answer.text
                assert "layla@example.com" not in str(logged) + answer.text
                kept = await message(database, message_id)
                assert kept is not None
                assert (kept.status, kept.attempts) == (WebhookStatus.FAILED, attempt)
                assert trouble in str(kept.error)
            assert await customers(database, clerk_id) == []
            [failed] = [each for each in await inbox.listing(database) if each.id == message_id]
            assert (failed.kind, failed.attempts) == ("user.created", 2)
            [again] = await inbox.replay(database, [clerk.PROVIDER], message_id)
            assert again.outcome == "failed"
        finally:
            await alter(database, f"DROP CONSTRAINT {trouble}")
        [again] = await inbox.replay(database, [clerk.PROVIDER], message_id)
        assert again.outcome == "processed"
        assert (await customer(database, clerk_id)).name == "Canary Haddad"
        assert await inbox.replay(database, [clerk.PROVIDER], message_id) == []
        assert (await deliver("user.created", data, message_id=message_id)).json() == {"status": "duplicate"}
        kept = await message(database, message_id)
        assert kept is not None
        assert (kept.status, kept.attempts, kept.error, kept.body) == (WebhookStatus.PROCESSED, 4, None, b"")

    async def test_a_lock_that_is_held_too_long(self, database: Database, impatient: Sender) -> None:
        clerk_id, message_id = new_user(), f"msg_{uuid4().hex}"
        async with database.transaction() as session:
            await accounts.lock_clerk_user(session, clerk_id)
            answer = await impatient("user.created", user(clerk_id, updated_at=T1), message_id=message_id)
            assert (answer.status_code, answer.json()["code"]) == (503, "effect_failed")
        answer = await impatient("user.created", user(clerk_id, updated_at=T1), message_id=message_id)
        assert answer.json() == {"status": "processed"}

    async def test_an_effect_that_takes_too_long(
        self, database: Database, deliver: Sender, settings: Settings, credentials: Secrets, database_url: str
    ) -> None:
        clerk_id, message_id = new_user(), f"msg_{uuid4().hex}"
        app = application.create(changed(settings, operation_seconds=0.5), credentials, database_url)
        async with serving(app) as url, httpx2.AsyncClient(base_url=url, timeout=SECONDS) as http:
            hurried = Sender(http, credentials.clerk_webhook_secrets[0])
            async with database.transaction() as session:
                await accounts.lock_clerk_user(session, clerk_id)
                answer = await hurried("user.created", user(clerk_id, updated_at=T1), message_id=message_id)
                assert (answer.status_code, answer.json()["code"]) == (503, "effect_too_slow")
                assert answer.headers["retry-after"]
        answer = await deliver("user.created", user(clerk_id, updated_at=T1), message_id=message_id)
        assert answer.json() == {"status": "processed"}

    async def test_replay_of_all_keeps_the_order(self, database: Database, impatient: Sender) -> None:
        clerk_id = new_user()
        async with database.transaction() as session:
            await accounts.lock_clerk_user(session, clerk_id)
            first = impatient("user.created", user(clerk_id, updated_at=T1))
            second = impatient("user.updated", user(clerk_id, updated_at=T2, first_name="Newer"))
            answers = await asyncio.gather(first, second)
        assert [answer.status_code for answer in answers] == [503, 503]
        outcomes = await inbox.replay(database, [clerk.PROVIDER])
        assert [each.outcome for each in outcomes if each.error is None] == ["processed"] * 2
        assert (await customer(database, clerk_id)).name == "Newer Haddad"


async def alter(database: Database, change: str) -> None:
    """Change the table of customers."""
    async with database.pool.acquire() as connection:
        await connection.execute("SET lock_timeout = 0")
        await connection.execute(f"ALTER TABLE customer {change}")
        await connection.execute("RESET lock_timeout")
