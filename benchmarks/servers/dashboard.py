"""The hand-written answer to `Dashboard`."""

from functools import cache
from types import SimpleNamespace
from typing import Any

from asyncpg import Record

from auth.viewer import ViewerKind
from benchmarks.servers.queries import customer_id, product_id
from benchmarks.servers.reads import HandWrittenReads
from execution.field_metadata import JoinedColumns
from inputs.scalars import date_time
from loaders.categories import BrandById
from loaders.customers import CustomerById
from loaders.follows import Followers
from loaders.page_statements import page_statement
from loaders.products import ProductById, VariantById
from loaders.sessions import RatingBySession, SessionsByCustomer, SessionsByTicket, SolverAtWork
from loaders.tickets import TicketOfSession, TicketsByCustomer
from loaders.wishlists import ItemsByWishlist, WishlistsByOwner
from models import ids
from policy.audiences import Bit

CONTENT, FOLLOWERS, SELF = int(Bit.CONTENT), int(Bit.FOLLOWERS), int(Bit.SELF)
LISTS, ITEMS, FOLLOWERS_SHOWN, TICKETS, SESSIONS = 3, 4, 10, 5, 5
BRAND = JoinedColumns("brand_id", BrandById, frozenset({"name"}))
PRODUCT = JoinedColumns("product_id", ProductById, frozenset({"id", "title", "brand_id", BRAND}))
VARIANT = JoinedColumns("variant_id", VariantById, frozenset({"id", "sku", "product_id", PRODUCT}))
PAGES: dict[type, str] = {
    WishlistsByOwner: "id name",
    Followers: "id username name",
    TicketsByCustomer: "id reference status urgency created_at solver_id",
    SessionsByCustomer: "id status started_at duration_seconds solver_id ticket_id",
}
ROWS: dict[type, str] = {
    CustomerById: "id username name followers_count audience",
    SolverAtWork: "name average_rating",
    SessionsByTicket: "id status started_at",
    RatingBySession: "stars",
    TicketOfSession: "reference",
}
wishlist_id, item_id, variant_id, ticket_id, session_id = (
    ids.writer(name) for name in ("Wishlist", "WishlistItem", "ProductVariant", "Ticket", "SupportSession")
)


@cache
def statements(kind: ViewerKind) -> Any:
    """Compile what one kind of viewer asks the database, by the names of the loaders."""
    pages: dict[type, Any] = {
        of: page_statement(of, kind, frozenset(), 0, 0, False, frozenset(names.split())) for of, names in PAGES.items()
    }
    rows: dict[type, Any] = {
        loader: loader.statement(kind, frozenset(names.split()))  # type: ignore[attr-defined]
        for loader, names in ROWS.items()
    }
    items = frozenset({"id", "note", "variant_id", VARIANT})
    pages[ItemsByWishlist] = page_statement(ItemsByWishlist, kind, frozenset(), 0, 0, False, items)
    return SimpleNamespace(**{of.__name__: statement for of, statement in (pages | rows).items()})


async def answer(reads: HandWrittenReads, _: dict[str, Any]) -> dict[str, Any]:
    """Answer level by level, as the plan of the operation does."""
    sql, viewer = statements(reads.kind), reads.viewer.id
    assert viewer
    row = (await reads.by_id(sql.CustomerById, [viewer])).get(viewer)
    if row is None:
        return {"viewer": None}
    audience, key = row["audience"], row["id"]
    lists = (await reads.pages(sql.WishlistsByOwner, [key], LISTS))[key] if audience & CONTENT else None
    followers = (await reads.pages(sql.Followers, [key], FOLLOWERS_SHOWN))[key] if audience & FOLLOWERS else None
    tickets = (await reads.pages(sql.TicketsByCustomer, [key], TICKETS))[key] if audience & SELF else None
    sessions = (await reads.pages(sql.SessionsByCustomer, [key], SESSIONS))[key] if audience & SELF else None
    wishlists = await _wishlists(reads, sql, lists[:LISTS]) if lists is not None else None
    support = await _support(reads, sql, (tickets or [])[:TICKETS], (sessions or [])[:SESSIONS])
    return {
        "viewer": {
            "id": customer_id(key),
            "username": row["username"],
            "name": row["name"],
            "followersCount": row["followers_count"],
            "wishlists": wishlists and {"nodes": wishlists},
            "followers": None if followers is None else _followers(reads, followers),
            "tickets": None if tickets is None else {"nodes": support[0]},
            "sessions": None if sessions is None else {"nodes": support[1]},
        }
    }


async def _wishlists(reads: HandWrittenReads, sql: Any, lists: list[Record]) -> list[dict[str, Any]]:
    items = await reads.pages(sql.ItemsByWishlist, [row["id"] for row in lists], ITEMS)
    shown = {key: rows[:ITEMS] for key, rows in items.items()}
    variant = sql.ItemsByWishlist.row.joined["variant_id"]
    product, brand = (one := variant.joined["product_id"]).positions, one.joined["brand_id"].positions
    id, sku, name = variant.positions["id"], variant.positions["sku"], brand["name"]

    def described(row: Record) -> dict[str, Any]:
        made = None if row[product["brand_id"]] is None else {"name": row[name]}
        shown = {"id": product_id(row[product["id"]]), "title": row[product["title"]], "brand": made}
        return {"id": variant_id(row[id]), "sku": row[sku], "product": shown}

    return [
        {
            "id": wishlist_id(row["id"]),
            "name": row["name"],
            "items": {
                "nodes": [
                    {"id": item_id(item["id"]), "note": item["note"], "variant": described(item)}
                    for item in shown[row["id"]]
                ]
            },
        }
        for row in lists
    ]


def _followers(reads: HandWrittenReads, rows: list[Record]) -> dict[str, Any]:
    page = rows[:FOLLOWERS_SHOWN]
    nodes = [{"id": customer_id(row["id"]), "username": row["username"], "name": row["name"]} for row in page]
    end = page and reads.write_cursor(Followers.cursor_scope(), [page[-1]["followed_at"], page[-1]["id"]])
    return {
        "nodes": nodes,
        "pageInfo": {"hasNextPage": len(rows) > FOLLOWERS_SHOWN, "endCursor": end or None},
    }


async def _support(
    reads: HandWrittenReads, sql: Any, tickets: list[Record], sessions: list[Record]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    keys = dict.fromkeys(row["solver_id"] for row in (*tickets, *sessions) if row["solver_id"])
    solvers = await reads.by_id(sql.SolverAtWork, keys)
    of_tickets = await reads.lists(sql.SessionsByTicket, [row["id"] for row in tickets], size=50)
    rated = [row["id"] for row in sessions] + [row["id"] for rows in of_tickets.values() for row in rows]
    ratings = await reads.by_id(sql.RatingBySession, dict.fromkeys(rated))
    stars = {key: {"stars": row["stars"]} for key, row in ratings.items()}
    references = await reads.by_id(sql.TicketOfSession, dict.fromkeys(row["ticket_id"] for row in sessions))
    shown = [
        {
            "id": ticket_id(row["id"]),
            "reference": row["reference"],
            "status": row["status"],
            "urgency": row["urgency"],
            "createdAt": date_time(row["created_at"]),
            "claimedBy": _solver(solvers.get(row["solver_id"])),
            "sessions": [
                {
                    "id": session_id(one["id"]),
                    "status": one["status"],
                    "startedAt": date_time(one["started_at"]),
                    "rating": stars.get(one["id"]),
                }
                for one in of_tickets[row["id"]]
            ],
        }
        for row in tickets
    ]
    latest = [
        {
            "id": session_id(row["id"]),
            "status": row["status"],
            "startedAt": date_time(row["started_at"]),
            "durationSeconds": row["duration_seconds"],
            "solver": (solver := solvers.get(row["solver_id"])) and {"name": solver["name"]},
            "rating": stars.get(row["id"]),
            "ticket": {"reference": references[row["ticket_id"]]["reference"]},
        }
        for row in sessions
    ]
    return shown, latest


def _solver(row: Record | None) -> dict[str, Any] | None:
    return None if row is None else {"name": row["name"], "averageRating": row["average_rating"]}
