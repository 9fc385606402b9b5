"""The hand-written answers to the four queries: the same bytes as the graph's, from the same SQL.

They mind audiences, write ids and sign cursors as the graph does.
"""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from asyncpg import Record

from auth.viewer import ViewerKind
from benchmarks.servers.reads import HandWrittenReads
from database.statements import JoinedRow, Statement
from execution.field_metadata import JoinedColumns
from inputs.scalars import date_time
from loaders.categories import BrandById
from loaders.customers import CustomerById
from loaders.follows import Followers
from loaders.page_statements import page_statement
from loaders.pages import NO_PARENT
from loaders.product_pages import Products
from loaders.products import ProductById, VariantById
from loaders.wishlists import DefaultWishlistByOwner, ItemsByWishlist
from models import ids
from policy.audiences import Bit

FOLLOWERS, LOCATION, SELF = int(Bit.FOLLOWERS), int(Bit.LOCATION), int(Bit.SELF)
customer_id, product_id = ids.writer("Customer"), ids.writer("Product")


BRAND = JoinedColumns("brand_id", BrandById, frozenset({"name"}))
PRODUCT = JoinedColumns("product_id", ProductById, frozenset({"id", "slug", "title", "brand_id", BRAND}))
VARIANT = JoinedColumns("variant_id", VariantById, frozenset({"product_id", PRODUCT}))


class Statements:
    """What one kind of viewer asks the database."""

    def __init__(self, viewer: ViewerKind) -> None:
        def page(of: type, names: str, *joined: JoinedColumns) -> Statement:
            return page_statement(of, viewer, frozenset(), 0, 0, False, frozenset([*names.split(), *joined]))

        customer = "id username name location followers_count created_at audience"
        self.customers = CustomerById.statement(viewer, frozenset(customer.split()))
        self.customers_alone = CustomerById.statement(viewer, frozenset({"id", "audience"}))
        self.wishlists = DefaultWishlistByOwner.statement(viewer, frozenset({"id"}))
        self.products = page(Products, "id slug title description created_at updated_at brand_id", BRAND)
        self.many_products = page(Products, "id slug title description tags created_at updated_at")
        self.followers = page(Followers, "id username name followed_at audience")
        self.items = page(ItemsByWishlist, "variant_id", VARIANT)
        self.brand_name = self.products.row.joined["brand_id"].positions["name"]
        self.product = self.items.row.joined["variant_id"].joined["product_id"]


STATEMENTS = {by: Statements(by) for by in ViewerKind}


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
            "createdAt": date_time(row["created_at"]),
        }
    }


async def q2(reader: HandWrittenReads, variables: dict[str, Any]) -> dict[str, Any]:
    sql = STATEMENTS[reader.kind]
    size = variables["first"]
    rows = await reader.rows(sql.products, keys=[NO_PARENT], size=size + 1)
    more = len(rows) > size
    rows, name = rows[:size], sql.brand_name
    nodes = [
        {
            "id": product_id(row["id"]),
            "slug": row["slug"],
            "title": row["title"],
            "description": row["description"],
            "createdAt": date_time(row["created_at"]),
            "updatedAt": date_time(row["updated_at"]),
            "brand": None if row["brand_id"] is None else {"name": row[name]},
        }
        for row in rows
    ]
    end = reader.write_cursor(Products.cursor_scope(), [rows[-1]["created_at"], rows[-1]["id"]]) if rows else None
    return {"products": {"nodes": nodes, "pageInfo": {"hasNextPage": more, "endCursor": end}}}


async def q3(reader: HandWrittenReads, variables: dict[str, Any]) -> dict[str, Any]:
    sql = STATEMENTS[reader.kind]
    key = ids.key_of("Customer", variables["id"])
    row = (await reader.by_id(sql.customers_alone, [key])).get(key) if key else None
    if row is None:
        return {"customer": None}
    followers = await _followers(reader, row["id"]) if row["audience"] & FOLLOWERS else None
    return {"customer": {"id": customer_id(row["id"]), "followers": followers}}


async def _followers(reader: HandWrittenReads, key: UUID, size: int = 20) -> dict[str, Any]:
    sql = STATEMENTS[reader.kind]
    rows = await reader.rows(sql.followers, keys=[key], size=size + 1)
    more = len(rows) > size
    rows = rows[:size]
    write = reader.write_cursor
    owners = [row["id"] for row in rows if row["audience"] & SELF]
    wishlists = {owner: row["id"] for owner, row in (await reader.by_id(sql.wishlists, owners)).items()}
    items = await reader.pages(sql.items, list(wishlists.values()), 5)
    lists = {owner: {"items": _items(write, items[key], sql.product)} for owner, key in wishlists.items()}
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


def _items(write: Callable[..., str], page: list[Record], product: type[JoinedRow]) -> dict[str, Any]:
    more = len(page) > 5
    page = page[:5]
    end = write(ItemsByWishlist.cursor_scope(), [page[-1]["created_at"], page[-1]["id"]]) if page else None
    id, slug, title, brand = (product.positions[name] for name in ("id", "slug", "title", "brand_id"))
    name = product.joined["brand_id"].positions["name"]
    nodes = [
        {
            "variant": {
                "product": {
                    "id": product_id(row[id]),
                    "title": row[title],
                    "slug": row[slug],
                    "brand": None if row[brand] is None else {"name": row[name]},
                }
            }
        }
        for row in page
    ]
    return {"nodes": nodes, "pageInfo": {"hasNextPage": more, "endCursor": end}}


async def q4(reader: HandWrittenReads, variables: dict[str, Any]) -> dict[str, Any]:
    sql = STATEMENTS[reader.kind]
    size = variables["first"]
    rows = (await reader.rows(sql.many_products, keys=[NO_PARENT], size=size + 1))[:size]
    nodes = [
        {
            "id": product_id(row["id"]),
            "slug": row["slug"],
            "title": row["title"],
            "description": row["description"],
            "tags": row["tags"],
            "createdAt": (created := date_time(row["created_at"])),
            "updatedAt": date_time(row["updated_at"]),
            "handle": row["slug"],
            "name": row["title"],
            "addedAt": created,
        }
        for row in rows
    ]
    return {"products": {"nodes": nodes}}


Handler = Callable[[HandWrittenReads, dict[str, Any]], Awaitable[dict[str, Any]]]
HANDLERS: dict[str, Handler] = {"Q1": q1, "Q2": q2, "Q3": q3, "Q4": q4}
