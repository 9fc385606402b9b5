"""Products. Each is computed from its number when it is needed, so that none is kept in memory."""

from collections.abc import Iterator
from functools import cache
from random import Random
from typing import NamedTuple
from uuid import UUID

from demo.brands import MAKERS, Brands
from demo.categories import Categories, Kind
from demo.draws import Of, Timeline, at, dice, identifier, likely, slug, words
from demo.families import FAMILIES
from demo.stream import Row, Stream
from models.products import Product

DEPARTMENTS = {"women": 55, "men": 25, "kids": 9, "home": 11}
OPENINGS = (
    "{manner} {material} gives this {noun} its shape.",
    "A {noun} in {material}, made to be worn often.",
    "Our {manner} {noun}, in {material} that gets better with time.",
    "The {noun} we reach for first: {manner}, and easy to keep.",
)
WORN_OPENINGS = (*OPENINGS, "Cut from {material} and finished by hand.", "Light {material} in a {manner} shape.")
MIDDLES = (
    "Made in small numbers.",
    "The colour is dyed in the piece, so no two are quite alike.",
    "Pairs with everything else by {brand}.",
    "A favourite from last year, back in new colours.",
    "Finished by hand.",
)
WORN_MIDDLES = (*MIDDLES, "True to size.", "Sized for layering.")
UNWORN = {"bag", "jewellery", "ring", "bedding", "table", "scent"}
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
        """When the product was added."""
        return self.timeline.nth(number, self.count)

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
        facts = {
            "manner": manner.lower(),
            "material": material.lower(),
            "noun": kind.noun.lower(),
            "brand": MAKERS[brand].name,
        }
        return Design(
            slug=slug(MAKERS[brand].name, title, str(number)),
            title=title,
            description=describe(chance, facts, worn=kind.family not in UNWORN),
            brand=brand,
            kind=kind,
            material=material,
            tags=[slug(material), slug(kind.noun), *sorted(chance.sample(TAGS, chance.randrange(1, 4)))],
            colors=colors,
            system=system,
            sizes=labels[first : first + width],
            price=price * 100 - chance.choice((0, 0, 100, 5)),
        )

    def streams(self) -> Iterator[Stream]:
        """Return the rows of brands, categories and products."""
        yield self.brands.stream()
        yield self.categories.stream()
        columns = "id slug title description brand_id category_id tags created_at updated_at"
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
        )

    def _rows(self) -> Iterator[Row]:
        chance = dice("product changes")
        for number in range(self.count):
            made, created = self.design(number), self.created(number)
            brand, category = self.brands.id(made.brand), self.categories.id(made.kind.category)
            updated = self.timeline.after(chance, created)
            yield (
                self.id(number), made.slug, made.title, made.description, brand, category, made.tags,
                at(created), at(updated),
            )  # fmt: skip


def describe(chance: Random, facts: dict[str, str], *, worn: bool) -> str:
    """Write a description of two or three sentences."""
    parts = [chance.choice(WORN_OPENINGS if worn else OPENINGS), chance.choice(WORN_MIDDLES if worn else MIDDLES)]
    if likely(chance, 60):
        parts.append(chance.choice(ENDINGS))
    text = " ".join(parts).format(**facts)
    return text[0].upper() + text[1:]
