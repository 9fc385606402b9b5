"""E-mail on status changes (T9): to whom, once each, and only of what has been committed."""

from collections.abc import AsyncIterator
from email.message import EmailMessage
from itertools import pairwise

import pytest
from sqlmodel import col, delete

from actions import ticket_transitions
from auth.secrets import Secrets
from database.engine import Database
from jobs.kinds import KINDS
from mails import tickets as ticket_mails
from models.customers import Customer
from models.tickets import Ticket, TicketStatus
from settings import Settings
from tests.mails.mailbox import PostOffice, Shop, shop, until
from tests.people import Person, World, word
from tests.rows import add, counting

OPEN, CLAIMED = TicketStatus.OPEN, TicketStatus.CLAIMED


@pytest.fixture(scope="module")
async def post(settings: Settings, credentials: Secrets, empty_database_url: str) -> AsyncIterator[Shop]:
    async with PostOffice().open() as office, shop(settings, credentials, empty_database_url, office) as made:
        yield made


def plain(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part
    return str(part.get_content())


async def owner(world: World, **values: object) -> tuple[Person, str]:
    """Somebody whose address Clerk has vouched for."""
    address = f"{word()}@example.com"
    return await world.person(clerk_profile={"email": address, "verified_email": address}, **values), address


class TestTell:
    """A change is told once, after its commit."""

    async def test_a_guest_gets_the_reference(self, post: Shop) -> None:
        ticket = await post.ticket(name="Evil <b>Name</b>", description="Buy pills at http://spam.example")
        mail = await post.office.mail(str(ticket.email))
        text = mail.as_string() + plain(mail)
        assert ticket.reference in mail["subject"]
        assert ticket.reference in plain(mail)
        assert "/sign-up" in plain(mail)
        assert "Evil" not in text
        assert "pills" not in text
        assert mail["to"] == ticket.email
        assert mail["from"] == "Help <help@shop.example>"
        assert mail["auto-submitted"] == "auto-generated"

    async def test_a_guest_whose_number_an_account_has_verified(self, post: Shop) -> None:
        """Like any guest: a mail elsewhere, or with another word in it, would tell that the number is known."""
        me, address = await owner(post.world, name="Layla of the account", preferred_language="ar")
        linked = await post.ticket(customer_id=me.key, linked_when_sent=True)
        free = await post.ticket()
        templates = [await post.office.mail(str(ticket.email)) for ticket in (linked, free)]
        texts = [
            plain(mail).replace(ticket.reference, "REFERENCE")
            for mail, ticket in zip(templates, (linked, free), strict=True)
        ]
        assert texts[0] == texts[1]
        silent = await post.ticket(customer_id=me.key, linked_when_sent=True, email=None)
        mail = await post.office.mail(address)
        assert silent.reference in mail["subject"], "who typed no address cannot see where the mail goes"

    async def test_without_an_address_there_is_none(self, post: Shop) -> None:
        ticket = await post.ticket(email=None)
        assert await post.mails(ticket) == []

    async def test_nothing_of_what_is_undone(self, post: Shop) -> None:
        ticket = Ticket(reference=f"TK-{word()}", description="Beeps.", email=f"{word()}@example.com")

        async def undone() -> None:
            async with post.database.transaction() as tx:
                await add(tx, ticket)
                await ticket_mails.notify(tx, ticket.id, None, OPEN)
                raise LookupError

        with pytest.raises(LookupError):
            await undone()
        after = await post.ticket()  # queued later, so whoever has sent this would have sent the other before
        await post.office.mail(str(after.email))
        await post.quiet()
        assert post.office.raw(str(ticket.email)) == []

    async def test_each_change_once(self, post: Shop) -> None:
        ticket = await post.ticket()
        steps = [OPEN, CLAIMED, OPEN, CLAIMED, TicketStatus.IN_PROGRESS, TicketStatus.RESOLVED]
        for was, status in pairwise(steps):
            await post.move(ticket, was, status)
        await post.move(ticket, TicketStatus.RESOLVED, TicketStatus.RESOLVED)  # such as linking
        await until(lambda: len(post.office.raw(str(ticket.email))) == len(steps))
        await post.quiet()
        kinds = [mail["kind"] for mail in await post.mails(ticket)]
        assert kinds == ["RECEIVED", "CLAIMED", "REOPENED", "CLAIMED", "IN_PROGRESS", "RESOLVED"]
        templates = post.office.templates(str(ticket.email))
        assert len({mail["message-id"] for mail in templates}) == len(steps)
        assert len({mail["references"] for mail in templates}) == 1

    async def test_told_twice_in_one_transaction(self, post: Shop) -> None:
        ticket = await post.ticket()
        async with post.database.transaction() as session:
            await ticket_mails.notify(session, ticket.id, OPEN, CLAIMED)
            await ticket_mails.notify(session, ticket.id, OPEN, CLAIMED)
        assert [mail["kind"] for mail in await post.mails(ticket)] == ["RECEIVED", "CLAIMED"]

    async def test_without_a_mail_server(self, world: World, database: Database) -> None:
        """The server of the other tests has no SMTP_URL: it writes mails for those that have one, and sends none."""
        ticket = Ticket(reference=f"TK-{word()}", description="Beeps.", email=f"{word()}@example.com")
        async with database.transaction() as tx:
            await add(tx, ticket)
            await ticket_mails.notify(tx, ticket.id, None, OPEN)
        kind = KINDS["mails.send"]
        assert kind.configure(kind, Settings(smtp_url=None)) is None
        assert await world.value("SELECT state FROM mail WHERE subject_id = $1", ticket.id) == "QUEUED"

    async def test_another_way_in(self, world: World, database_url: str) -> None:
        """An action writes its mails in any transaction that does not say that there are none, such as a command's."""
        person = await world.person(email_notifications=True)
        ticket = await world.ticket(person, email=f"{word()}@example.com")
        database = await Database.connect(database_url, size=1, statement=5, lock=2, wait=2)
        try:
            async with database.transaction() as tx:
                await ticket_transitions.cancel_tickets_of(tx, person.key)
        finally:
            await database.close()
        assert await world.value("SELECT template FROM mail WHERE subject_id = $1", ticket.id) == "tickets.CANCELLED"

    async def test_one_statement(self, post: Shop) -> None:
        ticket = await post.ticket()
        seen: list[str] = []
        async with post.database.transaction() as tx:
            with counting(seen, tx):
                await ticket_mails.notify(tx, ticket.id, OPEN, CLAIMED)
        assert len(seen) == 1


class TestReader:
    """Whom a mail goes to, and what they are told."""

    async def test_an_owner_at_the_address_that_clerk_vouches_for(self, post: Shop) -> None:
        person, address = await owner(post.world, name="Layla Haddad", email="typed-in@example.com")
        ticket = await post.ticket(customer_id=person.key)
        mail = await post.office.mail(address)
        assert "Layla Haddad" in plain(mail)
        assert "/sign-up" not in plain(mail)
        await post.quiet()
        assert post.office.raw("typed-in@example.com") == post.office.raw(str(ticket.email)) == []

    async def test_an_owner_without_one_gets_what_a_stranger_may_know(self, post: Shop) -> None:
        person = await post.world.person(name="Layla Haddad", email="typed-in@example.com")
        ticket = await post.ticket(customer_id=person.key)
        mail = await post.office.mail(str(ticket.email))
        assert "Layla" not in plain(mail)

    async def test_who_wants_none(self, post: Shop) -> None:
        person, address = await owner(post.world, email_notifications=False)
        ticket = await post.ticket(customer_id=person.key)
        assert await post.mails(ticket) == []
        assert post.office.raw(address) == []

    async def test_who_wants_none_any_more(self, post: Shop) -> None:
        person, address = await owner(post.world)
        post.office.to_recipient[address] = ["451 4.3.0 Later"]
        ticket = await post.ticket(customer_id=person.key)
        await until(lambda: post.office.tries[address])
        await post.world.execute("UPDATE customer SET email_notifications = false WHERE id = $1", person.key)
        await post.quiet()
        assert (post.office.raw(address), await post.mails(ticket)) == ([], [])

    async def test_linked_while_it_waits(self, post: Shop) -> None:
        """The next mails of a guest's ticket go to its owner."""
        person, address = await owner(post.world)
        ticket = await post.ticket()
        await post.office.mail(str(ticket.email))
        await post.world.execute("UPDATE ticket SET customer_id = $1 WHERE id = $2", person.key, ticket.id)
        await post.move(ticket, OPEN, CLAIMED)
        await post.office.mail(address)
        async with post.database.transaction() as session:
            await session.exec(delete(Customer).where(col(Customer.id) == person.key))
        await post.move(ticket, CLAIMED, TicketStatus.CANCELLED)
        await until(lambda: len(post.office.raw(str(ticket.email))) == 2)

    async def test_in_their_language(self, post: Shop) -> None:
        person, address = await owner(post.world, preferred_language="ar")
        await post.ticket(customer_id=person.key, language="en")
        assert (await post.office.mail(address))["content-language"] == "ar"
        guest = await post.ticket(language="ar")
        mail = await post.office.mail(str(guest.email))
        html = mail.get_body(("html",))
        assert html
        assert (html.get_content_charset(), 'dir="rtl"' in html.get_content()) == ("utf-8", True)
        assert "مرحبًا" in plain(mail)
        assert f"\u2066{guest.reference}\u2069" in mail["subject"]

    @pytest.mark.parametrize(
        "address",
        ["a@b.example\r\nBcc: victim@b.example", "a@b.example>\r\nDATA\r\n", "<a@b.example>", "a b@c.example"],
    )
    async def test_no_header_is_smuggled_in(self, post: Shop, address: str) -> None:
        ticket = await post.ticket(email=address)
        mail = await post.state(ticket, "FAILED")
        assert mail["error"] == "its address is not one"
        assert not [to for to, text in post.office.taken if "b.example" in to or b"victim" in text]

    async def test_a_name_of_several_lines(self, post: Shop) -> None:
        person, address = await owner(post.world, name="Layla\r\nBcc: victim@b.example\r\n\r\nHi")
        await post.ticket(customer_id=person.key)
        mail = await post.office.mail(address)
        assert mail["bcc"] is None
        assert "Hello Layla Bcc: victim@b.example Hi," in plain(mail)

    async def test_addresses_in_all_scripts(self, post: Shop) -> None:
        domain = await post.ticket(email=f"{word()}@bücher.example")
        ascii_domain = str(domain.email).replace("bücher", "xn--bcher-kva")
        assert (await post.office.mail(ascii_domain))["to"] == ascii_domain
        whole = await post.ticket(email=f"ليلى{word()}@example.com")
        assert (await post.office.mail(str(whole.email)))["to"] == whole.email
