"""Products. Each is computed from its number when it is needed, so that none is kept in memory."""

import json
from array import array
from collections.abc import Iterator
from functools import cache
from random import Random
from typing import NamedTuple
from uuid import UUID

from demo import arabic
from demo.arabic import Words
from demo.brands import MAKERS, Brands
from demo.categories import Categories, Kind
from demo.draws import Of, Timeline, at, dice, identifier, likely, slug, words
from demo.families import FAMILIES
from demo.stream import Row, Stream
from models.products import Product

DEPARTMENTS = {"women": 55, "men": 25, "kids": 9, "home": 11}
OPENINGS = (
    "{manner} {material} gives the {noun} shape.",
    "{noun} in {material}, made to be worn often.",
    "Our {manner} {noun}, in {material} that gets better with time.",
    "The {noun} we reach for first: {manner}, and easy to keep.",
)
WORN_OPENINGS = (*OPENINGS, "Cut from {material} and finished by hand.", "Light {material} in a {manner} shape.")
MIDDLES = (
    "Made in small numbers.",
    "The colour is dyed in the piece, so no two are quite alike.",
    "Pairs with everything else by {brand}.",
    "A favourite from last year, back in new colours.",
    "Checked by hand before it leaves the workshop.",
)
WORN_MIDDLES = (*MIDDLES, "Light to travel with.", "Easy to layer.")
UNWORN = {"bag", "jewellery", "ring", "bedding", "table", "scent"}
FITS = (
    "True to size.",
    "True to size.",
    "Runs small: take one size up.",
    "Runs large: take one size down.",
    "True to size.",
)
BODY_TYPES = ("apple", "hourglass", "inverted-triangle", "pear", "rectangle")
SHAPED = {"dress", "top", "knit", "trousers", "abaya"}
ENDINGS = ("Free returns within 30 days.", "Comes in a cotton pouch.", "Care: see the label.", "Designed by {brand}.")
TAGS = words("new-in, summer, winter, eid, ramadan, wedding, office, travel, gift, bestseller, sustainable")


class Design(NamedTuple):
    """The data of a product. `price` is in fils."""

    slug: str
    title: str
    description: str
    brand: int
    kind: Kind
    material: str
    tags: list[str]
    colors: tuple[str, ...]
    system: str | None
    sizes: tuple[str, ...]
    price: int
    arabic: dict[str, str]
    """Title and description."""

    @property
    def is_worn(self) -> bool:
        """Whether it is clothing or shoes."""
        return self.kind.family not in UNWORN

    @property
    def is_shaped(self) -> bool:
        """Whether it suits some body types better than others."""
        return self.kind.family in SHAPED

    @property
    def variants(self) -> int:
        """The number of variants: each color in each size."""
        return len(self.colors) * len(self.sizes)


class Products:
    """All products, by number; the first is the one that the example operations name."""

    def __init__(self, count: int, timeline: Timeline) -> None:
        self.count = count
        self.timeline = timeline
        self.brands = Brands(timeline)
        self.categories = Categories(timeline)
        kinds = self.categories.kinds
        self._kinds = {name: [kind for kind in kinds if kind.department == name] for name in DEPARTMENTS}
        self._brands = {name: self.brands.serving(name) for name in DEPARTMENTS}

    def created(self, number: int) -> int:
        """When the product was added; the ids of the first, which examples name, do not depend on the scale."""
        return self.timeline.nth(number, self.count) if number else self.timeline.start

    def id(self, number: int) -> UUID:
        """Return the id of a product."""
        return identifier(Of.PRODUCT, number, self.created(number))

    def design(self, number: int) -> Design:
        """Compute the product of this number."""
        if number == 0:
            return self._anchor()
        chance = dice("product", number)
        (department,) = chance.choices(tuple(DEPARTMENTS), tuple(DEPARTMENTS.values()))
        kind = chance.choice(self._kinds[department])
        family = FAMILIES[kind.family]
        makers = self._brands[department]
        brand = makers[int(len(makers) * chance.random() ** 1.4)]
        material, manner = chance.choice(family.materials), chance.choice(family.manners)
        system, labels = chance.choice(family.sizes) if family.sizes else (None, ("One size",))
        width = min(len(labels), chance.choice((2, 2, 3, 3, 3, 4)))
        first = chance.randrange(len(labels) - width + 1)
        spread = (1, 2, 2, 3) if width == 1 else (1, 1, 2)
        colors = tuple(dict.fromkeys(chance.choices(family.colors, k=chance.choice(spread))))
        title = f"{manner} {material} {kind.noun}"
        price = round(kind.cheapest * (kind.dearest / kind.cheapest) ** chance.betavariate(1.6, 2.6))
        maker = MAKERS[brand].name
        facts = {"manner": manner.lower(), "material": material.lower(), "noun": kind.noun.lower(), "brand": maker}
        sentences = describe(chance, worn=kind.family not in UNWORN)
        text = " ".join(sentences).format(**facts)
        return Design(
            slug=slug(maker, title, str(number)),
            title=title,
            description=text[0].upper() + text[1:],
            brand=brand,
            kind=kind,
            material=material,
            tags=[slug(material), slug(kind.noun), *sorted(chance.sample(TAGS, chance.randrange(1, 4)))],
            colors=colors,
            system=system,
            sizes=labels[first : first + width],
            price=price * 100 - chance.choice((0, 0, 100, 5)),
            arabic=arabic.texts(Words(kind.noun, manner, material, maker, kind.family == "scent"), sentences),
        )

    def streams(self) -> Iterator[Stream]:
        """Return the rows of brands, categories and products."""
        yield self.brands.stream()
        yield self.categories.stream()
        columns = (
            "id slug title description translations brand_id category_id tags base_code fit_information "
            "suitable_body_types popularity created_at updated_at"
        )
        yield Stream(Product, columns, self._rows(), self.count)

    @cache  # noqa: B019 - one object for one load
    def _anchor(self) -> Design:
        return Design(
            slug="noor-linen-shirt",
            title="Noor Linen Shirt",
            description="A relaxed linen shirt in washed European flax, the piece that Noor Atelier began with. "
            "Mother-of-pearl buttons, a curved hem, and sleeves that roll.",
            brand=next(number for number, maker in enumerate(MAKERS) if maker.slug == "noor-atelier"),
            kind=self.categories.kind("women-tops-shirts"),
            material="Linen",
            tags=["linen", "shirt", "bestseller", "summer", "travel"],
            colors=("White", "Sand", "Sage"),
            system="INT",
            sizes=("S", "M", "L"),
            price=28_900,
            arabic=arabic.ANCHOR,
        )

    def _rows(self) -> Iterator[Row]:
        chance, record = dice("product changes"), dice("product record")
        popularity = self._popularity()
        for number in range(self.count):
            made, created = self.design(number), self.created(number)
            brand, category = self.brands.id(made.brand), self.categories.id(made.kind.category)
            updated = self.timeline.after(chance, created)
            yield (
                self.id(number), made.slug, made.title, made.description,
                json.dumps({"ar": made.arabic}, ensure_ascii=False), brand, category, made.tags,
                base_code(number, made), record.choice(FITS) if made.is_worn and likely(record, 80) else None,
                sorted(record.sample(BODY_TYPES, record.randrange(1, 4))) if made.is_shaped else [],
                popularity[number], at(created), at(updated),
            )  # fmt: skip

    def _popularity(self) -> "array[int]":
        """Give each product a number that falls with its rank among those on wishlists."""
        found = array("I", bytes(4 * self.count))
        for rank in range(self.count):
            found[self.ranked(rank)] = round(5_000 * (1 - rank / self.count) ** 3)
        return found

    def ranked(self, rank: int) -> int:
        """Give the product of a rank in popularity."""
        return rank * 7_919 % self.count


def base_code(number: int, design: Design) -> str:
    """Make the manufacturer's code: letters of the brand and a number."""
    return f"{brand_letters(design)}-{number:05}".upper()


def brand_letters(design: Design) -> str:
    """Give the letters of a brand that its codes begin with."""
    return slug(MAKERS[design.brand].name).replace("-", "")[:4]


def describe(chance: Random, *, worn: bool) -> list[str]:
    """Choose the two or three sentences of a description."""
    parts = [chance.choice(WORN_OPENINGS if worn else OPENINGS), chance.choice(WORN_MIDDLES if worn else MIDDLES)]
    if likely(chance, 60):
        parts.append(chance.choice(ENDINGS))
    return parts
