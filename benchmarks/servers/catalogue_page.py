"""The hand-written answer to `Catalogue`: from the SQL of the graph's own loaders."""

from typing import Any

from asyncpg import Record

from benchmarks.servers.reads import CURRENCY, HandWrittenReads
from loaders.categories import BrandById
from loaders.facets import FacetLoader
from loaders.page_statements import page_statement
from loaders.pages import NO_PARENT
from loaders.prices import PriceRangeByProduct
from loaders.product_pages import CheapestProducts, Products
from models import ids
from models.money import Money
from resolvers.facets import grouped

NODE = frozenset(("id", "slug", "title", "brand_id"))
RANGE, NAME = frozenset(("currency", "minimum", "maximum")), frozenset(("name",))


async def answer(reads: HandWrittenReads, given: dict[str, Any]) -> dict[str, Any]:
    """Answer with a page, its brands and prices, and the facets."""
    kind, size = reads.kind, given["first"]
    filters = (
        ("category", given["category"]), ("maximum", int(given["most"]) * 100), ("listing_currency", CURRENCY),
    )  # fmt: skip
    parameters = CheapestProducts.parameters(filters)
    statement = page_statement(CheapestProducts, kind, frozenset(parameters), 0, 0, False, NODE)
    rows = await reads.rows(statement, keys=[NO_PARENT], size=size + 1, **parameters)
    page = rows[:size]
    brands = await reads.by_id(BrandById.statement(kind, NAME), list({row["brand_id"] for row in page} - {None}))
    ranges = await reads.by_id(PriceRangeByProduct.statement(kind, RANGE), [row["id"] for row in page])
    loader: Any = FacetLoader(reads, reads.viewer, Products, filters)  # type: ignore[arg-type]
    (values,) = await loader.batch_load_fn([NO_PARENT])
    facets = [
        {"name": one.name, "values": [{"value": v.value, "label": v.label, "count": v.count} for v in one.values]}
        for one in grouped(values)
    ]
    nodes = [
        {
            "id": ids.encode("Product", row["id"]),
            "slug": row["slug"],
            "title": row["title"],
            "brand": {"name": brands[row["brand_id"]]["name"]} if row["brand_id"] in brands else None,
            "priceRange": _range(ranges.get(row["id"])),
        }
        for row in page
    ]
    position = [page[-1][name] for name in CheapestProducts.order] if page else None
    end = reads.write_cursor(CheapestProducts.cursor_scope(filters), position) if position else None
    info = {"hasNextPage": len(rows) > size, "endCursor": end}
    return {"products": {"facets": facets, "nodes": nodes, "pageInfo": info}}


def _range(row: Record | None) -> dict[str, Any] | None:
    return None if row is None else {name: _money(row[name], row["currency"]) for name in ("minimum", "maximum")}


def _money(minor: int, currency: str) -> dict[str, str]:
    return {"amount": str(Money(minor, currency).amount), "currencyCode": currency}
