"""What `ProductFilter` and `ProductSort` mean, in plain Python, over products drawn by lot."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from random import Random
from typing import Any
from uuid import UUID

from inputs.products import AttributeFilter, ProductFilter
from models import ids
from models.money import exponent
from models.products import Availability

OWN = "AED"
CURRENCIES = OWN, OWN, "USD", "KWD"
AVAILABILITIES = tuple(map(Availability, ("IN_STOCK", "LOW_STOCK", "PREORDER", "OUT_OF_STOCK", "UNKNOWN")))
"""The best first."""
BUYABLE = AVAILABILITIES[:3]
COLORS = "red", "Blue", "sand", "ÉCRU"
SIZES = "38", "40", "M"
VALUES = {"material": ("linen", "silk", "wool"), "pattern": ("plain", "striped")}
WORDS = "zeppelin", "marmalade", "quartz"
TAGS = "summer", "eid", "office"
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Listing:
    """A listing; without a price if that is None."""

    id: UUID
    source: UUID
    store: UUID | None
    currency: str
    price: int | None
    before: int | None
    availability: Availability
    state: str

    @property
    def discount(self) -> int | None:
        """In whole percent; None where it is not known."""
        if self.price is None or self.before is None:
            return None
        return max(0, (self.before - self.price) * 100 // self.before)


@dataclass
class Variant:
    """A variant with its attributes and listings, the ended ones too."""

    id: UUID
    primary: str | None
    secondary: str | None
    size: str | None
    attributes: dict[str, list[str]]
    listings: list[Listing] = field(default_factory=list)

    @property
    def active(self) -> list[Listing]:
        """Those that count."""
        return [one for one in self.listings if one.state == "ACTIVE"]

    @property
    def availability(self) -> Availability:
        """The best of its listings."""
        return min((one.availability for one in self.active), key=AVAILABILITIES.index, default=Availability.UNKNOWN)


@dataclass
class Product:
    """A product."""

    id: UUID
    word: str
    brand: UUID | None
    category: UUID | None
    tags: list[str]
    created_at: datetime
    popularity: int
    rating: float | None
    reviews: int
    variants: list[Variant]

    def prices(self, currency: str) -> tuple[int, int] | None:
        """The price of its best listing, and the highest discount."""
        found = [one for variant in self.variants for one in variant.active]
        found = [one for one in found if one.currency == currency and one.price is not None]
        if not found:
            return None
        buyable = [one for one in found if one.availability in BUYABLE]
        return min(one.price or 0 for one in buyable or found), max((one.discount or 0 for one in buyable), default=0)


@dataclass
class Catalogue:
    """Products, and what they belong to. The categories are a tree by their parents."""

    random: Random
    products: list[Product] = field(default_factory=list)

    @cached_property
    def brands(self) -> list[UUID]:
        return [UUID(int=self.random.getrandbits(128)) for _ in range(4)]

    @cached_property
    def stores(self) -> list[UUID]:
        return [UUID(int=self.random.getrandbits(128)) for _ in range(4)]

    @cached_property
    def sources(self) -> list[UUID]:
        return [UUID(int=self.random.getrandbits(128)) for _ in range(3)]

    @cached_property
    def parents(self) -> dict[UUID, UUID | None]:
        """Three levels, each category's parent."""
        keys = [UUID(int=self.random.getrandbits(128)) for _ in range(9)]
        return {key: keys[(place - 2) // 2] if place > 1 else None for place, key in enumerate(keys)}

    def slug(self, category: UUID) -> str:
        """The slug of a category."""
        return f"c{category.hex}"

    def below(self, root: UUID) -> set[UUID]:
        """A category and all below it."""
        found = {root}
        for key, parent in self.parents.items():  # parents come before their children
            if parent in found:
                found.add(key)
        return found

    def draw(self, count: int) -> None:
        """Add products."""
        draw = self.random

        def some(values: Iterable[Any], *, none: float = 0.0) -> Any:
            return None if draw.random() < none else draw.choice(list(values))

        def listing(source: UUID) -> Listing:
            price = some(range(100, 20_000, 10), none=0.1)
            before = some(range(100, 30_000, 10), none=0.4)
            return Listing(
                UUID(int=draw.getrandbits(128)), source, some(self.stores, none=0.2), some(CURRENCIES), price, before,
                some(AVAILABILITIES), some(("ACTIVE",) * 5 + ("ENDED",)),
            )  # fmt: skip

        def variant() -> Variant:
            attributes = {name: draw.sample(values, draw.randint(0, 2)) for name, values in VALUES.items()}
            made = Variant(
                UUID(int=draw.getrandbits(128)), some(COLORS, none=0.2), some(COLORS, none=0.7), some(SIZES, none=0.1),
                attributes,
            )  # fmt: skip
            made.listings = [listing(source) for source in draw.sample(self.sources, draw.choice((0, 1, 1, 2, 3)))]
            return made

        for _ in range(count):
            self.products.append(
                Product(
                    UUID(int=draw.getrandbits(128)), some(WORDS), some(self.brands, none=0.1),
                    some(self.parents, none=0.1), draw.sample(TAGS, draw.randint(0, 2)),
                    BEGIN + timedelta(draw.randint(0, 40)), 5 * draw.randint(0, 4), some((1.5, 3.0, 4.25), none=0.5),
                    draw.randint(0, 3), [variant() for _ in range(draw.choice((0, 1, 2, 3)))],
                )
            )  # fmt: skip

    def filter(self) -> ProductFilter:
        """Draw a filter."""
        draw, low = self.random, Decimal(self.random.randint(1, 150))

        def some(values: Iterable[Any], chance: float = 0.15) -> list[Any] | None:
            known = list(values)
            return draw.sample(known, draw.randint(1, min(3, len(known)))) if draw.random() < chance else None

        def one(value: Any, chance: float = 0.15) -> Any:
            return value if draw.random() < chance else None

        wanted = [
            AttributeFilter(attribute=name, values=draw.sample(values, 2)) for name, values in VALUES.items()
        ]  # fmt: skip
        return ProductFilter(
            search=one(draw.choice(WORDS)),
            brand_ids=_ids("Brand", some(self.brands)),
            category_slug=one(self.slug(draw.choice(list(self.parents)))),
            store_ids=_ids("Store", some(self.stores)),
            source_ids=_ids("Source", some(self.sources)),
            colors=some([name.swapcase() for name in COLORS]),
            sizes=some(SIZES),
            min_price=one(low),
            max_price=one(low + draw.randint(0, 100)),
            currency_code=one(draw.choice(CURRENCIES), 0.3),
            min_discount=one(draw.choice((0, 1, 20, 50))),
            availability=some(AVAILABILITIES),
            attributes=one(draw.sample(wanted, draw.randint(1, 2))),
            tags=some(TAGS),
        )

    def meets(self, product: Product, given: ProductFilter, store: UUID | None = None) -> bool:
        """Whether a product meets a filter; among the products of a store, by a listing of this store."""
        if given.search is not None and given.search != product.word:
            return False
        if given.brand_ids is not None and _id("Brand", product.brand) not in given.brand_ids:
            return False
        if given.category_slug is not None and product.category not in self.of_slug(given.category_slug):
            return False
        if given.tags is not None and not set(given.tags) & set(product.tags):
            return False
        return not (needs_variant(given) or store) or any(
            _meets(variant, given, store) for variant in product.variants
        )  # fmt: skip

    def of_slug(self, slug: str) -> set[UUID]:
        """The subtree of a category."""
        return set().union(*(self.below(key) for key in self.parents if self.slug(key) == slug))


def _id(graphql_type: str, key: UUID | None) -> str | None:
    return None if key is None else ids.encode(graphql_type, key)


def _ids(graphql_type: str, keys: list[UUID] | None) -> Any:
    return None if keys is None else [ids.encode(graphql_type, key) for key in keys]


def needs_listing(given: ProductFilter, store: UUID | None) -> bool:
    """Whether a condition looks at listings; one on the availability does so only beside another."""
    others = given.store_ids, given.source_ids, given.min_price, given.max_price, given.min_discount or None
    is_set = store is not None or any(one is not None for one in others)
    return is_set or (given.availability is not None and given.currency_code is not None)


def needs_variant(given: ProductFilter) -> bool:
    """Whether a condition looks at variants."""
    others = given.colors, given.sizes, given.attributes, given.availability
    return needs_listing(given, None) or any(one is not None for one in others)


def _meets(variant: Variant, given: ProductFilter, store: UUID | None) -> bool:
    colors = {(name or "").lower() for name in (variant.primary, variant.secondary)}
    if given.colors is not None and not colors & {name.lower() for name in given.colors}:
        return False
    if given.sizes is not None and variant.size not in given.sizes:
        return False
    for one in given.attributes or ():
        if not set(one.values) & set(variant.attributes[one.attribute]):
            return False
    if needs_listing(given, store):
        return any(_listed(listing, given, store) for listing in variant.active)
    return given.availability is None or variant.availability in given.availability


def _listed(listing: Listing, given: ProductFilter, store: UUID | None) -> bool:
    currency = given.currency_code or OWN
    digits = exponent(currency)
    priced = given.min_price is not None or given.max_price is not None
    price = Decimal(-1 if listing.price is None else listing.price).scaleb(-digits)
    return not (
        (store is not None and listing.store != store)
        or (given.store_ids is not None and _id("Store", listing.store) not in given.store_ids)
        or (given.source_ids is not None and _id("Source", listing.source) not in given.source_ids)
        or ((given.currency_code is not None or priced) and listing.currency != currency)
        or (priced and listing.price is None)
        or (given.min_price is not None and price < given.min_price)
        or (given.max_price is not None and price > given.max_price)
        or (given.min_discount and (listing.discount is None or listing.discount < given.min_discount))
        or (given.availability is not None and listing.availability not in given.availability)
    )


def in_order(products: Iterable[Product], sort: str, currency: str) -> list[UUID]:
    """The ids in an order, which ends with the id."""

    def price(one: Product) -> tuple[int, int] | None:
        return one.prices(currency)

    def key(one: Product) -> tuple[Any, ...]:
        prices = price(one)
        return {
            "NEWEST": lambda: (one.created_at,),
            "POPULARITY": lambda: (one.popularity,),
            "RATING": lambda: (0,) if one.rating is None else (1, one.rating, one.reviews),
            "PRICE_DESC": lambda: (0,) if prices is None else (1, prices[0]),
            "DISCOUNT": lambda: (0,) if prices is None else (1, prices[1]),
            "PRICE_ASC": lambda: (1,) if prices is None else (0, prices[0]),
        }[sort]()

    return [one.id for one in sorted(products, key=lambda one: (key(one), one.id), reverse=sort != "PRICE_ASC")]
