"""The request: its viewer, its loaders, its transaction, and the resources that all requests share."""

from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Concatenate, ParamSpec, TypeAlias, TypeVar
from uuid import UUID

import strawberry
from sqlalchemy import Select

import errors
from actions import audit
from actions.idempotency import KeyedRequest, run_once
from actions.locks import Customers, lock_customers
from auth.refusals import Reason, refuse
from auth.secrets import Secrets
from auth.viewer import Viewer
from auth.viewer_memory import ViewerMemory
from database.engine import Database
from database.reads import Reads
from database.transactions import Outcome, Transaction
from events.subscriber import Listener
from loaders.cursors import Cursors
from models.customers import Role
from models.languages import DEFAULT_LANGUAGE
from payments.client import NO_PROVIDER, Razorpay
from settings import Settings

L = TypeVar("L")
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Resources:
    """What the process has opened once, and all its requests share."""

    settings: Settings
    secrets: Secrets
    database: Database
    listener: Listener
    cursors: Cursors
    viewers: ViewerMemory
    razorpay: Razorpay = NO_PROVIDER


class Context:
    """One request. Nothing in here refers back to it: a reference cycle would cost more than the query."""

    __slots__ = (
        "_address", "_loaders", "base_url", "idempotency_key", "keyed_request", "language", "mutation", "outcomes", "reads",
        "required_role", "resources", "viewer",
    )  # fmt: skip

    def __init__(
        self, resources: Resources, viewer: Viewer, reads: Reads,
        *, idempotency_key: str | None = None, address: str | None = None, language: str = DEFAULT_LANGUAGE,
        base_url: str = "",
    ) -> None:  # fmt: skip
        self.resources = resources
        self.viewer = viewer
        self.idempotency_key = idempotency_key
        self._address = address
        self.reads = reads
        self.language = language
        """What texts with translations are read in."""
        self.base_url = base_url
        """The address of this server as the client knows it."""
        reads.always = {"viewer": viewer.id, "currency": resources.settings.shop.default_currency}
        reads.language = None if language == DEFAULT_LANGUAGE else language
        self._loaders: dict[Hashable, Any] = {}
        self.required_role: Role | None = None
        """The role that the running mutation requires; its transaction checks it again."""
        self.keyed_request: KeyedRequest | None = None
        """The running mutation, if its client has given it an idempotency key."""
        self.mutation = ""
        """The response name of the running mutation; those of an operation run one after the other."""
        self.outcomes: dict[str, Outcome] = {}
        """Whether the transactions of mutations were committed, by the mutations' response names."""

    @property
    def address(self) -> str | None:
        """Of the client, or of the last proxy on the way that is not trusted to name its clients."""
        self.reads.is_personal = True
        return self._address

    def loader(self, maker: Callable[..., L], *arguments: Any) -> L:
        """Give this request's loader of a class; there is one for each set of (hashable) arguments."""
        found = self._loaders.get((maker, arguments))
        if found is None:
            found = self._loaders[maker, arguments] = maker(self.reads, self.viewer, *arguments)
        return found

    async def run(
        self, action: Callable[Concatenate[Transaction, P], Awaitable[T]], *arguments: P.args, **options: P.kwargs
    ) -> T:
        """Run an action in the transaction of a mutation; if it has run with this idempotency key, give its result."""
        return await self.run_with((), action, *arguments, **options)

    async def run_with(
        self, customers: Customers, action: Callable[Concatenate[Transaction, P], Awaitable[T]],
        *arguments: P.args, **options: P.kwargs,
    ) -> T:  # fmt: skip
        """Run an action on other customers, who are locked with the acting one."""
        acting = self.require_signed_in()
        async with self.transaction(customers) as tx:
            return await run_once(tx, acting, self.keyed_request, action, *arguments, **options)

    async def act(
        self,
        action: Callable[Concatenate[Transaction, Viewer, P], Awaitable[T]],
        *arguments: P.args,
        **options: P.kwargs,
    ) -> T:
        """Run an action that depends on the role of the viewer, which is read under the locks of its transaction."""
        return await self.act_with((), action, *arguments, **options)

    async def act_with(
        self, customers: Customers, action: Callable[Concatenate[Transaction, Viewer, P], Awaitable[T]],
        *arguments: P.args, **options: P.kwargs,
    ) -> T:  # fmt: skip
        """Run such an action on other customers, who are locked with the acting one."""
        acting = self.require_signed_in()
        async with self.transaction(customers) as tx:
            return await run_once(tx, acting, self.keyed_request, action, self.viewer, *arguments, **options)

    @asynccontextmanager
    async def transaction(self, customers: Customers = ()) -> AsyncIterator[Transaction]:
        """Open the transaction of a mutation: the acting customer is locked, and their rights are read again.

        `customers` are others that the mutation must lock: all are locked in one order, before anything else.
        What loaders have read before the transaction is dropped after it.
        """
        database, acting = self.resources.database, self.viewer.id
        known = [] if isinstance(customers, Select) else [*customers]
        await self.reads.detach()
        async with database.locks.turn(known if acting is None else [acting, *known]):
            began: Transaction | None = None
            try:
                async with database.transaction() as tx:
                    began = tx
                    audit.set_impersonator(tx, self.viewer.impersonator)
                    if acting is not None:
                        await self._lock(tx, acting, customers)
                    yield tx
            finally:
                if began is not None:
                    self.outcomes[self.mutation] = max(
                        began.outcome, self.outcomes.get(self.mutation, Outcome.NOT_COMMITTED)
                    )
        self._loaders.clear()

    async def _lock(self, tx: Transaction, acting: UUID, customers: Customers) -> None:
        """Refuse an acting customer who, since the token was verified, was deleted or has lost the required role."""
        roles = await lock_customers(tx, customers, acting)
        if acting not in roles:
            refuse(Reason.ACCOUNT_DELETED)
        self.change_role(roles[acting])
        required, self.required_role = self.required_role, None
        if required is not None:
            self._check(required)

    def change_role(self, role: Role) -> None:
        """Go on for the viewer with the role that they have now."""
        if role is not self.viewer.role:
            self.viewer = replace(self.viewer, role=role)
            self._loaders.clear()  # they were made for the previous role

    async def release(self) -> None:
        """Release the connection that the request reads by."""
        await self.reads.release()

    def require_signed_in(self) -> UUID:
        """Give the id of the viewer; raises `SignedOut` for an anonymous one."""
        if self.viewer.id is None:
            raise errors.SignedOut
        return self.viewer.id

    def require_role(self, role: Role) -> UUID:
        """Give the id of the viewer; raises `NotAllowed` where their role does not include `role`."""
        acting = self.require_signed_in()
        self._check(role)
        self.required_role = role
        return acting

    def _check(self, role: Role) -> None:
        if not self.viewer.has_role(role):
            raise errors.NotAllowed(f"This needs the role {role}.", role)


Info: TypeAlias = strawberry.Info[Context, None]
