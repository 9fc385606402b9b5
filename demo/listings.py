"""Listings of variants at stores, and offers."""

from collections.abc import Iterator
from functools import partial
from random import Random
from typing import NamedTuple
from uuid import UUID

from demo.draws import DAY, MINUTE, Of, at, dice, identifier, likely, scramble, slug
from demo.prices import LATEST, Offered, Price, history
from demo.stores import SOURCES, STORES, Stores
from demo.stream import Row, Stream
from demo.variants import Variant, Variants
from models.listings import Listing, Offer, OfferKind
from models.prices import PriceChange
from models.products import Availability

COLUMNS = (
    "id variant_id source_id store_id url currency price_minor list_price_minor availability source_product_id "
    "affiliate_network affiliate_sku affiliate_url last_checked_at"
)
CHANGES = "listing_id changed_at currency price_minor list_price_minor"
NETWORKS = ("Mirsal", "Rabat Partners")
"""Fictional affiliate networks."""
STORES_OF_A_PRODUCT = (2, 2, 3, 3, 4, 5)
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

    @property
    def currency(self) -> str:
        """The currency of the prices there."""
        return "AED" if self.store is None else STORES[self.store].currency

    @property
    def level(self) -> float:
        """How dear everything is there; 1.0 on average."""
        return 1.0 if self.store is None else STORES[self.store].level


class Good(NamedTuple):
    """A listing that can be ordered, since when; its price is in minor units."""

    listing: UUID
    title: str
    currency: str
    price_minor: int
    listed: int


class Listings:
    """All listings and offers."""

    def __init__(self, variants: Variants, stores: Stores) -> None:
        self.variants = variants
        self.stores = stores
        self.timeline = stores.timeline

    def streams(self) -> Iterator[Stream]:
        """Return the rows of listings, their price changes and their offers."""
        yield Stream(Listing, COLUMNS, self._listing_rows())
        yield Stream(PriceChange, CHANGES, self._change_rows(), replaces=True)
        yield Stream(Offer, "id listing_id description kind valid_from valid_to", self._offer_rows())

    def some(self, count: int) -> Iterator[Good]:
        """Give some listings with a price, whose variants can be bought."""
        step = max(1, self.variants.count * 2 // count)
        for number, variant, place in self._sold():
            if number % step == 0 and not self._is_unknown(variant):
                price = offered(number, variant, place).price.minor
                listed = self.variants.created(variant.number)
                yield Good(self._listing_id(number, variant), variant.design.title, place.currency, price, listed)

    def _sold(self) -> Iterator[tuple[int, Variant, Place]]:
        """Iterate over all listings with their numbers; each call gives the same."""
        chance = dice("listings")
        count = 0
        for variant in self.variants.each():
            if variant.position == 0:
                places = self._places(variant, chance)
            for place in places:
                if place in places[:2] or likely(chance, 85) or variant.product == 0:
                    yield count, variant, place
                    count += 1

    def _places(self, variant: Variant, chance: Random) -> list[Place]:
        """Choose where all variants of a product are sold, each place once."""
        able = [store for store, seller in enumerate(STORES) if variant.design.kind.department in seller.departments]
        chosen = (
            chance.sample(able, min(len(able), chance.choice(STORES_OF_A_PRODUCT))) if variant.product else ANCHORED
        )
        sold: list[tuple[int, int | None]] = [(STORES[store].source, store) for store in sorted(chosen)]
        if likely(chance, 20):
            sold.append((chance.choice((0, 2, 3)), None))
        discounts = (20,) if variant.product == 0 else DISCOUNTS
        return [Place(source, store, chance.choice(discounts)) for source, store in sold]

    def _listing_rows(self) -> Iterator[Row]:
        chance = dice("prices")
        latest = None
        for number, variant, place in self._sold():
            source, store, _ = place
            is_first, latest = variant.number != latest, variant.number
            price, list_price = offered(number, variant, place).price
            availability = self.variants.availability(variant.number)
            if availability is Availability.IN_STOCK and not is_first and variant.product and likely(chance, 12):
                availability = chance.choice((Availability.LOW_STOCK, Availability.OUT_OF_STOCK))
            unknown = self._is_unknown(variant)
            shop = STORES[store].slug if store is not None else "market"
            yield (
                self._listing_id(number, variant), self.variants.id(variant.number), self.stores.source_id(source),
                None if store is None else self.stores.id(store),
                f"{SOURCES[source][2]}/{shop}/{variant.design.slug}?v={variant.position}",
                place.currency, None if unknown else price, None if unknown else list_price, availability,
                f"{SOURCES[source][1][:2].upper()}{variant.product:06}", *affiliate(variant, place),
                at(max(self.variants.created(variant.number), self.timeline.end - int(LATEST * chance.random()))),
            )  # fmt: skip

    def _change_rows(self) -> Iterator[Row]:
        for number, variant, place in self._sold():
            if self._is_unknown(variant):
                continue
            created, listing = self.variants.created(variant.number), self._listing_id(number, variant)
            for moment, price in history(number, offered(number, variant, place), created, self.timeline.end):
                yield listing, at(moment), place.currency, *price

    def _is_unknown(self, variant: Variant) -> bool:
        """Whether nobody knows what the variant costs, nor whether it can be bought."""
        return self.variants.availability(variant.number) is Availability.UNKNOWN

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


def offered(number: int, variant: Variant, place: Place) -> Offered:
    """Compute what a listing asks for."""
    regular, currency = variant.design.price * place.level, place.currency
    has_list_price = place.discount or scramble(number) % 2
    price = Price(
        rounded(regular * (1 - place.discount / 100), currency), rounded(regular, currency) if has_list_price else None
    )
    return Offered(regular, place.discount, price, partial(rounded, currency=currency))


def affiliate(variant: Variant, place: Place) -> Row:
    """Give the network, SKU and address of sales by commission; some places have none."""
    if place.store is None or place.store % 3:
        return None, None, None
    network = NETWORKS[place.store % len(NETWORKS)]
    code = f"{STORES[place.store].slug}-{variant.product}-{variant.position}"
    return network, code, f"https://{slug(network)}.example/click/{code}"


def rounded(price: float, currency: str) -> int:
    """Round a price in fils to minor units of a currency: whole dirhams, or rupees that end in 9."""
    if currency == "INR":
        return max(99, round(price * RUPEES / 1000) * 10 - 1) * 100
    return max(5, round(price / 100)) * 100
