"""The life of an HTTP connection: how fast it is read, how long it is waited for, and how it ends."""

from collections.abc import Callable
from contextlib import suppress
from math import inf
from typing import Any

from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from settings import ConnectionSettings
from transport.connection_timers import ConnectionTimers

LINGER_SECONDS = 2.0
LINGER_BYTES = 1024 * 1024
"""How long and how much is still read and dropped after a refusal: unread bytes would reset the connection, and the
client would lose the answer."""


class _Flow(FlowControl):
    """uvicorn's, which does not read on while there is data that has not been parsed."""

    holding = False

    def resume_reading(self) -> None:
        if not self.holding:
            super().resume_reading()


class HttpConnection(HttpToolsProtocol):
    """uvicorn's connection with an end to every wait. `timers` belong to all connections of the server."""

    flow: _Flow

    def __init__(self, *args: Any, settings: ConnectionSettings, timers: ConnectionTimers, **options: Any) -> None:
        super().__init__(*args, **options)
        self._settings = settings
        self._timers = timers
        self.on_disconnect: Callable[[], None] | None = None
        """What to do when the client leaves, for the request under way."""
        self._current: RequestResponseCycle | None = None
        """The request that is answered now; `cycle` is the last one that was received."""
        self._in_head = True
        """Whether a head is expected or comes in; false while a body does."""
        self._head_begun = False
        self._held = b""
        """What is parsed when the requests before it have been answered."""
        self._dropped_bytes: int | None = None
        """How much was dropped since a refusal; None before one."""
        self._due = inf
        """When the client has kept the server waiting for too long."""
        self._unsent_bytes = 0
        self._sent_at = 0.0

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.flow = _Flow(transport)
        self._due = self.loop.time() + self._settings.head_seconds
        self._timers.add(self, self.loop)

    def connection_lost(self, exc: Exception | None) -> None:
        self._timers.discard(self)
        self._disconnect_requests()
        super().connection_lost(exc)
        if self.on_disconnect is not None:
            self.on_disconnect()

    def _disconnect_requests(self) -> None:
        """Tell all requests that the client has left. uvicorn tells only the last of those that were pipelined."""
        for cycle in (self._current, self.cycle):
            if cycle is not None and not cycle.response_complete:
                cycle.disconnected = True
                cycle.message_event.set()
        self.pipeline.clear()

    def _abort(self) -> None:
        self._disconnect_requests()  # first, since uvloop raises an error when a closed connection is written to
        self.transport.abort()

    def _hold(self, data: bytes) -> None:
        self._held += data
        self.flow.pause_reading()
        self.flow.holding = True

    def _resume(self) -> None:
        data, self._held = self._held, b""
        self.flow.holding = False
        self.flow.resume_reading()
        self.data_received(data)

    def _end_with(self, response: bytes) -> None:
        """Send a last response, and read on for a moment, so that the client gets it."""
        self._due = self.loop.time() + LINGER_SECONDS
        self.flow.resume_reading()
        self.transport.write(response)
        if self.transport.can_write_eof():
            with suppress(OSError):  # the client has left already
                self.transport.write_eof()

    def _drop(self, size: int) -> None:
        self._dropped_bytes = (self._dropped_bytes or 0) + size
        if self._dropped_bytes > LINGER_BYTES:
            self._abort()

    def on_response_complete(self) -> None:
        """Start the next request, or wait for it. In place of uvicorn's, which starts a timer for each request."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._current, app = self.pipeline.pop()
            self._start_asgi_task(self._current, app)
            if self._held and not self.pipeline:
                self._resume()
            return
        idle = self._in_head and not self._head_begun
        self._due = self.loop.time() + (self._settings.idle_seconds if idle else self._settings.head_seconds)

    def check(self, now: float) -> str | None:
        """End the connection if the client neither sends what it has to nor takes what it has asked for.

        Gives what the client has kept the server waiting for, where that is worth a line in the log.
        """
        unsent = self.transport.get_write_buffer_size()
        if unsent and unsent >= self._unsent_bytes > 0:
            if now - self._sent_at >= self._settings.write_stall_seconds:
                self._abort()
                return "write"
        else:
            self._sent_at = now
        self._unsent_bytes = unsent
        if now < self._due or not (
            self.cycle is None or self.cycle.response_complete or self._dropped_bytes is not None
        ):
            return None
        if unsent or self._dropped_bytes is not None:
            self._abort()
        else:
            self.transport.close()
        if self._in_head:
            return "head" if self._head_begun else None
        return "body"

    def handle_websocket_upgrade(self) -> None:
        self._timers.discard(self)
        super().handle_websocket_upgrade()
