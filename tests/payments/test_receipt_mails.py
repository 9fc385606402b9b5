"""Receipts by e-mail (Y8), and what customers are told of refunds: once each, in the transaction of what happened."""

import asyncio
from collections.abc import AsyncIterator
from email.message import EmailMessage
from typing import Any

import pytest

from auth.secrets import Secrets
from settings import Settings
from tests.mails.mailbox import PostOffice, Shop, shop, until
from tests.payments.payments import payment, razorpay
from tests.people import Person, word


@pytest.fixture(scope="module")
async def post(settings: Settings, credentials: Secrets, empty_database_url: str) -> AsyncIterator[Shop]:
    async with (
        PostOffice().open() as office,
        shop(settings, credentials, empty_database_url, office, public_url="https://api.shop.example") as made,
    ):
        yield made


async def customer(post: Shop, *, verified: bool = True, **values: Any) -> tuple[Person, str]:
    """Somebody whose address Clerk knows."""
    address = f"{word()}@example.com"
    profile = {"email": address} | ({"verified_email": address} if verified else {})
    return await post.world.person(clerk_profile=profile, **values), address


async def mails(post: Shop, row: Any) -> list[str]:
    """The templates of the mails about a payment and its refunds."""
    sql = "SELECT template FROM mail WHERE subject_id = $1 OR subject_id IN (SELECT id FROM refund WHERE payment_id = $1) ORDER BY id"
    return [found[0] for found in await post.database.pool.fetch(sql, row.id)]  # type: ignore[attr-defined]


def plain(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part
    return str(part.get_content())


class TestReceipt:
    """The mail of a completed payment."""

    async def test_it_has_the_number_and_the_page(self, post: Shop) -> None:
        me, address = await customer(post, name="Layla")
        row = await payment(post.world, me, amount_minor=12_345, description="Canary text")
        await razorpay(post.world, row).report(f"pay_{word()}", "CAPTURED")
        mail = await post.office.mail(address)
        number, token = await post.database.pool.fetchrow(  # type: ignore[attr-defined]
            "SELECT number, token FROM receipt WHERE payment_id = $1", row.id
        )
        assert number in mail["subject"]
        text = plain(mail)
        assert f"https://api.shop.example/receipts/{number}/{token}" in text.splitlines()
        assert "AED\u00a0123.45" in text
        assert "Hello Layla," in text
        assert "Canary" not in mail.as_string() + text

    async def test_in_arabic(self, post: Shop) -> None:
        me, address = await customer(post, preferred_language="ar")
        row = await payment(post.world, me)
        await razorpay(post.world, row).report(f"pay_{word()}", "CAPTURED")
        mail = await post.office.mail(address)
        assert mail["content-language"] == "ar"
        assert "إيصالك" in mail["subject"]

    async def test_whoever_wants_no_notifications_gets_it(self, post: Shop) -> None:
        me, address = await customer(post, email_notifications=False)
        row = await payment(post.world, me)
        await razorpay(post.world, row).report(f"pay_{word()}", "CAPTURED")
        assert "turn these e-mails off" not in plain(await post.office.mail(address))

    async def test_an_unverified_address_gets_no_link_and_no_name(self, post: Shop) -> None:
        me, address = await customer(post, verified=False, name="Canary")
        row = await payment(post.world, me)
        await razorpay(post.world, row).report(f"pay_{word()}", "CAPTURED")
        text = plain(await post.office.mail(address))
        assert "/receipts/" not in text
        assert "Canary" not in text
        assert "Sign in" in text

    async def test_without_an_address_there_is_none(self, post: Shop) -> None:
        me = await post.world.person(email="typed@example.com")
        row = await payment(post.world, me)
        await razorpay(post.world, row).report(f"pay_{word()}", "CAPTURED")
        assert await mails(post, row) == []

    async def test_once_whatever_is_reported_and_how_often(self, post: Shop) -> None:
        me, _ = await customer(post)
        row = await payment(post.world, me)
        at, pay, second = razorpay(post.world, row), f"pay_{word()}", f"pay_{word()}"
        await at.report(pay, "FAILED", failure_reason="No funds")
        await at.report(pay, "AUTHORIZED")
        assert await mails(post, row) == []
        await asyncio.gather(*(at.report(pay, "CAPTURED") for _ in range(20)))
        await at.report(second, "CAPTURED")
        await at.report(pay, "FAILED")
        assert await mails(post, row) == ["payments.RECEIPT"]

    async def test_another_amount_has_none(self, post: Shop) -> None:
        me, _ = await customer(post)
        row = await payment(post.world, me)
        await razorpay(post.world, row).report(f"pay_{word()}", "CAPTURED", amount_minor=1)
        assert await mails(post, row) == []


class TestRefunds:
    """One mail for each refund that was processed."""

    async def test_each_once(self, post: Shop) -> None:
        me, address = await customer(post)
        row = await payment(post.world, me, amount_minor=10_000)
        at, pay, first = razorpay(post.world, row), f"pay_{word()}", f"rfnd_{word()}"
        await at.report(pay, "CAPTURED")
        await at.refund(pay, first, 2_500, "PENDING")
        assert await mails(post, row) == ["payments.RECEIPT"]
        await asyncio.gather(*(at.refund(pay, first, 2_500) for _ in range(10)))
        await at.refund(pay, f"rfnd_{word()}", 1_000, "FAILED")
        await at.refund(pay, f"rfnd_{word()}", 7_500)
        assert await mails(post, row) == ["payments.RECEIPT", "payments.REFUNDED", "payments.REFUNDED"]
        await until(lambda: len(post.office.raw(address)) == 3)
        texts = [plain(mail) for mail in post.office.templates(address)]
        assert sum("AED\u00a025.00" in text for text in texts) == 1
        assert sum("AED\u00a075.00" in text for text in texts) == 1
        assert all("/receipts/RC-" in text for text in texts)

    async def test_what_was_paid_twice(self, post: Shop) -> None:
        me, _ = await customer(post)
        row = await payment(post.world, me)
        at, pay, second = razorpay(post.world, row), f"pay_{word()}", f"pay_{word()}"
        await at.report(pay, "CAPTURED")
        await at.report(second, "CAPTURED")
        await at.refund(second, f"rfnd_{word()}", row.amount_minor)
        assert await mails(post, row) == ["payments.RECEIPT", "payments.REFUNDED"]

    async def test_of_a_payment_without_a_receipt_in_another_currency(self, post: Shop) -> None:
        me, address = await customer(post)
        row = await payment(post.world, me)
        at, pay = razorpay(post.world, row), f"pay_{word()}"
        await at.report(pay, "CAPTURED", currency="JPY", amount_minor=700)
        await at.refund(pay, f"rfnd_{word()}", 700)
        text = plain(await post.office.mail(address))
        assert "JPY\u00a0700" in text
        assert "/receipts/" not in text

    async def test_one_that_is_reported_before_the_payment(self, post: Shop) -> None:
        me, _ = await customer(post)
        row = await payment(post.world, me)
        at, pay = razorpay(post.world, row), f"pay_{word()}"
        await at.refund(pay, f"rfnd_{word()}", row.amount_minor)
        await at.report(pay, "CAPTURED")
        await at.report(pay, "CAPTURED")
        assert sorted(await mails(post, row)) == ["payments.RECEIPT", "payments.REFUNDED"]
