"""A payment between Checkout, Razorpay's books, its webhooks, admins and the timer: in the end it is what the books say.

Everything goes over HTTP: the mutations, the webhooks, and the calls of Razorpay's SDK to the sandbox. Webhooks come late,
several times, in any order, or not at all; then the comparison finds what they would have said.
"""

import asyncio
from typing import Any

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actions.account_reconciliation import compare_account
from actions.reconciliation import reconcile_due
from models.payments import AttemptStatus, RefundStatus
from payments.client import Razorpay
from tests.patience import SECONDS
from tests.payments import payments
from tests.payments.compared import compare
from tests.payments.model import Model, Paying
from tests.payments.sandbox import SandboxServer
from tests.payments.shopping import begin, key_of, money, order_id, refund, verify
from tests.payments.test_account_reconciliation import AT_ONCE
from tests.people import Person, World
from tests.webhooks.razorpay import Sender

OUTCOMES = st.sampled_from(("captured", "captured", "authorized", "failed"))
AMOUNTS = st.sampled_from((4_000, 10_000))
PLACE = st.integers(0, 9)
STEP = st.one_of(
    st.tuples(st.just("pay"), OUTCOMES),
    st.tuples(st.just("decide"), PLACE, OUTCOMES),
    st.tuples(st.just("verify"), PLACE),
    st.tuples(st.just("deliver"), st.lists(PLACE, min_size=1, max_size=5)),
    st.tuples(st.just("refund"), AMOUNTS),
    st.tuples(st.just("refund_at_razorpay"), PLACE, AMOUNTS),
    st.tuples(st.just("reconcile")),
)
GROUPS = st.lists(st.lists(STEP, min_size=1, max_size=4), min_size=1, max_size=6)
"""What happens one after the other, or up to four at the same moment."""
STALE = "UPDATE payment SET created_at = now() - interval '20 minutes', checked_at = NULL WHERE id = $1"
STATUSES = {"refunded": "CAPTURED"}


class Story:
    """An order that somebody pays, and those who have a say in it."""

    def __init__(self, world: World, sandbox: SandboxServer, razorpay: Razorpay, send: Sender) -> None:
        self.world, self.sandbox, self.razorpay, self.send = world, sandbox, razorpay, send
        self.signed: list[dict[str, Any]] = []
        self.attempts: list[str] = []

    async def begin(self) -> None:
        """Order something."""
        self.me, self.admin = await self.world.person(), await self.world.person(role="ADMIN")
        made = await begin(self.me, orderId=order_id(await payments.order(self.world, self.me)))
        self.id, self.order = made["payment"]["id"], made["checkout"]["orderId"]

    async def run(self, groups: list[list[Any]]) -> None:
        """Let everything happen."""
        for group in groups:
            async with asyncio.timeout(SECONDS):
                await asyncio.gather(*(getattr(self, name)(*values) for name, *values in group))

    async def pay(self, outcome: str) -> None:
        given = await self.sandbox.pay(self.order, outcome, again=True)
        if outcome == "failed":
            self.attempts.append(given["error"]["metadata"]["payment_id"])
        else:
            self.attempts.append(given["razorpay_payment_id"])
            self.signed.append(given)

    async def decide(self, place: int, outcome: str) -> None:
        if self.attempts:
            id = self.attempts[place % len(self.attempts)]
            await self.sandbox.ask("POST", f"/payments/{id}", {"status": outcome})

    async def verify(self, place: int) -> None:
        if self.signed:
            payload = await verify(self.me, self.signed[place % len(self.signed)])
            assert payload["userErrors"] == []

    async def deliver(self, places: list[int]) -> None:
        """Deliver some webhooks at once: each place is one of them, several times the same one under new ids."""
        found = await self.webhooks()
        chosen = [found[place % len(found)] for place in places if found]
        for answer in await asyncio.gather(*(self.send(orjson.dumps(one["event"])) for one in chosen)):
            assert answer.status_code == 200

    async def webhooks(self) -> list[Any]:
        """What Razorpay has to say of this order."""
        found = await self.sandbox.webhooks()
        return [one for one in found if one["event"]["payload"]["payment"]["entity"]["order_id"] == self.order]

    async def refund(self, amount: int) -> None:
        payload = await refund(self.admin, self.id, amount=money(f"{amount / 100:.2f}"))
        assert {one["__typename"] for one in payload["userErrors"]} <= {"RefundTooHighError", "PaymentProviderError"}

    async def refund_at_razorpay(self, place: int, amount: int) -> None:
        if self.attempts:
            id = self.attempts[place % len(self.attempts)]
            await self.sandbox.ask("POST", f"/v1/payments/{id}/refund", {"amount": amount})

    async def reconcile(self) -> None:
        """Compare with Razorpay, as the timer does for payments that nothing was heard of."""
        await self.world.execute(STALE, key_of(self.id))
        await reconcile_due(self.world.database, self.razorpay, lambda: False)
        await compare_account(self.world.database, self.razorpay, lambda: False, stale=AT_ONCE, everything=True)

    async def books(self) -> tuple[Model, Person]:
        """Give the model of what Razorpay's books have of this order."""
        model, books = Model(payments.AMOUNT, "AED"), await self.sandbox.books()
        for one in books["payments"]:
            if one["order_id"] != self.order:
                continue
            paying = Paying(one["id"], one["amount"], one["currency"])
            model.report(paying, AttemptStatus(STATUSES.get(one["status"], one["status"].upper())))
            for each in books["refunds"]:
                if each["payment_id"] == one["id"]:
                    model.refund(paying, each["id"], each["amount"], RefundStatus(each["status"].upper()))
        return model, self.me


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(groups=GROUPS, heard=st.booleans())
async def test_it_is_what_the_books_say(
    world: World, sandbox: SandboxServer, razorpay: Razorpay, send: Sender, groups: list[list[Any]], *, heard: bool
) -> None:
    """`heard`: in the end every webhook has come, so that nothing is left to compare."""
    await sandbox.behave(webhooks="hold")
    story = Story(world, sandbox, razorpay, send)
    await story.begin()
    await story.run(groups)
    if heard:
        for one in await story.webhooks():
            assert (await send(orjson.dumps(one["event"]))).status_code == 200
    else:
        await world.execute(STALE, key_of(story.id))
        await story.reconcile()
    model, me = await story.books()
    await compare(world, me, key_of(story.id), model)
