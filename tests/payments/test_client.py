"""The official SDK against the sandbox over HTTP: what is asked, and what becomes of each failure."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from auth.secrets import Secrets
from errors.payments import PaymentProvider, PaymentRejected
from payments.client import MAX_LISTED, Razorpay, signature_of
from payments.entities import ProviderPaymentStatus, ProviderRefundStatus
from sandbox import account, entities
from settings import Settings
from tests.payments.clients import TIMEOUT, impatient, paid
from tests.payments.sandbox import SandboxServer


class TestOrders:
    async def test_one_for_each_payment(self, razorpay: Razorpay, sandbox: SandboxServer) -> None:
        payment_id = uuid4()
        made = await razorpay.create_order(payment_id, 50_000, "INR", {"number": "OR-1"})
        assert await razorpay.create_order(payment_id, 50_000, "INR") == made
        found = await razorpay.find_order(str(payment_id))
        assert found is not None
        assert (found.id, found.amount_minor, found.currency, found.receipt) == (made, 50_000, "INR", str(payment_id))
        (kept,) = [one for one in (await sandbox.books())["orders"] if one["receipt"] == str(payment_id)]
        assert kept["notes"] == {"number": "OR-1"}
        assert await razorpay.find_order(str(uuid4())) is None

    @pytest.mark.parametrize("same_receipt", ["refuse", "return"])
    @pytest.mark.parametrize("reply", ["lost", "html", "not_json", "server_error", "gateway_error"])
    async def test_whose_reply_was_lost(
        self, razorpay: Razorpay, sandbox: SandboxServer, reply: str, same_receipt: str
    ) -> None:
        payment_id = uuid4()
        await sandbox.behave(reply=reply, on="POST /v1/orders", times=1, same_receipt=same_receipt)
        made = await razorpay.create_order(payment_id, 50_000, "INR")
        orders = [one["id"] for one in (await sandbox.books())["orders"] if one["receipt"] == str(payment_id)]
        assert orders == [made]

    async def test_that_was_not_made(self, razorpay: Razorpay, sandbox: SandboxServer) -> None:
        await sandbox.behave(reply="server_error", done=False, on="POST /v1/orders", times=1)
        payment_id = uuid4()
        made = await razorpay.create_order(payment_id, 50_000, "INR")
        assert made == (await razorpay.find_order(str(payment_id))).id  # type: ignore[union-attr]

    async def test_that_comes_too_late_is_found(self, settings: Settings, sandbox: SandboxServer) -> None:
        payment_id, client = uuid4(), impatient(settings, sandbox)
        await sandbox.behave(delay_seconds=1.5, on="POST /v1/orders", times=1, same_receipt="duplicate")
        with pytest.raises(PaymentProvider) as caught:
            await client.create_order(payment_id, 50_000, "INR")
        assert (caught.value.reason, caught.value.maybe_done, caught.value.retryable) == (TIMEOUT, True, True)
        made = await client.create_order(payment_id, 50_000, "INR", repeated=True)
        assert [one["id"] for one in (await sandbox.books())["orders"] if one["receipt"] == str(payment_id)] == [made]
        await client.close()

    async def test_of_another_amount_is_not_used(self, razorpay: Razorpay) -> None:
        payment_id = uuid4()
        await razorpay.create_order(payment_id, 50_000, "INR")
        for other in ((50_001, "INR"), (50_000, "USD")):
            with pytest.raises(PaymentRejected):
                await razorpay.create_order(payment_id, *other)

    async def test_refused(self, razorpay: Razorpay) -> None:
        with capture_logs() as logs, pytest.raises(PaymentRejected) as caught:
            await razorpay.create_order(uuid4(), 7, "INR")
        assert caught.value.message.endswith(": Order amount less than minimum amount allowed")
        assert (caught.value.retryable, caught.value.status) == (False, 400)
        (line,) = [line for line in logs if line["event"] == "payment_call_failed"]
        assert line["provider_reason"] == "amount_less_than_minimum_amount"
        assert "minimum amount allowed" not in str(line)


class TestPayments:
    async def test_listed_and_fetched(self, razorpay: Razorpay, sandbox: SandboxServer) -> None:
        order_id = await razorpay.create_order(uuid4(), 50_000, "INR")
        assert await razorpay.fetch_payments(order_id) == []
        failed = await sandbox.pay(order_id, "failed")
        signed = await sandbox.pay(order_id)
        second, first = await razorpay.fetch_payments(order_id)
        assert (first.id, first.status) == (failed["error"]["metadata"]["payment_id"], ProviderPaymentStatus.FAILED)
        assert first.failure_reason == "Your payment was declined by the bank."
        assert second == await razorpay.fetch_payment(signed["razorpay_payment_id"])
        assert (second.status, second.amount_minor, second.failure_reason) == ("captured", 50_000, None)
        assert razorpay.verify_signature(*signed.values())
        for wrong in (
            "",
            "0" * 64,
            signed["razorpay_signature"].upper(),
            "é",
            "\ud800",
            signed["razorpay_signature"] + " ",
        ):
            assert not razorpay.verify_signature(order_id, second.id, wrong)
        assert not razorpay.verify_signature(order_id, first.id, signed["razorpay_signature"])

    @pytest.mark.parametrize(
        "id", ["", "pay_", "pay_a/../../orders", "pay_1?x=1", "order_1", "pay_" + "1" * 50, "pay_é"]
    )
    async def test_what_is_no_id_never_reaches_razorpay(self, razorpay: Razorpay, id: str) -> None:
        with pytest.raises(PaymentRejected):
            await razorpay.fetch_payment(id)
        assert razorpay.calls is not None
        assert not any(razorpay.calls.outcomes.values())

    async def test_unknown(self, razorpay: Razorpay) -> None:
        with pytest.raises(PaymentRejected):
            await razorpay.fetch_payment("pay_00000000000000")


class TestRefunds:
    async def test_once_for_a_key(self, razorpay: Razorpay, sandbox: SandboxServer) -> None:
        payment_id, key = (await paid(razorpay, sandbox))["razorpay_payment_id"], str(uuid4())
        await sandbox.behave(reply="lost", on="POST /v1/payments", times=1)
        first = await razorpay.create_refund(payment_id, 20_000, key)
        assert await razorpay.create_refund(payment_id, 20_000, key) == first
        assert (str(first.refund_id), first.status, first.amount_minor) == (key, ProviderRefundStatus.PROCESSED, 20_000)
        assert await razorpay.fetch_refunds(payment_id) == [first]
        with pytest.raises(PaymentRejected):
            await razorpay.create_refund(payment_id, 20_001, key)
        with pytest.raises(PaymentRejected, match="greater than"):
            await razorpay.create_refund(payment_id, 30_001, str(uuid4()))


def test_the_signature_is_that_of_the_sdk(credentials: Secrets) -> None:
    from razorpay import Client

    assert credentials.razorpay
    keys = credentials.razorpay
    signed = {"razorpay_order_id": "order_1", "razorpay_payment_id": "pay_1"}
    signed["razorpay_signature"] = signature_of(*signed.values(), keys.key_secret)
    with Client(auth=(keys.key_id, keys.key_secret)).session as session:
        assert Client(session, (keys.key_id, keys.key_secret)).utility.verify_payment_signature(signed)


async def test_a_page_of_payments_with_the_longest_notes(razorpay: Razorpay, sandbox: SandboxServer) -> None:
    """Whoever uses the same account may write them."""
    made = datetime(2001, 1, 1, tzinfo=UTC)
    notes = {f"note {number}": "\N{GRINNING FACE}" * account.MAX_NOTE_CHARS for number in range(account.MAX_NOTES)}
    with sandbox.sandbox.store.transaction() as books:
        for _ in range(MAX_LISTED):
            books.add(entities.payment(None, 1_000, "INR", notes) | {"created_at": int(made.timestamp())})
    (page, _) = [page async for page in razorpay.list_payments(made, made + timedelta(seconds=1))]
    assert len(page) == MAX_LISTED
    with sandbox.sandbox.store.transaction() as books:
        books.db.executemany("DELETE FROM entity WHERE id = ?", [(one.id,) for one in page])
