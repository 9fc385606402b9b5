"""Deleting accounts: erased and hidden at once, while the follows of a large account end in steps.

The end of a follow changes a counter of the customer on its other side, who must be locked. So one step ends a bounded
number of follows, with their counters, in a transaction of its own. Until the last step the row of the customer stays,
without personal data, and nobody sees it.
"""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from actions import audit, payment_erasure, ticket_erasure
from actions.accounts import lock_clerk_user
from actions.locks import lock_customers
from actions.queries import any_of
from actions.webhook_erasure import erase_deleted
from database.transactions import Transaction
from jobs import queue
from jobs.kinds import MORE, JobContext, JobKind, Payload, Progress, register
from models.audit import AuditAction
from models.columns import Table, columns
from models.customers import Customer, DeletedAccount, Role
from models.follows import Block, Follow, FollowRequest, StoreFollow
from models.mails import Mail
from models.stores import Store

FOLLOWS_OF_A_STEP = 1_000
ERASURE_MILLISECONDS = 60_000
"""For one statement that erases everything of a kind, such as 100 wishlists of 1,000 items."""
KEPT = {
    "id", "clerk_id", "username", "followers_count", "following_customers_count", "following_stores_count",
    "created_at", "updated_at",
}  # fmt: skip
NO_OWNER = (
    "The last owner's account was deleted at Clerk: nobody can give the roles ADMIN and OWNER any more. Choose an owner "
    "with 'python server.py role USERNAME OWNER'."
)
OWNERS = 7215404
"""The advisory lock under which owners are deleted."""

customer, follow, store, store_follow = columns(Customer), columns(Follow), columns(Store), columns(StoreFollow)
block, request = columns(Block), columns(FollowRequest)
log = structlog.get_logger()


async def delete(tx: Transaction, clerk_id: str) -> bool:
    """Delete the account for good; give whether there was one.

    Its tickets, sessions, ratings, payments and paid orders stay, without anything that says whose they were.
    Follows beyond those of one step end in a job, which the transaction enqueues.
    """
    await lock_clerk_user(tx, clerk_id)
    await tx.exec(insert(DeletedAccount).values(clerk_id=clerk_id).on_conflict_do_nothing())
    await erase_deleted(tx, clerk_id)
    leaving = (await tx.exec(select(Customer.id).where(Customer.clerk_id == clerk_id))).one_or_none()
    if leaving is None:
        return False
    longer = sa.func.set_config("statement_timeout", str(ERASURE_MILLISECONDS), sa.true())
    await tx.exec(select(longer))
    more = await end_follows(tx, leaving)
    await ticket_erasure.on_customer_deleted(tx, leaving)
    await payment_erasure.on_customer_deleted(tx, leaving)
    await tx.exec(sa.delete(Mail).where(columns(Mail).customer_id == leaving))
    await _warn_without_owner(tx, leaving)
    await _lock_edges(tx, leaving)
    if more:
        await _erase(tx, leaving)
        await queue.enqueue(tx, END_FOLLOWS, {"customer": str(leaving)}, key=str(leaving))
    else:
        await _remove(tx, leaving)
    await audit.record(tx, AuditAction.ACCOUNT_DELETED, "Customer", leaving, actor=None)
    return True


async def end_follows(tx: Transaction, leaving: UUID) -> bool:
    """End some follows of a customer, and correct the counters; True if there are more.

    Once the customer is locked, nobody can add a follow. What was added while this waited for the lock is left to the
    next step.
    """
    others = await tx.exec(_others(leaving).limit(FOLLOWS_OF_A_STEP))
    connected = [row.id for row in others]
    await lock_customers(tx, connected, leaving)
    for here, there, counter in (
        (follow.follower_id, follow.followee_id, customer.followers_count),
        (follow.followee_id, follow.follower_id, customer.following_customers_count),
    ):
        mine = here == leaving, there == any_of(connected)
        ended = sa.delete(Follow).where(*mine).returning(there.label("id")).cte("ended")
        less = sa.update(Customer).where(customer.id.in_(sa.select(ended.c.id))).values({counter.name: counter - 1})
        await tx.exec(less)
    await _end_store_follows(tx, leaving)
    remaining = sa.exists(_others(leaving)) | sa.exists(_stores(leaving))
    return bool((await tx.exec(sa.select(remaining))).scalar())


def _others(leaving: UUID) -> Any:
    followed = sa.select(follow.followee_id.label("id")).where(follow.follower_id == leaving)
    followers = sa.select(follow.follower_id.label("id")).where(follow.followee_id == leaving)
    return sa.select(sa.union_all(followed, followers).subquery("others").c.id)


def _stores(leaving: UUID) -> Any:
    return sa.select(store_follow.store_id).where(store_follow.customer_id == leaving)


async def _end_store_follows(tx: Transaction, leaving: UUID) -> None:
    chosen = _stores(leaving).order_by(store_follow.store_id).limit(FOLLOWS_OF_A_STEP)
    locked = sa.select(store.id).where(store.id.in_(chosen)).order_by(store.id).with_for_update(key_share=True)
    stores = [row.id for row in await tx.exec(locked)]
    mine = store_follow.customer_id == leaving, store_follow.store_id == any_of(stores)
    ended = sa.delete(StoreFollow).where(*mine).returning(store_follow.store_id).cte("ended")
    less = sa.update(Store).where(store.id.in_(sa.select(ended.c.store_id)))
    await tx.exec(less.values(followers_count=store.followers_count - 1))


async def _lock_edges(tx: Transaction, leaving: UUID) -> None:
    """Lock the rows that go with the customer's, in one order: whoever is on their other side may be deleted as well."""
    for here, there in ((block.blocker_id, block.blocked_id), (request.requester_id, request.target_id)):
        rows = select(here).where((here == leaving) | (there == leaving)).order_by(here, there).with_for_update()
        await tx.exec(select(sa.func.count()).select_from(rows.subquery()))


async def _erase(tx: Transaction, leaving: UUID) -> None:
    """Erase what is personal in the customer's row, hide it, and do with other tables what its removal would do."""
    erased = {column.key: sa.text("DEFAULT") for column in customer if column.key not in KEPT}
    hidden = {
        "clerk_id": f"deleted:{leaving}", "username": leaving.hex, "show_profile": False, "deleted_at": sa.func.now(),
        "updated_at": sa.func.now(),
    }  # fmt: skip
    await tx.exec(sa.update(Customer).where(customer.id == leaving).values(erased | hidden))
    for table in Table.metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column is not customer.id or table.name in {Follow.__tablename__, StoreFollow.__tablename__}:
                continue
            own = key.parent == leaving
            if key.ondelete == "CASCADE":
                await tx.exec(sa.delete(table).where(own))
            elif key.ondelete == "SET NULL":
                await tx.exec(sa.update(table).where(own).values({key.parent: None}))


async def _remove(tx: Transaction, leaving: UUID) -> None:
    await tx.exec(sa.delete(Customer).where(customer.id == leaving))


async def _warn_without_owner(tx: Transaction, leaving: UUID) -> None:
    """Log an error if this was the last owner: Clerk has deleted the account already, so it cannot be refused."""
    role = (await tx.exec(select(Customer.role).where(Customer.id == leaving))).one()
    if role != Role.OWNER:
        return
    await tx.exec(select(sa.func.pg_advisory_xact_lock(OWNERS)))  # of two who are deleted at once, one is the last
    owners = (await tx.exec(select(Customer.id).where(Customer.role == Role.OWNER))).all()
    if owners == [leaving]:
        await audit.record(tx, AuditAction.LAST_OWNER_DELETED, "Customer", leaving, actor=None)
        log.error("last_owner_deleted", message=NO_OWNER)


async def _end_follows_job(context: JobContext, payload: Payload) -> Progress | None:
    """End the follows of one step; the last step removes the customer."""
    leaving = UUID(str(payload["customer"]))
    async with context.transaction() as tx:
        deleted = select(Customer.id).where(Customer.id == leaving, col(Customer.deleted_at).is_not(None))
        if (await tx.exec(deleted)).one_or_none() is None:
            return None
        if await end_follows(tx, leaving):
            return MORE
        await _remove(tx, leaving)
    return None


END_FOLLOWS = register(JobKind("customers.end_follows", _end_follows_job, priority=-1))
