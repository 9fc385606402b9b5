"""Calls of the SDK in threads: what becomes of each failure, how many run at once, and the circuit breaker."""

import asyncio
import threading
import time
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from auth.secrets import RazorpayKeys, Secrets
from errors.payments import PaymentProvider, PaymentRejected, PaymentsNotConfigured
from payments.calls import Calls
from payments.circuit import MAX_FAILURES, Circuit, State
from payments.client import NO_PROVIDER, Razorpay
from settings import Settings
from tests.payments.clients import TIMEOUT, UNAVAILABLE
from tests.payments.sandbox import SandboxServer
from tests.variables import changed


@pytest.fixture
def _retried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may take longer for the first try than somebody would wait."""
    monkeypatch.setattr("payments.calls.MAX_SECONDS_BEFORE_RETRY", 60.0)


@pytest.mark.usefixtures("_retried")
class TestFailures:
    @pytest.mark.parametrize(
        ("reply", "reason", "status"),
        [
            ("html", UNAVAILABLE, 502), ("not_json", UNAVAILABLE, 200), ("redirect", UNAVAILABLE, 302),
            ("server_error", UNAVAILABLE, 500), ("gateway_error", UNAVAILABLE, 504), ("busy", UNAVAILABLE, 429),
            ("lost", UNAVAILABLE, None),
        ],
    )  # fmt: skip
    async def test_each_is_the_same_error(
        self, razorpay: Razorpay, sandbox: SandboxServer, reply: str, reason: str, status: int | None,
        capfd: pytest.CaptureFixture[str],
    ) -> None:  # fmt: skip
        await sandbox.behave(reply=reply)
        with capture_logs() as logs, pytest.raises(PaymentProvider) as caught:
            await razorpay.find_order("x")
        assert (caught.value.reason, caught.value.status, caught.value.retryable) == (reason, status, True)
        assert [line["call"] for line in logs if line["event"] == "payment_call_failed"] == ["find_order"] * 2
        assert "<" not in caught.value.message
        assert capfd.readouterr().out == "", "the SDK prints"

    async def test_wrong_keys(self, settings: Settings, sandbox: SandboxServer) -> None:
        keys = RazorpayKeys(sandbox.keys.key_id, "wrong", ())
        client = Razorpay(keys, Calls(keys, sandbox.url, settings.razorpay))
        with pytest.raises(PaymentProvider) as caught:
            await client.find_order("x")
        assert (caught.value.status, caught.value.retryable) == (401, False)
        await client.close()

    async def test_nobody_listens(self, settings: Settings, credentials: Secrets) -> None:
        assert credentials.razorpay
        client = Razorpay(credentials.razorpay, Calls(credentials.razorpay, "http://127.0.0.1:1", settings.razorpay))
        with pytest.raises(PaymentProvider) as caught:
            await client.create_order(uuid4(), 50_000, "INR")
        assert (caught.value.reason, caught.value.maybe_done) == (UNAVAILABLE, False)
        await client.close()

    async def test_not_configured(self) -> None:
        with pytest.raises(PaymentsNotConfigured):
            await NO_PROVIDER.find_order("x")
        with pytest.raises(PaymentsNotConfigured):
            _ = NO_PROVIDER.key_id

    @pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n", b"HTTP/1.1 200 OK\r\n"])
    async def test_bytes_that_trickle(self, settings: Settings, credentials: Secrets, head: bytes) -> None:
        """Each in time, and the answer never."""
        over = asyncio.Event()

        async def trickle(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(head)
            try:
                while not over.is_set():
                    writer.write(b"x")
                    await writer.drain()
                    await asyncio.sleep(0.1)
            finally:
                writer.close()

        server = await asyncio.start_server(trickle, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        assert credentials.razorpay
        own = changed(settings, razorpay_connect_seconds=0.2, razorpay_read_seconds=0.5).razorpay
        client = Razorpay(credentials.razorpay, Calls(credentials.razorpay, url, own))
        with pytest.raises(PaymentProvider) as caught:
            await client.find_order("x")
        assert caught.value.reason is TIMEOUT
        server.close()
        server.close_clients() if hasattr(server, "close_clients") else None
        over.set()
        await client.close()
        assert client.calls is not None
        tries = 2
        assert (client.calls.in_progress, client.calls.outcomes["find_order", "timeout"]) == (0, tries)
        assert client.calls.circuit._failures == tries, "each counts once"


class TestManyAtOnce:
    async def test_the_loop_goes_on_and_threads_are_bounded(self, settings: Settings, sandbox: SandboxServer) -> None:
        own = changed(settings, razorpay_concurrent_calls=3).razorpay
        client = Razorpay(sandbox.keys, Calls(sandbox.keys, sandbox.url, own))
        assert client.calls is not None
        await sandbox.behave(delay_seconds=0.3)
        turns, most = 0, 0

        async def spin() -> None:
            nonlocal turns, most
            while True:
                turns, most = turns + 1, max(most, client.calls.in_progress)  # type: ignore[union-attr]
                await asyncio.sleep(0.001)

        spinning = asyncio.create_task(spin())
        found = await asyncio.gather(*(client.find_order("x") for _ in range(9)))
        spinning.cancel()
        threads = [thread for thread in threading.enumerate() if thread.name.startswith("razorpay")]
        assert (found, most, len(client.calls._clients)) == ([None] * 9, 3, 3)
        assert turns > 50
        assert len(threads) >= 3
        await client.close()

    async def test_who_waits_too_long_is_refused(
        self, settings: Settings, sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("payments.calls.WAIT_SECONDS", 0.2)
        own = changed(settings, razorpay_concurrent_calls=1).razorpay
        client = Razorpay(sandbox.keys, Calls(sandbox.keys, sandbox.url, own))
        assert client.calls is not None
        await sandbox.behave(delay_seconds=1.5, times=1)
        first = asyncio.create_task(client.find_order("x"))
        await asyncio.sleep(0.1)
        with pytest.raises(PaymentProvider, match="Too many payments"):
            await client.calls._run("find_order", lambda sdk: sdk.order.all({}))
        assert client.calls.outcomes["find_order", "busy"] == 1
        assert await first is None
        await client.close()

    async def test_a_caller_who_leaves_frees_nothing_too_early(
        self, settings: Settings, sandbox: SandboxServer
    ) -> None:
        own = changed(settings, razorpay_concurrent_calls=1).razorpay
        client = Razorpay(sandbox.keys, Calls(sandbox.keys, sandbox.url, own))
        assert client.calls is not None
        await sandbox.behave(delay_seconds=0.5)
        leaving = asyncio.create_task(client.find_order("x"))
        await asyncio.sleep(0.1)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        assert client.calls.in_progress == 1
        assert await client.find_order("x") is None
        assert client.calls.outcomes["find_order", "ok"] == 2
        await client.close()

    async def test_closing_waits_for_what_is_under_way(self, settings: Settings, sandbox: SandboxServer) -> None:
        client = Razorpay(sandbox.keys, Calls(sandbox.keys, sandbox.url, settings.razorpay))
        await sandbox.behave(delay_seconds=0.5)
        under_way = asyncio.create_task(client.find_order("x"))
        await asyncio.sleep(0.1)
        await client.close()
        assert await under_way is None
        with pytest.raises(PaymentProvider):
            await client.find_order("x")


class TestCircuit:
    async def test_opens_and_closes(self, settings: Settings, sandbox: SandboxServer) -> None:
        seconds = [1_000.0]
        circuit = Circuit(lambda: seconds[0])
        calls = Calls(sandbox.keys, sandbox.url, settings.razorpay, circuit)
        client = Razorpay(sandbox.keys, calls)
        await sandbox.behave(reply="html")
        with capture_logs() as logs:
            for _ in range(MAX_FAILURES):
                with pytest.raises(PaymentProvider):
                    await client.find_order("x")
            made = sum(count for (_, outcome), count in calls.outcomes.items() if outcome == "unavailable")
            assert (circuit.state, made) == (State.OPEN, MAX_FAILURES)
            began = time.monotonic()
            for _ in range(20):
                with pytest.raises(PaymentProvider) as refused:
                    await calls._run("find_order", lambda sdk: sdk.order.all({}))
            assert refused.value.retryable
            assert calls.outcomes["find_order", "circuit_open"] >= 20
            seconds[0] += 6
            await sandbox.behave(delay_seconds=0.3)
            answers = await asyncio.gather(
                *(calls._run("find_order", lambda sdk: sdk.order.all({})) for _ in range(10)), return_exceptions=True
            )
            assert sum(isinstance(answer, dict) for answer in answers) == 1, "one call finds out whether it is back"
            assert circuit.state is State.CLOSED
            assert await client.find_order("x") is None
        events = [line["event"] for line in logs]
        assert (events.count("payment_circuit_opened"), events.count("payment_circuit_closed")) == (1, 1)
        assert events.count("payment_call_failed") == MAX_FAILURES
        assert time.monotonic() > began
        await client.close()

    def test_pauses_grow(self) -> None:
        seconds = [0.0]
        circuit = Circuit(lambda: seconds[0])
        for _ in range(MAX_FAILURES):
            assert circuit.admit() is State.CLOSED
            circuit.fail()
        for pause in (5, 10, 20, 40, 60, 60):
            seconds[0] += pause - 0.1
            assert circuit.admit() is State.OPEN
            seconds[0] += 0.2
            assert circuit.admit() is State.HALF_OPEN
            circuit.leave(State.CLOSED)  # one that was admitted before
            assert circuit.admit() is State.OPEN
            circuit.fail()
        seconds[0] += 61
        assert circuit.admit() is State.HALF_OPEN
        circuit.leave(State.HALF_OPEN)
        assert circuit.admit() is State.HALF_OPEN, "a probe that was not made leaves its place to another"
        circuit.succeed()
        assert circuit.state is State.CLOSED

    async def test_refusals_are_answers(self, razorpay: Razorpay) -> None:
        for _ in range(2 * MAX_FAILURES):
            with pytest.raises(PaymentRejected):
                await razorpay.create_order(uuid4(), 7, "INR")
        assert razorpay.calls is not None
        assert razorpay.calls.circuit.state is State.CLOSED
