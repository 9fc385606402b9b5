"""uvicorn's HTTP/1.1 for clients that cannot be trusted: bounded heads, no trailers, and an end to every wait."""

from collections.abc import Callable
from contextlib import suppress
from math import inf
from typing import Any

import httptools
import structlog
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from settings import ConnectionSettings
from transport import refusals
from transport.bad_request import BadRequest
from transport.connection_timers import ConnectionTimers

MAX_PIPELINED = 64
CHUNK_BYTES = 5
"""The framing of the smallest chunk: one digit and two line ends."""
BODY_BYTES_FOR_ONE_OF_FRAMING = 16
MAX_FRAMING_CREDIT = 64
LINGER_SECONDS = 2.0
LINGER_BYTES = 1024 * 1024
"""How long and how much is still read and dropped after a refusal: unread bytes would reset the connection, and the
client would lose the answer."""
UPGRADE_HEADERS = frozenset({b"upgrade", b"http2-settings"})

log = structlog.get_logger("clientele")


class _Refused(Exception):
    """Raised in a callback of the parser to stop it."""


class _Flow(FlowControl):
    """uvicorn's, which does not read on while there is data that has not been parsed."""

    holding = False

    def resume_reading(self) -> None:
        if not self.holding:
            super().resume_reading()


class HttpProtocol(HttpToolsProtocol):
    """One connection. `timers` belong to all connections of the server."""

    def __init__(self, *args: Any, settings: ConnectionSettings, timers: ConnectionTimers, **options: Any) -> None:
        super().__init__(*args, **options)
        self._settings = settings
        self._timers = timers
        self.flow: _Flow
        self.on_disconnect: Callable[[], None] | None = None
        """What to do when the client leaves, for the request under way."""
        self._extensions = {"http.connection": self}
        # Bytes are counted as they arrive. Between two requests the next head is expected, and blank lines count.
        self._in_head = True
        self._head_begun = False
        self._head_bytes = 0
        self._framing_bytes = 0
        self._messages = 0
        self._ignores_upgrade = False
        self._refusal: BadRequest | None = None
        self._dropped_bytes: int | None = None
        self._held = b""
        """What is parsed when the requests before it have been answered."""
        # The time after which the client has kept the server waiting for too long.
        self._due = inf
        self._head_timed = False
        self._unsent_bytes = 0
        self._sent_at = 0.0

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.flow = _Flow(transport)
        self._due = self.loop.time() + self._settings.head_seconds
        self._timers.add(self, self.loop)

    def connection_lost(self, exc: Exception | None) -> None:
        self._timers.discard(self)
        super().connection_lost(exc)
        if self.on_disconnect is not None:
            self.on_disconnect()

    def data_received(self, data: bytes) -> None:
        """Parse what has arrived, in pieces that no head can be too large in."""
        start = 0
        while start < len(data):
            if self._dropped_bytes is not None:
                self._drop(len(data) - start)
                return
            if self.pipeline:
                self._hold(data[start:])
                return
            room = self._settings.head_bytes - (self._head_bytes if self._in_head else 0)
            piece = data if start == 0 and len(data) <= room else data[start : start + room]
            start += len(piece)
            if not self._parse(piece):
                return
        if self._in_head and self._head_begun and not self._head_timed:
            self._head_timed = True
            self._due = min(self._due, self.loop.time() + self._settings.head_seconds)

    def _hold(self, data: bytes) -> None:
        self._held = data
        self.flow.pause_reading()
        self.flow.holding = True

    def _resume(self) -> None:
        data, self._held = self._held, b""
        self.flow.holding = False
        self.flow.resume_reading()
        self.data_received(data)

    def _parse(self, piece: bytes) -> bool:
        """Parse a piece; False where the rest of the data is for nobody."""
        was_in_head, messages = self._in_head, self._messages
        try:
            self.parser.feed_data(piece)
        except httptools.HttpParserUpgrade as upgrade:
            if not self._ignores_upgrade:
                self.handle_websocket_upgrade()
                return False
            return self._parse_without_upgrade() and self._parse(piece[upgrade.args[0] :])
        except httptools.HttpParserError:
            self._refuse(self._refusal or refusals.not_http())
            return False
        if self._messages != messages:
            # What the piece has of the next head is not known, and not counted: it is less than a piece.
            self._framing_bytes = 0
            return True
        limit = self._settings.head_bytes
        if self._in_head:
            self._head_bytes += len(piece)
            too_large = self._head_bytes >= limit
        elif was_in_head:
            self._framing_bytes, too_large = 0, False
        else:
            self._framing_bytes = max(self._framing_bytes + len(piece), -MAX_FRAMING_CREDIT)
            too_large = self._framing_bytes > limit
        if too_large:
            self._refuse(refusals.head_too_large(limit))
        return not too_large

    def _parse_without_upgrade(self) -> bool:
        """Parse the head that has just ended again, as if it did not ask for a protocol that is not spoken here."""
        self._ignores_upgrade = False
        version, method = self.parser.get_http_version(), self.parser.get_method()
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn does
        lines = [b"%b %b HTTP/%b" % (method, self.url, version.encode())]
        for name, value in self.headers:
            kept = _without_upgrade(value) if name == b"connection" else value
            if name not in UPGRADE_HEADERS and (kept or name != b"connection"):
                lines.append(name + b": " + kept)
        return self._parse(b"\r\n".join([*lines, b"", b""]))

    def _refuse(self, error: BadRequest) -> None:
        """Answer with an error, as far as the requests before are answered, and end the connection."""
        log.warning("http_refused", status=error.status, reason=error.reason)
        self._dropped_bytes = 0
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:
            if self._in_head or cycle.response_started or self.pipeline:
                # The requests before are answered, and the last of them ends the connection.
                cycle.keep_alive = False
                if not self._in_head:
                    self.transport.abort()
                return
            cycle.disconnected = True
            cycle.message_event.set()
        self._due = self.loop.time() + LINGER_SECONDS
        self.flow.resume_reading()
        self.transport.write(refusals.encode(error))
        with suppress(OSError, NotImplementedError):
            self.transport.write_eof()

    def _drop(self, size: int) -> None:
        self._dropped_bytes = (self._dropped_bytes or 0) + size
        if self._dropped_bytes > LINGER_BYTES:
            self.transport.abort()

    def send_400_response(self, msg: str) -> None:
        self._refuse(refusals.not_http())

    # What the parser finds

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_begun = True
        self.scope["extensions"] = self._extensions  # type: ignore[typeddict-item]

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head:  # a trailer is no header: whoever reads headers has read them before it came
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        upgrades = self.parser.should_upgrade()
        if len(self.pipeline) >= MAX_PIPELINED or (upgrades and self.parser.get_method() == b"CONNECT"):
            self._refusal = refusals.not_http()
            raise _Refused
        if upgrades:
            under_way = self.cycle is not None and not self.cycle.response_complete
            if self._should_upgrade() and not under_way and self.parser.get_http_version() == "1.1":
                super().on_headers_complete()
                return
            self._ignores_upgrade = True
            return
        self._in_head = self._head_begun = self._head_timed = False
        self._head_bytes = 0
        self._due = inf
        super().on_headers_complete()

    def on_chunk_header(self) -> None:
        self._framing_bytes -= CHUNK_BYTES

    def on_body(self, body: bytes) -> None:
        if not self._ignores_upgrade:
            self._framing_bytes -= len(body) + len(body) // BODY_BYTES_FOR_ONE_OF_FRAMING
            super().on_body(body)

    def on_message_complete(self) -> None:
        if self._ignores_upgrade:
            return
        super().on_message_complete()
        self._messages += 1
        self._in_head = True
        if self.cycle is not None and self.cycle.response_complete:
            self._due = self.loop.time() + self._settings.idle_seconds

    # Time

    def on_response_complete(self) -> None:
        """Start the next request, or wait for it. In place of uvicorn's, which starts a timer for each request."""
        self.server_state.total_requests += 1
        self.on_disconnect = None
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
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
                self.transport.abort()
                return "write"
        else:
            self._sent_at = now
        self._unsent_bytes = unsent
        if now < self._due or not (
            self.cycle is None or self.cycle.response_complete or self._dropped_bytes is not None
        ):
            return None
        if unsent or self._dropped_bytes is not None:
            self.transport.abort()
        else:
            self.transport.close()
        if self._in_head:
            return "head" if self._head_begun else None
        return "body"

    def handle_websocket_upgrade(self) -> None:
        self._timers.discard(self)
        super().handle_websocket_upgrade()


def _without_upgrade(connection: bytes) -> bytes:
    options = (option.strip() for option in connection.split(b","))
    return b", ".join(option for option in options if option.lower() not in UPGRADE_HEADERS)
