"""The category tree, and the kinds of product in its leaves."""

import json
from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

from demo.arabic_words import CATEGORIES
from demo.draws import Of, Timeline, identifier, slug
from demo.stream import Row, Stream
from models.categories import Category

TREE = {
    "Women": {
        "Dresses": (
            "dress", 190, 900,
            {"Maxi dresses": "Maxi Dress", "Midi dresses": "Midi Dress", "Evening dresses": "Evening Dress"},
        ),
        "Tops": ("top", 90, 420, {"Shirts": "Shirt", "Blouses": "Blouse", "T-shirts": "T-Shirt"}),
        "Knitwear": ("knit", 180, 780, {"Jumpers": "Jumper", "Cardigans": "Cardigan"}),
        "Trousers": ("trousers", 150, 560, {"Trousers and jeans": "Trousers", "Shorts": "Shorts", "Skirts": "Skirt"}),
        "Modest wear": ("abaya", 240, 1400, {"Abayas": "Abaya", "Kaftans": "Kaftan"}),
        "Shoes": ("shoes", 220, 1300, {"Heels": "Heels", "Sandals": "Sandals", "Flats": "Flats"}),
        "Bags": ("bag", 180, 2200, {"Totes": "Tote", "Cross-body bags": "Cross-Body Bag", "Clutches": "Clutch"}),
        "Jewellery": ("jewellery", 90, 1500, {"Necklaces": "Necklace", "Earrings": "Earrings"}),
        "Rings": ("ring", 80, 900, {"Stacking rings": "Ring"}),
    },
    "Men": {
        "Shirts": (
            "shirt", 120, 480, {"Casual shirts": "Shirt", "Formal shirts": "Dress Shirt", "Overshirts": "Overshirt"},
        ),
        "Tailoring": ("suit", 220, 1900, {"Blazers": "Blazer", "Chinos": "Chinos"}),
        "Traditional": ("kandura", 180, 650, {"Kanduras": "Kandura"}),
        "Shoes": ("footwear", 240, 1200, {"Loafers": "Loafers", "Trainers": "Trainers", "Boots": "Boots"}),
        "Bags": ("bag", 260, 1800, {"Weekend bags": "Weekender", "Backpacks": "Backpack"}),
    },
    "Kids": {
        "Girls": ("kids", 60, 260, {"Girls dresses": "Dress", "Girls tops": "Top"}),
        "Boys": ("kids", 60, 240, {"Boys shirts": "Shirt", "Boys trousers": "Trousers"}),
    },
    "Home": {
        "Bedroom": ("bedding", 140, 1200, {"Duvet covers": "Duvet Cover", "Throws": "Throw"}),
        "Table": ("table", 40, 480, {"Tableware": "Serving Bowl", "Napkins and runners": "Table Runner"}),
        "Fragrance": ("scent", 120, 1600, {"Perfume oils": "Perfume Oil", "Eau de parfum": "Eau de Parfum"}),
    },
}  # fmt: skip


class Kind(NamedTuple):
    """The kind of the products in a leaf of the tree. Prices are in whole dirhams."""

    category: int
    department: str
    noun: str
    family: str
    cheapest: int
    dearest: int


class Node(NamedTuple):
    """A category, with the number of its parent."""

    parent: int | None
    name: str
    slug: str
    position: int


class Categories:
    """All nodes by number, parents first within their branch, and the kinds."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self.nodes: list[Node] = []
        self.kinds: list[Kind] = []
        for position, (department, groups) in enumerate(TREE.items()):
            root = self._add(None, department, slug(department), position)
            for place, (group, (family, cheapest, dearest, leaves)) in enumerate(groups.items()):
                branch = self._add(root, group, slug(department, group), place)
                for rank, (leaf, noun) in enumerate(leaves.items()):
                    number = self._add(branch, leaf, slug(department, group, leaf), rank)
                    self.kinds.append(Kind(number, slug(department), noun, family, cheapest, dearest))

    def id(self, number: int) -> UUID:
        """Return the id of a category."""
        return identifier(Of.CATEGORY, number, self.timeline.start)

    def kind(self, category: str) -> Kind:
        """Find the kind of a leaf by its slug."""
        return next(kind for kind in self.kinds if self.nodes[kind.category].slug == category)

    def stream(self) -> Stream:
        """Return the rows."""
        return Stream(Category, "id parent_id name translations slug position", self._rows(), len(self.nodes))

    def _add(self, parent: int | None, name: str, address: str, position: int) -> int:
        self.nodes.append(Node(parent, name, address, position))
        return len(self.nodes) - 1

    def _rows(self) -> Iterator[Row]:
        for number, node in enumerate(self.nodes):
            parent = None if node.parent is None else self.id(node.parent)
            arabic = json.dumps({"ar": {"name": CATEGORIES[node.name]}}, ensure_ascii=False)
            yield self.id(number), parent, node.name, arabic, node.slug, node.position
