"""Ingestion through the graph."""

from typing import Any

import strawberry

import errors
from actions import ingestion
from context import Info
from execution.field_metadata import reads
from ingestion.checking import ADAPTER, DuplicateKey, Rejection, checked
from ingestion.deciding import Item
from ingestion.lines import Line
from inputs.ingestion import MAX_PRODUCTS, IngestProductsInput, plain
from loaders.products import VariantBySku


async def ingest(info: Info, input: IngestProductsInput) -> dict[str, Any]:
    """Merge the items that are right, and name the others."""
    context = info.context
    if not 1 <= len(input.products) <= MAX_PRODUCTS:
        raise errors.InvalidInput(f"Send 1 to {MAX_PRODUCTS} products at once.", "products")
    items, rejected = [], []
    for index, product in enumerate(input.products):
        line = _line(product)
        if isinstance(line, str):
            rejected.append(Rejection(index, line))
        else:
            items.append(Item(index, line))
    done = await context.run(ingestion.ingest, items)
    return {
        **done._asdict(),
        "skus": list(dict.fromkeys(item.line.sku for item in items)),
        "rejected": [{"index": index, "message": message} for index, message in rejected],
    }


@reads("skus")
async def variants(root: strawberry.Parent[Any], info: Info) -> list[Any] | None:
    """Find the variants that were merged, unless they are deleted by now."""
    skus = root["skus"]
    if skus is None:
        return None
    found = await info.context.loader(VariantBySku).load_many(skus)
    return [variant for variant in found if variant is not None]


def _line(product: Any) -> Line | str:
    """Check an item; gives a sentence if it is wrong."""
    try:
        return checked(ADAPTER.validate_python, plain(product))
    except DuplicateKey as problem:
        return str(problem)
