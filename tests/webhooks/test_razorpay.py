"""`POST /webhooks/razorpay` over HTTP: signatures, bodies, and which messages have an effect."""

import asyncio
import hmac
from uuid import uuid4

import httpx2
import orjson
import pytest
from starlette.datastructures import Headers
from structlog.testing import capture_logs

from auth.secrets import RazorpayKeys, Secrets
from database.engine import Database
from models.inbox import WebhookStatus
from payments.client import Razorpay
from tests.customers.accounts import message
from tests.patience import SECONDS
from tests.payments.bought import PAID, buy
from tests.people import World
from tests.webhooks.razorpay import ADDRESS, Sender, event, payment
from webhooks import inbox, providers
from webhooks import razorpay as webhook

FIFTY = 50


class TestSignature:
    """Strangers get a 400 that says why, and nothing happens."""

    @pytest.fixture
    def body(self) -> bytes:
        return event("payment.captured", payment=payment("order_1"))

    async def refused(self, http: httpx2.AsyncClient, body: bytes, headers: list[tuple[str, str | bytes]]) -> str:
        answer = await http.post(ADDRESS, content=body, headers=headers)
        assert answer.status_code == 400
        assert answer.json()["detail"].endswith(".")
        return str(answer.json()["code"])

    async def test_missing_or_several(self, http: httpx2.AsyncClient, send: Sender, body: bytes) -> None:
        name, good = "x-razorpay-signature", send.headers(body)["x-razorpay-signature"]
        for headers in ([], [(name, "")], [(name, good), (name, good)]):
            assert await self.refused(http, body, headers) == "signature_header_missing"

    @pytest.mark.parametrize(
        "wrong", ["x", "0", "0" * 63, "0" * 65, "g" * 64, "0" * 64 + " 0", "v1,abc", "{good}", b"\xff" * 64, "{upper}"]
    )
    async def test_malformed(self, http: httpx2.AsyncClient, send: Sender, body: bytes, wrong: str | bytes) -> None:
        good = send.headers(body)["x-razorpay-signature"]
        value = wrong.format(good=f"{good}0", upper=good.upper()) if isinstance(wrong, str) else wrong
        assert await self.refused(http, body, [("x-razorpay-signature", value)]) == "signature_malformed"

    async def test_of_something_else(self, http: httpx2.AsyncClient, send: Sender, body: bytes) -> None:
        good = send.headers(body)["x-razorpay-signature"]
        sha1 = hmac.digest(b"another", body, "sha256").hex()
        for changed_body, signature in ((body + b" ", good), (body, "0" * 64), (body, sha1)):
            assert await self.refused(http, changed_body, [("x-razorpay-signature", signature)]) == "signature_mismatch"

    async def test_event_id(self, http: httpx2.AsyncClient, send: Sender, body: bytes) -> None:
        signature = ("x-razorpay-signature", send.headers(body)["x-razorpay-signature"])
        for id in ("a b", "x" * 101, "../x", "é"):
            given = [signature, ("x-razorpay-event-id", id.encode())]
            assert await self.refused(http, body, given) == "message_id_malformed"
        given = [signature, ("x-razorpay-event-id", "1"), ("x-razorpay-event-id", "2")]
        assert await self.refused(http, body, given) == "message_id_malformed"

    def test_current_and_previous_secret(self, body: bytes) -> None:
        secrets = Secrets("", (), razorpay=RazorpayKeys("rzp_test_1", "", ("new", "old")))
        for secret in ("new", "old"):
            digest = hmac.digest(secret.encode(), body, "sha256").hex()
            headers = Headers({"x-razorpay-signature": digest, "x-razorpay-event-id": "evt1"})
            assert webhook.verify(headers, body, secrets) == "evt1"


class TestDelivery:
    async def test_fifty_at_once(
        self, world: World, database: Database, razorpay: Razorpay, send: Sender, http: httpx2.AsyncClient
    ) -> None:
        bought, event_id = await buy(world, razorpay), uuid4().hex
        body = event("payment.captured", payment=payment(bought.order_id))

        async def once() -> httpx2.Response:
            async with httpx2.AsyncClient(base_url=http.base_url, timeout=SECONDS, verify=False) as own:
                return await own.post(ADDRESS, content=body, headers=send.headers(body, event_id))

        answers = await asyncio.gather(*(once() for _ in range(FIFTY)))
        assert [answer.status_code for answer in answers] == [200] * FIFTY
        assert sorted(answer.json()["status"] for answer in answers) == ["duplicate"] * (FIFTY - 1) + ["processed"]
        assert await bought.facts() == PAID
        kept = await message(database, event_id)
        assert kept is not None
        assert (kept.status, kept.attempts, kept.body) == (WebhookStatus.PROCESSED, 1, b"")

    async def test_the_same_report_under_fifty_ids(
        self, world: World, database: Database, razorpay: Razorpay, send: Sender
    ) -> None:
        """The id of an event is not signed: whoever has a message could send it under others."""
        bought = await buy(world, razorpay)
        body = event("payment.captured", payment=payment(bought.order_id))
        ids = [uuid4().hex for _ in range(FIFTY)]
        answers = await asyncio.gather(*(send(body, id) for id in ids))
        assert sorted(answer.json()["status"] for answer in answers) == ["duplicate"] * (FIFTY - 1) + ["processed"]
        assert await bought.facts() == PAID
        rows = [kept.status for id in ids if (kept := await message(database, id))]
        assert sorted(rows) == sorted([WebhookStatus.IGNORED] * (FIFTY - 1) + [WebhookStatus.PROCESSED])

    async def test_without_an_id(
        self, world: World, razorpay: Razorpay, send: Sender, http: httpx2.AsyncClient
    ) -> None:
        bought = await buy(world, razorpay)
        body = event("payment.captured", payment=payment(bought.order_id))
        headers = {"x-razorpay-signature": send.headers(body)["x-razorpay-signature"]}
        statuses = [(await http.post(ADDRESS, content=body, headers=headers)).json()["status"] for _ in range(2)]
        assert statuses == ["processed", "duplicate"]
        assert await bought.facts() == PAID

    async def test_an_id_that_another_message_had(self, world: World, razorpay: Razorpay, send: Sender) -> None:
        """Nothing is done, and nothing is recorded that would keep the message out under its own id."""
        bought, event_id = await buy(world, razorpay), uuid4().hex
        assert (await send(event("payout.processed"), event_id)).json()["status"] == "ignored"
        body = event("payment.captured", payment=payment(bought.order_id))
        assert (await send(body, event_id)).json()["status"] == "duplicate"
        assert (await send(body)).json()["status"] == "processed"
        assert await bought.facts() == PAID

    @pytest.mark.parametrize(
        "kind", ["payment.dispute.created", "refund.speed_changed", "invoice.paid", "order.notification.delivered"]
    )
    async def test_others_are_acknowledged(self, send: Sender, database: Database, kind: str) -> None:
        event_id = uuid4().hex
        assert (await send(event(kind), event_id)).json() == {"status": "ignored"}
        kept = await message(database, event_id)
        assert kept is not None
        assert (kept.kind, kept.status) == (kind, WebhookStatus.IGNORED)

    async def test_one_that_takes_too_long_is_sent_again(self, world: World, razorpay: Razorpay, send: Sender) -> None:
        """Razorpay waits for five seconds; an operation of this server may take a hundred."""
        bought = await buy(world, razorpay)
        body, event_id = event("payment.captured", payment=payment(bought.order_id)), uuid4().hex
        async with world.database.pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT FROM payment WHERE id = $1 FOR UPDATE", bought.payment_id)
            answer = await send(body, event_id)
            assert (answer.status_code, answer.json()["code"]) == (503, "effect_too_slow")
        assert (await send(body, event_id)).json() == {"status": "processed"}
        assert await bought.facts() == PAID


NONSENSE = [
    b"", b"x", b"\xff\xfe", b"null", b"[]", b'{"event":7}', b"[" * 5_000, b'{"event":"\\u0000"}',
    event("payment.captured"), event("payment.captured", payment=7), event("payment.captured", payment=[]),
    event("payment.captured", payment={}), event("refund.processed", payment=payment("order_1")),
    *(event("payment.captured", payment=payment("order_1", amount)) for amount in
      ("10000", 10_000.0, 1e400, True, None, -1, 10**12 + 1, 10**19, 10**30, [10_000], {"amount": 10_000})),
    *(event("payment.captured", payment=payment("order_1", currency=currency)) for currency in
      (None, "inr", "INRX", 7, "", "\u0000\u0000\u0000")),
    *(event("payment.captured", payment=payment("order_1") | values) for values in
      ({"id": 7}, {"id": "order_1"}, {"id": "pay_\u0000"}, {"id": "pay_" + "1" * 99}, {"id": "pay_1/../2"}, {"status": "paid"}, {"status": None},
       {"order_id": 7}, {"order_id": "pay_1"})),
    event("order.paid", order={"id": "order_2", "amount": 1, "currency": "AED"}, payment=payment("order_1")),
    event("refund.processed", refund={"id": "rfnd_1", "payment_id": "pay_1", "amount": "1", "currency": "AED", "status": "processed"}),
]  # fmt: skip


class TestNonsense:
    """Signed, and yet not what Razorpay documents: kept and acknowledged, since errors would end all messages."""

    @pytest.mark.parametrize("body", NONSENSE, ids=range(len(NONSENSE)))
    async def test_is_kept_and_acknowledged(self, send: Sender, database: Database, body: bytes) -> None:
        event_id = uuid4().hex
        with capture_logs() as logs:
            answer = await send(body, event_id)
        assert (answer.status_code, answer.json()) == (200, {"status": "failed"})
        kept = await message(database, event_id)
        assert kept is not None
        assert (kept.status, kept.attempts) == (WebhookStatus.FAILED, 1)
        assert str(kept.error).startswith("PayloadUnusable: ")
        assert [line["event"] for line in logs if line["event"] == "webhook_failed"] == ["webhook_failed"]
        assert b"sandbox.example" not in kept.body

    async def test_no_payment_is_made_of_it(self, world: World, razorpay: Razorpay, send: Sender) -> None:
        bought = await buy(world, razorpay)
        for amount in ("10000", 10_000.0, True, 10**19):
            await send(event("payment.captured", payment=payment(bought.order_id, amount)))
        assert await bought.facts() == ("PENDING", "PENDING", 0)

    async def test_a_failed_one_is_replayed_without_personal_data(
        self, world: World, razorpay: Razorpay, send: Sender, database: Database
    ) -> None:
        bought, event_id, trouble = await buy(world, razorpay), uuid4().hex, f"no_{uuid4().hex[:8]}"
        body = event(
            "payment.captured", payment=payment(bought.order_id, email="canary@example.com", notes={"a": "canary"})
        )
        await alter(database, f"ADD CONSTRAINT {trouble} CHECK (payment_id <> '{bought.payment_id}') NOT VALID")
        try:
            with capture_logs() as logs:
                answer = await send(body, event_id)
            assert (answer.status_code, answer.json()["code"]) == (500, "effect_failed")
            assert await bought.facts() == ("PENDING", "PENDING", 0)
            kept = await message(database, event_id)
            assert kept is not None
            assert "canary" not in f"{kept.body!r} {logs} {answer.text}"
            assert orjson.loads(kept.body)["payload"]["payment"]["entity"]["amount"] == 10_000
        finally:
            await alter(database, f"DROP CONSTRAINT {trouble}")
        (again,) = await inbox.replay(database, providers.PROVIDERS, event_id)
        assert again.outcome == "processed"
        assert await bought.facts() == PAID
        assert (await send(body, event_id)).json()["status"] == "duplicate"
        assert (await send(body)).json()["status"] == "duplicate"


async def alter(database: Database, change: str) -> None:
    """Change the table of receipts."""
    async with database.pool.acquire() as connection:
        await connection.execute("SET lock_timeout = 0")
        await connection.execute(f"ALTER TABLE receipt {change}")
        await connection.execute("RESET lock_timeout")
