"""Keys for loaders, taken from the tables of a database, whatever the tables are."""

import json
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Uuid
from sqlmodel.sql.sqltypes import AutoString

from auth.viewer import Viewer, ViewerKind
from database.engine import Database
from database.statements import Statement
from database.urls import plain_url
from loaders.pages import NO_PARENT
from models.columns import Table
from models.customers import Role

MAX_VALUES = 300
PERSONAS = "layla", "sam", "nora"
"""A customer, a solver, an owner."""
AUDIT_FILTERS = """
    SELECT action, actor_id AS actor, target_type, target_id, now() - interval '1 year' AS since, now() + interval '1 year' AS until
    FROM audit_entry WHERE action = 'role.changed' AND actor_id IS NOT NULL LIMIT 1
"""
"""Values that several entries meet, even together."""


@dataclass(frozen=True)
class Pools:
    """A database, who looks at it, and the keys that can be asked for, those of one table or column together."""

    database: Database
    viewers: dict[str, Viewer]
    ids: list[list[Any]]
    texts: list[list[Any]]
    values: dict[tuple[str, str], Any]
    """Of filters, by the type of the rows and the name of the filter."""

    def askers(self, statement: Callable[[ViewerKind], Statement]) -> Iterator[Viewer]:
        """Give those for whom a statement differs, in its text or in who asks."""
        known = set()
        for viewer in self.viewers.values():
            made = statement(viewer.kind)
            asks = made.sql, viewer.id if "viewer" in made.names else None
            if asks not in known:
                known.add(asks)
                yield viewer


async def drawn(url: str, database: Database) -> Pools:
    """Take keys from all tables."""
    connection = await asyncpg.connect(plain_url(url))
    try:
        ids, texts = [[NO_PARENT, UUID(int=1)]], []
        for table in Table.metadata.sorted_tables:
            for column in table.columns:
                name = f'"{table.name}"."{column.name}"'
                if column.name == "id" and isinstance(column.type, Uuid):
                    ids.append(await _values(connection, f'SELECT {name} FROM "{table.name}"'))
                elif isinstance(column.type, AutoString):
                    texts.append(
                        await _values(connection, f'SELECT unnest(ARRAY[{name}, lower({name})]) FROM "{table.name}"')
                    )
        texts.append(await _values(connection, "SELECT phone_number || ' ' || reference FROM ticket"))
        rows = await connection.fetch("SELECT username, id, role FROM customer WHERE username = ANY($1)", PERSONAS)
        keys = {row["id"]: None for row in rows}
        ids = [list((keys | dict.fromkeys(pool)) if keys.keys() & pool else pool) for pool in ids]
        people = {row["username"]: Viewer(row["id"], Role(row["role"])) for row in rows}
        brands = await connection.fetch("SELECT id FROM brand ORDER BY name OFFSET 3")
        product_filters = await _product_filters(connection)
        audit_filters = dict(await connection.fetchrow(AUDIT_FILTERS) or {})
    finally:
        await connection.close()
    values = {
        ("Product", "search"): "linen",
        ("Product", "brands"): tuple(row["id"] for row in brands),
        ("Product", "category"): "women",
        **{("Product", name): value for name, value in product_filters.items()},
        ("Store", "search"): "e",
        ("Ticket", "status"): "RESOLVED",
        ("Payment", "statuses"): ("COMPLETED", "FAILED"),
        ("Payment", "flagged"): True,
        **{("AuditEntry", name): value for name, value in audit_filters.items()},
    }
    return Pools(database, {"anonymous": Viewer()} | people, ids, texts, values)


async def _product_filters(connection: Any) -> dict[str, Any]:
    """Values of the other filters of products that many products meet, even together."""
    found = {
        "tags": "SELECT DISTINCT unnest(tags) FROM product",
        "colors": "SELECT DISTINCT lower(color_primary) FROM product_variant",
        "sizes": "SELECT DISTINCT size_label FROM product_variant",
        "variant_availability": "SELECT DISTINCT availability FROM product_variant",
        "listing_availability": "SELECT DISTINCT availability FROM listing",
        "stores": "SELECT id FROM store",
        "sources": "SELECT id FROM source",
    }
    values: dict[str, Any] = {name: tuple(row[0] for row in await connection.fetch(sql)) for name, sql in found.items()}
    attributes = await connection.fetch(
        "SELECT DISTINCT 1 AS number, name, value FROM attribute JOIN attribute_value ON attribute.id = attribute_id "
        "WHERE attribute_id = (SELECT attribute_id FROM attribute_value GROUP BY 1 ORDER BY count(*) DESC LIMIT 1)"
    )
    values["attributes"] = json.dumps([dict(row) for row in attributes])
    return values | {"minimum": 1, "maximum": 10**12, "listing_currency": "AED", "discount": 1}


async def _values(connection: Any, sql: str) -> list[Hashable]:
    """Draw some of many by lot, the same at each run."""
    sql = f"SELECT value FROM (SELECT DISTINCT value FROM ({sql}) AS drawn (value)) WHERE value IS NOT NULL ORDER BY md5(value::text) LIMIT {MAX_VALUES}"
    return [row[0] for row in await connection.fetch(sql)]
