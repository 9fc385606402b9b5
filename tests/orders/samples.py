"""Orders for the tests that go over the whole graph; see `tests/areas.py`."""

from typing import Any

from tests.orders.test_create_order import line, on_sale
from tests.people import Person, World, word


async def inputs(world: World, _me: Person, _others: list[Person]) -> dict[str, dict[str, Any]]:
    """An order of one listing."""
    return {"createOrder": {"lines": [line(await on_sale(world), 2)], "idempotencyKey": word()}}
