"""The hand-written answer to `Catalogue`: from the SQL of the graph's own loaders."""

from typing import Any
from uuid import UUID

from asyncpg import Connection, Record

from auth.viewer import Viewer
from database.reads import BEGIN_WITH_CUSTOM_PLANS
from database.statements import Statement
from loaders.categories import BrandById
from loaders.cursors import Cursors
from loaders.facets import FacetLoader
from loaders.pages import NO_PARENT, page_statement
from loaders.prices import PriceRangeByProduct
from loaders.product_pages import CheapestProducts, Products
from models import ids
from models.money import Money
from resolvers.facets import grouped

CURRENCY = "AED"
NODE = frozenset(("id", "slug", "title", "brand_id"))
RANGE, NAME = frozenset(("currency", "minimum", "maximum")), frozenset(("name",))


class HandWrittenReads:
    """Runs statements on a connection."""

    def __init__(self, connection: Connection, viewer: Viewer) -> None:
        self.connection = connection
        self.always = {"viewer": viewer.id, "currency": CURRENCY}

    async def rows(self, statement: Statement, **parameters: Any) -> list[Record]:
        values = statement.arguments(self.always | parameters)
        if not statement.custom_plan:
            return await self.connection.fetch(statement.sql, *values, record_class=statement.row)
        await self.connection.execute(BEGIN_WITH_CUSTOM_PLANS)
        rows = await self.connection.fetch(statement.sql, *values, record_class=statement.row)
        await self.connection.execute("COMMIT")
        return rows

    async def by_id(self, statement: Statement, keys: list[UUID]) -> dict[UUID, Record]:
        return {keys[row[0] - 1]: row for row in await self.rows(statement, keys=keys)}


async def answer(connection: Connection, viewer: Viewer, cursors: Cursors, given: dict[str, Any]) -> dict[str, Any]:
    """Answer with a page, its brands and prices, and the facets."""
    reads, kind, size = HandWrittenReads(connection, viewer), viewer.kind, given["first"]
    filters = (
        ("category", given["category"]), ("maximum", int(given["most"]) * 100), ("listing_currency", CURRENCY),
    )  # fmt: skip
    parameters = CheapestProducts.parameters(filters)
    statement = page_statement(CheapestProducts, kind, frozenset(parameters), 0, 0, False, NODE)
    rows = await reads.rows(statement, keys=[NO_PARENT], size=size + 1, **parameters)
    page = rows[:size]
    brands = await reads.by_id(BrandById.statement(kind, NAME), list({row["brand_id"] for row in page} - {None}))
    ranges = await reads.by_id(PriceRangeByProduct.statement(kind, RANGE), [row["id"] for row in page])
    loader: Any = FacetLoader(reads, viewer, Products, filters)  # type: ignore[arg-type]
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
    end = cursors.write(CheapestProducts.cursor_scope(filters), position) if position else None
    info = {"hasNextPage": len(rows) > size, "endCursor": end}
    return {"products": {"facets": facets, "nodes": nodes, "pageInfo": info}}


def _range(row: Record | None) -> dict[str, Any] | None:
    return None if row is None else {name: _money(row[name], row["currency"]) for name in ("minimum", "maximum")}


def _money(minor: int, currency: str) -> dict[str, str]:
    return {"amount": str(Money(minor, currency).amount), "currencyCode": currency}
