"""A post office for tests: an SMTP server that speaks the protocol, says what it is told to, and keeps what it takes."""

import asyncio
import ssl
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import asyncpg
import httpx2
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from application import create
from auth.issuer import DevelopmentIssuer
from auth.secrets import Secrets
from database.engine import Database
from mails import tickets as ticket_mails
from models.tickets import Ticket, TicketStatus
from settings import Settings
from tests.conftest import serving
from tests.patience import SECONDS
from tests.people import World, word
from tests.rows import add

PATIENCE = SECONDS
SENDER = "Help <help@shop.example>"
SOON = {"mail_retry_seconds": 0.1, "mail_tries": 3, "smtp_seconds": 3.0, "smtp_acceptance_seconds": 3.0}
HANG = "hang"
DROP = "drop"
SLOWLY = "slowly "


@dataclass
class PostOffice:
    """What it says to a recipient, or to the text for one, is taken from the front of a list; else it is 250."""

    to_recipient: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    to_text: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    taken: list[tuple[str, bytes]] = field(default_factory=list)
    """Recipient and text of all that was sent whole, whatever was answered to it."""
    tries: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    passwords: list[tuple[bytes, bytes]] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.tries[address] += 1
        self.encrypted.append(session.ssl is not None)
        answer = self.to_recipient[address].pop(0) if self.to_recipient[address] else "250 OK"
        answer = await self._done(server, answer)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        address = envelope.rcpt_tos[0]
        self.taken.append((address, envelope.content or b""))  # type: ignore[arg-type]
        answer = self.to_text[address].pop(0) if self.to_text[address] else "250 OK"
        return await self._done(server, answer)

    async def _done(self, server: SMTP, answer: str) -> str:
        if answer == HANG:
            await self.released.wait()
        if answer == DROP:
            server.transport.close()  # type: ignore[union-attr]
        if answer.startswith(SLOWLY):
            await asyncio.sleep(0.5)
        return answer.removeprefix(SLOWLY)

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.passwords.append((data.login, data.password))
        return AuthResult(success=data.password == b"p@ss/word", handled=False)

    def raw(self, address: str) -> list[bytes]:
        """What was sent to somebody."""
        return [text for to, text in self.taken if to == address]

    def templates(self, address: str) -> list[EmailMessage]:
        """What was sent to somebody, read."""
        return [message_from_bytes(text, policy=default) for text in self.raw(address)]  # type: ignore[arg-type]

    async def mail(self, address: str) -> EmailMessage:
        """Wait for the first mail to somebody."""
        await until(lambda: bool(self.raw(address)))
        return self.templates(address)[0]

    @asynccontextmanager
    async def open(
        self, port: int = 0, *, tls: ssl.SSLContext | None = None, implicit: bool = False, **options: Any
    ) -> AsyncIterator["PostOffice"]:
        """Listen on loopback while the block runs."""
        made = {"hostname": "post.example", "enable_SMTPUTF8": True, "authenticator": self.authenticate} | options
        if not implicit:
            made["tls_context"] = tls
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: SMTP(self, loop=loop, **made), "127.0.0.1", port, ssl=tls if implicit else None
        )
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            self.released.set()
            server.close()


async def until(there: Callable[[], Any], seconds: float = PATIENCE) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(seconds):
        while not there():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)


@dataclass(frozen=True)
class Shop:
    """A server that sends mails, with the post office that it hands them to."""

    world: World
    database: Database
    office: PostOffice

    async def ticket(self, **values: Any) -> Ticket:
        """Submit a ticket, told of in its transaction; from a guest with an address of their own unless said otherwise."""
        given = {"reference": f"TK-{word()}", "description": "Beeps.", "email": f"{word()}@example.com"} | values
        row = Ticket(**given)
        async with self.database.transaction() as tx:
            await add(tx, row)
            await ticket_mails.notify(tx, row.id, None, TicketStatus.OPEN)
        return row

    async def move(self, ticket: Ticket, was: TicketStatus, status: TicketStatus) -> None:
        """Tell that a ticket moved, in a transaction."""
        async with self.database.transaction() as session:
            await ticket_mails.notify(session, ticket.id, was, status)

    async def mails(self, ticket: Ticket) -> list[Any]:
        """The rows of a ticket's mails."""
        sql = "SELECT *, split_part(template, '.', 2) AS kind FROM mail WHERE subject_id = $1 ORDER BY id"
        return await self.database.pool.fetch(sql, ticket.id)  # type: ignore[attr-defined, no-any-return]

    async def state(self, ticket: Ticket, *states: str) -> Any:
        """Wait until the one mail of a ticket stands as said; gives its row."""
        async with asyncio.timeout(PATIENCE):
            while True:
                [mail] = await self.mails(ticket)
                if mail["state"] in states:
                    return mail
                await asyncio.sleep(0.01)

    async def quiet(self) -> None:
        """Wait until no job is left but those that are held."""
        left = "SELECT count(*) FROM pgqueuer.pgqueuer WHERE status <> 'failed'"
        async with asyncio.timeout(PATIENCE):
            while await self.world.value(left):  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)


@asynccontextmanager
async def shop(
    settings: Settings,
    credentials: Secrets,
    url: str,
    office: PostOffice,
    smtp: str = "smtp://127.0.0.1:{}",
    **more: Any,
) -> AsyncIterator[Shop]:
    """Serve a shop that hands its mails to `office`, and tries again soon."""
    given = settings.model_dump() | SOON | {"smtp_url": smtp.format(office.port), "mail_from": SENDER} | more
    mailing = Settings(**given)
    app = create(mailing, credentials, url)
    async with (
        serving(app) as address,
        httpx2.AsyncClient(base_url=address, timeout=SECONDS) as http,
        asyncpg.create_pool(url, min_size=0, max_size=5) as pool,
    ):
        database = app.state.resources.database
        database.pool = pool
        assert credentials.issuer_key
        yield Shop(World(database, DevelopmentIssuer(mailing, credentials.issuer_key), http), database, office)
