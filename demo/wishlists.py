"""Wishlists and their items."""

from array import array
from collections.abc import Iterator
from random import Random
from typing import NamedTuple
from uuid import UUID

from demo.customers import Customers
from demo.draws import Of, at, dice, identifier, likely, shares, token
from demo.personas import LAYLA, OMAR
from demo.stream import Row, Stream
from demo.variants import Variants
from models.wishlists import DEFAULT_NAME, Wishlist, WishlistItem, WishlistVisibility

PRIVATE, FOLLOWERS, PUBLIC, LINK = WishlistVisibility
NAMES = (
    "Eid gifts", "Summer in Beirut", "Office", "Wedding guest", "For the new flat", "Someday",
    "Birthday", "Winter trip", "Mum", "Capsule wardrobe", "هدايا العيد", "للبيت", "Ramadan evenings",
    "Running away to Lisbon", "Under 300",
)  # fmt: skip
NOTES = (
    "Wait for the sale", "In size M if they have it", "Ask Omar", "Check the fabric first",
    "To go with the grey trousers", "My size is always out of stock", "For the wedding in March", "للعيد",
    "Maybe in another colour",
)  # fmt: skip
MAX_VARIANTS = 400
ANCHOR = 1
"""The variant NOOR-LINEN-SHIRT-WHITE-M."""


class Fixed(NamedTuple):
    """A wishlist of a persona, with its number of items."""

    name: str
    visibility: WishlistVisibility
    items: int


FIXED = {
    LAYLA: (
        Fixed(DEFAULT_NAME, PRIVATE, 24), Fixed("Eid gifts", LINK, 8), Fixed("Summer in Beirut", FOLLOWERS, 12),
        Fixed("For the new flat", PRIVATE, 0), Fixed("Under 300", PRIVATE, 3),
    ),
    OMAR: (Fixed(DEFAULT_NAME, PUBLIC, 30), Fixed("Weekend away", PUBLIC, 9)),
}  # fmt: skip

PRICES_WHEN_ADDED = """
    UPDATE wishlist_item SET added_price_minor = price.price_minor, added_currency = price.currency
    FROM wishlist_item item, LATERAL (
        SELECT best_listing_id FROM variant_price best WHERE best.variant_id = item.variant_id
        ORDER BY minimum_minor IS NULL, currency <> 'AED', currency LIMIT 1
    ) best, LATERAL (
        SELECT price_minor, currency FROM price_change
        WHERE listing_id = best_listing_id AND price_minor IS NOT NULL
        ORDER BY changed_at <= item.created_at DESC, abs(extract(epoch FROM changed_at - item.created_at)) LIMIT 1
    ) price
    WHERE item.id = wishlist_item.id
"""
"""Run once all rows are there: an item was added at the price of then, or if that is not known, at the first one."""
HOUR = 3_600_000_000
"""In microseconds."""


class Plan(NamedTuple):
    """A wishlist to make. The first of each owner is the default one; `items` is None for a random number of items."""

    number: int
    owner: int
    is_default: bool
    name: str
    visibility: WishlistVisibility
    created: int
    items: int | None


class Wishlists:
    """All wishlists and items."""

    def __init__(self, customers: Customers, variants: Variants, items: int) -> None:
        self.customers = customers
        self.variants = variants
        self.items = items
        chance = dice("wishlist sizes")
        fixed, weights = array("I"), array("d")
        for plan in self._plans():
            fixed.append(plan.items or 0)
            weights.append(chance.lognormvariate(0, 0.9) if plan.items is None else 0)
        more = shares(items - sum(fixed), weights, min(MAX_VARIANTS, variants.count // 2))
        self._sizes = array("I", (one + other for one, other in zip(fixed, more, strict=True)))

    def streams(self) -> Iterator[Stream]:
        """Return the rows of both tables."""
        columns = "id owner_id name is_default visibility share_token created_at"
        yield Stream(Wishlist, columns, self._rows(), len(self._sizes))
        columns = "id wishlist_id variant_id note priority created_at"
        yield Stream(WishlistItem, columns, self._item_rows(), self.items)

    def _plans(self) -> Iterator[Plan]:
        number = 0
        for owner in range(self.customers.count):
            chance = dice("wishlists", owner)
            joined = self.customers.created(owner)
            for place, (name, visibility, items) in enumerate(FIXED.get(owner) or drawn(chance)):
                created = self.customers.timeline.after(chance, joined) if place else joined
                yield Plan(number, owner, place == 0, name, visibility, created, items)
                number += 1

    def _rows(self) -> Iterator[Row]:
        for plan in self._plans():
            secret = token("wishlist", plan.number) if plan.visibility is LINK else None
            owner = self.customers.id(plan.owner)
            yield list_id(plan), owner, plan.name, plan.is_default, plan.visibility, secret, at(plan.created)

    def _item_rows(self) -> Iterator[Row]:
        chance = dice("wishlist items")
        count = 0
        for plan, size in zip(self._plans(), self._sizes, strict=True):
            chosen = {ANCHOR: None} if plan.is_default and plan.owner in FIXED else {}
            while len(chosen) < size:
                chosen[self._somewhat_popular(chance)] = None
            wishlist = list_id(plan)
            for variant in chosen:
                moment = self.customers.timeline.after(chance, plan.created, self.variants.created(variant))
                if (
                    variant == ANCHOR and plan.owner in FIXED
                ):  # examples name it, so its id does not depend on the scale
                    moment = self.customers.timeline.end - HOUR
                note = chance.choice(NOTES) if likely(chance, 12) else None
                priority = chance.choice((1, 2, 3, 3, 4, 5)) if likely(chance, 30) else None
                item = identifier(Of.ITEM, count, moment)
                yield item, wishlist, self.variants.id(variant), note, priority, at(moment)
                count += 1

    def _somewhat_popular(self, chance: Random) -> int:
        """Choose a variant. One product in ten is in half of all items."""
        rank = int(self.variants.products.count * chance.random() ** 2.5)
        product = self.variants.products.ranked(rank)
        return chance.randrange(self.variants.first[product], self.variants.first[product + 1])


def drawn(chance: Random) -> Iterator[tuple[str, WishlistVisibility, None]]:
    """Choose the wishlists of a customer: always the default one, sometimes more."""
    yield DEFAULT_NAME, chance.choices((PRIVATE, FOLLOWERS, PUBLIC), (60, 20, 20))[0], None
    for name in chance.sample(NAMES, chance.choices((0, 1, 2, 3), (74, 17, 6, 3))[0]):
        yield name, chance.choices((PRIVATE, FOLLOWERS, PUBLIC, LINK), (30, 25, 30, 15))[0], None


def list_id(plan: Plan) -> UUID:
    """Return the id of a wishlist."""
    return identifier(Of.WISHLIST, plan.number, plan.created)
