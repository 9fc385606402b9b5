"""The SDK of one thread: its own connections, answers of a bounded size in a bounded time, no redirects, nothing printed."""

import time
from http.cookiejar import DefaultCookiePolicy
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import requests
from razorpay import Client
from razorpay import client as sdk

from auth.secrets import RazorpayKeys
from settings.groups import is_loopback

MAX_ANSWER_BYTES = 10_000_000
"""More than 100 payments have whose notes are as long as Razorpay allows, 15 pairs of 256 characters, all escaped."""
CHUNK_BYTES = 65_536

sdk.print = lambda *_, **__: None  # the SDK prints on failures, with addresses; this name hides the builtin there


class Answer(NamedTuple):
    """What has arrived of an answer, for its error: the SDK keeps only the description."""

    status: int
    content: bytes


class AnswerTooLarge(Exception):
    """More bytes than any answer of Razorpay has."""


class AnswerTooSlow(Exception):
    """Bytes go on arriving, yet the answer is not there in time."""


class BoundedSession(requests.Session):
    """A session of one thread."""

    answer: Answer | None = None
    """That of the last request, None if there was none."""

    def __init__(self, connect_seconds: float, read_seconds: float, *, local: bool) -> None:
        super().__init__()
        self._timeout = connect_seconds, read_seconds
        self._seconds = connect_seconds + read_seconds
        self.trust_env = not local  # proxies do not lead to this machine
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def request(self, method: str, url: str, *args: Any, **options: Any) -> requests.Response:  # type: ignore[override]
        """Send a request, and read its whole answer."""
        self.answer = None
        end = time.monotonic() + self._seconds
        options |= {"timeout": self._timeout, "allow_redirects": False, "stream": True}
        response = super().request(method, url, *args, **options)
        try:
            response._content = _read(response, end)  # noqa: SLF001 - where `requests` keeps what it has read
        finally:
            response.close()
        self.answer = Answer(response.status_code, response.content)
        return response


def _read(response: requests.Response, end: float) -> bytes:
    content = bytearray()
    while chunk := response.raw.read1(CHUNK_BYTES, decode_content=True):
        content += chunk
        if len(content) > MAX_ANSWER_BYTES:
            raise AnswerTooLarge
        if time.monotonic() > end:
            raise AnswerTooSlow
    return bytes(content)


def open_client(keys: RazorpayKeys, url: str, connect_seconds: float, read_seconds: float) -> Client:
    """Open the SDK for one thread."""
    session = BoundedSession(connect_seconds, read_seconds, local=is_loopback(urlsplit(url).hostname or ""))
    return Client(session=session, auth=(keys.key_id, keys.key_secret), base_url=url)
