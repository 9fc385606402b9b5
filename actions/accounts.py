"""Accounts: registered at the first sign-in, and kept in step with Clerk. `account_deletion` deletes them.

Each action takes the advisory lock of its Clerk user first, so that sign-ins and the events created, updated and
deleted of one user are processed one after the other, in whichever process they arrive. Rows are locked after it, in
one order: customers by id, then stores by id.
"""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from uuid_utils.compat import uuid7

from actions import last_active, ticket_links
from auth.refusals import Reason, refuse
from auth.tokens import Claims
from auth.viewer import Viewer
from auth.viewer_memory import NO_MEMORY, ViewerMemory
from database.engine import Database
from database.reads import Reads
from database.statements import Statement
from database.transactions import Transaction
from models import usernames
from models.columns import columns
from models.customers import Customer, DeletedAccount, Role
from models.wishlists import DEFAULT_NAME, Wishlist

USERNAMES_TO_TRY = 10

KNOWN = Statement(
    sa.select(Customer.id, Customer.role, Customer.preferred_language, last_active.DUE.label("due")).where(  # type: ignore[call-overload]
        col(Customer.clerk_id) == sa.bindparam("clerk_id", type_=sa.Text())
    ),
    "Viewer",
)

CUSTOMER = columns(Customer)
STORED = [
    CUSTOMER[name]
    for name in (
        "id", "name", "email", "phone_number", "picture_url", "phone_verified", "clerk_profile", "clerk_updated_at"
    )
]  # fmt: skip
"""What an event of Clerk's is compared with."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Profile:
    """What Clerk owns of an account. An e-mail address and a phone number are here only if they are verified."""

    clerk_id: str
    name: str | None = None
    email: str | None = None
    phone_number: str | None = None
    picture_url: str | None = None

    @property
    def owned(self) -> dict[str, str | None]:
        """The values by the names of their columns."""
        return {name: value for name, value in asdict(self).items() if name != "clerk_id"}

    @property
    def kept(self) -> dict[str, str | None]:
        """What is stored as `clerk_profile`. Older rows have no `verified_email`: their address may not be verified."""
        return self.owned | {"verified_email": self.email}


async def sign_in(database: Database, reads: Reads, claims: Claims, viewers: ViewerMemory = NO_MEMORY) -> Viewer:
    """Find the customer of a token; an unknown one is registered. Updates `last_active_at` at most once a minute."""
    viewer = viewers.get(claims.subject) or await _find(database, reads, claims.subject, viewers)
    return viewer if claims.impersonator is None else replace(viewer, impersonator=claims.impersonator)


async def _find(database: Database, reads: Reads, clerk_id: str, viewers: ViewerMemory) -> Viewer:
    reading = viewers.begin()
    found = await reads.rows(KNOWN, clerk_id=clerk_id)
    if not found:
        await reads.detach()
        async with database.transaction() as tx:
            _, existed = await register(tx, clerk_id)
            known = select(Customer.id, Customer.role).where(Customer.clerk_id == clerk_id)
            customer_id, role = (await tx.exec(known)).one()
            await last_active.update(tx, [customer_id])
        return Viewer(customer_id, Role(role), new=not existed)
    row = found[0]
    if row["due"]:
        await last_active.update_if_possible(database, reads, [row["id"]])
    viewer = Viewer(row["id"], Role(row["role"]), language=row["preferred_language"])
    viewers.keep(clerk_id, viewer, reading)
    return viewer


async def register(
    tx: Transaction, clerk_id: str, profile: Profile | None = None, language: str | None = None
) -> tuple[UUID, bool]:
    """Make the account unless it exists; give its id, and whether it existed. A deleted one is refused.

    An existing account gets the language, if one is given, but not the profile: use `upsert` for that.
    """
    await lock_clerk_user(tx, clerk_id)
    existing = await _id(tx, clerk_id)
    if existing is None:
        if await _was_deleted(tx, clerk_id):
            refuse(Reason.ACCOUNT_DELETED)
        given = {"preferred_language": language} if language else {}
        return await _insert(tx, clerk_id, **given, **_clerk_columns(profile))
    if language:
        changed = sa.update(Customer).where(col(Customer.id) == existing).values(preferred_language=language)
        await tx.exec(changed)
    return existing, True


async def upsert(tx: Transaction, profile: Profile, at: datetime) -> UUID | None:
    """Store the profile that Clerk had at a time, unless a newer one is stored; None where the account was deleted.

    A column is written only where Clerk's value has changed since the last event, so that an unrelated event does not
    undo what the customer typed in. A value that Clerk removes is removed only if it came from Clerk.
    """
    await lock_clerk_user(tx, profile.clerk_id)
    stored = sa.select(*STORED).where(CUSTOMER.clerk_id == profile.clerk_id).with_for_update(key_share=True)
    customer = (await tx.exec(stored)).one_or_none()
    if customer is None:
        if await _was_deleted(tx, profile.clerk_id):
            return None
        return (await _insert(tx, profile.clerk_id, clerk_updated_at=at, **_clerk_columns(profile)))[0]
    customer_id: UUID = customer.id
    if customer.clerk_updated_at is not None and at < customer.clerk_updated_at:
        return customer_id
    changes = _changes(profile, customer)
    changes |= {"clerk_profile": profile.kept, "clerk_updated_at": at, "updated_at": sa.func.now()}
    await tx.exec(sa.update(Customer).where(CUSTOMER.id == customer_id).values(changes))
    if changes.get("phone_verified", customer.phone_verified):
        await ticket_links.link_verified_phone(tx, customer_id)
    return customer_id


def _changes(profile: Profile, customer: Any) -> dict[str, Any]:
    """Give the columns that Clerk changes."""
    changes: dict[str, Any] = {}
    before = customer.clerk_profile or {}
    for name, value in profile.owned.items():
        came_from_clerk = getattr(customer, name) == before.get(name)
        if value != before.get(name) and (value is not None or came_from_clerk):
            changes[name] = value
            if name == "phone_number":
                changes["phone_verified"] = value is not None
    return changes


async def lock_clerk_user(tx: Transaction, clerk_id: str) -> None:
    """Let no other transaction work on this Clerk user until this one ends."""
    lock = sa.func.hashtextextended(f"clerk:{clerk_id}", 0)
    await tx.exec(select(sa.func.pg_advisory_xact_lock(lock)))


async def _id(tx: Transaction, clerk_id: str) -> UUID | None:
    return (await tx.exec(select(Customer.id).where(Customer.clerk_id == clerk_id))).one_or_none()


async def _was_deleted(tx: Transaction, clerk_id: str) -> bool:
    mark = select(DeletedAccount.clerk_id).where(DeletedAccount.clerk_id == clerk_id)
    return (await tx.exec(mark)).one_or_none() is not None


def _clerk_columns(profile: Profile | None) -> dict[str, Any]:
    """Give the columns of a new account that Clerk fills."""
    if profile is None:
        return {}
    return profile.owned | {"phone_verified": profile.phone_number is not None, "clerk_profile": profile.kept}


async def _insert(tx: Transaction, clerk_id: str, **given: Any) -> tuple[UUID, bool]:
    """Insert the customer, under the first free username, with the default wishlist and the tickets of their phone."""
    for _ in range(USERNAMES_TO_TRY):
        row = {"id": uuid7(), "clerk_id": clerk_id, "username": usernames.generate(), **given}
        new = insert(Customer).values(row).on_conflict_do_nothing().returning(col(Customer.id))
        made = (await tx.exec(new)).one_or_none()
        if made is not None:
            wishlist = {"id": uuid7(), "owner_id": row["id"], "name": DEFAULT_NAME, "is_default": True}
            await tx.exec(insert(Wishlist).values(wishlist))
            if given.get("phone_verified"):
                await ticket_links.link_verified_phone(tx, row["id"])
            return row["id"], False
        existing = await _id(tx, clerk_id)
        if existing is not None:  # by somebody who did not take the lock, such as an import
            return existing, True
    message = f"no free username in {USERNAMES_TO_TRY} tries"
    raise RuntimeError(message)
