"""Tickets, the sessions on them, and what customers thought of those."""

from array import array
from collections.abc import Iterator, Mapping
from random import Random
from typing import NamedTuple
from uuid import UUID

from demo.customers import Customers, born
from demo.draws import DAY, MINUTE, Of, at, dice, identifier, likely
from demo.persona_tickets import FAVORITES, FIXED
from demo.personas import SAM
from demo.stream import Row, Stream
from demo.ticket_words import COMMENTS, PROBLEMS, UNFINISHED, Problem
from models import references
from models.sessions import (
    FavoriteSolver,
    Solver,
    SupportSession,
    SupportSessionRating,
    SupportSessionStatus,
    SupportTier,
)
from models.tickets import Ticket, TicketStatus, TicketUrgency

OPEN, CLAIMED, IN_PROGRESS, RESOLVED, CANCELLED = TicketStatus
ACTIVE, COMPLETED, GIVEN_UP = SupportSessionStatus
HOUR = 60 * MINUTE
LATELY = {OPEN: 4 * DAY, CLAIMED: 2 * DAY, IN_PROGRESS: DAY}
"""How old a ticket that waits for something is at most."""
WEIGHTS = {OPEN: 10, CLAIMED: 7, IN_PROGRESS: 3, RESOLVED: 70, CANCELLED: 10}
TIERS = {SupportTier.QUICK: 12, SupportTier.STANDARD: 45, SupportTier.EXTENDED: 90}
"""How many minutes a session takes at most."""
SPACE = len(references.SIGNS) ** 9
STEP = 739_391_133_319
"""Prime to that, so that no two numbers below it get the same reference."""
TICKET = (
    "id reference status urgency device_type description name phone_number email language customer_id solver_id "
    "requested_solver_id claimed_at resolved_at created_at updated_at"
)


class Work(NamedTuple):
    """A session to be; `stars` is None where nobody rated it."""

    start: int
    end: int | None
    status: SupportSessionStatus
    tier: SupportTier
    notes: str | None = None
    stars: int | None = None
    comment: str | None = None


class Plan(NamedTuple):
    """A ticket to be. Nobody's is a guest's; moments are microseconds since 1970."""

    number: int
    customer: int | None
    solver: int | None
    status: TicketStatus
    urgency: TicketUrgency
    problem: Problem
    arabic: bool
    created: int
    claimed: int | None
    updated: int
    work: tuple[Work, ...]
    requested: int | None = None
    phone: str | None = None


class Tickets:
    """All tickets and sessions of one load, and the solvers; the last solver's account is gone."""

    def __init__(self, customers: Customers, blocks: Mapping[int, set[int]], count: int) -> None:
        self.customers = customers
        self.blocks = blocks
        self.count = count
        self.solvers = [number for number in range(customers.count) if customers.is_solver(number)]
        self.solvers.sort(key=lambda number: number != SAM)
        self.counts = [array("I", (0, 0, 0)) for _ in range(len(self.solvers) + 1)]
        self.sessions = self.ratings = 0
        for plan in self._plans():
            for work in plan.work:
                self.sessions += 1
                self.ratings += work.stars is not None
                if plan.solver is not None and work.status is COMPLETED:
                    for place, more in enumerate((work.stars is not None, work.stars or 0, 1)):
                        self.counts[plan.solver][place] += more

    def streams(self) -> Iterator[Stream]:
        """Give the rows of all five tables."""
        columns = "id customer_id ratings_count stars_total completed_sessions created_at"
        yield Stream(Solver, columns, self._solver_rows(), len(self.counts))
        yield Stream(Ticket, TICKET, self._ticket_rows(), self.count)
        columns = "id ticket_id solver_id status tier notes started_at ended_at"
        yield Stream(SupportSession, columns, self._session_rows(), self.sessions)
        columns = "session_id customer_id stars comment rated_at"
        yield Stream(SupportSessionRating, columns, self._rating_rows(), self.ratings)
        yield Stream(FavoriteSolver, "customer_id solver_id created_at", self._favorite_rows())

    def completed(self) -> Iterator[tuple[int, UUID, SupportTier, int]]:
        """Iterate over the completed sessions of customers: whose it was, its id, its tier and its end."""
        for plan, work, key in self._all_work():
            if plan.customer is not None and work.end is not None and work.status is COMPLETED:
                yield plan.customer, key, work.tier, work.end

    def joined(self, solver: int) -> int:
        """When a solver began; who has left was there from the first day."""
        gone = solver == len(self.solvers)
        return self.customers.timeline.start if gone else self.customers.created(self.solvers[solver])

    def solver_id(self, solver: int | None) -> UUID | None:
        """Give the id of a solver; Sam's does not depend on the scale."""
        return None if solver is None else identifier(Of.SOLVER, solver, self.customers.timeline.start)

    def _plans(self) -> Iterator[Plan]:
        end = self.customers.timeline.end
        for number in range(self.count):
            if number < len(FIXED):
                yield self._fixed(number, end)
            else:
                yield self._drawn(number, end)

    def _fixed(self, number: int, end: int) -> Plan:
        """Make the ticket of a persona: at moments before the end, whatever the scale, so that its id stays."""
        one = FIXED[number]
        created = end - one.minutes_ago * MINUTE
        claimed = None if one.status is OPEN or not one.held else created + 20 * MINUTE
        work = tuple(
            Work(created + start * MINUTE, None if status is ACTIVE else created + (start + 35) * MINUTE, status,
                 SupportTier.STANDARD, notes, stars, comment)
            for start, status, notes, stars, comment in one.work
        )  # fmt: skip
        updated = max([created, claimed or 0, *(item.end or item.start for item in work)])
        solver = 0 if claimed else None
        return Plan(
            number, one.customer, solver, one.status, one.urgency, one.problem, one.arabic, created, claimed, updated,
            work, 0 if one.requested else None, one.phone,
        )  # fmt: skip

    def _drawn(self, number: int, end: int) -> Plan:
        chance = dice("ticket", number)
        problem = chance.choice(PROBLEMS)
        status = chance.choices(tuple(WEIGHTS), tuple(WEIGHTS.values()))[0]
        customer = chance.randrange(self.customers.count)
        joined = self.customers.created(customer)
        if joined > end - 14 * DAY or likely(chance, 22):
            customer, joined = -1, self.customers.timeline.start
        latest = end - (HOUR if status in LATELY else 3 * DAY)
        created = max(joined + HOUR, latest - int(LATELY.get(status, latest - joined) * chance.random()))
        someone = None if customer < 0 else customer
        arabic = self.customers.speaks_arabic(customer) if customer >= 0 else likely(chance, 25)
        urgency = problem.urgency if likely(chance, 80) else chance.choice(tuple(TicketUrgency))
        held = status is not OPEN and not (status is CANCELLED and likely(chance, 60))
        solver = self._solver(chance, someone, created) if held else None
        claimed = created + chance.randrange(3, 55) * MINUTE if held else None
        rates = arabic if someone is not None else None
        work = () if claimed is None else tuple(_work(chance, status, claimed, problem, rates))
        updated = max([created, claimed or 0, *(item.end or item.start for item in work)])
        return Plan(number, someone, solver, status, urgency, problem, arabic, created, claimed, updated, work)

    def _solver(self, chance: Random, customer: int | None, created: int) -> int:
        """Draw who took it: somebody who was there, not the customer, with no block between; else Sam."""
        drawn = chance.randrange(len(self.counts))
        gone = drawn == len(self.solvers)
        number = -1 if gone else self.solvers[drawn]
        out = number == customer or (customer is not None and number in self.blocks.get(customer, ()))
        if out or self.joined(drawn) > created or (gone and created > self.customers.timeline.end - 60 * DAY):
            return 0
        return drawn

    def _solver_rows(self) -> Iterator[Row]:
        for solver, counts in enumerate(self.counts):
            account = self.customers.id(self.solvers[solver]) if solver < len(self.solvers) else None
            yield self.solver_id(solver), account, *counts, at(self.joined(solver))

    def _ticket_rows(self) -> Iterator[Row]:
        for plan in self._plans():
            guest = dice("guest", plan.number)
            name = born(guest).name if plan.customer is None else self.customers.name(plan.customer)
            phone = plan.phone or f"+97158{plan.number * 7_654_321 % 10**7:07}"
            text = plan.problem.ar if plan.arabic else plan.problem.en
            email = f"guest{plan.number}@example.com" if plan.customer is None and likely(guest, 40) else None
            yield (
                ticket_id(plan), reference(plan.number), plan.status, plan.urgency, plan.problem.device, text, name, phone,
                email, "ar" if plan.arabic else "en",
                None if plan.customer is None else self.customers.id(plan.customer), self.solver_id(plan.solver),
                self.solver_id(plan.requested), plan.claimed and at(plan.claimed),
                at(plan.updated) if plan.status is RESOLVED else None, at(plan.created), at(plan.updated),
            )  # fmt: skip

    def _all_work(self) -> Iterator[tuple[Plan, Work, UUID]]:
        number = 0
        for plan in self._plans():
            for work in plan.work:
                yield plan, work, identifier(Of.SESSION, number, work.start)
                number += 1

    def _session_rows(self) -> Iterator[Row]:
        for plan, work, key in self._all_work():
            start, end = at(work.start), work.end and at(work.end)
            yield key, ticket_id(plan), self.solver_id(plan.solver), work.status, work.tier, work.notes, start, end

    def _rating_rows(self) -> Iterator[Row]:
        for plan, work, key in self._all_work():
            if work.stars and work.end and plan.customer is not None:
                rated = work.end + 7 * MINUTE
                yield key, self.customers.id(plan.customer), work.stars, work.comment, at(rated)

    def _favorite_rows(self) -> Iterator[Row]:
        """Give whom the personas like, and for some who gave five stars whom they gave them."""
        chosen = dict.fromkeys((customer, 0) for customer in FAVORITES)
        moments = dict.fromkeys(chosen, self.customers.timeline.end - 2 * DAY)
        for plan, work, _ in self._all_work():
            if work.stars == 5 and work.end and plan.customer is not None and plan.solver is not None:
                pair = plan.customer, plan.solver
                if pair not in moments and likely(dice("favorite", *pair), 30):
                    moments[pair] = work.end + 9 * MINUTE
        for (customer, solver), moment in moments.items():
            yield self.customers.id(customer), self.solver_id(solver), at(moment)


def _work(chance: Random, status: TicketStatus, claimed: int, problem: Problem, rates: bool | None) -> Iterator[Work]:
    """Draw the sessions on a ticket; `rates` says whether its customer writes Arabic, None of a guest."""
    start = claimed + chance.randrange(1, 4) * MINUTE
    if status is IN_PROGRESS:
        yield Work(start, None, ACTIVE, chance.choice(tuple(TIERS)))
        return
    if status is RESOLVED and likely(chance, 15):
        tier, minutes = SupportTier.EXTENDED, chance.randrange(30, TIERS[SupportTier.EXTENDED])
        yield Work(start, start + minutes * MINUTE, COMPLETED, tier, chance.choice(UNFINISHED))
        start += DAY
    if status is RESOLVED:
        tier = chance.choices(tuple(TIERS), (3, 5, 2))[0]
        minutes = chance.randrange(4, TIERS[tier])
        rated = rates is not None and likely(chance, 65)
        stars = chance.choices(tuple(COMMENTS), (58, 26, 9, 4, 3))[0] if rated else None
        comment = chance.choice(COMMENTS[stars][bool(rates)]) if stars and likely(chance, 45) else None
        yield Work(start, start + minutes * MINUTE, COMPLETED, tier, problem.done, stars, comment)
    elif likely(chance, 30):
        yield Work(start, start + chance.randrange(1, 6) * MINUTE, GIVEN_UP, SupportTier.QUICK)


def ticket_id(plan: Plan) -> UUID:
    """Give the id of a ticket."""
    return identifier(Of.TICKET, plan.number, plan.created)


def reference(number: int) -> str | None:
    """Give the reference of a ticket: in no order that one could guess, and nobody else's."""
    rest, signs = (number + 1) * STEP % SPACE, ""
    for _ in range(9):
        rest, place = divmod(rest, len(references.SIGNS))
        signs += references.SIGNS[place]
    return references.read(signs)
