"""Families of products, with their materials, sizes and attributes."""

from typing import NamedTuple

from demo.colors import COLORS, FEW, METALS, SOFT
from demo.draws import words

Sizes = tuple[str, tuple[str, ...]]


class Family(NamedTuple):
    """What the products of a family share. `sizes` maps size systems to their labels; none means one size."""

    materials: tuple[str, ...]
    manners: tuple[str, ...]
    sizes: tuple[Sizes, ...]
    colors: tuple[str, ...]
    attributes: dict[str, tuple[str, ...]]


def numbers(system: str, first: int, last: int, step: int = 1, unit: str = "") -> Sizes:
    """Return a range of numeric sizes."""
    return system, tuple(f"{size}{unit}" for size in range(first, last + 1, step))


LETTERS = ("INT", ("XS", "S", "M", "L", "XL"))
LADIES = (LETTERS, numbers("EU", 34, 44, 2), numbers("UK", 6, 16, 2), numbers("US", 2, 12, 2))
GENTS = (("INT", ("S", "M", "L", "XL", "XXL")), numbers("EU", 44, 54, 2), numbers("US", 34, 44, 2))
ALL = tuple(COLORS)

CARE = words("Machine wash cold, Hand wash, Dry clean only, Wipe clean")
SEASON = words("Spring, Summer, Autumn, Winter, All year")
OCCASION = words("Everyday, Office, Evening, Wedding, Eid, Travel")
FIT = words("Slim, Regular, Relaxed, Oversized")
PATTERN = words("Plain, Striped, Floral, Checked, Embroidered")
ORIGIN = words("United Arab Emirates, India, Türkiye, Portugal, Italy, Egypt, Morocco")

FAMILIES = {
    "dress": Family(
        words("Linen, Silk, Cotton, Crêpe, Satin, Chiffon, Viscose, Linen Blend"),
        words("Wrap, Pleated, Tiered, Belted, Draped, A-Line, Column, Smocked"),
        LADIES, ALL,
        {"neckline": words("V-neck, Round, Square, Halter, High neck"),
         "sleeve": words("Sleeveless, Short, Three-quarter, Long"),
         "occasion": OCCASION, "pattern": PATTERN, "lining": words("Lined, Half lined, Unlined"), "care": CARE},
    ),
    "top": Family(
        words("Linen, Cotton, Silk, Poplin, Jersey, Linen Blend, Modal, Organic Cotton"),
        words("Relaxed, Cropped, Boxy, Tailored, Oversized, Classic, Gathered"),
        LADIES, ALL,
        {"neckline": words("V-neck, Round, Collar, Boat"), "sleeve": words("Short, Three-quarter, Long"), "fit": FIT,
         "pattern": PATTERN, "season": SEASON, "care": CARE},
    ),
    "knit": Family(
        words("Cashmere, Merino, Cotton, Alpaca, Mohair, Wool Blend"),
        words("Ribbed, Cable, Fine, Chunky, Waffle, Brushed"),
        LADIES, ALL, {"neckline": words("Round, V-neck, Roll neck"), "fit": FIT, "season": SEASON, "care": CARE},
    ),
    "trousers": Family(
        words("Linen, Denim, Cotton Twill, Wool, Corduroy, Linen Blend"),
        words("Wide-Leg, Straight, Tapered, Cropped, Pleated, High-Rise"),
        LADIES, ALL, {"fit": FIT, "closure": words("Zip, Buttons, Drawstring"), "season": SEASON, "care": CARE},
    ),
    "abaya": Family(
        words("Crêpe, Nida, Linen, Chiffon, Silk Blend, Satin"),
        words("Open, Embroidered, Layered, Kimono, Beaded, Classic"),
        (numbers("INT", 52, 60, 2), LETTERS), ("Black", *FEW, "Sand", "Sage", "Plum"),
        {"occasion": OCCASION, "closure": words("Open, Snaps, Buttons"), "sleeve": words("Bell, Straight, Batwing"),
         "care": CARE},
    ),
    "shirt": Family(
        words("Linen, Oxford Cotton, Poplin, Denim, Flannel, Linen Blend"),
        words("Slim, Regular, Relaxed, Grandad-Collar, Button-Down"),
        GENTS, ALL, {"fit": FIT, "sleeve": words("Short, Long"), "pattern": PATTERN, "season": SEASON, "care": CARE},
    ),
    "suit": Family(
        words("Wool, Linen, Cotton Twill, Cashmere Blend, Denim, Linen Blend"),
        words("Tailored, Unstructured, Slim, Pleated, Straight, Travel"),
        GENTS, ALL, {"fit": FIT, "lining": words("Lined, Half lined, Unlined"), "season": SEASON, "origin": ORIGIN},
    ),
    "kandura": Family(
        words("Cotton, Poplin, Linen Blend, Wool Blend"), words("Emirati, Saudi, Omani, Kuwaiti, Embroidered"),
        (numbers("INT", 52, 62, 2),), ("White", "Ivory", "Sand", "Grey", "Sky"),
        {"fit": FIT, "occasion": OCCASION, "care": CARE},
    ),
    "shoes": Family(
        words("Leather, Suede, Nappa, Canvas, Patent Leather, Satin"),
        words("Pointed, Slingback, Platform, Woven, Quilted, Classic"),
        (numbers("EU", 36, 41), numbers("UK", 3, 8), numbers("US", 5, 10)), ("Gold", "Silver", "White", *FEW),
        {"heel": words("Flat, Low, Block, Stiletto"), "toe": words("Round, Pointed, Square, Open"),
         "sole": words("Leather, Rubber"), "occasion": OCCASION},
    ),
    "footwear": Family(
        words("Leather, Suede, Canvas, Knit, Nubuck"), words("Penny, Court, Desert, Trail, Classic, Minimal"),
        (numbers("EU", 40, 46), numbers("UK", 6, 12), numbers("US", 7, 13)), ("White", "Grey", "Olive", *FEW),
        {"toe": words("Round, Square"), "sole": words("Leather, Rubber, Crêpe"), "season": SEASON, "origin": ORIGIN},
    ),
    "bag": Family(
        words("Leather, Suede, Canvas, Raffia, Nappa, Nylon"),
        words("Mini, Structured, Slouchy, Woven, Quilted, Everyday"),
        (), FEW, {"closure": words("Zip, Magnet, Drawstring"), "strap": words("Chain, Leather, Detachable"),
        "hardware": words("Gold, Silver, Gunmetal"), "origin": ORIGIN},
    ),
    "jewellery": Family(
        words("Vermeil, Enamel, Pearl, Brass, Turquoise, Mother-of-Pearl"),
        words("Twisted, Hammered, Layered, Fine, Crescent, Signet"),
        (), METALS, {"plating": words("18k gold, Rhodium, None"), "stone": words("Pearl, Onyx, Turquoise, None"),
        "occasion": OCCASION},
    ),
    "ring": Family(
        words("Vermeil, Enamel, Brass"), words("Stacking, Signet, Dome, Twisted"),
        (numbers("EU", 50, 58, 2), numbers("US", 5, 9)), METALS, {"plating": words("18k gold, Rhodium, None"),
        "stone": words("Pearl, Onyx, None")},
    ),
    "kids": Family(
        words("Cotton, Linen, Organic Cotton, Jersey, Fleece"), words("Printed, Soft, Playful, Striped, Little"),
        (numbers("EU", 92, 140, 12), ("INT", ("2-3Y", "4-5Y", "6-7Y", "8-9Y"))),
        SOFT, {"pattern": PATTERN, "season": SEASON, "care": CARE},
    ),
    "bedding": Family(
        words("Linen, Cotton Percale, Sateen, Muslin, Washed Linen"),
        words("Fringed, Plain, Striped, Stonewashed, Quilted"),
        (("INT", ("Single", "Double", "King")),), SOFT, {"thread_count": words("200, 300, 400, 600"),
        "pattern": PATTERN, "care": CARE},
    ),
    "table": Family(
        words("Linen, Stoneware, Olive Wood, Brass, Glass, Cotton"),
        words("Hand-Thrown, Ribbed, Carved, Everyday, Scalloped"),
        (), SOFT, {"origin": ORIGIN, "care": CARE},
    ),
    "scent": Family(
        words("Oud, Amber, Rose, Musk, Saffron, Jasmine"), words("Midnight, Desert, Garden, Velvet, Royal, Quiet"),
        (("INT", ("30 ml", "50 ml", "100 ml")),), ("Gold",), {"scent": words("Woody, Floral, Spicy, Fresh"),
        "origin": ORIGIN},
    ),
}  # fmt: skip

ATTRIBUTES = ("material", *dict.fromkeys(name for family in FAMILIES.values() for name in family.attributes))
