"""Customers who change what is theirs, one write after another, and know what must be stored."""

from abc import ABC, abstractmethod
from collections import defaultdict
from itertools import count
from typing import Any

import asyncpg

from models import ids
from models.products import ProductVariant
from tests.faults.clients import Clients, Outcome
from tests.people import Person, word

ABSENT = None
MAX_LISTS = 20


class Actor(ABC):
    """Somebody whose rows nobody else changes. `possible` has the values that may be stored, by key."""

    def __init__(self, clients: Clients, person: Person) -> None:
        self.clients, self.person, self.token = clients, person, person.graph.token
        self.possible: dict[Any, set[Any]] = defaultdict(lambda: {ABSENT})

    @abstractmethod
    async def step(self) -> None:
        """Write something."""

    @abstractmethod
    async def stored(self, database: asyncpg.Connection) -> dict[Any, Any]:
        """What is stored, by key."""

    async def wrong(self, database: asyncpg.Connection) -> list[str]:
        """What is not stored though it was acknowledged, and what is stored though it was not done."""
        stored = await self.stored(database)
        return [
            f"{type(self).__name__}: {key} is {stored.get(key)}, not {self.possible[key]}"
            for key in stored.keys() | self.possible.keys()
            if stored.get(key) not in self.possible[key]
        ]

    async def set(self, key: Any, value: Any, verb: str, fields: str, **values: Any) -> None:
        """Write once, and keep what may be stored then."""
        answer = await self.clients.mutate(self.token, verb, fields, **values)
        if answer.done:
            self.possible[key] = {value}
        elif answer.outcome is Outcome.UNKNOWN:
            self.possible[key].add(value)
        elif answer.outcome is Outcome.REFUSED:
            self.clients.mistakes.append(f"{verb}: {answer.payload}")

    def likely(self, key: Any) -> Any:
        """One of the values that may be stored."""
        return next(iter(self.possible[key]))


class Follower(Actor):
    """Follows customers whom others follow too, and unfollows them."""

    def __init__(self, clients: Clients, person: Person, others: list[Person]) -> None:
        super().__init__(clients, person)
        self.others = [other for other in others if other is not person]

    async def step(self) -> None:
        other = self.clients.random.choice(self.others)
        follows = not self.likely(other.key)
        verb = "followCustomer" if follows else "unfollowCustomer"
        await self.set(other.key, follows or ABSENT, verb, "customer { followersCount }", customerId=other.id)

    async def stored(self, database: asyncpg.Connection) -> dict[Any, Any]:
        rows = await database.fetch("SELECT followee_id FROM follow WHERE follower_id = $1", self.person.key)
        return {row["followee_id"]: True for row in rows}


class Collector(Actor):
    """Adds variants to the default wishlist, and removes them."""

    def __init__(self, clients: Clients, person: Person, variants: list[ProductVariant]) -> None:
        super().__init__(clients, person)
        self.variants = [variant.id for variant in variants]

    async def step(self) -> None:
        variant = self.clients.random.choice(self.variants)
        there = not self.likely(variant)
        verb = "addToWishlist" if there else "removeFromWishlist"
        await self.set(variant, there or ABSENT, verb, "__typename", variantId=ids.encode("ProductVariant", variant))

    async def stored(self, database: asyncpg.Connection) -> dict[Any, Any]:
        sql = "SELECT variant_id FROM wishlist_item i JOIN wishlist w ON w.id = wishlist_id WHERE owner_id = $1"
        return {row["variant_id"]: True for row in await database.fetch(sql, self.person.key)}


class Mover(Actor):
    """Changes a profile: what is stored is the latest that was acknowledged, or something sent after it."""

    def __init__(self, clients: Clients, person: Person) -> None:
        super().__init__(clients, person)
        self._numbers = count()

    async def step(self) -> None:
        place = f"Street {next(self._numbers)}"
        await self.set("location", place, "updateProfile", "customer { location }", location=place)

    async def stored(self, database: asyncpg.Connection) -> dict[Any, Any]:
        sql = "SELECT location FROM customer WHERE id = $1"
        return {"location": await database.fetchval(sql, self.person.key)}


class Promoter(Actor):
    """An administrator who gives somebody a role and takes it away, which the audit log must tell."""

    def __init__(self, clients: Clients, person: Person, other: Person) -> None:
        super().__init__(clients, person)
        self.other = other
        self.possible["role"] = {"CUSTOMER"}

    async def step(self) -> None:
        role = "SOLVER" if self.likely("role") == "CUSTOMER" else "CUSTOMER"
        await self.set("role", role, "setRole", "customer { id }", customerId=self.other.id, role=role)

    async def stored(self, database: asyncpg.Connection) -> dict[Any, Any]:
        return {"role": await database.fetchval("SELECT role FROM customer WHERE id = $1", self.other.key)}


class Lister(Actor):
    """Creates wishlists and deletes them, each with an idempotency key, until the answer has come."""

    def __init__(self, clients: Clients, person: Person) -> None:
        super().__init__(clients, person)
        self.lists: list[tuple[str, str]] = []

    async def step(self) -> None:
        if len(self.lists) > MAX_LISTS:
            id, name = self.lists.pop(0)
            await self.clients.keyed(self.token, "deleteWishlist", "__typename", wishlistId=id)
            self.possible[name] = {ABSENT}
        else:
            await self.create(word(), word())

    async def create(self, name: str, key: str) -> None:
        """Create a list, with this idempotency key."""
        answer = await self.clients.keyed(self.token, "createWishlist", "wishlist { id }", key, name=name)
        id = answer.payload["wishlist"]["id"]
        self.lists.append((id, name))
        self.possible[name] = {(id,)}

    async def stored(self, database: asyncpg.Connection) -> dict[Any, Any]:
        sql = "SELECT name, array_agg(id) AS ids FROM wishlist WHERE owner_id = $1 AND NOT is_default GROUP BY name"
        rows = await database.fetch(sql, self.person.key)
        return {row["name"]: tuple(ids.encode("Wishlist", id) for id in row["ids"]) for row in rows}
