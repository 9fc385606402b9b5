"""Variants of products: their stock, attributes and images."""

import json
from array import array
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple
from uuid import UUID

from demo import images
from demo.arabic_words import ATTRIBUTES as ARABIC
from demo.brands import MAKERS
from demo.colors import COLORS
from demo.draws import Of, Timeline, at, dice, identifier, likely, scramble, slug
from demo.families import ATTRIBUTES, FAMILIES, FIT, SEASON
from demo.products import Design, Products, brand_letters
from demo.stream import Row, Stream
from models.products import Attribute, AttributeValue, Availability, Image, ProductVariant

STOCK = (
    *[Availability.IN_STOCK] * 68, *[Availability.LOW_STOCK] * 12, *[Availability.OUT_OF_STOCK] * 14,
    *[Availability.PREORDER] * 4, *[Availability.UNKNOWN] * 2,
)  # fmt: skip
COLUMNS = (
    "id product_id sku color_primary color_secondary size_label size_system availability inventory position created_at"
)
SHAPES = ("3x4", "3x4", "1x1", "4x5", "3x2")
VIEWS = ("front", "in detail", "from the side")


class Variants:
    """All variants, by number; those of a product follow each other."""

    def __init__(self, products: Products, timeline: Timeline) -> None:
        self.products = products
        self.timeline = timeline
        self.first = array("I", [0])
        self.product_of = array("I")
        for product in range(products.count):
            self.product_of.extend([product] * products.design(product).variants)
            self.first.append(len(self.product_of))
        self.count = len(self.product_of)

    def created(self, number: int) -> int:
        """When the variant was added: with its product."""
        return self.products.created(self.product_of[number])

    def id(self, number: int) -> UUID:
        """Return the id of a variant."""
        return identifier(Of.VARIANT, number, self.created(number))

    def availability(self, number: int) -> Availability:
        """Return the availability; the product of the examples is always in stock."""
        return STOCK[scramble(number) % len(STOCK)] if self.product_of[number] else Availability.IN_STOCK

    def streams(self) -> Iterator[Stream]:
        """Return the rows of attributes, variants, attribute values and images."""
        yield Stream(Attribute, "id name display_name translations", self._attribute_rows(), len(ATTRIBUTES))
        yield Stream(ProductVariant, COLUMNS, self._rows(), self.count)
        yield Stream(AttributeValue, "id variant_id attribute_id value", self._value_rows())
        columns = "id product_id variant_id url alt_text width height dominant_color is_primary position"
        yield Stream(Image, columns, self._image_rows())

    def each(self) -> Iterator["Variant"]:
        """Iterate over all variants."""
        for product, (first, end) in enumerate(pairwise(self.first)):
            design = self.products.design(product)
            for number in range(first, end):
                color, size = divmod(number - first, len(design.sizes))
                yield Variant(number, product, number - first, design, design.colors[color], design.sizes[size])

    def _rows(self) -> Iterator[Row]:
        chance = dice("variants")
        stock = {Availability.IN_STOCK: (6, 120), Availability.LOW_STOCK: (1, 5), Availability.UNKNOWN: None}
        for number, product, position, design, color, size in self.each():
            availability = self.availability(number)
            reach = stock.get(availability, (0, 0))
            second = chance.choice(tuple(COLORS)) if product and likely(chance, 8) else None
            yield (
                self.id(number), self.products.id(product), sku(product, design, color, size),
                color, None if second == color else second, size, design.system,
                availability, chance.randint(*reach) if reach else None, position, at(self.created(number)),
            )  # fmt: skip

    def _attribute_rows(self) -> Iterator[Row]:
        for number, name in enumerate(ATTRIBUTES):
            arabic = json.dumps({"ar": {"display_name": ARABIC[name]}}, ensure_ascii=False)
            yield self._attribute_id(number), name, name.replace("_", " ").capitalize(), arabic

    def _attribute_id(self, number: int) -> UUID:
        return identifier(Of.ATTRIBUTE, number, self.timeline.start)

    def _value_rows(self) -> Iterator[Row]:
        ids = {name: self._attribute_id(number) for number, name in enumerate(ATTRIBUTES)}
        count = 0
        for variant in self.each():
            if variant.position == 0:
                chance = dice("attributes", variant.product)
                choices = FAMILIES[variant.design.kind.family].attributes
                names = chance.sample(tuple(choices), min(2, len(choices)))
                values = {"material": variant.design.material, **{name: chance.choice(choices[name]) for name in names}}
                values |= {name: value for name, value in _named(variant.design).items() if name in values}
            moment = self.created(variant.number)
            for name, value in values.items():
                yield identifier(Of.VALUE, count, moment), self.id(variant.number), ids[name], value
                count += 1

    def _image_rows(self) -> Iterator[Row]:
        chance = dice("images")
        count = 0
        for product, (first, _) in enumerate(pairwise(self.first)):
            design, moment = self.products.design(product), self.products.created(product)
            shots: list[tuple[str, int | None]] = [(design.colors[0], None)] * chance.choice((1, 2))
            shots += [(color, first + place * len(design.sizes)) for place, color in enumerate(design.colors)]
            for position, (color, variant) in enumerate(shots):
                ratio = chance.choice(SHAPES)
                yield (
                    identifier(Of.IMAGE, count, moment), self.products.id(product),
                    None if variant is None else self.id(variant),
                    images.address(design.kind.noun, design.slug, ratio, position, color),
                    f"{design.title} by {MAKERS[design.brand].name} in {color.lower()}, {VIEWS[position % len(VIEWS)]}",
                    images.ORIGINAL_WIDTH, images.height(ratio, images.ORIGINAL_WIDTH), COLORS[color],
                    position == 0, position,
                )  # fmt: skip
                count += 1


class Variant(NamedTuple):
    """A variant, with the product that it is made from."""

    number: int
    product: int
    position: int
    design: Design
    color: str
    size: str


def sku(product: int, design: Design, color: str, size: str) -> str:
    """Make a SKU: from the slug for the product of the examples, else from letters of the brand and a number."""
    return slug(*((brand_letters(design), f"{product:05}") if product else (design.slug,)), color, size).upper()


def _named(design: Design) -> dict[str, str]:
    """Give the attributes that the title or the tags name, so that none says something else."""
    known = {
        "fit": [fit for fit in FIT if fit in design.title],
        "season": [s for s in SEASON if s.lower() in design.tags],
    }
    found = {name: values[0] for name, values in known.items() if values}
    return found | {"season": "All year"} if len(known["season"]) > 1 else found
