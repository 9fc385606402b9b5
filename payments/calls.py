"""Calls of Razorpay's SDK in threads: so many at once, each in a bounded time, none while the circuit is open."""

import asyncio
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from auth.secrets import RazorpayKeys
from errors.payments import PaymentProvider, PaymentProviderErrorReason
from payments import failures
from payments.circuit import Circuit, State
from settings.razorpay import RazorpaySettings

WAIT_SECONDS = 2.0
"""How long a call waits for others to end."""
RETRY_SECONDS = 0.2
MAX_SECONDS_BEFORE_RETRY = 1.0
"""A call that has failed later than that is not tried again: somebody waits for it."""
OK, REFUSED, BUSY = "ok", "circuit_open", "busy"
NAMES = (
    "create_order",
    "find_order",
    "fetch_payments",
    "fetch_payment",
    "create_refund",
    "fetch_refunds",
    "list_payments",
    "list_refunds",
)
OUTCOMES = (OK, REFUSED, BUSY, *(reason.value.lower() for reason in PaymentProviderErrorReason))

Call = Callable[[Any], Any]
"""Uses a client of the SDK, in a thread."""


class Calls:
    """The calls of one process, or of one run of a command."""

    def __init__(
        self, keys: RazorpayKeys, url: str, settings: RazorpaySettings, circuit: Circuit | None = None
    ) -> None:
        self.circuit = circuit or Circuit()
        self.outcomes = Counter({(name, outcome): 0 for name in NAMES for outcome in OUTCOMES})
        """Calls by name and outcome: each is shown from the start, so that a first one is an increase."""
        self.seconds = dict.fromkeys(NAMES, 0.0)
        """How long the calls of a name have taken in all."""
        self.in_progress = 0
        self._open = keys, url, settings.connect_seconds, settings.read_seconds
        self._seconds = settings.connect_seconds + settings.read_seconds
        self._threads = ThreadPoolExecutor(settings.concurrent_calls, thread_name_prefix="razorpay")
        self._slots = asyncio.Semaphore(settings.concurrent_calls)
        self._own = threading.local()
        self._clients: list[Any] = []

    async def run(self, name: str, call: Call, *, idempotent: bool = True) -> Any:
        """Make a call, and once more if it has failed quickly and can be repeated; raises `PaymentProvider`."""
        began = time.monotonic()
        try:
            return await self._run(name, call)
        except PaymentProvider as error:
            if not idempotent or not error.retryable or time.monotonic() - began > MAX_SECONDS_BEFORE_RETRY:
                raise
        await asyncio.sleep(RETRY_SECONDS * random.uniform(0.5, 1.5))  # noqa: S311 - so that not all come at once
        return await self._run(name, call)

    async def _run(self, name: str, call: Call) -> Any:
        admitted = self.circuit.admit()
        if admitted is State.OPEN:
            self.outcomes[name, REFUSED] += 1
            raise PaymentProvider(failures.NOT_REACHED)
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._slots.acquire()
        except BaseException as left:
            self.circuit.leave(admitted)
            if isinstance(left, TimeoutError):
                self.outcomes[name, BUSY] += 1
                raise PaymentProvider(failures.BUSY) from None
            raise
        return await self._wait(name, self._begin(name, call, admitted))

    def _begin(self, name: str, call: Call, admitted: State) -> "asyncio.Future[Any]":
        """Hand a call to a thread. What becomes of it is noted when the thread is done, whoever waits for it."""
        self.in_progress += 1
        loop, began = asyncio.get_running_loop(), time.monotonic()
        done: asyncio.Future[Any] = loop.create_future()
        done.add_done_callback(lambda future: future.cancelled() or future.exception())

        def note(ended: "Future[Any]") -> None:
            self.in_progress -= 1
            self._slots.release()
            self.seconds[name] += time.monotonic() - began
            if done.done():  # `_wait` has given up, and noted that
                return
            error = asyncio.CancelledError() if ended.cancelled() else ended.exception()
            self._note(name, error, admitted)
            if error is None:
                done.set_result(ended.result())
            elif ended.cancelled():
                done.cancel()
            else:
                done.set_exception(error)

        def hand_over(ended: "Future[Any]") -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(note, ended)

        try:
            self._threads.submit(self._in_thread, name, call).add_done_callback(hand_over)
        except RuntimeError:  # closed: the process is about to stop
            self.in_progress -= 1
            self._slots.release()
            self.circuit.leave(admitted)
            raise PaymentProvider(failures.NOT_REACHED) from None
        return done

    def _note(self, name: str, error: BaseException | None, admitted: State) -> None:
        if error is None:
            self.circuit.succeed()
            self.outcomes[name, OK] += 1
        elif isinstance(error, PaymentProvider):
            self.outcomes[name, error.reason.value.lower()] += 1
            if error.retryable and error.status not in failures.BUSY_STATUSES:
                self.circuit.fail()
            else:
                self.circuit.succeed()
        else:
            self.circuit.leave(admitted)

    async def _wait(self, name: str, done: "asyncio.Future[Any]") -> Any:
        """Wait for a thread, not for longer than it has: a head that arrives byte by byte would keep it."""
        try:
            async with asyncio.timeout(self._seconds + WAIT_SECONDS):
                return await asyncio.shield(done)
        except TimeoutError:
            done.cancel()
            late = PaymentProvider(failures.NO_ANSWER, PaymentProviderErrorReason.TIMEOUT, maybe_done=True)
            self._note(name, late, State.CLOSED)
            raise late from None

    def _in_thread(self, name: str, call: Call) -> Any:
        from payments.session import open_client

        client = getattr(self._own, "client", None)
        if client is None:
            client = self._own.client = open_client(*self._open)
            self._clients.append(client)
        client.session.answer = None
        try:
            return call(client)
        except Exception as error:  # noqa: BLE001 - whatever the SDK makes of an answer; bugs are raised again
            known = failures.of_exception(error, client.session.answer)
            failures.report(name, known, client.session.answer)
            raise known from None

    async def close(self) -> None:
        """Begin no more calls; those under way have a few seconds to end."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        end = time.monotonic() + WAIT_SECONDS
        while self.in_progress and time.monotonic() < end:  # noqa: ASYNC110 - threads end, not tasks
            await asyncio.sleep(0.02)
        for client in self._clients:
            client.session.close()
