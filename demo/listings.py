"""Listings of variants at stores, and offers."""

from collections.abc import Iterator
from random import Random
from typing import NamedTuple
from uuid import UUID

from demo.draws import DAY, MINUTE, Of, at, dice, identifier, likely
from demo.stores import SOURCES, STORES, Stores
from demo.stream import Row, Stream
from demo.variants import Variant, Variants
from models.listings import Listing, Offer, OfferKind
from models.products import Availability

COLUMNS = "id variant_id source_id store_id url currency price_minor list_price_minor availability last_checked_at"
RUPEES = 22.8
OFFERS = (
    (OfferKind.DISCOUNT, "Extra 10 % off at checkout"), (OfferKind.DISCOUNT, "15 % off your first order"),
    (OfferKind.FREE_SHIPPING, "Free delivery in the UAE"), (OfferKind.BUNDLE, "Buy two, get the third for half"),
    (OfferKind.COUPON, "20 % off with the code EID20"), (OfferKind.OTHER, "A linen pouch with every order"),
    (OfferKind.CASHBACK, "5 % back on your card"),
)  # fmt: skip
DISCOUNTS = (0,) * 12 + (10, 15, 20, 25, 30, 40, 50)
ANCHORED = [0, 1, 4, 10, 12]
"""The stores that sell the product of the example operations."""


class Place(NamedTuple):
    """Where a product is sold, and its discount there in percent. Without a store the source itself sells it."""

    source: int
    store: int | None
    discount: int


class Listings:
    """All listings and offers."""

    def __init__(self, variants: Variants, stores: Stores) -> None:
        self.variants = variants
        self.stores = stores
        self.timeline = stores.timeline

    def streams(self) -> Iterator[Stream]:
        """Return the rows of both tables."""
        yield Stream(Listing, COLUMNS, self._listing_rows())
        yield Stream(Offer, "id listing_id description kind valid_from valid_to", self._offer_rows())

    def _sold(self) -> Iterator[tuple[int, Variant, Place]]:
        """Iterate over all listings with their numbers; each call gives the same."""
        chance = dice("listings")
        count = 0
        for variant in self.variants.each():
            if variant.position == 0:
                places = self._places(variant, chance)
            for place in places:
                if place is places[0] or likely(chance, 85) or variant.product == 0:
                    yield count, variant, place
                    count += 1

    def _places(self, variant: Variant, chance: Random) -> list[Place]:
        """Choose where all variants of a product are sold, each place once."""
        able = [store for store, seller in enumerate(STORES) if variant.design.kind.department in seller.departments]
        chosen = chance.sample(able, min(len(able), chance.choice((1, 2, 3, 3, 4)))) if variant.product else ANCHORED
        sold: list[tuple[int, int | None]] = [(STORES[store].source, store) for store in sorted(chosen)]
        if likely(chance, 20):
            sold.append((chance.choice((0, 2, 3)), None))
        discounts = (20,) if variant.product == 0 else DISCOUNTS
        return [Place(source, store, chance.choice(discounts)) for source, store in sold]

    def _listing_rows(self) -> Iterator[Row]:
        chance = dice("prices")
        latest = None
        for number, variant, (source, store, discount) in self._sold():
            is_first, latest = variant.number != latest, variant.number
            currency, level = (STORES[store].currency, STORES[store].level) if store is not None else ("AED", 1.0)
            price = rounded(variant.design.price * level * (1 - discount / 100), currency)
            list_price = rounded(variant.design.price * level, currency) if discount or likely(chance, 50) else None
            availability = self.variants.availability(variant.number)
            if availability is Availability.IN_STOCK and not is_first and variant.product and likely(chance, 12):
                availability = chance.choice((Availability.LOW_STOCK, Availability.OUT_OF_STOCK))
            unknown = availability is Availability.UNKNOWN
            shop = STORES[store].slug if store is not None else "market"
            yield (
                self._listing_id(number, variant), self.variants.id(variant.number), self.stores.source_id(source),
                None if store is None else self.stores.id(store),
                f"{SOURCES[source][2]}/{shop}/{variant.design.slug}?v={variant.position}",
                currency, None if unknown else price, None if unknown else list_price, availability,
                at(self.timeline.end - int(2 * DAY * chance.random())),
            )  # fmt: skip

    def _listing_id(self, number: int, variant: Variant) -> UUID:
        return identifier(Of.LISTING, number, self.variants.created(variant.number))

    def _offer_rows(self) -> Iterator[Row]:
        """Return offers on some listings: in the past, current, or without an end."""
        chance = dice("offers")
        count = 0
        for number, variant, place in self._sold():
            if likely(chance, 8) or (variant.product == 0 and place.store == 0):
                created = self.variants.created(variant.number)
                begin = max(created, self.timeline.end - int(90 * DAY * chance.random()) - MINUTE)
                past, future = (begin + self.timeline.end) // 2, self.timeline.end + chance.randrange(5, 90) * DAY
                over = chance.choice((None, at(past), at(future)))
                kind, words = chance.choice(OFFERS)
                listing = self._listing_id(number, variant)
                yield identifier(Of.OFFER, count, begin), listing, words, kind, at(begin), over
                count += 1


def rounded(price: float, currency: str) -> int:
    """Round a price in fils to minor units of a currency: whole dirhams, or rupees that end in 9."""
    if currency == "INR":
        return max(99, round(price * RUPEES / 1000) * 10 - 1) * 100
    return max(5, round(price / 100)) * 100
