"""Whatever is reported of a payment, in whatever order, how often and how much at once: it is what the model says.

Verification, webhooks, refunds and reconciliation all report by the same two actions. A crash is a transaction that is
rolled back; what it would have done is reported again later, or never.
"""

import asyncio
from contextlib import suppress
from typing import Any
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actions.payments import Attempt, settle
from actions.refunds import RefundReport, settle_refund
from models.payment_transitions import TRANSITIONS, Report, next_status
from models.payments import AttemptStatus, Payment, PaymentStatus, RefundStatus
from tests.patience import SECONDS
from tests.payments.compared import compare
from tests.payments.model import Model, Paying
from tests.payments.payments import AMOUNT, for_order, now
from tests.people import Person, World

OTHER = st.sampled_from([(AMOUNT, "AED")] * 4 + [(1, "AED"), (AMOUNT, "USD")])
REPORT = st.tuples(
    st.just("report"),
    st.integers(0, 2),
    st.sampled_from(AttemptStatus),
    st.sampled_from(("webhook", "order.paid", "verify")),
)
REFUND = st.tuples(
    st.just("refund"),
    st.integers(0, 2),
    st.integers(0, 1),
    st.sampled_from(RefundStatus),
    st.sampled_from((1, 4_000, AMOUNT)),
)
RECONCILE = st.tuples(st.just("reconcile"))
STEP = st.tuples(st.booleans() | st.just(False), REPORT | REPORT | REFUND | RECONCILE)
"""Whether its transaction is rolled back, and what is reported."""
GROUPS = st.lists(st.lists(STEP, min_size=1, max_size=3), min_size=1, max_size=6)
"""Reports that arrive one after the other, or up to three at the same moment."""


class Crash(Exception):
    """The process is gone before the COMMIT."""


class Story:
    """A payment with three attempts to pay it, and what the model knows of it."""

    def __init__(self, world: World, me: Person, payment: Payment, kinds: list[tuple[int, str]]) -> None:
        self.world, self.me, self.payment = world, me, payment
        unique = uuid4().hex
        self.attempts = [Paying(f"pay_{unique}{place}", *kind) for place, kind in enumerate(kinds)]
        self.model = Model(payment.amount_minor, payment.currency)

    async def run(self, groups: list[list[Any]]) -> None:
        """Let everything happen, and compare after each group."""
        for group in groups:
            async with asyncio.timeout(SECONDS):
                await asyncio.gather(*(self._transactions(step, crashes=crashes) for crashes, step in group))
            for crashes, step in group:
                if not crashes:
                    self._learn(step)
            await compare(self.world, self.me, self.payment.id, self.model)

    async def _transactions(self, step: Any, *, crashes: bool) -> None:
        for report in self._reports(step):
            with suppress(Crash):
                async with self.world.database.transaction() as tx:
                    await (settle if isinstance(report, Attempt) else settle_refund)(tx, report)  # type: ignore[operator]
                    if crashes:
                        raise Crash

    def _reports(self, step: Any) -> list[Attempt | RefundReport]:
        kind, *given = step
        if kind == "refund":
            place, number, status, amount = given
            of = self.attempts[place]
            name = f"rfnd_{of.name}{number}{amount}"
            return [RefundReport(name, of.name, amount, of.currency, status, None)]
        if kind == "reconcile":
            return [
                self._attempt(one, status, "webhook") for one, status in sorted(self.model.attempts.items(), key=str)
            ]
        place, status, by = given
        return [self._attempt(self.attempts[place], status, by)]

    def _attempt(self, of: Paying, status: AttemptStatus, by: str) -> Attempt:
        signed = by == "verify" and status is AttemptStatus.AUTHORIZED
        amount, currency = (None, None) if signed else (of.amount, of.currency)
        order = None if by == "order.paid" else self.payment.razorpay_order_id
        receipt = str(self.payment.id) if by == "order.paid" else None
        return Attempt(of.name, order, status, amount, currency, receipt=receipt)

    def _learn(self, step: Any) -> None:
        kind, *given = step
        if kind == "report":
            self.model.report(self.attempts[given[0]], given[1])
        elif kind == "refund":
            of = self.attempts[given[0]]
            self.model.refund(of, f"{given[1]}{given[3]}", given[3], given[2])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(kinds=st.lists(OTHER, min_size=3, max_size=3), groups=GROUPS)
async def test_it_is_what_the_model_says(world: World, kinds: list[tuple[int, str]], groups: list[list[Any]]) -> None:
    me = await world.person()
    story = Story(world, me, await for_order(world, me), kinds)
    await story.run(groups)
    before = await now(world, story.payment)
    await story.run([[(False, step)] for group in groups for crashes, step in group if not crashes])
    assert await now(world, story.payment) == before, "the same reports once more change nothing"


@given(status=st.sampled_from(PaymentStatus), report=st.sampled_from(Report))
def test_a_completed_payment_never_falls_back(status: PaymentStatus, report: Report) -> None:
    order = [PaymentStatus.COMPLETED, PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUNDED]
    if status in order:
        assert next_status(status, report) in order[order.index(status) :]
    moves = [(move.report, of) for move in TRANSITIONS for of in move.of]
    assert len(moves) == len(set(moves)), "two moves for one report"
