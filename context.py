"""The request: who asks, where it reads and writes, and the loaders that it shares."""

from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

import strawberry
from sqlmodel.ext.asyncio.session import AsyncSession

import errors
from actions.locks import Customers, lock_customers
from auth.refusals import Reason, refuse
from auth.secrets import Credentials
from auth.viewer import Viewer
from database.engine import Database
from database.reads import Reads
from events.subscriber import Listener
from loaders.cursors import Cursors
from models.customers import Role
from settings import Settings

L = TypeVar("L")


class Context:
    """One request. Nothing in here refers back to it: a circle would cost more than the query."""

    __slots__ = (
        "_loaders",
        "address",
        "credentials",
        "cursors",
        "database",
        "idempotency_key",
        "listener",
        "reads",
        "required_role",
        "settings",
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
        self.required_role: Role | None = None
        """What the mutation that runs has asked for by `needs`; its transaction asks again."""

    def loader(self, maker: Callable[..., L], *arguments: Any) -> L:
        """Give this request's loader of a class, one for each set of hashable arguments."""
        found = self._loaders.get((maker, arguments))
        if found is None:
            found = self._loaders[maker, arguments] = maker(self.reads, self.viewer, *arguments)
        return found

    @asynccontextmanager
    async def transaction(self, customers: Customers = ()) -> AsyncIterator[AsyncSession]:
        """Open the transaction of a mutation; the customer who acts is locked, and looked at again.

        `customers` are others whom the mutation must lock, since all are locked in one order, before anything else.
        What was read before the transaction is forgotten after it.
        """
        async with self.database.transaction() as session:
            if self.viewer.id is not None:
                await self._lock(session, self.viewer.id, customers)
            yield session
        self._loaders.clear()

    async def _lock(self, tx: AsyncSession, acting: UUID, customers: Customers) -> None:
        """Refuse who was deleted, or has lost the role that they need, since their token was looked at."""
        roles = await lock_customers(tx, customers, acting)
        if acting not in roles:
            refuse(Reason.ACCOUNT_DELETED)
        if roles[acting] is not self.viewer.role:
            self.viewer = replace(self.viewer, role=roles[acting])
            self._loaders.clear()  # they answer for the role of before
        required, self.required_role = self.required_role, None
        if required is not None:
            self._check(required)

    async def release(self) -> None:
        """Give back what the request took."""
        await self.reads.release()

    def require_signed_in(self) -> UUID:
        """Give the id of the customer who acts, or refuse."""
        if self.viewer.id is None:
            raise errors.SignedOut
        return self.viewer.id

    def require_role(self, role: Role) -> UUID:
        """Give the id of the customer who acts, where the role has_role, or refuse."""
        acting = self.require_signed_in()
        self._check(role)
        self.required_role = role
        return acting

    def _check(self, role: Role) -> None:
        if not self.viewer.has_role(role):
            raise errors.NotAllowed(f"This needs the role {role}.", role)


Info: TypeAlias = strawberry.Info[Context, None]
