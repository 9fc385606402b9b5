"""The least that Python can do: a hand-written Starlette route over asyncpg, for the same bytes from the same SQL.

It verifies the token, looks up the viewer, minds audiences, writes ids and signs cursors as the graph does.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any
from uuid import UUID

import orjson
from asyncpg import Connection, Pool, Record, create_pool
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from actions.accounts import KNOWN
from auth.tokens import Verifier
from auth.viewer import Viewer, ViewerKind
from benchmarks.servers import catalogue_page, stage
from database.statements import Statement
from database.urls import plain_url
from loaders.categories import BrandById
from loaders.cursors import Cursors
from loaders.customers import CustomerById
from loaders.follows import Followers
from loaders.pages import NO_PARENT, page_statement
from loaders.product_pages import Products
from loaders.products import ProductById, VariantById
from loaders.wishlists import DefaultWishlistByOwner, ItemsByWishlist
from models import ids
from models.customers import Role
from policy.audiences import Bit

FOLLOWERS, LOCATION, SELF = int(Bit.FOLLOWERS), int(Bit.LOCATION), int(Bit.SELF)
writer = getattr(ids, "writer", lambda graphql_type: partial(ids.encode, graphql_type))
customer_id, product_id = writer("Customer"), writer("Product")
HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
JSON = "application/json; charset=utf-8"


COLUMNS: dict[type, str] = {
    CustomerById: "id username name location followers_count created_at audience",
    DefaultWishlistByOwner: "id",
    BrandById: "name",
    ProductById: "id slug title brand_id",
    VariantById: "product_id",
    Products: "id slug title description tags created_at updated_at brand_id",
    Followers: "id username name followed_at audience",
    ItemsByWishlist: "variant_id",
}
"""What the queries need of each."""


class Statements:
    """What one kind of viewer asks the database."""

    def __init__(self, viewer: ViewerKind, columns: dict[type, str]) -> None:
        def items(of: type) -> frozenset[str] | None:
            return frozenset(columns[of].split()) if columns else None

        self.customers, self.wishlists, self.brands, self.products, self.variants = (
            of.statement(viewer, items(of))
            for of in (CustomerById, DefaultWishlistByOwner, BrandById, ProductById, VariantById)
        )
        self.page_of_products, self.page_of_followers, self.page_of_items = (
            page_statement(of, viewer, frozenset(), False, False, False, items(of))
            for of in (Products, Followers, ItemsByWishlist)
        )


STATEMENTS = {by: Statements(by, COLUMNS) for by in ViewerKind}


class Reader:
    """A connection, and who asks."""

    __slots__ = ("connection", "cursors", "sql", "viewer")

    def __init__(self, connection: Connection, cursors: Cursors, viewer: Viewer) -> None:
        self.connection = connection
        self.cursors = cursors
        self.viewer = viewer.id
        self.sql = STATEMENTS[viewer.kind]

    async def rows(self, statement: Statement, keys: list[UUID], size: int = 0) -> list[Record]:
        values = statement.arguments({"viewer": self.viewer, "keys": keys, "size": size})
        return await self.connection.fetch(statement.sql, *values)

    async def by_id(self, statement: Statement, keys: list[UUID]) -> dict[UUID, Record]:
        return {keys[row[0] - 1]: row for row in await self.rows(statement, keys)}

    async def pages(self, statement: Statement, keys: list[UUID], size: int) -> dict[UUID, list[Record]]:
        found: dict[UUID, list[Record]] = {key: [] for key in keys}
        for row in await self.rows(statement, keys, size + 1):
            found[keys[row[0] - 1]].append(row)
        return found


async def q1(reader: Reader, variables: dict[str, Any]) -> dict[str, Any]:
    key = ids.key_of("Customer", variables["id"])
    row = (await reader.by_id(reader.sql.customers, [key])).get(key) if key else None
    if row is None:
        return {"customer": None}
    return {
        "customer": {
            "id": customer_id(row["id"]),
            "username": row["username"],
            "name": row["name"],
            "location": row["location"] if row["audience"] & LOCATION else None,
            "followersCount": row["followers_count"],
            "createdAt": row["created_at"],
        }
    }


async def q2(reader: Reader, variables: dict[str, Any]) -> dict[str, Any]:
    size = variables["first"]
    rows = await reader.rows(reader.sql.page_of_products, [NO_PARENT], size + 1)
    more = len(rows) > size
    rows = rows[:size]
    found = await reader.by_id(reader.sql.brands, list({key for row in rows if (key := row["brand_id"])}))
    brands = {key: {"name": row["name"]} for key, row in found.items()}
    nodes = [
        {
            "id": product_id(row["id"]),
            "slug": row["slug"],
            "title": row["title"],
            "description": row["description"],
            "createdAt": row["created_at"],
            "updatedAt": row["updated_at"],
            "brand": brands.get(row["brand_id"]),
        }
        for row in rows
    ]
    end = reader.cursors.write(Products.cursor_scope(), [rows[-1]["created_at"], rows[-1]["id"]]) if rows else None
    return {"products": {"nodes": nodes, "pageInfo": {"hasNextPage": more, "endCursor": end}}}


async def q3(reader: Reader, variables: dict[str, Any]) -> dict[str, Any]:
    key = ids.key_of("Customer", variables["id"])
    row = (await reader.by_id(reader.sql.customers, [key])).get(key) if key else None
    if row is None:
        return {"customer": None}
    followers = await _followers(reader, row["id"]) if row["audience"] & FOLLOWERS else None
    return {"customer": {"id": customer_id(row["id"]), "followers": followers}}


async def _followers(reader: Reader, key: UUID, size: int = 20) -> dict[str, Any]:
    rows = await reader.rows(reader.sql.page_of_followers, [key], size + 1)
    more = len(rows) > size
    rows = rows[:size]
    write = reader.cursors.write
    owners = [row["id"] for row in rows if row["audience"] & SELF]
    wishlists = {owner: row["id"] for owner, row in (await reader.by_id(reader.sql.wishlists, owners)).items()}
    items = await reader.pages(reader.sql.page_of_items, list(wishlists.values()), 5)
    products = await _products(reader, list({row["variant_id"] for page in items.values() for row in page[:5]}))
    lists = {owner: {"items": _items(write, items[key], products)} for owner, key in wishlists.items()}
    edges = [
        {
            "cursor": write(Followers.cursor_scope(), [row["followed_at"], row["id"]]),
            "node": {
                "id": customer_id(row["id"]),
                "username": row["username"],
                "name": row["name"],
                "wishlist": lists.get(row["id"]),
            },
        }
        for row in rows
    ]
    return {"edges": edges, "pageInfo": {"hasNextPage": more, "endCursor": edges[-1]["cursor"] if edges else None}}


def _items(write: Callable[..., str], page: list[Record], products: dict[UUID, Any]) -> dict[str, Any]:
    more = len(page) > 5
    page = page[:5]
    end = write(ItemsByWishlist.cursor_scope(), [page[-1]["created_at"], page[-1]["id"]]) if page else None
    nodes = [products[row["variant_id"]] for row in page]
    return {"nodes": nodes, "pageInfo": {"hasNextPage": more, "endCursor": end}}


async def _products(reader: Reader, keys: list[UUID]) -> dict[UUID, dict[str, Any]]:
    found = await reader.by_id(reader.sql.variants, keys)
    variants = {key: row["product_id"] for key, row in found.items()}
    found = await reader.by_id(reader.sql.products, list(set(variants.values())))
    brands = await reader.by_id(reader.sql.brands, list({key for row in found.values() if (key := row["brand_id"])}))
    names = {key: {"name": row["name"]} for key, row in brands.items()}
    products = {
        key: {
            "id": product_id(key),
            "title": row["title"],
            "slug": row["slug"],
            "brand": names.get(row["brand_id"]),
        }
        for key, row in found.items()
    }
    return {key: {"variant": {"product": products[product]}} for key, product in variants.items()}


async def q4(reader: Reader, variables: dict[str, Any]) -> dict[str, Any]:
    size = variables["first"]
    rows = (await reader.rows(reader.sql.page_of_products, [NO_PARENT], size + 1))[:size]
    nodes = [
        {
            "id": product_id(row["id"]),
            "slug": row["slug"],
            "title": row["title"],
            "description": row["description"],
            "tags": row["tags"],
            "createdAt": row["created_at"],
            "updatedAt": row["updated_at"],
            "handle": row["slug"],
            "name": row["title"],
            "addedAt": row["created_at"],
        }
        for row in rows
    ]
    return {"products": {"nodes": nodes}}


Handler = Callable[[Reader, dict[str, Any]], Awaitable[dict[str, Any]]]
HANDLERS: dict[str, Handler] = {"Q1": q1, "Q2": q2, "Q3": q3, "Q4": q4}


def create() -> Starlette:
    url, settings, credentials = stage.from_environment()
    verifier: Verifier = stage.verifier(settings, credentials)
    cursors = Cursors(credentials.secret_key)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.state.database = database = await connect(settings, url)
        yield
        await database.close()

    async def answer(request: Request) -> Response:
        asked = orjson.loads(await request.body())
        claims = await verifier.verify([request.headers["authorization"].encode("latin-1")])
        assert claims
        async with app.state.database.acquire() as connection:
            known = (await connection.fetch(KNOWN.sql, claims.subject))[0]
            viewer = Viewer(known["id"], Role(known["role"]))
            if asked["operationName"] == "Catalogue":
                data = await catalogue_page.answer(connection, viewer, cursors, asked["variables"])
            else:
                reader = Reader(connection, cursors, viewer)
                data = await HANDLERS[asked["operationName"]](reader, asked["variables"])
        return Response(orjson.dumps({"data": data}), 200, HEADERS, JSON)

    app = Starlette(routes=[Route("/graphql", answer, methods=["POST"])], lifespan=lifespan)
    return app


async def connect(settings: Any, url: str) -> Pool:
    """Open asyncpg's own pool, as a hand-written server would, without the statement that resets a connection."""

    async def no_reset(_connection: object) -> None: ...

    limits = {"statement_timeout": f"{settings.database.statement_seconds * 1000:.0f}", "timezone": "UTC", "jit": "off"}
    size = settings.database.pool_size
    return await create_pool(plain_url(url), min_size=1, max_size=size, server_settings=limits, reset=no_reset)
