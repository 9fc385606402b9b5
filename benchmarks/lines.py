"""Lines of an import file, as a stream: `python -m benchmarks.lines 1000000 | python server.py import -`.

A product has four variants, a variant two to three listings at five sources and fifty stores.
"""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
COLORS = ("white", "sand", "black", "olive", "navy")
SIZES = ("S", "M", "L", "XL")
WORDS = ("linen", "cotton", "silk", "relaxed", "tailored", "summer", "evening", "washed", "light", "striped")
NOUNS = ("shirt", "dress", "skirt", "coat", "scarf", "trousers", "abaya", "jacket")


def lines(count: int, *, later: timedelta = timedelta(0)) -> Iterator[bytes]:
    """Make lines; those that were observed `later` have new prices for one variant in ten."""
    for number in range(count):
        yield orjson.dumps(line(number, later)) + b"\n"


def line(number: int, later: timedelta) -> dict[str, Any]:
    product, variant = divmod(number, 4)
    words = [WORDS[product // 10**place % 10] for place in range(3)]
    noun, color = NOUNS[product % 8], COLORS[product % 5]
    at = (BEGIN + timedelta(seconds=product % 86_400) + later).isoformat()
    price = 20 + product * 7 % 900 + (number % 10 == 0 and later.days)
    return {
        "sku": f"BENCH-{product}-{SIZES[variant]}",
        "product": {
            "slug": f"bench-{product}",
            "title": " ".join((*words, noun)).title(),
            "description": f"A {words[0]} {noun} in {color}. {' '.join(words)}, made to be worn often, and easy to keep.",
            "translations": {"ar": {"title": f"قميص {product}", "description": "قميص فضفاض من الكتان بياقة ناعمة."}},
            "brand": f"Brand {product % 300}",
            "category": [{"slug": "women", "name": "Women"}, {"slug": f"women-{noun}", "name": noun.title()}],
            "tags": [words[0], noun],
        },
        "colorPrimary": color, "sizeLabel": SIZES[variant], "sizeSystem": "INT", "inventory": number % 50,
        "attributes": {"material": words[0], "care": "machine wash cold"},
        "images": [{"url": f"https://images.example/{product}-{color}/{{width}}.webp", "width": 1200, "height": 1600,
                    "altText": f"{noun} in {color}", "dominantColor": "#d8c3a0", "isPrimary": variant == 0}],
        "listings": [
            {
                "source": {"slug": f"source-{one}", "name": f"Source {one}", "baseUrl": f"https://source-{one}.example"},
                "store": {"slug": f"store-{store}", "name": f"Store {store}"},
                "sourceProductId": f"{one}-{number}", "url": f"https://source-{one}.example/p/{number}",
                "price": f"{price + one}.00", "listPrice": f"{price + 40}.00", "currency": "AED",
                "availability": "IN_STOCK", "observedAt": at,
            }
            for one, store in ((product % 5, product % 50), (4, 50 + product % 7), (3, 60))[: 2 + number % 2]
        ],
    }  # fmt: skip


def main() -> None:
    """Write as many lines as the first argument says, observed as many days later as the second one."""
    days = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    for one in lines(int(sys.argv[1]), later=timedelta(days=days)):
        sys.stdout.buffer.write(one)


if __name__ == "__main__":
    main()
