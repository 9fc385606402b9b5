"""What is in the account at Razorpay, and whose webhooks never came: refunds made at its dashboard, and second payments."""

from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from actions import account_reconciliation
from actions.account_reconciliation import PERIOD, AccountFound, compare_account
from database.engine import Database
from database.transactions import Transaction
from errors.payments import PaymentProvider
from payments import client
from payments.client import Razorpay
from settings import Settings
from tests.jobs.queues import run_timer
from tests.payments import payments
from tests.payments.payments import facts, spending
from tests.payments.sandbox import SandboxServer
from tests.payments.shopping import VISIT, begin, key_of, order_id, paid, verify
from tests.people import Person, World

AT_ONCE = timedelta(seconds=-2)
"""Razorpay's times are whole seconds."""


@pytest.fixture(autouse=True)
async def _nothing_else(world: World, sandbox: SandboxServer) -> None:
    """Only refunds of the test are not known, and no webhook arrives."""
    await sandbox.behave()
    await sandbox.delivered()
    await sandbox.behave(webhooks="hold")
    await world.execute("UPDATE payment SET created_at = created_at - interval '100 days'")
    await world.execute("DELETE FROM account_compared")
    with sandbox.sandbox.store.transaction() as books:
        books.db.execute("DELETE FROM entity WHERE kind IN ('payment', 'refund')")


async def compare(database: Database, razorpay: Razorpay, **how: Any) -> AccountFound:
    """Compare all refunds that there are."""
    return await compare_account(database, razorpay, lambda: False, stale=AT_ONCE, **how)


async def refund_at_dashboard(sandbox: SandboxServer, attempt: str, amount: int) -> str:
    """Refund a part of a payment, as somebody does at the dashboard; gives Razorpay's id of the refund."""
    return (await sandbox.do("POST", f"/v1/payments/{attempt}/refund", {"amount": amount}))["id"]  # type: ignore[no-any-return]


async def bought(world: World, sandbox: SandboxServer) -> tuple[Person, Any, str]:
    """Buy something; gives the customer, our id, and Razorpay's of the attempt."""
    me = await world.person()
    key, attempt = await paid(world, sandbox, me, orderId=order_id(await payments.order(world, me)))
    return me, key_of(key), attempt


async def outcome(world: World, key: Any) -> tuple[str, int]:
    """Read the status of a payment, and how much of it was refunded."""
    return tuple(await world.database.pool.fetchrow("SELECT status, refunded_minor FROM payment WHERE id = $1", key))


async def test_found_once(world: World, database: Database, razorpay: Razorpay, sandbox: SandboxServer) -> None:
    me, key, attempt = await bought(world, sandbox)
    first = await refund_at_dashboard(sandbox, attempt, 4_000)
    assert await compare(database, razorpay) == AccountFound([first])
    assert await outcome(world, key) == ("PARTIALLY_REFUNDED", 4_000)
    second = await refund_at_dashboard(sandbox, attempt, 6_000)
    with capture_logs() as logs:
        assert await compare(database, razorpay) == AccountFound([second])
    assert [line["id"] for line in logs if line["event"] == "account_differed"] == [second]
    assert await outcome(world, key) == ("REFUNDED", 10_000)
    assert await spending(world, me) == await facts(world, me) == {"AED": (0, 0, 0)}
    assert await compare(database, razorpay, everything=True) == AccountFound()


async def test_paid_a_second_time(world: World, database: Database, razorpay: Razorpay, sandbox: SandboxServer) -> None:
    """Of a completed payment Razorpay is not asked any more, and yet somebody may have paid in another tab."""
    _, key, attempt = await bought(world, sandbox)
    order = await world.value("SELECT razorpay_order_id FROM payment WHERE id = $1", key)
    second = (await sandbox.pay(order, again=True))["razorpay_payment_id"]
    assert (await compare(database, razorpay)).differences == [second]
    assert await world.value("SELECT flag FROM payment WHERE id = $1", key) == "SECOND_CAPTURE"
    assert await world.value("SELECT razorpay_payment_id FROM payment WHERE id = $1", key) == attempt
    assert (await compare(database, razorpay)).differences == []


async def test_paid_a_second_time_days_after_it_failed(
    world: World, database: Database, razorpay: Razorpay, sandbox: SandboxServer
) -> None:
    """Attempts are listed by the time when they were made, and are read again when they are older."""
    _, key, _ = await bought(world, sandbox)
    order = await world.value("SELECT razorpay_order_id FROM payment WHERE id = $1", key)
    failed = await sandbox.pay(order, "failed", again=True)
    late = failed["error"]["metadata"]["payment_id"]
    with sandbox.sandbox.store.transaction() as books:
        entity = books.find("payment", late) or {}
        books.change(entity, created_at=entity["created_at"] - 24 * 3_600 - 600)
    await compare(database, razorpay)
    assert await world.value("SELECT flag FROM payment WHERE id = $1", key) is None
    await sandbox.move(late, "captured")
    assert (await compare(database, razorpay)).differences == [late]
    assert await world.value("SELECT flag FROM payment WHERE id = $1", key) == "SECOND_CAPTURE"


async def test_of_an_order_that_nobody_knows(
    world: World, database: Database, razorpay: Razorpay, sandbox: SandboxServer
) -> None:
    """Money is recorded for admins to look at; an attempt that failed is not."""
    await bought(world, sandbox)
    order = (await sandbox.do("POST", "/v1/orders", {"amount": 5_000, "currency": "AED"}))["id"]
    await sandbox.pay(order, "failed")
    paid_by = (await sandbox.pay(order))["razorpay_payment_id"]
    assert (await compare(database, razorpay)).differences == [paid_by]
    sql = "SELECT status, flag FROM payment WHERE razorpay_order_id = $1"
    assert tuple(await world.database.pool.fetchrow(sql, order)) == ("COMPLETED", "UNKNOWN_ORDER")


async def test_what_has_ended_meanwhile(
    world: World, database: Database, razorpay: Razorpay, sandbox: SandboxServer
) -> None:
    _, key, attempt = await bought(world, sandbox)
    await sandbox.behave(webhooks="hold", refunds="pending")
    refund = await refund_at_dashboard(sandbox, attempt, 4_000)
    assert (await compare(database, razorpay)).differences == [refund]
    assert await outcome(world, key) == ("COMPLETED", 0)
    await sandbox.do("POST", f"/refunds/{refund}", {"status": "processed"})
    assert (await compare(database, razorpay)).differences == [refund]
    assert await outcome(world, key) == ("PARTIALLY_REFUNDED", 4_000)


async def test_several_pages_and_days(
    world: World, database: Database, razorpay: Razorpay, sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also what was requested while the server did not run for two days."""
    monkeypatch.setattr(client, "MAX_LISTED", 2)
    _, key, attempt = await bought(world, sandbox)
    made = [await refund_at_dashboard(sandbox, attempt, 100) for _ in range(5)]
    await world.execute("INSERT INTO account_compared (until) VALUES (now() - interval '60 hours')")
    assert sorted((await compare(database, razorpay)).differences) == sorted(made)
    assert await outcome(world, key) == ("PARTIALLY_REFUNDED", 500)
    until = await world.value("SELECT until > now() - interval '1 minute' FROM account_compared")
    assert until


async def test_what_was_read_is_not_read_again(
    world: World, database: Database, razorpay: Razorpay, sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that Razorpay cuts short goes on where it was."""
    spans, listed = list[timedelta](), razorpay.list_refunds

    def listing(since: Any, until: Any) -> Any:
        spans.append(until - since)
        if len(spans) == 3:
            raise PaymentProvider("Razorpay is down.")
        return listed(since, until)

    monkeypatch.setattr(razorpay, "list_refunds", listing)
    with pytest.raises(PaymentProvider):
        await compare(database, razorpay)
    assert spans == [PERIOD] * 3
    spans[:] = [PERIOD] * 3  # the third has failed
    await compare(database, razorpay)
    days = account_reconciliation.GIVEN_UP.days
    assert sum((spans[3:]), timedelta()) == pytest.approx(timedelta(days=days - 2, hours=1), abs=timedelta(minutes=1))
    spans[3:] = []
    await compare(database, razorpay)
    assert sum((spans[3:]), timedelta()) == pytest.approx(timedelta(hours=1), abs=timedelta(minutes=1))


@pytest.mark.parametrize(("until", "days"), [(-20, 16), (30, 0)])
async def test_a_long_pause_and_a_clock_that_was_ahead(
    world: World, database: Database, razorpay: Razorpay, sandbox: SandboxServer, until: int, days: int
) -> None:
    _, key, attempt = await bought(world, sandbox)
    refund = await refund_at_dashboard(sandbox, attempt, 4_000)
    with sandbox.sandbox.store.transaction() as books:
        entity = books.find("refund", refund) or {}
        books.change(entity, created_at=entity["created_at"] - days * 24 * 3_600)
    await world.execute("INSERT INTO account_compared (until) VALUES (now() + $1)", timedelta(days=until))
    assert (await compare(database, razorpay)).differences == [refund]
    assert await outcome(world, key) == ("PARTIALLY_REFUNDED", 4_000)


async def test_what_is_new_is_left_to_webhooks(
    world: World, database: Database, razorpay: Razorpay, sandbox: SandboxServer
) -> None:
    _, key, attempt = await bought(world, sandbox)
    await refund_at_dashboard(sandbox, attempt, 4_000)
    assert (await compare_account(database, razorpay, lambda: False)).differences == []
    assert await outcome(world, key) == ("COMPLETED", 0)


async def test_money_that_was_never_captured(
    world: World, database: Database, razorpay: Razorpay, sandbox: SandboxServer
) -> None:
    """Razorpay gives it back by itself: that is no refund of ours."""
    me = await world.person()
    given = await sandbox.pay((await begin(me, **VISIT))["checkout"]["orderId"], "authorized")
    payment = (await verify(me, given))["payment"]
    attempt = given["razorpay_payment_id"]
    with sandbox.sandbox.store.transaction() as books:
        entity = books.find("payment", attempt)
        assert entity
        books.change(entity, status="captured")
    await refund_at_dashboard(sandbox, attempt, 12_950)
    assert (await compare(database, razorpay)).differences == [attempt]
    assert await outcome(world, key_of(payment["id"])) == ("FAILED", 0)
    assert await world.value("SELECT count(*) FROM refund WHERE razorpay_payment_id = $1", attempt) == 0


async def test_strange_ones_hold_up_nobody(
    world: World, database: Database, razorpay: Razorpay, sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is not as documented, one of a payment that Razorpay does not know, and one with an unexpected error."""
    _, key, attempt = await bought(world, sandbox)
    made = [await refund_at_dashboard(sandbox, attempt, 100) for _ in range(4)]
    with sandbox.sandbox.store.transaction() as books:
        strange, lost, *_ = (books.find("refund", id) or {} for id in made)
        books.change(strange, amount="100")
        books.change(lost, payment_id="pay_unknown")
    settle = account_reconciliation.settle_refunded

    async def settle_others(tx: Transaction, found: Any, paid: Any) -> None:
        if found.id == made[2]:
            raise ZeroDivisionError
        await settle(tx, found, paid)

    monkeypatch.setattr(account_reconciliation, "settle_refunded", settle_others)
    with capture_logs() as logs:
        found = await compare(database, razorpay)
    assert (found.differences, {id for id, _ in found.errors}) == ([made[3]], {made[1], made[2]})
    assert {"payment_entity_unusable", "payment_check_failed"} <= {line["event"] for line in logs}
    assert await outcome(world, key) == ("PARTIALLY_REFUNDED", 100)


async def test_a_refund_of_a_strange_payment_holds_up_nobody(
    world: World, database: Database, razorpay: Razorpay, sandbox: SandboxServer
) -> None:
    (_, _, strange), (_, key, attempt) = await bought(world, sandbox), await bought(world, sandbox)
    made = [await refund_at_dashboard(sandbox, one, 100) for one in (strange, attempt)]
    with sandbox.sandbox.store.transaction() as books:
        books.change(books.find("payment", strange) or {}, amount="100")
    found = await compare(database, razorpay)
    assert (found.differences, [id for id, _ in found.errors]) == ([made[1]], [made[0]])
    assert await outcome(world, key) == ("PARTIALLY_REFUNDED", 100)
    assert await world.value("SELECT count(*) FROM account_compared"), "to ask again is of no use"


async def test_one_that_razorpay_cannot_answer_for_is_asked_again(
    world: World, database: Database, razorpay: Razorpay, sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It holds up nobody, and is not forgotten, however late Razorpay can answer again."""
    (_, held, lost), (_, key, attempt) = await bought(world, sandbox), await bought(world, sandbox)
    made = [await refund_at_dashboard(sandbox, one, 100) for one in (lost, attempt)]
    with sandbox.sandbox.store.transaction() as books:
        for refund in made:
            entity = books.find("refund", refund) or {}
            books.change(entity, created_at=entity["created_at"] - 2 * 24 * 3_600)
    fetch = razorpay.fetch_payment

    async def fetch_others(id: str) -> Any:
        if id == lost:
            raise PaymentProvider("An error of one payment.", status=500)
        return await fetch(id)

    with monkeypatch.context() as patched:
        patched.setattr(razorpay, "fetch_payment", fetch_others)
        for differences in ([made[1]], []):
            found = await compare(database, razorpay)
            assert (found.differences, [id for id, _ in found.errors]) == (differences, [made[0]])
    assert [await outcome(world, one) for one in (held, key)] == [("COMPLETED", 0), ("PARTIALLY_REFUNDED", 100)]
    assert (await compare(database, razorpay)).differences == [made[0]]
    assert (await compare(database, razorpay)) == AccountFound()


async def test_by_the_timer(
    world: World, database: Database, razorpay: Razorpay, sandbox: SandboxServer, settings: Settings
) -> None:
    """Beside payments; while Razorpay is down, one error is enough."""
    _, key, attempt = await bought(world, sandbox)
    refund = await refund_at_dashboard(sandbox, attempt, 4_000)
    with sandbox.sandbox.store.transaction() as books:
        entity = books.find("refund", refund)
        assert entity
        books.change(entity, created_at=entity["created_at"] - 3_600)
    await sandbox.behave(webhooks="hold", reply="html")
    with capture_logs() as logs:
        await run_timer("payments.reconcile", settings, database)
    assert [line["event"] for line in logs if line["log_level"] != "info"] == ["payment_call_failed"] * 2, "tried twice"
    await sandbox.behave(webhooks="hold")
    await run_timer("payments.reconcile", settings, database)
    assert await outcome(world, key) == ("PARTIALLY_REFUNDED", 4_000)
