"""Whoever is answered together with others gets, byte for byte, what they get by themselves."""

from random import Random
from typing import Any

import pytest

from events.tickets import TicketChanged
from models import ids
from models.tickets import Ticket, TicketStatus
from tests.people import NOW, Person, World, word
from tests.subscriptions.rounds import Rounds, rounds
from transport import shared_answers

CARDS = "id claimedBy { id name avatarUrl averageRating } requestedSolver { id }"
FIELDS = (
    "id status",
    "reference urgency updatedAt viewerCanClaim viewerCanCancel",
    "id name phoneNumber email customer { id username name }",
    CARDS,
    "status sessions { id status notes solver { name } ticket { id name } rating { stars } }",
    "status customer { name tickets(first: 2) { nodes { status viewerCanCancel } } }",
    "kind: __typename id ...on Node { id } status @include(if: $more) description @skip(if: $more)",
)
LANGUAGES = ("", "ar", "de, en;q=0.5", "hi")
STATUSES = list(TicketStatus)
EVENTS = 14


class Story:
    """People, tickets, and what happens to them by chance."""

    def __init__(self, world: World, chance: Random) -> None:
        self.world, self.chance = world, chance
        self.customers: list[Person] = []
        self.solvers: list[Person] = []
        self.admins: list[Person] = []
        self.tickets: list[Ticket] = []
        self.fields, self.languages = [CARDS, chance.choice(FIELDS)], chance.sample(LANGUAGES, 2)

    async def begin(self) -> None:
        world = self.world
        self.customers = [await world.person(name="A customer"), await world.person(is_private=True)]
        self.solvers = [await world.solver(name=f"Solver {number}") for number in range(4)]
        self.admins = [await world.person(role="ADMIN") for _ in range(3)]
        for owner, holder in ((0, None), (1, 0), (None, 1)):
            ticket = await world.ticket(
                None if owner is None else self.customers[owner],
                claimed_by=None if holder is None else self.solvers[holder],
                requested_solver_id=await world.solver_key(self.solvers[2]),
            )
            if ticket.solver_id is not None:
                await world.rating(await world.session(ticket, notes="It hums no more."))
            self.tickets.append(ticket)

        await self.block(self.solvers[0], self.solvers[3])

    async def block(self, blocker: Person, blocked: Person) -> None:
        sql = "INSERT INTO block (blocker_id, blocked_id) VALUES ($1, $2) ON CONFLICT DO NOTHING"
        await self.world.execute(sql, blocker.key, blocked.key)

    async def listen(self, heard: Rounds) -> None:
        """Let somebody subscribe to something, if they may."""
        chance, ticket = self.chance, self.chance.choice(self.tickets)
        fields = chance.choice(self.fields)
        more: dict[str, Any] = {"more": chance.random() < 0.5} if "$more" in fields else {}
        parameters = "$more: Boolean!" if more else ""
        language = chance.choice(self.languages)
        kind = chance.random()
        if kind < 0.4:
            person = chance.choice([*self.solvers, *self.admins])
            query = f"subscription {f'({parameters})' if parameters else ''} {{ ticketQueueChanged {{ {fields} }} }}"
            await heard.listen(person.graph.token, query, language, **more)
        elif kind < 0.85:
            owner = [person for person in self.customers if person.key == ticket.customer_id]
            holder = [one for one in self.solvers if await self.world.solver_key(one) == ticket.solver_id]
            person = chance.choice([*owner, *holder, *self.admins, *(self.solvers if ticket.solver_id is None else ())])
            query = f"subscription ($id: ID! {parameters}) {{ ticketUpdated(ticketId: $id) {{ {fields} }} }}"
            await heard.listen(person.graph.token, query, language, id=ids.encode("Ticket", ticket.id), **more)
        else:
            query = (
                f"subscription ($reference: String! $phone: PhoneNumber! {parameters}) "
                f"{{ guestTicketUpdated(reference: $reference, phoneNumber: $phone) {{ {fields} }} }}"
            )
            token = chance.choice([None, *(person.graph.token for person in (*self.customers, *self.admins))])
            names = {"reference": ticket.reference, "phone": ticket.phone_number}
            await heard.listen(token, query, language, **names, **more)

    async def go_on(self) -> TicketChanged | None:
        """Change something, and give the event of it; None for a RESYNC."""
        chance, world, ticket = self.chance, self.world, self.chance.choice(self.tickets)
        was, status = ticket.status, chance.choice(STATUSES)
        solver = chance.choice(self.solvers)
        match chance.randrange(8):
            case 0:
                await world.execute("UPDATE customer SET role = 'CUSTOMER' WHERE id = $1", solver.key)
            case 1:
                await world.execute("UPDATE customer SET role = 'ADMIN' WHERE id = $1", solver.key)
            case 2:
                await self.block(chance.choice(self.customers), solver)
            case 3:
                await world.execute("UPDATE customer SET name = $2 WHERE id = $1", solver.key, word())
            case 4:
                return None
        key = None if status is TicketStatus.OPEN else await world.solver_key(solver)
        sql = """
            UPDATE ticket SET status = $2, solver_id = $3, claimed_at = $4, resolved_at = $5, updated_at = now()
            WHERE id = $1
        """
        resolved = NOW if status is TicketStatus.RESOLVED else None
        await world.execute(sql, ticket.id, status, key, NOW if key else None, resolved)
        ticket.status = status
        return TicketChanged(ticket.id, was, status)


@pytest.mark.parametrize("seed", range(10))
async def test_by_chance(app: Any, world: World, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    if seed % 2:  # nothing that was read for many is used for one alone
        monkeypatch.setattr(shared_answers, "MAX_AGE", 0.0)
    chance = Random(seed)
    story = Story(world, chance)
    await story.begin()
    async with rounds(app) as heard:
        for _ in range(30):
            await story.listen(heard)
        for _ in range(EVENTS):
            await heard.tell(await story.go_on())
        for one in heard.listening:
            together, apart = one.heard
            assert together == apart
        assert sum(len(one.heard[0].results) for one in heard.listening) > EVENTS
        assert heard.together.shared > 0
        assert heard.apart.shared == 0
        assert heard.together.shared + heard.together.own == heard.apart.own


async def test_nobody_is_answered_for_another(app: Any, world: World) -> None:
    """Two kinds of viewers and two customers, in turn, with one operation."""
    customer, other, admin, second = [
        await world.person(),
        await world.person(),
        await world.person(role="ADMIN"),
        await world.person(role="ADMIN"),
    ]
    solvers = [await world.solver(), await world.solver()]
    ticket = await world.ticket(customer)
    await world.block(customer, solvers[1])
    query = "subscription { ticketQueueChanged { id name viewerCanClaim } }"
    async with rounds(app) as heard:
        people = [admin, solvers[0], second, solvers[1], admin, solvers[0]]
        listening = [await heard.listen(person.graph.token, query) for person in people]
        await heard.tell(TicketChanged(ticket.id, None, TicketStatus.OPEN))
        id = ids.encode("Ticket", ticket.id)
        for_admins = f'{{"data":{{"ticketQueueChanged":{{"id":"{id}","name":"{ticket.name}","viewerCanClaim":true}}}}}}'
        for_solver = f'{{"data":{{"ticketQueueChanged":{{"id":"{id}","name":null,"viewerCanClaim":true}}}}}}'
        wanted = [for_admins, for_solver, for_admins, None, for_admins, for_solver]
        assert [one.heard[0].results for one in listening] == [[text.encode()] if text else [] for text in wanted]
        assert [one.heard[1].results for one in listening] == [[text.encode()] if text else [] for text in wanted]
        assert (heard.together.shared, heard.together.own) == (5, 0)
        await world.execute("UPDATE ticket SET customer_id = $2 WHERE id = $1", ticket.id, other.key)
        await heard.tell(TicketChanged(ticket.id, TicketStatus.OPEN, TicketStatus.OPEN))
        assert [len(one.heard[0].results) for one in listening] == [2, 2, 2, 1, 2, 2]


async def test_what_lies_below_the_row_may_be_for_one_alone(app: Any, world: World) -> None:
    """Two solvers are shown the same ticket, but not the same card of the solver who has claimed it."""
    one, blocked, holder, admin = [await world.solver() for _ in range(3)] + [await world.person(role="ADMIN")]
    await world.block(holder, blocked)
    ticket = await world.ticket()
    query = "subscription { ticketQueueChanged { status claimedBy { id } } }"
    async with rounds(app) as heard:
        people = [one, blocked, admin, one, blocked, admin]
        listening = [await heard.listen(person.graph.token, query) for person in people]
        await heard.tell(TicketChanged(ticket.id, None, TicketStatus.OPEN))
        assert (heard.together.shared, heard.together.own) == (6, 0)
        sql = "UPDATE ticket SET status = 'CLAIMED', solver_id = $2, claimed_at = now() WHERE id = $1"
        await world.execute(sql, ticket.id, await world.solver_key(holder))
        await heard.tell(TicketChanged(ticket.id, TicketStatus.OPEN, TicketStatus.CLAIMED))
        card = f'{{"id":"{ids.encode("Solver", await world.solver_key(holder))}"}}'
        wanted = [card, "null", card, card, "null", card]
        data = '{"data":{"ticketQueueChanged":{"status":"CLAIMED","claimedBy":%s}}}'
        for copy in (0, 1):
            assert [one.heard[copy].results[-1] for one in listening] == [(data % text).encode() for text in wanted]
        # The first solver's answer is that of their second subscription, too; the other one's are their own.
        assert (heard.together.shared, heard.together.own) == (6 + 4, 2)
