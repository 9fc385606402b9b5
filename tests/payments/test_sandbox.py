"""The stand-in for Razorpay: where it is served, what it keeps, and what it refuses as Razorpay would."""

import asyncio
import sys
import time
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any

import httpx2
import pytest
from structlog.testing import capture_logs

import application
from auth import secrets
from auth.secrets import Secrets, load
from commands.data import fill
from payments.client import SANDBOX_PATH, Razorpay
from sandbox import account, deliveries
from sandbox.app import Sandbox
from sandbox.store import FILE, Books, StoreUnusable, store_of
from settings import Settings
from tests.conftest import serving
from tests.patience import SECONDS
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

    async def test_a_body_without_an_end(self, sandbox: SandboxServer) -> None:
        answer = await sandbox.ask("POST", "/checkout", {"key": "x" * 200_000})
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "BAD_REQUEST_ERROR")


ROUNDS = 20
PROCESS = """
import sys, time
from pathlib import Path
from sandbox.store import store_of

folder, rounds, begin, number = sys.argv[1:]
for round in range(int(rounds)):
    while time.time() < float(begin) + round / 50:
        pass
    with store_of(Path(folder) / str(round)).transaction() as books:
        books.add({"id": f"order_{number}", "entity": "order"})
"""
"""A worker process that uses the file at the same moment as others."""


class TestOneFileForAll:
    """Worker processes share it, and none of them waits with its event loop."""

    async def test_made_by_all_at_once(self, tmp_path: Path) -> None:
        begin = time.time() + 0.5
        given = [sys.executable, "-c", PROCESS, str(tmp_path), str(ROUNDS), str(begin)]
        processes = [await asyncio.create_subprocess_exec(*given, str(number), stderr=PIPE) for number in range(4)]
        ended = [await one.communicate() for one in processes]
        assert [errors for _, errors in ended] == [b""] * 4
        for number in range(ROUNDS):
            folder = tmp_path / str(number)
            with store_of(folder).transaction() as books:
                assert len(books.listed("order")) == 4
            assert [path.name for path in folder.iterdir()] == [FILE], "nothing else is left"

    async def test_who_waits_for_it_keeps_nothing_else_waiting(self, tmp_path: Path) -> None:
        store, ticks = store_of(tmp_path), 0
        with store.transaction():
            waiting = asyncio.create_task(store.run(lambda books: books.listed("order")))
            while ticks < 20:
                await asyncio.sleep(0.01)
                ticks += 1
            assert not waiting.done()
        assert await waiting == []

    async def test_webhooks_go_on_after_a_lock(
        self, sandbox: SandboxServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sandbox.store.WAIT_SECONDS", 0.05)
        monkeypatch.setattr("sandbox.deliveries.POLL_SECONDS", 0.05)
        own = Sandbox(tmp_path, sandbox.keys, "http://127.0.0.1:1/", retry_seconds=60)
        with capture_logs() as logs:
            async with own.running():
                with own.store.transaction() as books:
                    deliveries.add(books, {"created_at": 0})
                    async with asyncio.timeout(SECONDS):
                        while not any(line["event"] == "payment_sandbox_unusable" for line in logs):  # noqa: ASYNC110
                            await asyncio.sleep(0.01)
                async with asyncio.timeout(SECONDS):
                    while await own.store.run(states) != ["given up"]:  # noqa: ASYNC110 - in a file
                        await asyncio.sleep(0.01)

    def test_demo_data_needs_it_first(self, settings: Settings, tmp_path: Path) -> None:
        (tmp_path / FILE).mkdir()
        with pytest.raises(StoreUnusable, match="cannot be used: unable to open database file"):
            fill(changed(settings, data_folder=tmp_path), "postgresql://nowhere.invalid/")


def states(books: Books) -> list[str]:
    return [one["state"] for one in deliveries.listed(books)]
