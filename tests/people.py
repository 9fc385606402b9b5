"""Making rows: keyword-only async functions with defaults, through the tables, not through the graph."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from auth.issuer import DevelopmentIssuer
from database.engine import Database
from models import ids, references
from models.categories import Brand, Category
from models.customers import Customer
from models.follows import Block, Follow, FollowRequest, StoreFollow
from models.listings import Listing
from models.products import Product, ProductVariant
from models.sessions import FavoriteSolver, Solver, SupportSession, SupportSessionRating, SupportSessionStatus
from models.stores import Source, Store
from models.tickets import Ticket
from models.wishlists import DEFAULT_NAME, Wishlist, WishlistItem
from tests.canaries import MARK
from tests.graph import Graph
from tests.rows import add

NOW = datetime.now(UTC).replace(microsecond=0)
NUMBERS = count(2_000_000)


def word() -> str:
    """Give a word that nobody has used."""
    return uuid7().hex[-12:] + uuid7().hex[8:12]


def private() -> str:
    """Give such a word for a private column: no log line may hold it."""
    return MARK + word()


def number() -> str:
    """Give a phone number that nobody has used."""
    return f"+97150{next(NUMBERS):07d}"


@dataclass(frozen=True)
class Person:
    """A customer with their front end."""

    key: UUID
    username: str
    clerk_id: str
    graph: Graph

    @property
    def id(self) -> str:
        """The global id."""
        return ids.encode("Customer", self.key)


@dataclass(frozen=True)
class World:
    """What tests make things in."""

    database: Database
    issuer: DevelopmentIssuer
    http: Any

    async def save(self, *rows: Any) -> None:
        """Insert rows in one transaction."""
        async with self.database.transaction() as tx:
            await add(tx, *rows)

    @property
    def nobody(self) -> Graph:
        """A front end without a token."""
        return Graph(self.http)

    async def person(self, **values: Any) -> Person:
        """Make a customer: public unless said otherwise."""
        name = word()
        row = Customer(**{"clerk_id": f"user_{name}", "username": f"u{name}", "is_private": False} | values)
        made = Person(row.id, row.username, row.clerk_id, Graph(self.http, self.issuer.token(row.clerk_id)))
        await self.save(row, Wishlist(owner_id=row.id, name=DEFAULT_NAME, is_default=True))
        return made

    async def follow(self, follower: Person, followee: Person, at: datetime | None = None) -> None:
        """Let one follow the other, counters included."""
        await self.save(Follow(follower_id=follower.key, followee_id=followee.key, created_at=at or datetime.now(UTC)))
        await self.execute("UPDATE customer SET followers_count = followers_count + 1 WHERE id = $1", followee.key)
        sql = "UPDATE customer SET following_customers_count = following_customers_count + 1 WHERE id = $1"
        await self.execute(sql, follower.key)

    async def ask(self, requester: Person, target: Person) -> FollowRequest:
        """Let one wait for the other's answer."""
        row = FollowRequest(requester_id=requester.key, target_id=target.key)
        await self.save(row)
        return row

    async def block(self, blocker: Person, blocked: Person) -> None:
        """Let one block the other."""
        await self.save(Block(blocker_id=blocker.key, blocked_id=blocked.key))

    async def store(self, **values: Any) -> Store:
        """Make a store."""
        row = Store(**{"name": word(), "slug": word()} | values)
        await self.save(row)
        return row

    async def follow_store(self, person: Person, store: Store) -> None:
        """Let somebody follow a store, counters not included."""
        await self.save(StoreFollow(customer_id=person.key, store_id=store.id))

    async def brand(self, **values: Any) -> Brand:
        """Make a brand."""
        row = Brand(**{"name": word(), "slug": word()} | values)
        await self.save(row)
        return row

    async def category(self, **values: Any) -> Category:
        """Make a category."""
        row = Category(**{"name": word(), "slug": word()} | values)
        await self.save(row)
        return row

    async def product(self, **values: Any) -> Product:
        """Make a product."""
        row = Product(**{"title": word(), "slug": word()} | values)
        await self.save(row)
        return row

    async def variant(self, **values: Any) -> ProductVariant:
        """Make a variant, of a product of its own if none is given."""
        product = {} if "product_id" in values else {"product_id": (await self.product()).id}
        row = ProductVariant(**{"sku": word(), **product} | values)
        await self.save(row)
        return row

    async def listing(self, variant: ProductVariant, **values: Any) -> Listing:
        """Make a listing on a source of its own."""
        source = Source(name=word(), slug=word(), base_url="https://source.example")
        await self.save(source)
        given = {"variant_id": variant.id, "source_id": source.id, "url": "https://source.example/1", "currency": "AED"}
        row = Listing(**given | values)
        await self.save(row)
        return row

    async def wishlist(self, owner: Person, **values: Any) -> Wishlist:
        """Make a list."""
        row = Wishlist(**{"owner_id": owner.key, "name": private()} | values)
        await self.save(row)
        return row

    async def default_list(self, owner: Person) -> UUID:
        """Find the default list."""
        sql = "SELECT id FROM wishlist WHERE owner_id = $1 AND is_default"
        return await self.value(sql, owner.key)  # type: ignore[no-any-return]

    async def item(self, wishlist: UUID, variant: ProductVariant, **values: Any) -> WishlistItem:
        """Put something on a list."""
        row = WishlistItem(wishlist_id=wishlist, variant_id=variant.id, **values)
        await self.save(row)
        return row

    async def solver(self, **values: Any) -> "Person":
        """Make a customer who is a solver and has claimed something once."""
        made = await self.person(**{"role": "SOLVER"} | values)
        await self.save(Solver(customer_id=made.key))
        return made

    async def solver_key(self, person: Person) -> UUID:
        """Find which solver somebody is."""
        return await self.value("SELECT id FROM solver WHERE customer_id = $1", person.key)  # type: ignore[no-any-return]

    async def ticket(self, of: Person | None = None, claimed_by: Person | None = None, **values: Any) -> Ticket:
        """Make a ticket, open unless said otherwise; a guest's if it is nobody's."""
        given = {
            "reference": references.generate(),
            "description": private(),
            "name": private(),
            "phone_number": number(),
        }
        given |= {"email": f"{private()}@example.com", "customer_id": of and of.key}
        if claimed_by is not None:
            given |= {"solver_id": await self.solver_key(claimed_by), "claimed_at": NOW, "status": "CLAIMED"}
        row = Ticket(**given | values)
        await self.save(row)
        return row

    async def session(self, ticket: Ticket, **values: Any) -> SupportSession:
        """Make a session of who has the ticket, completed unless said otherwise."""
        given = {
            "ticket_id": ticket.id,
            "solver_id": ticket.solver_id,
            "status": SupportSessionStatus.COMPLETED,
        } | values
        if given["status"] != SupportSessionStatus.ACTIVE:
            given = {"started_at": NOW - timedelta(minutes=30), "ended_at": NOW} | given
        row = SupportSession(**given)
        await self.save(row)
        return row

    async def rating(self, session: SupportSession, stars: int = 5, **values: Any) -> None:
        """Rate a session, counters not included."""
        await self.save(SupportSessionRating(session_id=session.id, stars=stars, **values))

    async def favorite(self, customer: Person, solver: Person, at: datetime | None = None) -> None:
        """Make a solver somebody's favourite."""
        chosen = {"solver_id": await self.solver_key(solver), "created_at": at or datetime.now(UTC)}
        await self.save(FavoriteSolver(customer_id=customer.key, **chosen))

    async def execute(self, sql: str, *values: Any) -> None:
        """Run SQL."""
        await self.database.pool.execute(sql, *values)

    async def value(self, sql: str, *values: Any) -> Any:
        """Fetch one value."""
        return await self.database.pool.fetchval(sql, *values)


Make = Callable[..., Awaitable[Any]]
