"""A guest follows their ticket live, by its reference and phone number (T10)."""

from typing import Any

from auth.secrets import Secrets
from models import ids, references
from models.tickets import Ticket
from settings import Settings
from tests.people import World, number
from tests.tickets.submissions import limited
from tests.tickets.test_links import link, verified
from tests.tickets.test_tickets_live import NONE, act, contact, error, id_of
from tests.transport.wires import CONTACT, Wire, change, followed, greeted, until

FOLLOW = f"""subscription ($r: String!, $p: PhoneNumber!) {{
    guestTicketUpdated(reference: $r, phoneNumber: $p) {{ id status {CONTACT} }} }}"""


async def follow(app: Any, wire: Wire, ticket: Ticket, id: str = "1", query: str = FOLLOW) -> None:
    await followed(app, 1, wire.ask(id, query, r=ticket.reference, p=ticket.phone_number))


class TestGuestTicketUpdated:
    """For who knows both, signed in or not."""

    async def test_anonymous(self, address: str, app: Any, world: World) -> None:
        ticket, other, solver = await world.ticket(), await world.ticket(), await world.solver()
        async with greeted(address) as wire:
            await follow(app, wire, ticket)
            await change(world, other)
            for verb, status in (
                ("claimTicket", "CLAIMED"),
                ("startSession", "IN_PROGRESS"),
                ("releaseTicket", "OPEN"),
            ):
                await act(solver, verb, ticket)
                row = {"id": id_of(ticket), "status": status, **contact(ticket)}
                assert await wire.data("1") == {"guestTicketUpdated": row}

    async def test_a_stranger_cannot_tell_a_wrong_pair_from_another(self, address: str, world: World) -> None:
        ticket, other = await world.ticket(), await world.ticket()
        pairs = [
            (ticket.reference, number()), (ticket.reference, other.phone_number),
            (references.generate(), ticket.phone_number), ("x", ticket.phone_number),
        ]  # fmt: skip
        for token in (None, (await world.person()).graph.token):
            async with greeted(address, token) as wire:
                answers = []
                for reference, phone in pairs:
                    await wire.ask("1", FOLLOW, r=reference, p=phone)
                    answers.append(await error(wire, "1"))
                assert answers[0][0] == "NOT_FOUND"
                assert answers == answers[:1] * len(pairs)
                await wire.ask("1", FOLLOW, r=ticket.reference, p="12345")
                assert (await error(wire, "1"))[0] == "BAD_USER_INPUT"

    async def test_as_people_type(self, address: str, app: Any, world: World) -> None:
        ticket = await world.ticket()
        given = {"r": ticket.reference.lower().replace("-", " "), "p": f"00{(ticket.phone_number or '')[1:]}"}
        async with greeted(address) as wire:
            await followed(app, 1, wire.ask("1", FOLLOW, **given))
            await change(world, ticket)
            assert (await wire.data("1"))["guestTicketUpdated"]["id"] == id_of(ticket)

    async def test_contact_data_goes_when_an_account_takes_it(self, address: str, app: Any, world: World) -> None:
        ticket, me = await world.ticket(), await world.person()
        async with greeted(address) as guest, greeted(address, me.graph.token) as own:
            for wire in (guest, own):
                await follow(app, wire, ticket)
            assert (await link(me.graph, ticket))["customer"] == {"id": me.id}
            for wire in (guest, own):
                assert await wire.data("1") == {"guestTicketUpdated": {"id": id_of(ticket), "status": "OPEN", **NONE}}

    async def test_a_ticket_that_was_linked_when_it_was_sent(self, address: str, app: Any, world: World) -> None:
        me = await verified(world)
        ticket = await world.ticket(me, linked_when_sent=True)
        async with greeted(address) as wire:
            await follow(app, wire, ticket)
            await change(world, ticket)
            row = {"id": id_of(ticket), "status": "OPEN", **contact(ticket), "customer": None}
            assert await wire.data("1") == {"guestTicketUpdated": row}

    async def test_it_ends_when_the_ticket_is_nobodys_any_more(self, address: str, app: Any, world: World) -> None:
        """As at the deletion of its account, which erases the phone number."""
        ticket = await world.ticket()
        async with greeted(address) as wire:
            await follow(app, wire, ticket)
            await change(world, ticket, phone_number=None)
            assert await wire.hear() == {"id": "1", "type": "complete"}
            await until(lambda: len(app.state.resources.listener) == 0)

    async def test_its_sessions_lead_back_to_what_a_guest_sees(self, address: str, app: Any, world: World) -> None:
        query = FOLLOW.replace("status", "sessions { solver { name } ticket { id name customer { id } } }")
        ticket = await world.ticket(await world.person(), await world.solver(name="Sam"))
        await world.session(ticket)
        async with greeted(address) as wire:
            await follow(app, wire, ticket, query=query)
            for _ in range(3):
                await change(world, ticket)
                (one,) = (await wire.data("1"))["guestTicketUpdated"]["sessions"]
                back = {"id": id_of(ticket), "name": None, "customer": None}
                assert one == {"solver": {"name": "Sam"}, "ticket": back}

    async def test_after_a_gap_it_comes_as_it_is(self, address: str, app: Any, world: World) -> None:
        ticket = await world.ticket()
        async with greeted(address) as wire:
            await follow(app, wire, ticket)
            await world.execute("UPDATE ticket SET status = 'CANCELLED' WHERE id = $1", ticket.id)
            app.state.resources.listener._resync()
            row = {"id": id_of(ticket), "status": "CANCELLED", **contact(ticket)}
            payload = (await wire.hear())["payload"]
            assert payload == {"data": {"guestTicketUpdated": row}, "extensions": {"resync": True}}


async def test_the_limits_hold_at_its_start(
    world: World, settings: Settings, credentials: Secrets, database_url: str
) -> None:
    """Right pairs are not counted; wrong ones are, together with those of `guestTicket`."""
    ticket = await world.ticket()
    here = {"x-forwarded-for": "203.0.113.77"}
    async with (
        limited(world, credentials, database_url, data_folder=settings.data_folder) as shop,
        greeted(str(shop.http.base_url).rstrip("/"), additional_headers=here) as wire,
    ):
        for at in range(8):
            await wire.ask(str(at), FOLLOW, r=ticket.reference, p=ticket.phone_number)
            await wire.settled()
        find = "query ($r: String!, $p: PhoneNumber!) { guestTicket(reference: $r, phoneNumber: $p) { id } }"
        for _ in range(2):
            assert await shop.nobody(find, here, r=ticket.reference, p=number()) == {"guestTicket": None}
        codes = []
        for _ in range(4):
            await wire.ask("wrong", FOLLOW, r=ticket.reference, p=number())
            codes.append((await error(wire, "wrong"))[0])
        assert codes == ["NOT_FOUND"] * 3 + ["RATE_LIMITED"]
        await wire.ask("right", FOLLOW, r=ticket.reference, p=ticket.phone_number)
        assert (await error(wire, "right"))[0] == "RATE_LIMITED"
        await change(world, ticket)
        heard = [await wire.hear() for _ in range(8)]
        assert {one["id"] for one in heard} == {str(at) for at in range(8)}
        assert all(
            one["payload"]["data"]["guestTicketUpdated"]["id"] == ids.encode("Ticket", ticket.id) for one in heard
        )
