"""Fictional brands."""

from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

from demo import images
from demo.draws import Of, Timeline, identifier, slug, words
from demo.stream import Row, Stream
from models.categories import Brand


class Maker(NamedTuple):
    """A brand: its name, the departments that it has products in, and its description."""

    name: str
    departments: tuple[str, ...]
    words: str

    @property
    def slug(self) -> str:
        """The slug."""
        return slug(self.name)


MAKERS = tuple(
    Maker(name.strip(), words(departments.strip()), sentence.strip())
    for name, departments, sentence in (line.split("|") for line in """
Noor Atelier | women | Light-filled linen and silk, cut in Dubai.
Alserkal & Daughters | women, home | Quiet tailoring from a family workroom in Al Quoz.
Zahrat | women | Dresses for warm evenings.
Maison Safar | women, men | Travel clothes that leave the suitcase ready to wear.
Kalila | women, kids | Stories told in print.
Bahr | men | Shirts with the sea in mind.
Oudh & Ember | home | Perfume oils blended by hand.
Tessera | women, home | Pattern, geometry and a little gold.
Dune Theory | men, women | Desert colours in hard-wearing cloth.
Hessa Line | women | Modern abayas with an exact drape.
Malabar Thread | women, men | Handloom cotton from the Kerala coast.
Indigo Vaidya | men, women | Natural dyes, slow denim.
Sitara | women | Embroidery from Lucknow workshops.
Rang Mahal | women, kids | Colour without apology.
Porto Lumen | women, men | Knitwear and leather from northern Portugal.
Casa Nerina | women, home | Italian linen for people and tables.
Fjordgarn | women, men | Merino from mills that run on water.
Atelier Brume | women | Parisian shapes in soft tones.
Halden & Rook | men | English tailoring, loosened.
Marlow Fields | men, kids | Country cloth for town children and their fathers.
Kintsu | women, home | Japanese restraint, mended in gold.
Seoul Parade | women, men | Street shapes with a sense of humour.
Anatolia Loom | home, women | Weaving from the Aegean hills.
Bosphorus Leather | women, men | Bags and shoes from Istanbul benches.
Atlas & Argan | home, women | Moroccan craft for every day.
Medina Sole | men, women | Slippers, sandals and soft loafers.
Nile Cotton Co. | men, kids, home | Long-staple cotton, grown and sewn in Egypt.
Lotus & Reed | women, home | Papyrus greens and river blues.
Adire House | women, men | Resist-dyed cloth from Abeokuta.
Savanna Post | men, kids | Field shirts for cities.
Isla Verde | women, kids | Holiday clothes with good manners.
Tala Studio | women | Piña weaves and clean lines from Manila.
Ferrous | women, men | Jewellery and hardware for both.
Pearl Diver | women | Gulf pearls in unlikely settings.
Little Falcon | kids | Clothes to climb in.
Camel & Kite | kids, home | For nurseries with wide horizons.
Thobe Society | men | Kanduras measured properly.
Second Shade | women, men | Fewer colours, better ones.
Ordinary Garden | home, women | Botanical prints and plain linens.
Night Market | women, men | Bags for walking slowly.
Sable & Salt | women, men | Cashmere for cold air conditioning.
Qamar | women | Fine gold, drawn from the moon.
""".strip().splitlines())
)  # fmt: skip


LOGO_COLORS = ("Navy", "Burgundy", "Emerald", "Charcoal", "Terracotta", "Teal", "Plum", "Olive", "Brown", "Black")


class Brands:
    """All brands, by number."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self.count = len(MAKERS)

    def id(self, number: int) -> UUID:
        """Return the id of a brand."""
        return identifier(Of.BRAND, number, self.timeline.start)

    def serving(self, department: str) -> tuple[int, ...]:
        """Return the brands that have products in a department."""
        return tuple(number for number, maker in enumerate(MAKERS) if department in maker.departments)

    def stream(self) -> Stream:
        """Return the rows."""
        return Stream(Brand, "id name slug logo_url description", self._rows(), self.count)

    def _rows(self) -> Iterator[Row]:
        for number, maker in enumerate(MAKERS):
            logo = images.logo(maker.slug, LOGO_COLORS[number % len(LOGO_COLORS)])
            yield self.id(number), maker.name, maker.slug, logo, maker.words
