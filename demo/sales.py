"""What is sold: orders, paid support sessions and other payments, of which `demo.payments` makes the rows."""

from collections.abc import Iterator
from random import Random
from typing import NamedTuple
from uuid import UUID

from demo.customers import Customers
from demo.draws import DAY, MINUTE, dice, likely
from demo.listings import Good, Listings
from demo.personas import LAYLA, OMAR
from demo.tickets import Tickets
from models.payments import PaymentFlag, PaymentStatus
from models.sessions import SupportTier

PENDING, AUTHORIZED, COMPLETED, FAILED, PARTLY, REFUNDED = PaymentStatus
WEIGHTS = {PENDING: 6, AUTHORIZED: 1, COMPLETED: 78, FAILED: 6, PARTLY: 3, REFUNDED: 6}
LATELY = {PENDING, AUTHORIZED}
"""A payment that waits for something began today."""
FEES = {SupportTier.QUICK: 4_900, SupportTier.STANDARD: 9_900, SupportTier.EXTENDED: 19_900}
"""What a support session costs, in fils."""
REASONS = (
    "The payment was declined by the customer's bank.", "The card has expired.", "The payment was cancelled by the customer.",
    "The payment took too long and timed out.",
)  # fmt: skip
OTHER_PURPOSES = ("Gift card", "Express delivery", "Alteration of a suit", "Deposit for a styling appointment")
SHELF = 600
"""Among how many listings orders choose."""


class Sale(NamedTuple):
    """A payment to be. One without `lines` is for a session, or else for what `purpose` says."""

    number: int
    customer: int | None
    status: PaymentStatus
    created: int
    amount_minor: int
    currency: str
    flag: PaymentFlag | None = None
    lines: tuple[tuple[Good, int], ...] = ()
    session: tuple[UUID, SupportTier] | None = None
    purpose: str | None = None

    @property
    def is_paid(self) -> bool:
        """Whether it is or was completed."""
        return self.status in {COMPLETED, PARTLY, REFUNDED}

    @property
    def refunded_minor(self) -> int:
        """What was given back."""
        return {REFUNDED: self.amount_minor, PARTLY: self.amount_minor // 4}.get(self.status, 0)


FIXED: tuple[tuple[int | None, PaymentStatus, PaymentFlag | None, str | None], ...] = (
    (LAYLA, COMPLETED, None, None), (LAYLA, PENDING, None, None), (LAYLA, PARTLY, None, None),
    (LAYLA, FAILED, None, "Gift card"), (OMAR, COMPLETED, None, None), (OMAR, REFUNDED, None, None),
    (OMAR, COMPLETED, PaymentFlag.SECOND_CAPTURE, None), (OMAR, FAILED, PaymentFlag.AMOUNT_DIFFERS, "Express delivery"),
    (OMAR, AUTHORIZED, None, None), (None, COMPLETED, PaymentFlag.UNKNOWN_ORDER, None),
)  # fmt: skip
"""The payments of the personas, and one of nobody: for an order, unless it is for something else."""


class Sales:
    """All sales of one load."""

    def __init__(self, customers: Customers, listings: Listings, tickets: Tickets, count: int) -> None:
        self.customers = customers
        self.tickets = tickets
        self.count = count
        self.shelf: dict[str, list[Good]] = {}
        for good in listings.some(SHELF):
            self.shelf.setdefault(good.currency, []).append(good)

    def each(self) -> Iterator[Sale]:
        """Iterate over all sales; each call gives the same."""
        for number in range(self.count):
            yield self._fixed(number) if number < len(FIXED) else self._drawn(number)
        yield from self._sessions(self.count)

    def _fixed(self, number: int) -> Sale:
        customer, status, flag, purpose = FIXED[number]
        created = self.customers.timeline.end - (40 if status in LATELY else (2 + 9 * number) * DAY // MINUTE) * MINUTE
        if customer is None or purpose is not None:
            return Sale(number, customer, status, created, 15_000, "AED", flag, purpose=purpose)
        return self._order(dice("sale", number), number, customer, status, "AED", flag, created)

    def _drawn(self, number: int) -> Sale:
        chance = dice("sale", number)
        customer = chance.randrange(self.customers.count)
        status = chance.choices(tuple(WEIGHTS), tuple(WEIGHTS.values()))[0]
        if likely(chance, 8):
            created = self._moment(chance, status, self.customers.created(customer))
            price = chance.randrange(2, 60) * 500
            return Sale(number, customer, status, created, price, "AED", purpose=chance.choice(OTHER_PURPOSES))
        return self._order(chance, number, customer, status, chance.choice([*self.shelf]))

    def _order(
        self, chance: Random, number: int, customer: int, status: PaymentStatus, currency: str,
        flag: PaymentFlag | None = None, created: int | None = None,
    ) -> Sale:  # fmt: skip
        shelf = [good for good in self.shelf[currency] if created is None or good.listed < created]
        goods = chance.sample(shelf, min(len(shelf), chance.choice((1, 1, 1, 2, 2, 3, 5))))
        lines = tuple((good, chance.choice((1, 1, 1, 1, 2, 3))) for good in goods)
        if created is None:
            created = self._moment(chance, status, self.customers.created(customer), *(good.listed for good in goods))
        total = sum(good.price_minor * quantity for good, quantity in lines)
        return Sale(number, customer, status, created, total, currency, flag, lines)

    def _moment(self, chance: Random, status: PaymentStatus, *earlier: int) -> int:
        end, begin = self.customers.timeline.end - 30 * MINUTE, max(earlier) + MINUTE
        period = 12 * 60 * MINUTE if status in LATELY else end - begin
        return max(begin, end - int(period * chance.random()))

    def _sessions(self, number: int) -> Iterator[Sale]:
        """Give the payments of some completed sessions of customers."""
        for customer, key, tier, end in self.tickets.completed():
            if likely(dice("paid session", number), 60):
                yield Sale(number, customer, COMPLETED, end + MINUTE, FEES[tier], "AED", session=(key, tier))
            number += 1
