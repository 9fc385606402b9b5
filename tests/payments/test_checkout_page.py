"""The checkout page of development: where it is, whom it signs in, and what it may load."""

import json
import re
from typing import Any

import httpx2
import pytest

from application import create
from auth.secrets import Secrets, load
from settings import Settings
from tests.conftest import serving
from tests.payments.payments import payment
from tests.payments.sandbox import SandboxServer
from tests.people import World
from transport import checkout

CONFIG = re.compile(r'<script type="application/json" id="clientele-config">(.*?)</script>')
KEYS: dict[str, Any] = {
    "razorpay_key_id": "rzp_test_abc", "razorpay_key_secret": "a secret", "razorpay_webhook_secrets": "another",
}  # fmt: skip
PRODUCTION: dict[str, Any] = {
    "environment": "production", "database_url": "postgresql://x", "secret_key": "k" * 40,
    "clerk_issuer": "https://clerk.example", "clerk_webhook_secrets": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "development_tokens": False, "demo_images": False,
}  # fmt: skip


async def get(settings: Settings, secrets: Secrets, url: str, path: str = "/checkout", **more: Any) -> httpx2.Response:
    """Ask a server with other settings, on which there are two personas."""
    given = Settings(**settings.model_dump() | more)
    app = create(given, secrets if not more else load(given), url, [("layla", "a customer"), ("</script>", "<b>")])
    async with serving(app) as address, httpx2.AsyncClient(base_url=address) as http:
        return await http.get(path)


def config(page: httpx2.Response) -> Any:
    found = CONFIG.search(page.text)
    assert found
    return json.loads(found[1])


class TestPage:
    """`GET /checkout`."""

    async def test_with_the_sandbox(self, settings: Settings, credentials: Secrets, database_url: str) -> None:
        page = await get(settings, credentials, database_url)
        assert page.status_code == 200
        found = config(page)
        assert found["sandbox"] is True
        assert credentials.razorpay
        assert found["keyId"] == credentials.razorpay.key_id
        assert credentials.razorpay.key_secret not in page.text
        assert [one["username"] for one in found["personas"]] == ["layla", "</script>"]
        assert found["personas"][0]["token"].count(".") == 2
        assert page.headers["cache-control"] == "no-store"
        policy = page.headers["content-security-policy"]
        assert "script-src 'self';" in policy
        assert "razorpay" not in policy
        assert "unsafe" not in policy

    async def test_with_keys_it_may_load_razorpays_checkout(
        self, settings: Settings, credentials: Secrets, database_url: str
    ) -> None:
        page = await get(settings, credentials, database_url, **KEYS)
        assert config(page)["sandbox"] is False
        assert config(page)["keyId"] == "rzp_test_abc"
        assert "a secret" not in page.text
        policy = page.headers["content-security-policy"]
        assert "script-src 'self' https://checkout.razorpay.com;" in policy
        assert "connect-src 'self' https://*.razorpay.com;" in policy
        assert page.headers["cross-origin-opener-policy"] == "same-origin-allow-popups"

    async def test_nobody_is_signed_in_where_no_tokens_are_issued(
        self, settings: Settings, credentials: Secrets, database_url: str
    ) -> None:
        page = await get(settings, credentials, database_url, development_tokens=False)
        assert config(page)["personas"] == []

    @pytest.mark.parametrize("path", ["/checkout", "/checkout/checkout.js", "/sandbox/razorpay/checkout"])
    async def test_never_in_production(
        self, settings: Settings, credentials: Secrets, database_url: str, path: str
    ) -> None:
        for keys in ({}, KEYS):
            answer = await get(settings, credentials, database_url, path, **PRODUCTION, **keys)
            assert answer.status_code == 404

    async def test_its_files(self, world: World) -> None:
        assert len(checkout.FILES) > 4
        html = (checkout.FOLDER / "checkout.html").read_text()
        scripts = "".join((checkout.FOLDER / name).read_text() for name in checkout.FILES if name.endswith(".js"))
        for name in checkout.FILES:
            found = await world.http.get(f"/checkout/{name}")
            assert found.status_code == 200
            assert found.headers["content-type"].startswith("text/css" if name.endswith(".css") else "text/javascript")
            assert f"/{name}" in html + scripts, "every file is used"
        assert (await world.http.get("/checkout/checkout.html")).status_code == 404


class TestLaterDecision:
    """`POST /sandbox/razorpay/checkout/ID`: what the page asks the bank to do later."""

    async def test_a_failed_attempt_is_captured(self, world: World, sandbox: SandboxServer, razorpay: Any) -> None:
        me = await world.person()
        made = await payment(world, me, razorpay_order_id=None)
        order = await razorpay.create_order(made.id, made.amount_minor, made.currency)
        await world.execute("UPDATE payment SET razorpay_order_id = $2 WHERE id = $1", made.id, order)
        async with httpx2.AsyncClient(base_url=sandbox.url) as http:
            given = {"key": razorpay.key_id, "order_id": order, "outcome": "failed"}
            pay = (await http.post("/checkout", json=given)).json()["error"]["metadata"]["payment_id"]
            wrong = await http.post(f"/checkout/{pay}", json={"key": "rzp_test_other", "status": "captured"})
            assert wrong.status_code == 401
            for bad in ({"key": razorpay.key_id}, {"key": razorpay.key_id, "status": "failed"}):
                assert (await http.post(f"/checkout/{pay}", json=bad)).status_code == 400
            moved = await http.post(f"/checkout/{pay}", json={"key": razorpay.key_id, "status": "captured"})
        assert moved.json() == {"status": "captured"}
        assert (await razorpay.fetch_payment(pay)).status == "captured"
