"""Following customers and stores, asking to follow, blocking.

The transactions of actions between two customers have locked both (`Context.transaction`): so two of them about the
same pair go one after the other, without deadlocks, and the counters, which change together with the rows that they
count, are exact. `actor` is the customer who acts.
"""

from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy
from sqlalchemy import Select, Uuid, bindparam, case, delete, func, literal, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from uuid_utils.compat import uuid7

import errors
import policy.relationships
from actions.locks import lock_customers
from database.compiled import Compiled
from database.transactions import Transaction
from jobs.kinds import MORE, JobContext, JobKind, Payload, Progress, register
from models import ids
from models.customers import Customer
from models.follows import MAX_FOLLOWS, Block, Follow, FollowRequest, StoreFollow
from models.stores import Store

REQUESTS_OF_A_STEP = 1_000
FOLLOWER, FOLLOWEE = bindparam("follower", type_=Uuid()), bindparam("followee", type_=Uuid())
FOLLOW = col(Follow.follower_id) == FOLLOWER, col(Follow.followee_id) == FOLLOWEE
REQUEST = col(FollowRequest.requester_id) == FOLLOWER, col(FollowRequest.target_id) == FOLLOWEE


def _counting(edges: Any, by: int) -> Any:
    """Build the UPDATE of the counters of both, if a CTE has made or ended the follow."""
    followers, following = col(Customer.followers_count), col(Customer.following_customers_count)
    both = col(Customer.id).in_([FOLLOWER, FOLLOWEE]), select(edges.c.follower_id).exists()
    return (
        update(Customer)
        .where(*both)
        .values(
            followers_count=followers + case((col(Customer.id) == FOLLOWEE, by), else_=0),
            following_customers_count=following + case((col(Customer.id) == FOLLOWER, by), else_=0),
        )
    )


MADE = (
    insert(Follow)
    .values(follower_id=FOLLOWER, followee_id=FOLLOWEE)
    .on_conflict_do_nothing()
    .returning(col(Follow.follower_id))
    .cte("made")
)
ENDED = delete(Follow).where(*FOLLOW).returning(col(Follow.follower_id)).cte("ended")
FORGOTTEN = delete(FollowRequest).where(*REQUEST).returning(col(FollowRequest.id)).cte("forgotten")
COUNTED = _counting(MADE, 1).returning(col(Customer.id), col(Customer.following_customers_count).label("following"))
CONNECTED = COUNTED.cte("counted")
CONNECT = Compiled(
    sqlalchemy.select(
        select(CONNECTED.c.following).where(CONNECTED.c.id == FOLLOWER).scalar_subquery().label("following"),
        select(FORGOTTEN.c.id).scalar_subquery().label("forgotten"),
    )
)
"""Makes a follow, unless it exists, and ends the request for it.

Gives how many the follower has then, if one was made, and the id of the request, if there was one.
"""
END = Compiled(_counting(ENDED, -1))
DISCONNECT = Compiled(sqlalchemy.select(FORGOTTEN.c.id).add_cte(_counting(ENDED, -1).cte("counted")))
"""Ends a follow and the request for it, if they exist; gives the id of the request."""
FOLLOWS = Compiled(select(Follow.follower_id).where(*FOLLOW))
FORGET = Compiled(delete(FollowRequest).where(*REQUEST).returning(col(FollowRequest.id)))
"""Ends a request; gives its id."""
ASK = Compiled(
    insert(FollowRequest)
    .values(requester_id=FOLLOWER, target_id=FOLLOWEE, id=bindparam("id", type_=Uuid()))
    .on_conflict_do_nothing()
)
ASKED = Compiled(select(func.count()).where(FollowRequest.requester_id == FOLLOWER))


async def follow(tx: Transaction, actor: UUID, target: UUID) -> list[UUID]:
    """Follow a public account at once; ask to follow a private one. Like all of these, gives the requests that ended."""
    private = await _check(tx, actor, target, "followCustomer")
    pair = {"follower": actor, "followee": target}
    if not private:
        # A request may still wait since the account became public.
        made = (await tx.exec(CONNECT, pair)).one()
        _check_limit(made.following, "customers")
        return [] if made.forgotten is None else [made.forgotten]
    if (await tx.exec(FOLLOWS, pair)).first() is None:
        await tx.exec(ASK, {**pair, "id": uuid7()})
        _check_limit((await tx.exec(ASKED, pair)).one(), "requests")
    return []


async def unfollow(tx: Transaction, actor: UUID, target: UUID) -> list[UUID]:
    """End the follow, or the request for one."""
    await _check(tx, actor, target, "unfollowCustomer")
    return (await tx.exec(DISCONNECT, {"follower": actor, "followee": target})).scalars()


async def accept(tx: Transaction, actor: UUID, requester: UUID) -> list[UUID]:
    """Let a customer who asked follow the actor; accepting again has no effect."""
    await _check(tx, actor, requester, "acceptFollowRequest")
    pair = {"follower": requester, "followee": actor}
    forgotten = (await tx.exec(FORGET, pair)).scalars()
    if forgotten:
        await tx.exec(CONNECT, pair)
    elif (await tx.exec(FOLLOWS, pair)).first() is None:
        raise errors.NotFound("follow request", ids.encode("Customer", requester), "customerId")
    return forgotten


async def decline(tx: Transaction, actor: UUID, requester: UUID) -> list[UUID]:
    """Decline a request; without one there is no effect."""
    await _check(tx, actor, requester, "declineFollowRequest")
    return (await tx.exec(FORGET, {"follower": requester, "followee": actor})).scalars()


async def remove_follower(tx: Transaction, actor: UUID, follower: UUID) -> list[UUID]:
    """End a follow from the other side; without one there is no effect."""
    await _check(tx, actor, follower, "removeFollower")
    await tx.exec(END, {"follower": follower, "followee": actor})
    return []


async def block(tx: Transaction, actor: UUID, target: UUID) -> list[UUID]:
    """Hide both from each other; follows and requests in both directions end."""
    await _check(tx, actor, target, "blockCustomer")
    edge = {"blocker_id": actor, "blocked_id": target}
    await tx.exec(insert(Block).values(edge).on_conflict_do_nothing())
    forgotten: list[UUID] = []
    for one, other in ((actor, target), (target, actor)):
        forgotten += (await tx.exec(DISCONNECT, {"follower": one, "followee": other})).scalars()
    return forgotten


async def unblock(tx: Transaction, actor: UUID, target: UUID) -> list[UUID]:
    """End a block; without one there is no effect."""
    await _check(tx, actor, target, "unblockCustomer")
    edge = col(Block.blocker_id) == actor, col(Block.blocked_id) == target
    await tx.exec(delete(Block).where(*edge))
    return []


async def _check(tx: Transaction, actor: UUID, other: UUID, mutation: str) -> bool:
    """Refuse where the other customer is the actor, or does not exist for them. Give whether the other is private."""
    if actor == other:
        raise errors.InvalidInput("You cannot do this to your own account.", "customerId")
    found: bool | None = (await tx.exec(_is_private(mutation), {"viewer": actor, "other": other})).first()
    if found is None:
        raise errors.NotFound("customer", ids.encode("Customer", other), "customerId")
    return found


@cache
def _is_private(mutation: str) -> Compiled:
    """Build the SELECT of `_check`."""
    them = Customer.id == bindparam("other", type_=Uuid())
    return Compiled(select(Customer.is_private).where(them, policy.relationships.accepts(mutation)))


def requesters(target: UUID) -> Select[Any]:
    """Select those who asked first to follow a customer, as many as one transaction accepts."""
    oldest = col(FollowRequest.created_at), col(FollowRequest.id)
    asked = select(FollowRequest.requester_id).where(FollowRequest.target_id == target)
    return asked.order_by(*oldest).limit(REQUESTS_OF_A_STEP)


class AcceptedRequests(NamedTuple):
    """The requests that were accepted together, and whether more of them wait."""

    ids: list[UUID]
    more: bool


async def accept_requests(tx: Transaction, target: UUID) -> AcceptedRequests:
    """Accept the `requesters`, whom the transaction has locked."""
    mine = col(FollowRequest.target_id) == target
    accepted = mine & col(FollowRequest.requester_id).in_(requesters(target))
    ids_ = list(await tx.exec(select(FollowRequest.id).where(accepted)))
    deleted = delete(FollowRequest).where(accepted).returning(col(FollowRequest.requester_id)).cte("deleted")
    edges = insert(Follow).from_select(
        ["follower_id", "followee_id"], select(deleted.c.requester_id, literal(target, Uuid()))
    )
    made = edges.on_conflict_do_nothing().returning(col(Follow.follower_id)).cte("made")
    following, followers = col(Customer.following_customers_count), col(Customer.followers_count)
    asked = update(Customer).where(col(Customer.id).in_(select(made.c.follower_id))).values({following: following + 1})
    number = (await tx.exec(asked)).rowcount
    await tx.exec(update(Customer).where(col(Customer.id) == target).values({followers: followers + number}))
    waiting = (await tx.exec(select(FollowRequest.id).where(mine).limit(1))).first()
    return AcceptedRequests(ids_, waiting is not None)


async def _accept_requests_job(context: JobContext, payload: Payload) -> Progress | None:
    """Accept the requests of one step, unless the account is private again."""
    target = UUID(str(payload["customer"]))
    async with context.transaction() as tx:
        await lock_customers(tx, requesters(target), target)
        public = select(Customer.id).where(Customer.id == target, col(Customer.is_private).is_(False))
        if (await tx.exec(public)).first() is None:
            return None
        return MORE if (await accept_requests(tx, target)).more else None


ACCEPT_REQUESTS = register(JobKind("follows.accept_requests", _accept_requests_job, priority=-1))


async def follow_store(tx: Transaction, actor: UUID, store: UUID) -> None:
    """Follow a store; following again has no effect."""
    await _lock_store(tx, store)
    edge = {"customer_id": actor, "store_id": store}
    made = insert(StoreFollow).values(edge).on_conflict_do_nothing().returning(col(StoreFollow.store_id))
    if (await tx.exec(made)).first() is not None:
        _check_limit(await _count_store(tx, actor, store, 1), "stores")


async def unfollow_store(tx: Transaction, actor: UUID, store: UUID) -> None:
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


def _check_limit(number: int | None, what: str) -> None:
    """Refuse what has just been written if it is too much. The transaction has locked the actor."""
    if number is not None and number > MAX_FOLLOWS:
        raise errors.LimitReached(LIMITS[what], MAX_FOLLOWS, "storeId" if what == "stores" else "customerId")


async def _lock_store(tx: Transaction, store: UUID) -> None:
    found = await tx.exec(select(Store.id).where(Store.id == store).with_for_update(key_share=True))
    if found.first() is None:
        raise errors.NotFound("store", ids.encode("Store", store), "storeId")


async def _count_store(tx: Transaction, customer: UUID, store: UUID, by: int) -> int:
    """Change both counters; gives how many stores the customer follows then."""
    followers, following = col(Store.followers_count), col(Customer.following_stores_count)
    await tx.exec(update(Store).where(col(Store.id) == store).values({followers: followers + by}))
    counted = update(Customer).where(col(Customer.id) == customer).values({following: following + by})
    number: int = (await tx.exec(counted.returning(following))).scalar_one()
    return number
