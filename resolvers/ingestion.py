"""Ingestion through the graph."""

from typing import Any

import errors
from actions import ingestion
from context import Info
from ingestion.checking import ADAPTER, Rejection, checked
from ingestion.deciding import Item
from inputs.ingestion import MAX_PRODUCTS, IngestProductsInput, plain
from models.customers import Role


async def ingest(info: Info, input: IngestProductsInput) -> dict[str, Any]:
    """Merge the items that are right, and name the others."""
    context = info.context
    context.require_role(Role.SERVICE)
    if not 1 <= len(input.products) <= MAX_PRODUCTS:
        raise errors.InvalidInput(f"Send 1 to {MAX_PRODUCTS} products at once.", "products")
    items, rejected = [], []
    for index, product in enumerate(input.products):
        line = checked(ADAPTER.validate_python, plain(product))
        if isinstance(line, str):
            rejected.append(Rejection(index, line))
        else:
            items.append(Item(index, line))
    done = await context.run(ingestion.ingest, items)
    return {**done._asdict(), "rejected": [{"index": index, "message": message} for index, message in rejected]}
