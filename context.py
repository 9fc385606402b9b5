"""The request: who asks, where it reads and writes, and the loaders that it shares."""

from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import asynccontextmanager
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

import strawberry
from sqlmodel.ext.asyncio.session import AsyncSession

import errors
from auth import Viewer
from credentials import Credentials
from database import Database, Reads
from listening import Listener
from loaders.cursors import Cursors
from models.customers import Role
from settings import Settings

L = TypeVar("L")


class Context:
    """One request. Nothing in here refers back to it: a circle would cost more than the query."""

    __slots__ = (
        "_loaders", "address", "credentials", "cursors", "database", "idempotency_key", "listener", "reads", "settings",
        "viewer",
    )  # fmt: skip

    def __init__(
        self, database: Database, settings: Settings, cursors: Cursors, viewer: Viewer, reads: Reads,
        *, credentials: Credentials, listener: Listener, idempotency_key: str | None = None, address: str | None = None,
    ) -> None:  # fmt: skip
        self.database = database
        self.listener = listener
        self.settings = settings
        self.credentials = credentials
        self.cursors = cursors
        self.viewer = viewer
        self.idempotency_key = idempotency_key
        self.address = address
        """Of the client, or of what it came through last that is not trusted to name its clients."""
        self.reads = reads
        reads.always = {"viewer": viewer.id, "currency": settings.default_currency}
        self._loaders: dict[Hashable, Any] = {}

    def loader(self, maker: Callable[..., L], *arguments: Any) -> L:
        """Give this request's loader of a class, one for each set of hashable arguments."""
        found = self._loaders.get((maker, arguments))
        if found is None:
            found = self._loaders[maker, arguments] = maker(self.reads, self.viewer, *arguments)
        return found

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Open the transaction of a mutation. What was read before it is forgotten after it."""
        async with self.database.transaction() as session:
            yield session
        self._loaders.clear()

    async def release(self) -> None:
        """Give back what the request took."""
        await self.reads.release()

    def signed_in(self) -> UUID:
        """Give the id of the customer who acts, or refuse."""
        if self.viewer.id is None:
            raise errors.SignedOut
        return self.viewer.id

    def needs(self, role: Role) -> UUID:
        """Give the id of the customer who acts, where the role reaches, or refuse."""
        acting = self.signed_in()
        if not self.viewer.reaches(role):
            raise errors.NotAllowed(f"This needs the role {role}.", role)
        return acting


Info: TypeAlias = strawberry.Info[Context, None]
