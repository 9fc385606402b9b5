"""Receipts (Y8): in the graph, and as a page for whoever has its address."""

from typing import Any

import asyncpg
import httpx2
import pytest
from structlog.testing import capture_logs

from actions import account_deletion
from application import create
from auth.secrets import Secrets
from models import ids
from models.orders import OrderLine
from models.payments import PaymentStatus
from settings import Settings
from tests.conftest import serving
from tests.database.proxy import proxied
from tests.patience import SECONDS
from tests.payments.payments import for_order, payment, razorpay
from tests.people import Person, World, word
from tests.variables import changed

RECEIPT = "query ($id: ID!) { payment(id: $id) { status receipt { number issuedAt url } } }"
ENGLISH = {"accept-language": "en"}


async def receipt(person: Person, row: Any) -> Any:
    """The receipt of a payment, as its customer's front end gets it."""
    data = await person.graph(RECEIPT, id=global_id(row))
    return data["payment"]["receipt"]


def global_id(row: Any) -> str:
    return ids.encode("Payment", row.id)


async def paid(world: World, person: Person, **values: Any) -> tuple[Any, str]:
    """A completed payment of an amount, and the path of its receipt."""
    row = await payment(world, person, **values)
    await razorpay(world, row).report(f"pay_{word()}", "CAPTURED")
    url: str = (await receipt(person, row))["url"]
    return row, path(url)


def path(url: str) -> str:
    return "/receipts/" + url.partition("/receipts/")[2]


async def drop(url: str) -> None:
    """Drop a database under whoever uses it."""
    connection = await asyncpg.connect(url)
    name = await connection.fetchval("SELECT current_database()")
    await connection.close()
    connection = await asyncpg.connect(url.replace(f"/{name}", "/postgres", 1))
    try:
        await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await connection.close()


class TestGraph:
    """`Payment.receipt`."""

    async def test_none_until_it_is_paid(self, world: World) -> None:
        me = await world.person()
        row = await payment(world, me)
        assert await receipt(me, row) is None
        await razorpay(world, row).report(f"pay_{word()}", "AUTHORIZED")
        assert await receipt(me, row) is None

    async def test_strangers_get_no_address(self, world: World) -> None:
        me, stranger = await world.person(), await world.person()
        row, _ = await paid(world, me)
        for other in (stranger.graph, world.nobody):
            assert (await other(RECEIPT, id=global_id(row)))["payment"] is None

    async def test_the_address_is_that_of_this_server_and_stays_the_same(self, world: World) -> None:
        me = await world.person()
        row, first = await paid(world, me)
        found = await receipt(me, row)
        assert found["url"].startswith(str(world.http.base_url).rstrip("/"))
        assert path(found["url"]) == first
        assert found["number"] in first

    async def test_addresses_differ(self, world: World) -> None:
        me = await world.person()
        tokens = {(await paid(world, me))[1].rpartition("/")[2] for _ in range(3)}
        assert len(tokens) == 3
        assert all(len(token) == 32 for token in tokens)


class TestPage:
    """`GET /receipts/NUMBER/TOKEN`."""

    async def test_anybody_with_the_address_reads_it(self, world: World) -> None:
        me = await world.person(name="Canary Name", email="canary@example.com")
        _, where = await paid(world, me, description="Two <b>hours</b> of help", amount_minor=123_450)
        page = await world.http.get(where, headers=ENGLISH)
        assert page.status_code == 200
        assert "Two &lt;b&gt;hours&lt;/b&gt; of help" in page.text
        assert "AED\u00a01,234.50" in page.text
        assert "Clientele" in page.text
        assert where.split("/")[2] in page.text
        assert "Canary" not in page.text
        assert "canary@" not in page.text
        assert 'lang="en" dir="ltr"' in page.text

    async def test_lines_of_an_order(self, world: World) -> None:
        me = await world.person()
        row = await for_order(world, me, total_minor=70_000)
        await world.save(
            OrderLine(order_id=row.order_id, position=2, title="Second", quantity=1, unit_minor=10_000),
            OrderLine(order_id=row.order_id, position=1, title="First", quantity=3, unit_minor=20_000),
        )
        await razorpay(world, row).report(f"pay_{word()}", "CAPTURED")
        page = (await world.http.get(path((await receipt(me, row))["url"]), headers=ENGLISH)).text
        assert page.index("First") < page.index("Second")
        for text in ("200.00", "600.00", "100.00", "700.00", ">3<", "OR-"):
            assert text in page

    async def test_refunds_so_far(self, world: World) -> None:
        me = await world.person()
        row = await payment(world, me, amount_minor=10_000)
        at, pay = razorpay(world, row), f"pay_{word()}"
        await at.report(pay, "CAPTURED")
        where = path((await receipt(me, row))["url"])
        assert "Refund" not in (await world.http.get(where, headers=ENGLISH)).text
        await at.refund(pay, f"rfnd_{word()}", 2_500)
        await at.refund(pay, f"rfnd_{word()}", 1_000, "PENDING")
        partly = (await world.http.get(where, headers=ENGLISH)).text
        assert "Refunded in part" in partly
        assert "\N{MINUS SIGN}AED\u00a025.00" in partly
        assert "AED\u00a075.00" in partly
        assert "10.00" not in partly.replace("100.00", ""), "it is not refunded yet"
        await at.refund(pay, f"rfnd_{word()}", 7_500)
        wholly = (await world.http.get(where, headers=ENGLISH)).text
        assert "Refunded in full" in wholly
        assert "AED\u00a00.00" in wholly

    @pytest.mark.parametrize("tier", ["QUICK", "STANDARD", "EXTENDED"])
    async def test_a_support_session_is_named_by_its_tier(self, world: World, tier: str) -> None:
        me = await world.person()
        _, where = await paid(world, me, tier=tier)
        assert f"Support session, {tier.lower()}" in (await world.http.get(where, headers=ENGLISH)).text

    async def test_languages(self, world: World) -> None:
        me = await world.person(preferred_language="ar")
        _, where = await paid(world, me)
        asked = {
            (): "ar", (("accept-language", "en-GB,en;q=0.9"),): "en", (("accept-language", "ar-AE"),): "ar",
            (("accept-language", "fr"),): "ar",
        }  # fmt: skip
        for headers, language in asked.items():
            page = await world.http.get(where, headers=dict(headers))
            assert page.headers["content-language"] == language
            assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in page.text
        chosen = await world.http.get(f"{where}?language=ar", headers=ENGLISH)
        assert "إيصال" in chosen.text
        assert "\u00a0د.إ." in chosen.text
        assert 'href="?language=en"' in chosen.text
        unknown = await world.http.get(f"{where}?language=xx", headers=ENGLISH)
        assert unknown.headers["content-language"] == "en"

    async def test_nobody_keeps_or_lists_it(self, world: World) -> None:
        me = await world.person()
        _, where = await paid(world, me)
        headers = (await world.http.get(where)).headers
        assert headers["cache-control"] == "private, no-store"
        assert headers["x-robots-tag"] == "noindex, nofollow, noarchive"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
        assert "script" not in headers["content-security-policy"]
        assert (await world.http.head(where)).status_code == 200
        assert (await world.http.post(where)).status_code == 405

    async def test_what_is_wrong_looks_like_what_is_missing(self, world: World) -> None:
        me = await world.person()
        _, where = await paid(world, me)
        _, other = await paid(world, me)
        number, token = where.split("/")[2:]
        wrong = [
            f"/receipts/{number}/{other.split('/')[3]}", f"/receipts/RC-CCC-CCC-CCC/{token}",
            f"/receipts/{number}/{token[:-1]}", f"/receipts/{number}/{token.upper()}x", f"/receipts/{number}/%00",
            f"/receipts/x/{token}", f"/receipts/{number}/{'é' * 32}", f"/receipts/{number}/{token}%20",
            f"/receipts/%27--/{token}", f"/receipts/{number.lower()}/{token}",
        ]  # fmt: skip
        answers = [await world.http.get(one, headers=ENGLISH) for one in wrong]
        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.text for answer in answers}) == 1
        assert "There is no such receipt" in answers[0].text
        headers = [
            {name: value for name, value in answer.headers.items() if name not in {"date", "x-request-id"}}
            for answer in answers
        ]
        assert all(one == headers[0] for one in headers)

    async def test_an_account_that_was_deleted(self, world: World) -> None:
        """The receipt stays, for it is a document of the shop as well; what the customer has written is not shown."""
        me = await world.person(preferred_language="ar")
        row, where = await paid(world, me, description="Canary text")
        assert "Canary" in (await world.http.get(where)).text
        async with world.database.transaction() as tx:
            await account_deletion.delete(tx, me.clerk_id)
        page = await world.http.get(where, headers=ENGLISH)
        assert page.status_code == 200
        assert "AED\u00a0100.00" in page.text
        assert "Canary" not in page.text
        assert await world.value("SELECT status FROM payment WHERE id = $1", row.id) == PaymentStatus.COMPLETED

    async def test_while_the_database_is_away(self, settings: Settings, credentials: Secrets, fresh_url: str) -> None:
        app = create(settings, credentials, fresh_url)
        async with serving(app) as address, httpx2.AsyncClient(base_url=address) as http:
            await drop(fresh_url)
            page = await http.get(f"/receipts/RC-CCC-CCC-CCC/{'0' * 32}", headers=ENGLISH)
        assert page.status_code == 503
        assert page.headers["retry-after"]
        assert page.headers["cache-control"] == "private, no-store"
        assert "cannot be shown just now" in page.text

    async def test_while_the_database_says_nothing(
        self, settings: Settings, credentials: Secrets, database_url: str
    ) -> None:
        """The request ends, so that it keeps no slot from others."""
        where = f"/receipts/RC-CCC-CCC-CCC/{'0' * 32}"
        async with proxied(database_url) as proxy:
            app = create(changed(settings, operation_seconds=1), credentials, proxy.url)
            async with serving(app) as address, httpx2.AsyncClient(base_url=address, timeout=SECONDS) as http:
                assert (await http.get(where, headers=ENGLISH)).status_code == 404
                proxy.silent = True
                with capture_logs() as logs:
                    page = await http.get(where, headers=ENGLISH)
                assert (page.status_code, app.state.slots.in_use) == (503, 0)
                assert [line["reason"] for line in logs if line["event"] == "receipt_unavailable"] == ["too_slow"]
                assert "RC-CCC" not in str(logs)
                proxy.silent = False
                assert (await http.get(where, headers=ENGLISH)).status_code == 404

    async def test_the_name_of_the_shop(self, settings: Settings, credentials: Secrets, database_url: str) -> None:
        given = settings.model_dump() | {"shop_name": "Haddad & <Sons>"}
        app = create(Settings(**given), credentials, database_url)
        async with serving(app) as address, httpx2.AsyncClient(base_url=address) as http:
            page = await http.get("/receipts/RC-CCC-CCC-CCC/x", headers=ENGLISH)
        assert "Haddad &amp; &lt;Sons&gt;" in page.text
