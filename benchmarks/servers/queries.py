"""The hand-written answers to the four queries: the same bytes as the graph's, from the same SQL.

They mind audiences, write ids and sign cursors as the graph does.
"""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from asyncpg import Record

from auth.viewer import ViewerKind
from benchmarks.servers.reads import HandWrittenReads
from loaders.categories import BrandById
from loaders.customers import CustomerById
from loaders.follows import Followers
from loaders.pages import NO_PARENT, page_statement
from loaders.product_pages import Products
from loaders.products import ProductById, VariantById
from loaders.wishlists import DefaultWishlistByOwner, ItemsByWishlist
from models import ids
from policy.audiences import Bit

FOLLOWERS, LOCATION, SELF = int(Bit.FOLLOWERS), int(Bit.LOCATION), int(Bit.SELF)
customer_id, product_id = ids.writer("Customer"), ids.writer("Product")


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


async def q1(reader: HandWrittenReads, variables: dict[str, Any]) -> dict[str, Any]:
    sql = STATEMENTS[reader.kind]
    key = ids.key_of("Customer", variables["id"])
    row = (await reader.by_id(sql.customers, [key])).get(key) if key else None
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


async def q2(reader: HandWrittenReads, variables: dict[str, Any]) -> dict[str, Any]:
    sql = STATEMENTS[reader.kind]
    size = variables["first"]
    rows = await reader.rows(sql.page_of_products, keys=[NO_PARENT], size=size + 1)
    more = len(rows) > size
    rows = rows[:size]
    found = await reader.by_id(sql.brands, list({key for row in rows if (key := row["brand_id"])}))
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
    end = reader.write_cursor(Products.cursor_scope(), [rows[-1]["created_at"], rows[-1]["id"]]) if rows else None
    return {"products": {"nodes": nodes, "pageInfo": {"hasNextPage": more, "endCursor": end}}}


async def q3(reader: HandWrittenReads, variables: dict[str, Any]) -> dict[str, Any]:
    sql = STATEMENTS[reader.kind]
    key = ids.key_of("Customer", variables["id"])
    row = (await reader.by_id(sql.customers, [key])).get(key) if key else None
    if row is None:
        return {"customer": None}
    followers = await _followers(reader, row["id"]) if row["audience"] & FOLLOWERS else None
    return {"customer": {"id": customer_id(row["id"]), "followers": followers}}


async def _followers(reader: HandWrittenReads, key: UUID, size: int = 20) -> dict[str, Any]:
    sql = STATEMENTS[reader.kind]
    rows = await reader.rows(sql.page_of_followers, keys=[key], size=size + 1)
    more = len(rows) > size
    rows = rows[:size]
    write = reader.write_cursor
    owners = [row["id"] for row in rows if row["audience"] & SELF]
    wishlists = {owner: row["id"] for owner, row in (await reader.by_id(sql.wishlists, owners)).items()}
    items = await reader.pages(sql.page_of_items, list(wishlists.values()), 5)
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


async def _products(reader: HandWrittenReads, keys: list[UUID]) -> dict[UUID, dict[str, Any]]:
    sql = STATEMENTS[reader.kind]
    found = await reader.by_id(sql.variants, keys)
    variants = {key: row["product_id"] for key, row in found.items()}
    found = await reader.by_id(sql.products, list(set(variants.values())))
    brands = await reader.by_id(sql.brands, list({key for row in found.values() if (key := row["brand_id"])}))
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


async def q4(reader: HandWrittenReads, variables: dict[str, Any]) -> dict[str, Any]:
    sql = STATEMENTS[reader.kind]
    size = variables["first"]
    rows = (await reader.rows(sql.page_of_products, keys=[NO_PARENT], size=size + 1))[:size]
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


Handler = Callable[[HandWrittenReads, dict[str, Any]], Awaitable[dict[str, Any]]]
HANDLERS: dict[str, Handler] = {"Q1": q1, "Q2": q2, "Q3": q3, "Q4": q4}
