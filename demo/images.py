"""The images of products: what their addresses say, which is all that it takes to draw them."""

import re
from collections.abc import Callable
from typing import NamedTuple

from demo.colors import COLORS
from demo.draws import slug
from models.images import PLACE_FOR_WIDTH, offered_widths

ROUTE = "/images/"
CACHE_FOLDER = "images-1"
"""In the data folder. The number changes with the drawings, so that old ones are not shown for new ones."""
ORIGINAL_WIDTH = 1280
LOGO_WIDTH = 320
RATIOS = {"3x4": 4 / 3, "1x1": 1.0, "4x5": 5 / 4, "3x2": 2 / 3}
"""Height by width."""
FORMS = {
    "dress": ("Maxi Dress", "Midi Dress", "Evening Dress", "Dress"),
    "shirt": ("Shirt", "Dress Shirt", "Overshirt"),
    "blouse": ("Blouse", "Top", "T-Shirt"),
    "knit": ("Jumper",),
    "jacket": ("Blazer", "Cardigan"),
    "trousers": ("Trousers", "Chinos"),
    "shorts": ("Shorts",),
    "skirt": ("Skirt",),
    "robe": ("Abaya", "Kaftan", "Kandura"),
    "heel": ("Heels", "Sandals"),
    "shoe": ("Flats", "Loafers", "Trainers"),
    "boot": ("Boots",),
    "bag": ("Tote", "Cross-Body Bag", "Weekender"),
    "clutch": ("Clutch",),
    "backpack": ("Backpack",),
    "necklace": ("Necklace",),
    "earrings": ("Earrings",),
    "ring": ("Ring",),
    "textile": ("Duvet Cover", "Throw", "Table Runner"),
    "bowl": ("Serving Bowl",),
    "bottle": ("Perfume Oil", "Eau de Parfum"),
}
MARK = "mark"
"""The form of images that are logos of brands; their slug is the brand's."""
FORM_OF = {noun: form for form, nouns in FORMS.items() for noun in nouns}
COLOR_OF = {slug(name): color for name, color in COLORS.items()}
PATH = re.compile(
    r"/images/(?P<form>[a-z]{3,9})/(?P<slug>[a-z0-9-]{1,120})/"
    r"(?P<ratio>\dx\d)-(?P<shot>\d)-(?P<color>[a-z]{3,10})-(?P<width>[1-9]\d{2,3})\.webp",
    re.ASCII,
)


class Picture(NamedTuple):
    """One image of a product, in one width."""

    form: str
    slug: str
    ratio: str
    shot: int
    color: str
    width: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.width, height(self.ratio, self.width)


def address(noun: str, product: str, ratio: str, shot: int, color: str) -> str:
    """Make the address of an image, with the place for its width; the server that answers has to be put before it."""
    return f"{ROUTE}{FORM_OF[noun]}/{product}/{ratio}-{shot}-{slug(color)}-{PLACE_FOR_WIDTH}.webp"


def logo(brand: str, color: str) -> str:
    """Make the address of the logo of a brand."""
    return f"{ROUTE}{MARK}/{brand}/1x1-0-{slug(color)}-{LOGO_WIDTH}.webp"


def height(ratio: str, width: int) -> int:
    """Give the height of an image in pixels."""
    return round(width * RATIOS[ratio])


def find(path: str) -> Callable[[], bytes] | None:
    """Find what draws the image of an address; None for one that no image of the demo has."""
    picture = parse(path)
    if picture is None:
        return None

    def draw() -> bytes:
        from demo import drawing  # Pillow is needed by those alone who look at images

        return drawing.draw(picture)

    return draw


def parse(path: str) -> Picture | None:
    """Read an address; None for one that no image of the demo has."""
    found = PATH.fullmatch(path)
    if found is None:
        return None
    width = int(found["width"])
    if (
        found["form"] not in {*FORMS, MARK}
        or found["ratio"] not in RATIOS
        or found["color"] not in COLOR_OF
        or width not in offered_widths(ORIGINAL_WIDTH)
    ):
        return None
    return Picture(found["form"], found["slug"], found["ratio"], int(found["shot"]), found["color"], width)
