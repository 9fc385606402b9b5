"""`refundPayment`: by admins, partly or wholly, and never more than was captured."""

import asyncio
from typing import Any

import pytest

from tests.graph import only
from tests.payments import payments
from tests.payments.sandbox import SandboxServer
from tests.payments.shopping import VISIT, begin, key_of, money, order_id, paid, refund, refunded_at
from tests.people import Person, World, word


async def twice(world: World, sandbox: SandboxServer, **how: Any) -> tuple[Person, str, list[str]]:
    """Pay an order twice; gives the customer, our id, and Razorpay's ids of both attempts."""
    me = await world.person()
    key, first = await paid(world, sandbox, me, orderId=order_id(await payments.order(world, me)))
    await sandbox.delivered()
    order = await world.value("SELECT razorpay_order_id FROM payment WHERE id = $1", key_of(key))
    given = await sandbox.pay(order, again=True, **how)
    await sandbox.delivered()
    return me, key, [first, given["razorpay_payment_id"]]


def refused(payload: Any) -> tuple[str, str]:
    """Give the field and the words of an error that says that nothing can be refunded."""
    error = payload["userErrors"][0]
    assert (only(payload), error["refundable"]) == ("RefundTooHighError", "0.00")
    known = "no money of this payment was captured", "no money with this flag", "Nothing can be refunded now"
    return error["field"][-1], next(words for words in known if words in error["message"])


class TestWho:
    """Admins and owners."""

    async def test_others(self, world: World, sandbox: SandboxServer) -> None:
        me = await world.person()
        key, attempt = await paid(world, sandbox, me)
        assert only(await world.nobody.mutate("refundPayment", "payment { id }", paymentId=key)) == "SignedOutError"
        for who in (me, await world.person(), await world.solver()):
            payload = await refund(who, key)
            assert only(payload) == "NotAllowedError"
            assert payload["userErrors"][0]["requiredRole"] == "ADMIN"
        assert await refunded_at(sandbox, attempt) == 0

    @pytest.mark.parametrize("sent", ["x", "", "9" * 20])
    async def test_unknown(self, world: World, sent: str) -> None:
        payload = await refund(await world.person(role="ADMIN"), sent)
        assert (only(payload), payload["userErrors"][0]["field"]) == ("NotFoundError", ["input", "paymentId"])


class TestAmount:
    """Of what was captured."""

    async def test_wholly(self, world: World, sandbox: SandboxServer) -> None:
        me, admin = await world.person(), await world.person(role="ADMIN")
        key, attempt = await paid(world, sandbox, me, orderId=order_id(await payments.order(world, me)))
        payment = (await refund(admin, key))["payment"]
        assert (payment["status"], payment["refunded"]["amount"]) == ("REFUNDED", "100.00")
        assert (payment["order"]["status"], payment["viewerCanRefund"]) == ("REFUNDED", False)
        assert payment["refunds"] == [{"status": "PROCESSED", "amount": money("100.00")}]
        payload = await refund(admin, key)
        assert (only(payload), payload["userErrors"][0]["refundable"]) == ("RefundTooHighError", "0.00")
        await sandbox.delivered()
        assert await refunded_at(sandbox, attempt) == 10_000
        assert await payments.spending(world, me) == {"AED": (0, 0, 0)}

    async def test_partly_then_the_rest(self, world: World, sandbox: SandboxServer) -> None:
        me, admin = await world.person(), await world.person(role="OWNER")
        key, attempt = await paid(world, sandbox, me)
        payment = (await refund(admin, key, amount=money("29.50")))["payment"]
        assert (payment["status"], payment["refunded"]["amount"]) == ("PARTIALLY_REFUNDED", "29.50")
        payload = await refund(admin, key, amount=money("100.01"))
        (problem,) = payload["userErrors"]
        assert (problem["refundable"], problem["currencyCode"]) == ("100.00", "AED")
        assert problem["field"] == ["input", "amount"]
        assert (await refund(admin, key))["payment"]["status"] == "REFUNDED"
        assert await refunded_at(sandbox, attempt) == 12_950

    @pytest.mark.parametrize("amount", [money("0"), money("-1"), money("0.001"), money("1", "INR"), money("1", "x")])
    async def test_wrong(self, world: World, sandbox: SandboxServer, amount: dict[str, str]) -> None:
        key, attempt = await paid(world, sandbox, await world.person())
        payload = await refund(await world.person(role="ADMIN"), key, amount=amount)
        assert only(payload) == "InvalidInputError"
        assert payload["userErrors"][0]["field"][:2] == ["input", "amount"]
        assert await refunded_at(sandbox, attempt) == 0

    async def test_not_paid(self, world: World, sandbox: SandboxServer) -> None:
        made = await begin(await world.person(), **VISIT)
        admin, key = await world.person(role="ADMIN"), made["payment"]["id"]
        for how in ({}, {"flag": "SECOND_CAPTURE"}):
            assert refused(await refund(admin, key, **how)) == ("paymentId", "no money of this payment was captured")

    async def test_no_money_with_the_flag(self, world: World, sandbox: SandboxServer) -> None:
        admin = await world.person(role="ADMIN")
        key, _ = await paid(world, sandbox, await world.person())
        payload = await refund(admin, key, flag="SECOND_CAPTURE")
        assert refused(payload) == ("flag", "no money with this flag")

    async def test_all_of_it_was_flagged(self, world: World, sandbox: SandboxServer) -> None:
        """It was completed, and all was given back."""
        me, admin = await world.person(), await world.person(role="ADMIN")
        order = await payments.order(world, me)
        begun = await begin(me, orderId=order_id(order))
        await world.execute("UPDATE \"order\" SET status = 'CANCELLED' WHERE id = $1", order.id)
        await sandbox.pay(begun["checkout"]["orderId"])
        await sandbox.delivered()
        key = begun["payment"]["id"]
        payment = (await refund(admin, key, flag="ORDER_CANCELLED"))["payment"]
        assert (payment["status"], payment["flag"]) == ("REFUNDED", None)
        payload = await refund(admin, key, idempotencyKey=word())
        assert refused(payload) == ("paymentId", "Nothing can be refunded now")

    async def test_what_razorpay_refuses(self, world: World, sandbox: SandboxServer) -> None:
        """Somebody has refunded at the dashboard, of which the webhook has not come: ours has failed, and is not kept."""
        admin = await world.person(role="ADMIN")
        key, attempt = await paid(world, sandbox, await world.person())
        await sandbox.behave(webhooks="hold")
        await sandbox.do("POST", f"/v1/payments/{attempt}/refund", {"amount": 12_000})
        name = word()
        for _ in range(2):
            payload = await refund(admin, key, amount=money("100"), idempotencyKey=name)
            assert (only(payload), payload["userErrors"][0]["provider"]) == ("PaymentProviderError", "REJECTED")
        payment = (await refund(admin, key, amount=money("9.50")))["payment"]
        assert sorted(one["status"] for one in payment["refunds"]) == ["FAILED", "PROCESSED"]
        assert await refunded_at(sandbox, attempt) == 12_950


class TestFlagged:
    """Money that has a flag goes back first."""

    async def test_second_capture(self, world: World, sandbox: SandboxServer) -> None:
        _, key, (first, second) = await twice(world, sandbox)
        admin = await world.person(role="ADMIN")
        payment = (await refund(admin, key))["payment"]
        assert (payment["flag"], payment["status"], payment["order"]["status"]) == (None, "COMPLETED", "PAID")
        assert [await refunded_at(sandbox, one) for one in (first, second)] == [0, 10_000]

    async def test_another_admin_was_faster(self, world: World, sandbox: SandboxServer) -> None:
        """With the flag in the input nobody refunds the order by mistake."""
        _, key, (first, second) = await twice(world, sandbox)
        admins = [await world.person(role="ADMIN") for _ in range(2)]
        payloads = await asyncio.gather(*(refund(who, key, flag="SECOND_CAPTURE") for who in admins))
        assert sorted(len(one["userErrors"]) for one in payloads) == [0, 1]
        assert [await refunded_at(sandbox, one) for one in (first, second)] == [0, 10_000]

    async def test_while_the_refund_is_pending(self, world: World, sandbox: SandboxServer) -> None:
        """The flag stays until Razorpay has processed it, and the order itself is not refunded meanwhile."""
        _, key, (first, second) = await twice(world, sandbox)
        admin = await world.person(role="ADMIN")
        await sandbox.behave(refunds="pending")
        payment = (await refund(admin, key))["payment"]
        assert (payment["flag"], payment["refunds"][0]["status"]) == ("SECOND_CAPTURE", "PENDING")
        assert only(await refund(admin, key)) == "RefundTooHighError"
        assert [await refunded_at(sandbox, one) for one in (first, second)] == [0, 10_000]

    async def test_another_currency(self, world: World, sandbox: SandboxServer) -> None:
        """Refunded in the currency in which it was paid."""
        me, admin = await world.person(), await world.person(role="ADMIN")
        made = await begin(me, **VISIT)
        await sandbox.pay(made["checkout"]["orderId"], currency="INR")
        await sandbox.delivered()
        key = made["payment"]["id"]
        assert only(await refund(admin, key, amount=money("1"))) == "InvalidInputError"
        payment = (await refund(admin, key, amount=money("29.50", "INR")))["payment"]
        assert (payment["flag"], payment["refunds"]) == (
            "CURRENCY_DIFFERS", [{"status": "PROCESSED", "amount": money("29.50", "INR")}],
        )  # fmt: skip
        assert (await refund(admin, key))["payment"]["flag"] is None


class TestRaces:
    """Fifty at once, by two admins."""

    @pytest.mark.parametrize("amount", ["10.00", "3.33"])
    async def test_never_above_what_was_captured(self, world: World, sandbox: SandboxServer, amount: str) -> None:
        me, admins = await world.person(), [await world.person(role="ADMIN") for _ in range(2)]
        key, attempt = await paid(world, sandbox, me, orderId=order_id(await payments.order(world, me)))
        payloads = await asyncio.gather(*(refund(admins[n % 2], key, amount=money(amount)) for n in range(50)))
        done = sum(one["userErrors"] == [] for one in payloads)
        assert done == int(100 / float(amount))
        assert {only(one) for one in payloads if one["userErrors"]} == {"RefundTooHighError"}
        each = round(float(amount) * 100)
        assert await refunded_at(sandbox, attempt) == done * each
        await sandbox.delivered()
        assert await world.value("SELECT refunded_minor FROM payment WHERE id = $1", key_of(key)) == done * each

    async def test_one_key(self, world: World, sandbox: SandboxServer) -> None:
        admin, name = await world.person(role="ADMIN"), word()
        key, attempt = await paid(world, sandbox, await world.person())
        given = {"amount": money("10"), "idempotencyKey": name}
        payloads = await asyncio.gather(*(refund(admin, key, **given) for _ in range(50)))
        assert [one["userErrors"] for one in payloads] == [[]] * 50
        assert await refunded_at(sandbox, attempt) == 1_000

    async def test_wholly(self, world: World, sandbox: SandboxServer) -> None:
        admins = [await world.person(role="ADMIN") for _ in range(2)]
        key, attempt = await paid(world, sandbox, await world.person())
        payloads = await asyncio.gather(*(refund(admins[n % 2], key) for n in range(50)))
        assert sum(one["userErrors"] == [] for one in payloads) == 1
        assert await refunded_at(sandbox, attempt) == 12_950


class TestRepeated:
    """A request whose answer was lost is sent again, when Razorpay has refunded the flagged money."""

    async def test_it_refunds_nothing_else(self, world: World, sandbox: SandboxServer) -> None:
        admin, name = await world.person(role="ADMIN"), word()
        _, key, attempts = await twice(world, sandbox)
        assert (await refund(admin, key))["payment"]["flag"] is None
        for given in ({}, {"amount": money("100"), "idempotencyKey": None}):
            payload = await refund(admin, key, **given)
            assert (only(payload), payload["userErrors"][0]["field"]) == (
                "InvalidInputError",
                ["input", "idempotencyKey"],
            )
        assert only(await refund(admin, key, flag="SECOND_CAPTURE")) == "RefundTooHighError"
        assert [await refunded_at(sandbox, one) for one in attempts] == [0, 10_000]
        for _ in range(2):
            payment = (await refund(admin, key, amount=money("40"), idempotencyKey=name))["payment"]
            assert payment["status"] == "PARTIALLY_REFUNDED"
        assert [await refunded_at(sandbox, one) for one in attempts] == [4_000, 10_000]


class TestSameAmount:
    """Nobody can tell whether the second of two requests for one amount is a repetition, unless they have keys."""

    @pytest.mark.parametrize("flagged", [False, True])
    async def test_once_without_a_key(self, world: World, sandbox: SandboxServer, *, flagged: bool) -> None:
        admin = await world.person(role="ADMIN")
        key, attempt = await paid(world, sandbox, await world.person())
        how: dict[str, Any] = {}
        if flagged:
            _, key, [_, attempt] = await twice(world, sandbox)
            how = {"flag": "SECOND_CAPTURE"}
        given = {"amount": money("10"), "idempotencyKey": None}
        assert (await refund(admin, key, **given, **how))["userErrors"] == []
        payload = await refund(admin, key, **given, **how)
        assert (only(payload), payload["userErrors"][0]["field"]) == ("InvalidInputError", ["input", "idempotencyKey"])
        other = given | {"amount": money("11")}
        assert (await refund(admin, key, **other, **how))["userErrors"] == []
        assert await refunded_at(sandbox, attempt) == 2_100
        assert (await refund(admin, key, amount=money("10"), **how))["userErrors"] == []
        assert await refunded_at(sandbox, attempt) == 3_100

    async def test_at_once(self, world: World, sandbox: SandboxServer) -> None:
        admin = await world.person(role="ADMIN")
        key, attempt = await paid(world, sandbox, await world.person())
        given = {"amount": money("10"), "idempotencyKey": None}
        payloads = await asyncio.gather(*(refund(admin, key, **given) for _ in range(50)))
        assert sum(one["userErrors"] == [] for one in payloads) == 1
        assert await refunded_at(sandbox, attempt) == 1_000

    @pytest.mark.parametrize("keyed", [False, True])
    async def test_razorpay_was_slow(self, world: World, sandbox: SandboxServer, *, keyed: bool) -> None:
        """Its webhook arrives before the request is sent again."""
        admin, name = await world.person(role="ADMIN"), word() if keyed else None
        key, attempt = await paid(world, sandbox, await world.person())
        await sandbox.behave(reply="server_error", done=True, on="POST /v1/payments")
        given = {"amount": money("10"), "idempotencyKey": name}
        assert only(await refund(admin, key, **given)) == "PaymentProviderError"
        await sandbox.delivered()
        await sandbox.behave()
        payload = await refund(admin, key, **given)
        if keyed:
            assert payload["payment"]["refunded"]["amount"] == "10.00"
        else:
            assert only(payload) == "InvalidInputError"
        assert await refunded_at(sandbox, attempt) == 1_000


class TestAudit:
    """Who has refunded what, in the transaction of the request."""

    async def test_recorded_once(self, world: World, sandbox: SandboxServer) -> None:
        admin, name = await world.person(role="ADMIN"), word()
        key, _ = await paid(world, sandbox, await world.person())
        for _ in range(2):
            await refund(admin, key, amount=money("10"), idempotencyKey=name)
        sql = "SELECT action, target_type, payload FROM audit_entry WHERE target_id = $1 AND actor_id = $2"
        (row,) = await world.database.pool.fetch(sql, key_of(key), admin.key)
        assert (row["action"], row["target_type"]) == ("payment.refunded", "Payment")
        assert '"amount_minor": 1000' in row["payload"]
        log = "query ($id: ID!) { auditLog(targetId: $id) { nodes { details targetId } } }"
        (entry,) = (await admin.graph(log, id=key))["auditLog"]["nodes"]
        assert entry == {"details": '{"amountMinor":1000,"currency":"AED"}', "targetId": key}
