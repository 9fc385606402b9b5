"""Ingestion for the tests that go over the whole graph; see `tests/areas.py`."""

from typing import Any

from tests.ingestion.lines import at
from tests.people import Person, World, word


def item(**values: Any) -> dict[str, Any]:
    """An item of `ingestProducts` with one listing."""
    slug = word().lower()
    listing = {
        "source": {"slug": "souk", "name": "Souk"}, "url": "https://souk.example/p/1", "price": "129.00",
        "currency": "AED", "observedAt": at(0),
    }  # fmt: skip
    return {"sku": word(), "product": {"slug": slug, "title": "Linen shirt"}, "listings": [listing]} | values


async def inputs(world: World, me: Person, _others: list[Person]) -> dict[str, dict[str, Any]]:
    """An input with one item."""
    return {"ingestProducts": {"products": [item()]}}
