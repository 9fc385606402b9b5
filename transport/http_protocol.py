"""HTTP/1.1 for clients that cannot be trusted: heads, chunks and pipelines are bounded, and trailers dropped."""

from math import inf
from typing import Any

import httptools

from transport import refusals
from transport.bad_request import BadRequest
from transport.http_connection import HttpConnection
from transport.request_ids import make_id
from transport.sampled_log import REFUSALS

MAX_PIPELINED = 64
CHUNK_BYTES = 5
BODY_BYTES_FOR_ONE_OF_FRAMING = 16
MAX_FRAMING_CREDIT = 64
"""What a chunked body may have beside its content is bounded like a head, but chunks themselves are free: the framing
of the smallest one, a byte for more digits of larger ones, and what little may be carried over to the next piece."""
UPGRADE_HEADERS = frozenset({b"upgrade", b"http2-settings"})


class _Refused(Exception):
    """Raised in a callback of the parser to stop it."""


class HttpProtocol(HttpConnection):
    """One connection, and what is parsed from it. Bytes are counted as they arrive."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._extensions = {"http.connection": self}
        self._head_bytes = 0
        self._head_timed = False
        self._framing_bytes = 0
        self._messages = 0
        self._ignores_upgrade = False
        self._refusal: BadRequest | None = None

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
        request_id = make_id()
        reason = error.reason or ""
        REFUSALS.warning("http_refused", reason, status=error.status, reason=reason, request_id=request_id)
        response = refusals.encode(error, request_id)
        self._dropped_bytes = 0
        cycle = self.cycle
        if cycle is None or cycle.response_complete:
            self._end_with(response)
        elif self._in_head:
            cycle.keep_alive = False  # the requests before are answered, and the last of them ends the connection
            self._due = inf
        elif cycle.response_started or self.pipeline:
            self._abort()
        else:
            self._disconnect_requests()
            self._end_with(response)

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
        super().on_headers_complete()
        self._in_head = self._head_begun = self._head_timed = False
        self._head_bytes = 0
        self._due = inf
        if not self.pipeline:
            self._current = self.cycle

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


def _without_upgrade(connection: bytes) -> bytes:
    options = (option.strip() for option in connection.split(b","))
    return b", ".join(option for option in options if option.lower() not in UPGRADE_HEADERS)
