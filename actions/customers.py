"""What customers change about their own account. The transaction has locked the customer."""

from typing import Any
from uuid import UUID

import sqlalchemy
from sqlalchemy import and_, func, or_, update
from sqlmodel import col

from actions import follows, ticket_links
from database.transactions import Transaction
from jobs import queue
from models.customers import Customer


async def update_profile(tx: Transaction, customer: UUID, changes: dict[str, Any]) -> None:
    """Set columns of the profile. A new phone number is unverified, unless Clerk has verified it."""
    if "phone_number" in changes:
        changes = changes | {"phone_verified": _is_verified(changes["phone_number"])}
    await set_columns(tx, customer, changes)
    if "phone_number" in changes:
        await ticket_links.link_verified_phone(tx, customer, actor_id=customer)


def _is_verified(phone: str | None) -> Any:
    """Whether a phone number is the verified one of before, or the one that Clerk has verified, as an expression."""
    if phone is None:
        return False
    clerk_profile: Any = col(Customer.clerk_profile)
    same = and_(col(Customer.phone_verified), col(Customer.phone_number) == phone)
    return func.coalesce(or_(same, clerk_profile["phone_number"].astext == phone), sqlalchemy.false())


async def update_privacy(tx: Transaction, customer: UUID, changes: dict[str, Any]) -> list[UUID]:
    """Set what is shown to others. Becoming public accepts `follows.requesters`, who must be locked as well.

    Gives the requests that were accepted. If more customers have asked, a job accepts theirs in steps.
    """
    accepted: list[UUID] = []
    if changes.get("is_private") is False:
        accepted, more = await follows.accept_requests(tx, customer)
        if more:
            await queue.enqueue(tx, follows.ACCEPT_REQUESTS, {"customer": str(customer)}, key=str(customer))
    await set_columns(tx, customer, changes)
    return accepted


async def set_columns(tx: Transaction, customer: UUID, changes: dict[str, Any]) -> None:
    """Set columns; a username that another customer has is a `UniqueViolationError`."""
    if changes:
        row = update(Customer).where(col(Customer.id) == customer)
        await tx.exec(row.values(**changes, updated_at=func.now()))
