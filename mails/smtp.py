"""Handing mails to the mail server over SMTP, and which of its answers allow another try."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING, Self
from urllib.parse import unquote, urlsplit

from settings import Settings

if TYPE_CHECKING:
    from aiosmtplib import SMTP, SMTPResponseException

ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?=\s|\Z)")
LOST = "no answer came once the text was on the way: it may have been delivered"
QUIT_SECONDS = 1.0


class Unsent(Exception):
    """The mail was not accepted. The text has neither addresses nor the server's words: both may name people."""


class Deferred(Unsent):
    """Not accepted this time; another try may succeed."""


class Rejected(Unsent):
    """Not accepted, and no further try will succeed."""


class Unanswered(Unsent):
    """The connection ended while the text was being sent: it may have been accepted."""


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mail is handed in. `smtps` begins with TLS; `starttls` insists on it, as `smtp` does for a password.

    On this machine itself `smtp` goes without, since local relays seldom have a certificate that anybody trusts.
    """

    host: str
    port: int
    username: str | None
    password: str | None = field(repr=False)
    tls: bool
    start_tls: bool | None
    own_name: str
    seconds: float
    acceptance_seconds: float

    @classmethod
    def of(cls, settings: Settings, url: str) -> Self:
        """Read `SMTP_URL`."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        username = None if parts.username is None else unquote(parts.username)
        start_tls = None if username is None else True
        if _is_loopback(host):
            start_tls = False
        return cls(
            host=host,
            port=parts.port or {"smtp": 25, "starttls": 587, "smtps": 465}[parts.scheme],
            username=username,
            password=None if parts.password is None else unquote(parts.password),
            tls=parts.scheme == "smtps",
            start_tls={"smtp": start_tls, "starttls": True, "smtps": False}[parts.scheme],
            own_name=_own_name(urlsplit(settings.server.public_url).hostname or "localhost"),
            seconds=settings.mail.smtp_seconds,
            acceptance_seconds=settings.mail.smtp_acceptance_seconds,
        )

    @asynccontextmanager
    async def accepting(self, sender: str, recipient: str) -> AsyncIterator["SmtpSession"]:
        """Open a session whose recipient the server has accepted. No text is sent yet, so any failure may be retried."""
        from aiosmtplib import SMTP, SMTPException, SMTPRecipientRefused, SMTPSenderRefused

        client = SMTP(
            hostname=self.host, port=self.port, use_tls=self.tls, start_tls=False, local_hostname=self.own_name,
            timeout=self.seconds,
        )  # fmt: skip
        unicode = not recipient.isascii()
        try:
            try:
                await client.connect()
                await client.ehlo()
                await self._sign_in(client)
                if unicode and not client.supports_extension("smtputf8"):
                    raise Rejected("the mail server takes no address outside of ASCII")
                await client.mail(sender, options=["SMTPUTF8"] if unicode else [])
                await client.rcpt(recipient, encoding="utf-8" if unicode else "ascii")
            except (SMTPSenderRefused, SMTPRecipientRefused) as answer:
                raise _error_for(answer, Deferred) from None
            except (SMTPException, OSError, ValueError) as error:  # not about this mail
                raise Deferred(f"the mail server cannot be used: {_summary(error)}") from None
            yield SmtpSession(client, self.acceptance_seconds)
            with suppress(SMTPException, OSError):
                await client.quit(timeout=QUIT_SECONDS)
        finally:
            client.close()

    async def _sign_in(self, client: "SMTP") -> None:
        offered = client.supports_extension("starttls")
        if self.start_tls and not offered:
            raise Deferred("the mail server does not offer STARTTLS")
        if offered and self.start_tls is not False:
            await client.starttls()
            await client.ehlo()
        if self.username is not None:
            await client.login(self.username, self.password or "")


@dataclass(frozen=True, slots=True)
class SmtpSession:
    """A connection on which the server is ready for the text."""

    client: "SMTP"
    seconds: float

    async def send_data(self, text: bytes) -> None:
        """Send the text. Only a negative answer means that it was not accepted; no answer may mean either."""
        from aiosmtplib import SMTPDataError, SMTPException

        try:
            await self.client.data(text, timeout=self.seconds)
        except SMTPDataError as answer:
            raise _error_for(answer, Unanswered) from None
        except (SMTPException, OSError) as error:
            raise Unanswered(f"{LOST}: {_summary(error)}") from None


def _error_for(answer: "SMTPResponseException", otherwise: type[Unsent]) -> Unsent:
    enhanced = ENHANCED.match(answer.message)
    kind = {4: Deferred, 5: Rejected}.get(answer.code // 100, otherwise)
    return kind(f"the mail server said {answer.code}{f' {enhanced[0]}' if enhanced else ''}")


def _summary(error: Exception) -> str:
    """Describe an error by its type and number, never by its text."""
    number = getattr(error, "code", None) or getattr(error.__cause__, "errno", None)
    return f"{type(error).__name__}{f' {number}' if number else ''}"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _own_name(host: str) -> str:
    """Give the name for EHLO; an IP address goes in brackets."""
    try:
        ip_address(host)
    except ValueError:
        return host
    return f"[{'IPv6:' if ':' in host else ''}{host}]"
