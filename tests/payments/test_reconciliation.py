"""Payments that nothing was heard of, compared with the sandbox."""

from datetime import timedelta
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from actions import reconciliation
from actions.reconciliation import Difference, Stale, reconcile_all, reconcile_due
from database.engine import Database
from errors.payments import PaymentProvider
from payments.client import Razorpay
from payments.entities import ProviderPayment
from payments.failures import NOT_WORKING
from sandbox import entities
from settings import Settings
from tests.jobs.queues import run_timer
from tests.payments import payments
from tests.payments.bought import PAID, Bought, buy
from tests.payments.payments import AMOUNT
from tests.payments.sandbox import SandboxServer
from tests.people import World

CANARY = "canary@example.com"
AT_ONCE = timedelta(0)


@pytest.fixture(autouse=True)
async def _nothing_else(world: World, sandbox: SandboxServer) -> None:
    """Only payments of the test are unsettled, and no webhook arrives."""
    await world.execute("UPDATE payment SET created_at = created_at - interval '100 days'")
    await world.execute("UPDATE refund SET status = 'FAILED' WHERE status = 'PENDING'")
    await sandbox.behave(webhooks="hold")


async def stale(world: World, razorpay: Razorpay) -> Bought:
    """A payment of twenty minutes ago."""
    bought = await buy(world, razorpay)
    await world.execute(
        "UPDATE payment SET created_at = now() - interval '20 minutes' WHERE id = $1", bought.payment_id
    )
    return bought


async def due(database: Database, razorpay: Razorpay) -> list[tuple[str, str]]:
    """What a run of the timer finds otherwise."""
    found = await reconcile_due(database, razorpay, lambda: False)
    assert found.errors == []
    return [(one.was, one.now) for one in found.differences]


class TestTimer:
    async def test_paid_meanwhile(
        self, world: World, database: Database, razorpay: Razorpay, sandbox: SandboxServer, settings: Settings
    ) -> None:
        bought, fresh, unpaid = await stale(world, razorpay), await buy(world, razorpay), await stale(world, razorpay)
        for one in (bought, fresh):
            await sandbox.pay(one.order_id)
        with capture_logs() as logs:
            await run_timer("payments.reconcile", settings, database)
        assert [await one.facts() for one in (bought, fresh, unpaid)] == [PAID, *[("PENDING", "PENDING", 0)] * 2]
        (line,) = [line for line in logs if line["event"] == "payment_differed"]
        assert (line["payment"], line["was"], line["now"]) == (str(bought.payment_id), "PENDING", "COMPLETED")
        (line,) = [line for line in logs if line["event"] == "payments_reconciled"]
        assert (line["checked"], line["differences"], line["errors"]) == (2, 1, 0)

    async def test_failed_is_not_final(
        self, world: World, database: Database, razorpay: Razorpay, sandbox: SandboxServer
    ) -> None:
        bought = await stale(world, razorpay)
        failed = await sandbox.pay(bought.order_id, "failed")
        assert await due(database, razorpay) == [("PENDING", "FAILED")]
        await sandbox.move(failed["error"]["metadata"]["payment_id"], "captured")
        assert await due(database, razorpay) == [], "it has just been looked at"
        await world.execute(
            "UPDATE payment SET checked_at = now() - interval '1 hour' WHERE id = $1", bought.payment_id
        )
        assert await due(database, razorpay) == [("FAILED", "COMPLETED")]
        assert await bought.facts() == PAID

    async def test_an_order_whose_reply_was_lost(
        self, world: World, database: Database, razorpay: Razorpay, sandbox: SandboxServer
    ) -> None:
        bought = await stale(world, razorpay)
        await world.execute("UPDATE payment SET razorpay_order_id = NULL WHERE id = $1", bought.payment_id)
        await sandbox.pay(bought.order_id)
        assert await due(database, razorpay) == [("PENDING, without an order", "COMPLETED")]
        assert await bought.facts() == PAID

    async def test_pauses_grow(self, world: World, database: Database, razorpay: Razorpay) -> None:
        bought = await stale(world, razorpay)
        since = "UPDATE payment SET checked_at = now() - $2::interval, created_at = now() - $3::interval WHERE id = $1"
        for checked, created, is_due in (
            (14, 30, False), (16, 30, True), (50, 120, False), (70, 120, True),
            (23 * 60, 13 * 24 * 60, False), (25 * 60, 13 * 24 * 60, True), (25 * 60, 15 * 24 * 60, False),
        ):  # fmt: skip
            minutes = timedelta(minutes=checked), timedelta(minutes=created)
            await world.execute(since, bought.payment_id, *minutes)
            found = await reconcile_due(database, razorpay, lambda: False)
            assert found.checked == is_due, (checked, created)

    async def test_in_bounded_runs_that_end_with_the_process(
        self, world: World, database: Database, razorpay: Razorpay, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for _ in range(3):
            await stale(world, razorpay)
        found = await reconcile_due(database, razorpay, lambda: True)
        assert (found.checked, found.is_cut_short) == (0, True)
        for number in (2, 1, 0):
            monkeypatch.setattr(reconciliation, "CHOOSE_DUE", limited(2))
            assert (await reconcile_due(database, razorpay, lambda: False)).checked == number

    async def test_razorpay_down(
        self, world: World, database: Database, razorpay: Razorpay, sandbox: SandboxServer
    ) -> None:
        """The run ends at the first that cannot be asked; the next one asks of others first."""
        for _ in range(2):
            await stale(world, razorpay)
        await sandbox.behave(reply="html", webhooks="hold")
        found = await reconcile_due(database, razorpay, lambda: False)
        assert (found.checked, len(found.errors), found.is_cut_short) == (0, 1, True)
        await sandbox.behave(webhooks="hold")
        assert (await reconcile_due(database, razorpay, lambda: False)).checked == 1
        await world.execute("UPDATE payment SET checked_at = now() - interval '1 hour' WHERE checked_at IS NOT NULL")
        assert (await reconcile_due(database, razorpay, lambda: False)).checked == 2

    async def test_one_that_razorpay_cannot_answer_for_holds_up_nobody(
        self,
        world: World,
        database: Database,
        razorpay: Razorpay,
        sandbox: SandboxServer,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """It has an error for one order in every run, whatever it says of the others."""
        strange, bought = await stale(world, razorpay), await stale(world, razorpay)
        await sandbox.pay(bought.order_id)
        fetch = razorpay.fetch_payments

        async def fetch_others(order_id: str) -> list[ProviderPayment]:
            if order_id == strange.order_id:
                raise PaymentProvider(NOT_WORKING, status=500)
            return await fetch(order_id)

        monkeypatch.setattr(razorpay, "fetch_payments", fetch_others)
        found = [await reconcile_due(database, razorpay, lambda: False) for _ in range(2)]
        assert [id for id, _ in found[0].errors] == [strange.payment_id]
        assert (found[1].errors, found[1].checked) == ([], 1)
        assert await bought.facts() == PAID

    async def test_an_unexpected_error_for_one_holds_up_nobody(
        self,
        world: World,
        database: Database,
        razorpay: Razorpay,
        sandbox: SandboxServer,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        strange, bought = await stale(world, razorpay), await stale(world, razorpay)
        await sandbox.pay(bought.order_id)
        check = reconciliation._check

        async def check_others(database: Database, razorpay: Razorpay, one: Stale) -> list[Difference]:
            if one.id == strange.payment_id:
                raise ZeroDivisionError(CANARY)
            return await check(database, razorpay, one)

        monkeypatch.setattr(reconciliation, "_check", check_others)
        with capture_logs() as logs:
            found = await reconcile_due(database, razorpay, lambda: False)
        assert (list(found.errors), found.checked) == ([(strange.payment_id, reconciliation.UNEXPECTED)], 2)
        assert await bought.facts() == PAID
        (line,) = [line for line in logs if line["event"] == "payment_check_failed"]
        assert (line["id"], line["error"]) == (str(strange.payment_id), "ZeroDivisionError")
        assert CANARY not in str(line)
        assert (await reconcile_due(database, razorpay, lambda: False)).checked == 0, "both have been looked at"

    async def test_one_that_razorpay_refuses_holds_up_nobody(
        self, world: World, database: Database, razorpay: Razorpay, sandbox: SandboxServer
    ) -> None:
        strange, bought = await stale(world, razorpay), await stale(world, razorpay)
        other = f"order_{uuid4().hex[:14]}"
        await world.execute("UPDATE payment SET razorpay_order_id = $2 WHERE id = $1", strange.payment_id, other)
        await sandbox.pay(bought.order_id)
        found = await reconcile_due(database, razorpay, lambda: False)
        assert ([id for id, _ in found.errors], found.checked) == ([strange.payment_id], 2)
        assert await bought.facts() == PAID


def limited(number: int) -> object:
    """The statement of the timer, with a smaller batch."""
    from sqlalchemy import func, or_

    from actions.reconciliation import CHOOSE, PAUSE, payment
    from database.compiled import Compiled

    due = or_(payment.checked_at.is_(None), payment.checked_at < func.now() - PAUSE)
    return Compiled(CHOOSE.where(due).limit(number))


class TestRefunds:
    REQUEST = "INSERT INTO refund (id, payment_id, razorpay_payment_id, amount_minor, created_at) VALUES ($1, $2, $3, $4, now() - interval '1 hour')"

    async def requested(self, world: World, bought: Bought, paid: str, amount: int) -> str:
        id = uuid4()
        await world.execute(self.REQUEST, id, bought.payment_id, paid, amount)
        return str(id)

    async def status(self, world: World, id: str) -> tuple[str, bool]:
        row = await world.database.pool.fetchrow("SELECT status, razorpay_refund_id FROM refund WHERE id = $1", id)
        return row["status"], row["razorpay_refund_id"] is not None

    async def test_pending_ones(
        self, world: World, database: Database, razorpay: Razorpay, sandbox: SandboxServer
    ) -> None:
        """One that Razorpay has done meanwhile, one whose reply was lost, one that never reached it, one too many."""
        bought = await buy(world, razorpay)
        paid = (await sandbox.pay(bought.order_id))["razorpay_payment_id"]
        await world.execute(
            "UPDATE payment SET created_at = now() - interval '20 minutes' WHERE id = $1", bought.payment_id
        )
        assert await due(database, razorpay) == [("PENDING", "COMPLETED")]
        lost = await self.requested(world, bought, paid, 1_000)
        await razorpay.create_refund(paid, 1_000, lost)
        never = await self.requested(world, bought, paid, 2_000)
        await world.execute("UPDATE payment SET checked_at = NULL WHERE id = $1", bought.payment_id)
        assert await due(database, razorpay) == [("COMPLETED", "PARTIALLY_REFUNDED, 3000 refunded")]
        assert [await self.status(world, id) for id in (lost, never)] == [("PROCESSED", True)] * 2
        too_much = await self.requested(world, bought, paid, 8_000)
        await world.execute("UPDATE payment SET checked_at = NULL WHERE id = $1", bought.payment_id)
        found = await reconcile_due(database, razorpay, lambda: False)
        assert [reason for _, reason in found.errors] == [
            "The payment provider has refused this: The total refund amount is greater than the refund payment amount"
        ]
        assert await self.status(world, too_much) == ("FAILED", False)
        assert len(await razorpay.fetch_refunds(paid)) == 2
        assert (await reconcile_due(database, razorpay, lambda: False)).checked == 0

    async def test_of_money_that_came_without_an_order(
        self, world: World, database: Database, razorpay: Razorpay, sandbox: SandboxServer
    ) -> None:
        """One whose reply was lost, one that never reached Razorpay."""
        with sandbox.sandbox.store.transaction() as books:
            paid = books.add(entities.payment(None, AMOUNT, "AED", None) | {"status": "captured", "captured": True})[
                "id"
            ]
        unknown = await payments.Razorpay(world, None).report(paid, "CAPTURED")
        assert unknown
        bought = Bought(world, unknown, "", await world.person())
        lost, never = [await self.requested(world, bought, paid, amount) for amount in (1_000, 2_000)]
        await razorpay.create_refund(paid, 1_000, lost)
        assert (await reconcile_due(database, razorpay, lambda: False)).errors == []
        assert [await self.status(world, id) for id in (lost, never)] == [("PROCESSED", True)] * 2
        assert sum(one.amount_minor for one in await razorpay.fetch_refunds(paid)) == 3_000


async def test_all_at_once_by_hand(
    world: World, database: Database, razorpay: Razorpay, sandbox: SandboxServer
) -> None:
    """What the command does: batch by batch, each payment once, also those whose pause is not over."""
    made = [await stale(world, razorpay) for _ in range(3)]
    for bought in made:
        await sandbox.pay(bought.order_id)
    await world.execute("UPDATE payment SET checked_at = now() WHERE id = $1", made[0].payment_id)
    runs = [found async for found in reconcile_all(database, razorpay)]
    assert [found.checked for found in runs] == [3, 0]
    assert {await bought.facts() for bought in made} == {PAID}
    assert [found.checked async for found in reconcile_all(database, razorpay, AT_ONCE)] == [0]
