"""Following customers and stores, asking to follow, blocking.

The transactions of actions between two customers have locked both (`Context.transaction`): so two of them about the
same pair go one after the other, without deadlocks, and the counters, which change together with the rows that they
count, are exact. `actor` is the customer who acts.
"""

from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, bindparam, case, delete, func, literal, or_, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

import errors
import policy.customers
import policy.follows
import policy.parameters
from actions.locks import lock_customers
from auth.viewer import ViewerKind
from jobs.kinds import MORE, JobContext, JobKind, Payload, Progress, register
from models import ids
from models.customers import Customer
from models.follows import MAX_FOLLOWS, Block, Follow, FollowRequest, StoreFollow
from models.stores import Store

REQUESTS_OF_A_STEP = 1_000
REQUESTED = policy.follows.has_requested_follow(policy.parameters.VIEWER, policy.customers.customer.id)
BLOCKED = policy.follows.blocks(policy.parameters.VIEWER, policy.customers.customer.id)


async def follow(tx: AsyncSession, actor: UUID, target: UUID) -> None:
    """Follow a public account at once; ask to follow a private one."""
    private = await _check(tx, actor, target)
    if not private:
        await _connect(tx, actor, target)
        await _delete_request(tx, actor, target)  # one that still waits since the account became public
        await _check_limit(tx, select(Customer.following_customers_count).where(Customer.id == actor), "customers")
    elif not await _follows(tx, actor, target):
        request = {"requester_id": actor, "target_id": target}
        await tx.exec(insert(FollowRequest).values(request).on_conflict_do_nothing())
        await _check_limit(tx, select(func.count()).where(FollowRequest.requester_id == actor), "requests")


async def unfollow(tx: AsyncSession, actor: UUID, target: UUID) -> None:
    """End the follow, or the request for one."""
    await _check(tx, actor, target, or_else=REQUESTED)
    await _disconnect(tx, actor, target)
    await _delete_request(tx, actor, target)


async def accept(tx: AsyncSession, actor: UUID, requester: UUID) -> None:
    """Let a customer who asked follow the actor; accepting again has no effect."""
    await _check(tx, actor, requester)
    if await _delete_request(tx, requester, actor):
        await _connect(tx, requester, actor)
    elif not await _follows(tx, requester, actor):
        raise errors.NotFound("follow request", ids.encode("Customer", requester), "customerId")


async def decline(tx: AsyncSession, actor: UUID, requester: UUID) -> None:
    """Decline a request; without one there is no effect."""
    await _check(tx, actor, requester)
    await _delete_request(tx, requester, actor)


async def remove_follower(tx: AsyncSession, actor: UUID, follower: UUID) -> None:
    """End a follow from the other side; without one there is no effect."""
    await _check(tx, actor, follower)
    await _disconnect(tx, follower, actor)


async def block(tx: AsyncSession, actor: UUID, target: UUID) -> None:
    """Hide both from each other; follows and requests in both directions end."""
    await _check(tx, actor, target, or_else=BLOCKED)
    edge = {"blocker_id": actor, "blocked_id": target}
    await tx.exec(insert(Block).values(edge).on_conflict_do_nothing())
    for one, other in ((actor, target), (target, actor)):
        await _disconnect(tx, one, other)
        await _delete_request(tx, one, other)


async def unblock(tx: AsyncSession, actor: UUID, target: UUID) -> None:
    """End a block; without one there is no effect."""
    await _check(tx, actor, target, or_else=BLOCKED)
    edge = col(Block.blocker_id) == actor, col(Block.blocked_id) == target
    await tx.exec(delete(Block).where(*edge))


async def _check(tx: AsyncSession, actor: UUID, other: UUID, *, or_else: ColumnElement[bool] | None = None) -> bool:
    """Refuse where the other customer is the actor, or does not exist for them. Give whether the other is private.

    `or_else` names customers who are accepted although they are hidden. An admin sees everybody, but acts on them
    as a customer does: no follow crosses a block.
    """
    if actor == other:
        raise errors.InvalidInput("You cannot do this to your own account.", "customerId")
    found: bool | None = (await tx.exec(_is_private(or_else), params={"viewer": actor, "other": other})).first()
    if found is None:
        raise errors.NotFound("customer", ids.encode("Customer", other), "customerId")
    return found


@cache
def _is_private(or_else: ColumnElement[bool] | None) -> Any:
    """Build the SELECT of `_check` once: the clause of the policy takes longer to make than to execute."""
    visible = policy.customers.visible(ViewerKind.CUSTOMER)
    if or_else is not None:
        visible = or_(visible, or_else)
    return select(Customer.is_private).where(Customer.id == bindparam("other", type_=Uuid()), visible)


async def _follows(tx: AsyncSession, follower: UUID, followee: UUID) -> bool:
    edge = Follow.follower_id == follower, Follow.followee_id == followee
    return (await tx.exec(select(Follow.follower_id).where(*edge))).first() is not None


async def _connect(tx: AsyncSession, follower: UUID, followee: UUID) -> None:
    edge = {"follower_id": follower, "followee_id": followee}
    made = insert(Follow).values(edge).on_conflict_do_nothing().returning(col(Follow.follower_id))
    if (await tx.exec(made)).first() is not None:
        await _count(tx, follower, followee, 1)


async def _disconnect(tx: AsyncSession, follower: UUID, followee: UUID) -> None:
    edge = col(Follow.follower_id) == follower, col(Follow.followee_id) == followee
    if (await tx.exec(delete(Follow).where(*edge).returning(col(Follow.follower_id)))).first() is not None:
        await _count(tx, follower, followee, -1)


async def _count(tx: AsyncSession, follower: UUID, followee: UUID, by: int) -> None:
    followers, following = col(Customer.followers_count), col(Customer.following_customers_count)
    change = update(Customer).where(col(Customer.id).in_([follower, followee]))
    await tx.exec(
        change.values(
            followers_count=followers + case((col(Customer.id) == followee, by), else_=0),
            following_customers_count=following + case((col(Customer.id) == follower, by), else_=0),
        )
    )


async def _delete_request(tx: AsyncSession, requester: UUID, target: UUID) -> bool:
    edge = col(FollowRequest.requester_id) == requester, col(FollowRequest.target_id) == target
    deleted = await tx.exec(delete(FollowRequest).where(*edge).returning(col(FollowRequest.id)))
    return deleted.first() is not None


def requesters(target: UUID) -> Select[Any]:
    """Select those who asked first to follow a customer, as many as one transaction accepts."""
    oldest = col(FollowRequest.created_at), col(FollowRequest.id)
    asked = select(FollowRequest.requester_id).where(FollowRequest.target_id == target)
    return asked.order_by(*oldest).limit(REQUESTS_OF_A_STEP)


async def accept_requests(tx: AsyncSession, target: UUID) -> bool:
    """Accept the `requesters`, whom the transaction has locked; True if more of them wait."""
    mine = col(FollowRequest.target_id) == target
    accepted = mine & col(FollowRequest.requester_id).in_(requesters(target))
    deleted = delete(FollowRequest).where(accepted).returning(col(FollowRequest.requester_id)).cte("deleted")
    edges = insert(Follow).from_select(
        ["follower_id", "followee_id"], select(deleted.c.requester_id, literal(target, Uuid()))
    )
    made = edges.on_conflict_do_nothing().returning(col(Follow.follower_id)).cte("made")
    following, followers = col(Customer.following_customers_count), col(Customer.followers_count)
    asked = update(Customer).where(col(Customer.id).in_(select(made.c.follower_id))).values({following: following + 1})
    number = (await tx.exec(asked)).rowcount
    await tx.exec(update(Customer).where(col(Customer.id) == target).values({followers: followers + number}))
    return (await tx.exec(select(FollowRequest.id).where(mine).limit(1))).first() is not None


async def _accept_requests_job(context: JobContext, payload: Payload) -> Progress | None:
    """Accept the requests of one step, unless the account is private again."""
    target = UUID(str(payload["customer"]))
    async with context.transaction() as tx:
        await lock_customers(tx, requesters(target), target)
        public = select(Customer.id).where(Customer.id == target, col(Customer.is_private).is_(False))
        if (await tx.exec(public)).first() is None:
            return None
        return MORE if await accept_requests(tx, target) else None


ACCEPT_REQUESTS = register(JobKind("follows.accept_requests", _accept_requests_job, priority=-1))


async def follow_store(tx: AsyncSession, actor: UUID, store: UUID) -> None:
    """Follow a store; following again has no effect."""
    await _lock_store(tx, store)
    edge = {"customer_id": actor, "store_id": store}
    made = insert(StoreFollow).values(edge).on_conflict_do_nothing().returning(col(StoreFollow.store_id))
    if (await tx.exec(made)).first() is not None:
        await _count_store(tx, actor, store, 1)
        await _check_limit(tx, select(Customer.following_stores_count).where(Customer.id == actor), "stores")


async def unfollow_store(tx: AsyncSession, actor: UUID, store: UUID) -> None:
    """End the follow of a store; without one there is no effect."""
    await _lock_store(tx, store)
    edge = col(StoreFollow.customer_id) == actor, col(StoreFollow.store_id) == store
    if (await tx.exec(delete(StoreFollow).where(*edge).returning(col(StoreFollow.store_id)))).first() is not None:
        await _count_store(tx, actor, store, -1)


LIMITS = {
    "customers": f"You already follow {MAX_FOLLOWS:,} customers, the maximum. Unfollow somebody first.",
    "requests": f"{MAX_FOLLOWS:,} follow requests of yours wait for an answer, the maximum. Cancel one first.",
    "stores": f"You already follow {MAX_FOLLOWS:,} stores, the maximum. Unfollow one first.",
}


async def _check_limit(tx: AsyncSession, number: Any, what: str) -> None:
    """Refuse what has just been written if it is too much. The transaction has locked the actor."""
    if (await tx.exec(number)).one() > MAX_FOLLOWS:
        raise errors.LimitReached(LIMITS[what], MAX_FOLLOWS, "storeId" if what == "stores" else "customerId")


async def _lock_store(tx: AsyncSession, store: UUID) -> None:
    found = await tx.exec(select(Store.id).where(Store.id == store).with_for_update(key_share=True))
    if found.first() is None:
        raise errors.NotFound("store", ids.encode("Store", store), "storeId")


async def _count_store(tx: AsyncSession, customer: UUID, store: UUID, by: int) -> None:
    followers, following = col(Store.followers_count), col(Customer.following_stores_count)
    await tx.exec(update(Store).where(col(Store.id) == store).values({followers: followers + by}))
    await tx.exec(update(Customer).where(col(Customer.id) == customer).values({following: following + by}))
