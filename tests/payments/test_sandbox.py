"""The stand-in for Razorpay: where it is served, what it keeps, and what it refuses as Razorpay would."""

from pathlib import Path
from typing import Any

import httpx2
import pytest

import application
from auth import secrets
from auth.secrets import Secrets, load
from payments.client import SANDBOX_PATH, Razorpay
from sandbox.app import Sandbox
from settings import Settings
from tests.conftest import serving
from tests.payments.sandbox import SandboxServer
from tests.variables import changed


async def status(settings: Settings, given: Secrets, url: str, path: str) -> int:
    async with serving(application.create(settings, given, url)) as address, httpx2.AsyncClient() as http:
        return (await http.get(address + path)).status_code


class TestWhereItIs:
    async def test_in_development_without_keys(
        self, settings: Settings, credentials: Secrets, database_url: str, tmp_path: Path
    ) -> None:
        own = changed(settings, razorpay_url=None, data_folder=tmp_path)
        assert await status(own, credentials, database_url, f"{SANDBOX_PATH}/v1/orders") == 401
        assert await status(settings, credentials, database_url, f"{SANDBOX_PATH}/v1/orders") == 404

    async def test_never_in_production(self, settings: Settings, credentials: Secrets, database_url: str) -> None:
        production = changed(settings, environment="production", razorpay_url=None)
        for path in ("/v1/orders", "/checkout", "/behaviour", "/books"):
            assert await status(production, credentials, database_url, SANDBOX_PATH + path) == 404
        assert not production.has_payment_sandbox

    def test_keys_follow_from_the_secret_key(self, settings: Settings, tmp_path: Path) -> None:
        own = changed(settings, data_folder=tmp_path)
        first, again = load(own).razorpay, load(own).razorpay
        assert first is not None
        assert first == again
        assert first.key_id.startswith("rzp_test_")
        assert secrets._razorpay_keys(own, "another") != first
        assert secrets._razorpay_keys(changed(own, environment="production"), "another") is None

    def test_the_client_finds_it_at_the_server_itself(self, settings: Settings, credentials: Secrets) -> None:
        for host, url in (
            ("0.0.0.0", "http://127.0.0.1:8123"),
            ("::", "http://[::1]:8123"),
            ("localhost", "http://localhost:8123"),
        ):
            client = Razorpay.of(changed(settings, razorpay_url=None, host=host, port=8123), credentials)
            assert client.calls is not None
            assert client.calls._open[1] == url + SANDBOX_PATH


class TestWhatItKeeps:
    async def test_survives_a_restart(self, sandbox: SandboxServer, tmp_path: Path) -> None:
        """Also webhooks that were not taken."""
        from sandbox import account, deliveries

        first = Sandbox(tmp_path, sandbox.keys, "")
        with first.store.transaction() as books:
            order = account.create_order(books, {"amount": 500, "currency": "INR"})
            account.pay(books, order["id"], "captured")
        second = Sandbox(tmp_path, sandbox.keys, "")
        with second.store.transaction() as books:
            kept = books.find("order", order["id"])
            assert kept is not None
            assert (kept["status"], kept["amount_paid"], kept["attempts"]) == ("paid", 500, 1)
            states = [(one["event"]["event"], one["state"]) for one in deliveries.listed(books)]
        assert states == [(event, "waiting") for event in ("payment.authorized", "payment.captured", "order.paid")]


ORDER = {"amount": 500, "currency": "INR"}


class TestWhatItRefuses:
    @pytest.mark.parametrize("auth", [None, ("rzp_test_other", "x"), ("", "")])
    async def test_strangers(self, sandbox: SandboxServer, auth: Any) -> None:
        for method, path in (("POST", "/v1/orders"), ("PUT", "/behaviour"), ("GET", "/books")):
            answer = await sandbox.ask(method, path, {}, auth=auth)
            assert (answer.status_code, answer.json()["error"]["code"]) == (401, "BAD_REQUEST_ERROR")

    @pytest.mark.parametrize(
        ("changes", "field"),
        [({"amount": None}, "amount"), ({"amount": "500"}, "amount"), ({"amount": 5.5}, "amount"), ({"amount": 99}, "amount"),
         ({"amount": 10**13}, "amount"), ({"currency": "inr"}, "currency"), ({"receipt": "x" * 41}, "receipt"),
         ({"notes": {str(n): "x" for n in range(16)}}, "notes")],
    )  # fmt: skip
    async def test_bad_orders(self, sandbox: SandboxServer, changes: dict[str, Any], field: str) -> None:
        answer = await sandbox.ask("POST", "/v1/orders", ORDER | changes)
        assert (answer.status_code, answer.json()["error"]["field"]) == (400, field)

    async def test_what_does_not_follow(self, sandbox: SandboxServer) -> None:
        order = (await sandbox.do("POST", "/v1/orders", ORDER))["id"]
        held = (await sandbox.pay(order, "authorized"))["razorpay_payment_id"]
        wrong: list[tuple[str, Any]] = [
            (f"/v1/payments/{held}/refund", {"amount": 500}),
            (f"/v1/payments/{held}/capture", {"amount": 499}),
            (f"/v1/payments/{held}/capture", {"amount": 500, "currency": "USD"}),
            ("/checkout", {"key": "rzp_test_other", "order_id": order}),
            ("/checkout", {"key": sandbox.keys.key_id, "order_id": "order_none"}),
            ("/checkout", {"key": sandbox.keys.key_id, "order_id": order, "outcome": "stolen"}),
        ]
        for path, body in wrong:
            assert (await sandbox.ask("POST", path, body)).status_code in {400, 401}, path
        assert (await sandbox.do("POST", f"/v1/payments/{held}/capture", {"amount": 500}))["status"] == "captured"
        assert (await sandbox.ask("POST", f"/v1/payments/{held}/capture", {"amount": 500})).status_code == 400
        assert (
            await sandbox.ask("POST", "/checkout", {"key": sandbox.keys.key_id, "order_id": order})
        ).status_code == 400
