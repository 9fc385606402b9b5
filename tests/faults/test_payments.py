"""`kill -9` of the server between each two steps of a payment and its refund: afterwards our books are those of Razorpay."""

import asyncio
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import orjson

from actions.reconciliation import reconcile_all
from payments.client import Razorpay
from sandbox.deliveries import sign
from settings import Settings
from tests.faults.servers import ENVIRONMENT, is_ready
from tests.graph import Graph
from tests.patience import SECONDS
from tests.payments.sandbox import SandboxServer
from tests.people import Person, World, word
from tests.processes import Process

SCRIPT = Path(__file__).with_name("dying_server.py")
AT_ONCE = 4
AMOUNT, REFUNDED = 12_000, 5_000
STEPS = [
    "before COMMIT", "after COMMIT", "before create_order", "after create_order", "before COMMIT", "after COMMIT",
    "before fetch_payment", "after fetch_payment", "before COMMIT", "after COMMIT",
    *["before COMMIT", "after COMMIT"] * 3,
    "before COMMIT", "after COMMIT", "before create_refund", "after create_refund", "before COMMIT", "after COMMIT",
    *["before COMMIT", "after COMMIT"] * 2,
]  # fmt: skip
"""createPayment, verifyPayment, three webhooks, refundPayment, two webhooks."""
CREATE = """mutation ($input: CreatePaymentInput!) { createPayment(input: $input) {
    payment { id status } checkout { orderId } userErrors { message } } }"""
VERIFY = """mutation ($input: VerifyPaymentInput!) { verifyPayment(input: $input) {
    payment { id status } userErrors { message } } }"""
REFUND = """mutation ($input: RefundPaymentInput!) { refundPayment(input: $input) {
    payment { id status } userErrors { message } } }"""
OURS = """
    SELECT payment.id::text, payment.status, payment.flag, payment.refunded_minor,
        (SELECT count(*) FROM receipt WHERE payment_id = payment.id) AS receipts,
        (SELECT coalesce(sum(amount_minor), 0) FROM refund WHERE payment_id = payment.id AND status = 'PROCESSED') AS refunds
    FROM payment WHERE customer_id = $1
"""
AGED = (
    "UPDATE payment SET created_at = created_at - interval '20 minutes', lease_until = NULL WHERE customer_id = $1",
    """UPDATE refund SET created_at = created_at - interval '20 minutes', lease_until = NULL
    WHERE payment_id IN (SELECT id FROM payment WHERE customer_id = $1)""",
)


@dataclass
class Story:
    """Somebody pays something, and gets a part of it back. Each step can be repeated."""

    world: World
    sandbox: SandboxServer
    me: Person
    admin: Person
    name: str = field(default_factory=word)
    signed: dict[str, str] = field(default_factory=dict)
    sent: set[int] = field(default_factory=set)

    async def walk(self, address: str) -> None:
        """Go through all of it, at the server at an address; raises `httpx2.TransportError` where that dies."""
        self.sent.clear()
        async with httpx2.AsyncClient(base_url=address, timeout=SECONDS) as http:
            mine, theirs = Graph(http, self.me.graph.token), Graph(http, self.admin.graph.token)
            given: Any = {
                "amount": {"amount": "120.00", "currencyCode": "AED"}, "description": self.name, "idempotencyKey": self.name,
            }  # fmt: skip
            made = (await mine(CREATE, input=given))["createPayment"]
            assert made["userErrors"] == [], made
            if not self.signed:
                self.signed = await self.sandbox.pay(made["checkout"]["orderId"])
            names = ("razorpayOrderId", "razorpayPaymentId", "razorpaySignature")
            verified = await mine(VERIFY, input=dict(zip(names, self.signed.values(), strict=True)))
            assert verified["verifyPayment"]["userErrors"] == [], verified
            await self.deliver(http)
            payment = made["payment"]["id"]
            back = {"paymentId": payment, "amount": {"amount": "50.00", "currencyCode": "AED"}}
            refunded = await theirs(REFUND, input=back | {"idempotencyKey": self.name})
            assert refunded["refundPayment"]["userErrors"] == [], refunded
            await self.deliver(http)

    async def deliver(self, http: httpx2.AsyncClient) -> None:
        """Send the webhooks that Razorpay has for it."""
        for one in await self.sandbox.webhooks():
            event = one["event"]
            if one["number"] in self.sent:
                continue
            self.sent.add(one["number"])
            if event["payload"]["payment"]["entity"]["order_id"] == self.signed.get("razorpay_order_id"):
                body = orjson.dumps(event)
                signature = sign(body, self.sandbox.keys.webhook_secrets[0])
                headers = {"x-razorpay-signature": signature, "x-razorpay-event-id": one["event_id"]}
                answer = await http.post("/webhooks/razorpay", content=body, headers=headers)
                assert answer.status_code == 200, answer.text

    async def check(self, *, whole: bool) -> None:
        """Compare our books with those of Razorpay."""
        rows = await self.world.database.pool.fetch(OURS, self.me.key)
        books = await self.sandbox.books()
        assert len(rows) <= 1, "one payment, however often it was begun"
        mine = {row["id"] for row in rows}
        orders = {one["id"]: one for one in books["orders"] if one["receipt"] in mine}
        assert len(orders) <= len(rows), "one order, however often it was asked for"
        captured = [one for one in books["payments"] if one["order_id"] in orders and one["captured"]]
        back = sum(one["amount_refunded"] for one in captured)
        for row in rows:
            expected = ("PARTIALLY_REFUNDED" if back else "COMPLETED") if captured else "PENDING"
            assert (row["status"], row["flag"], row["receipts"]) == (expected, None, len(captured))
            assert row["refunds"] == row["refunded_minor"] == back
        if whole:
            assert (len(rows), len(captured), back) == (1, 1, REFUNDED)


async def test_killed_between_each_two_steps(
    world: World, settings: Settings, sandbox: SandboxServer, razorpay: Razorpay, database_url: str, tmp_path: Path,
    http: httpx2.AsyncClient,
) -> None:  # fmt: skip
    """The server is killed at one step; another one reconciles, and goes on when the customer tries again."""
    await sandbox.behave(webhooks="hold")
    variables = ENVIRONMENT | {
        "DATABASE_URL": database_url, "PUBLIC_URL": settings.server.public_url, "RAZORPAY_URL": sandbox.url,
        "PAYMENTS_PER_MINUTE": "1000",
    }  # fmt: skip
    slots = asyncio.Semaphore(AT_ONCE)
    survivor = str(http.base_url).rstrip("/")

    async def die_at(number: int) -> list[str]:
        async with slots:
            story = Story(world, sandbox, await world.person(), await world.person(role="ADMIN"))
            folder = tmp_path / str(number)
            folder.mkdir()
            points = folder / "points"
            process = Process(
                settings.data_folder, folder, (SCRIPT, str(number), "serve"), FAULT_POINTS=str(points), **variables
            )
            try:
                assert await is_ready(process), process.text()
                before = points.read_text().count("\n") if points.exists() else 0
                assert before == 0, "the points begin with the payment"
                try:
                    await story.walk(process.address)
                    assert number == 0, f"point {number} was not passed"
                except httpx2.TransportError:
                    assert process.child.wait(SECONDS) == -signal.SIGKILL, process.text()
            finally:
                if process.child.poll() is None:
                    process.end(signal.SIGKILL)
                process.said.close()
            passed = points.read_text().splitlines()
            for statement in AGED:
                await world.execute(statement, story.me.key)
            errors = [one async for found in reconcile_all(world.database, razorpay) for one in found.errors]
            assert [id for id, _ in errors if id in await keys(world, story.me)] == []
            await story.check(whole=number == 0)
            await story.walk(survivor)
            await story.check(whole=True)
            return passed

    assert await die_at(0) == STEPS
    for passed in await asyncio.gather(*(die_at(number) for number in range(1, len(STEPS) + 1))):
        assert passed == STEPS[: len(passed)]


async def keys(world: World, me: Person) -> list[Any]:
    """The payments of somebody."""

    return [
        row["id"] for row in await world.database.pool.fetch("SELECT id FROM payment WHERE customer_id = $1", me.key)
    ]
