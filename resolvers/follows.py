"""Following, asking, blocking. Each transaction begins by locking both customers.

So two of them about the same pair go one after the other, none waits in a circle, and the counters,
changed in the same transaction as the edge, are exact.
"""

from contextlib import AbstractAsyncContextManager
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, case, delete, literal, or_, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

import errors
import policy.customers
import policy.follows
import policy.parameters
from auth.viewer import ViewerKind
from context import Context, Info
from inputs.follows import (
    AcceptFollowRequestInput,
    BlockCustomerInput,
    DeclineFollowRequestInput,
    FollowCustomerInput,
    FollowStoreInput,
    RemoveFollowerInput,
    UnblockCustomerInput,
    UnfollowCustomerInput,
    UnfollowStoreInput,
)
from loaders.customers import BlockedCustomerById, CustomerById
from loaders.stores import StoreById
from models.customers import Customer
from models.follows import Block, Follow, FollowRequest, StoreFollow
from models.stores import Store
from resolvers.writes import parse_id

ASKED = policy.follows.has_requested_follow(policy.parameters.VIEWER, policy.customers.customer.id)
BLOCKED = policy.follows.blocks(policy.parameters.VIEWER, policy.customers.customer.id)


class _Pair:
    """The viewer and the customer that an input names."""

    def __init__(self, context: Context, text: str) -> None:
        self.context = context
        self.me = context.require_signed_in()
        self.text = text
        self.them = parse_id("Customer", "customer", text, "customerId")

    def transaction(self) -> AbstractAsyncContextManager[AsyncSession]:
        """Open a transaction with both locked."""
        return self.context.transaction((self.them,))

    async def check(self, tx: AsyncSession, also: ColumnElement[bool] | None = None) -> bool:
        """Say whether they are private. `also` lets pass some who do not exist for the viewer.

        An admin sees everybody, but acts on them as a customer: no follow crosses a block.
        """
        if self.me == self.them:
            raise errors.InvalidInput("This is your own account; it takes somebody else.", "customerId")
        seen = policy.customers.visible(ViewerKind.CUSTOMER)
        if also is not None:
            seen = or_(seen, also)
        private = select(Customer.is_private).where(Customer.id == self.them, seen)
        found = (await tx.exec(private, params={"viewer": self.me})).first()
        if found is None:
            raise errors.NotFound("customer", self.text, "customerId")
        return found

    async def payload(self) -> dict[str, Any]:
        """Answer with the customer, as the viewer sees them now."""
        return {"customer": await self.context.loader(CustomerById).load(self.them)}


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


async def _withdraw(tx: AsyncSession, requester: UUID, target: UUID) -> bool:
    edge = col(FollowRequest.requester_id) == requester, col(FollowRequest.target_id) == target
    gone = await tx.exec(delete(FollowRequest).where(*edge).returning(col(FollowRequest.id)))
    return gone.first() is not None


async def follow(info: Info, input: FollowCustomerInput) -> dict[str, Any]:
    """Follow a public account at once, ask a private one (S1)."""
    pair = _Pair(info.context, input.customer_id)
    async with pair.transaction() as session:
        if await pair.check(session):
            mine = Follow.follower_id == pair.me, Follow.followee_id == pair.them
            if (await session.exec(select(Follow.follower_id).where(*mine))).first() is None:
                edge = {"requester_id": pair.me, "target_id": pair.them}
                await session.exec(insert(FollowRequest).values(edge).on_conflict_do_nothing())
        else:
            await _connect(session, pair.me, pair.them)
    return await pair.payload()


async def unfollow(info: Info, input: UnfollowCustomerInput) -> dict[str, Any]:
    """End the follow, or the request for one."""
    pair = _Pair(info.context, input.customer_id)
    async with pair.transaction() as session:
        await pair.check(session, ASKED)
        await _disconnect(session, pair.me, pair.them)
        await _withdraw(session, pair.me, pair.them)
    return await pair.payload()


async def accept(info: Info, input: AcceptFollowRequestInput) -> dict[str, Any]:
    """Let somebody who asked follow the viewer; once accepted, accepting again has no effect."""
    pair = _Pair(info.context, input.customer_id)
    async with pair.transaction() as session:
        await pair.check(session)
        if await _withdraw(session, pair.them, pair.me):
            await _connect(session, pair.them, pair.me)
        else:
            theirs = Follow.follower_id == pair.them, Follow.followee_id == pair.me
            if (await session.exec(select(Follow.follower_id).where(*theirs))).first() is None:
                raise errors.NotFound("follow request", input.customer_id, "customerId")
    return await pair.payload()


def waiting(me: UUID) -> Select[Any]:
    """Select who has asked to follow a customer."""
    return select(FollowRequest.requester_id).where(FollowRequest.target_id == me)


async def accept_all(tx: AsyncSession, me: UUID) -> None:
    """Accept everybody who waits, in a transaction that has locked them all."""
    mine = col(FollowRequest.target_id) == me
    gone = delete(FollowRequest).where(mine).returning(col(FollowRequest.requester_id)).cte("gone")
    edges = insert(Follow).from_select(["follower_id", "followee_id"], select(gone.c.requester_id, literal(me, Uuid())))
    made = edges.returning(col(Follow.follower_id)).cte("made")
    following, followers = col(Customer.following_customers_count), col(Customer.followers_count)
    asked = update(Customer).where(col(Customer.id).in_(select(made.c.follower_id))).values({following: following + 1})
    accepted = (await tx.exec(asked)).rowcount
    await tx.exec(update(Customer).where(col(Customer.id) == me).values({followers: followers + accepted}))


async def decline(info: Info, input: DeclineFollowRequestInput) -> dict[str, Any]:
    """Turn a request down; without one there is no effect."""
    pair = _Pair(info.context, input.customer_id)
    async with pair.transaction() as session:
        await pair.check(session)
        await _withdraw(session, pair.them, pair.me)
    return await pair.payload()


async def remove_follower(info: Info, input: RemoveFollowerInput) -> dict[str, Any]:
    """Take a follower off; if there is none there is no effect."""
    pair = _Pair(info.context, input.customer_id)
    async with pair.transaction() as session:
        await pair.check(session)
        await _disconnect(session, pair.them, pair.me)
    return await pair.payload()


async def block(info: Info, input: BlockCustomerInput) -> dict[str, Any]:
    """Make both vanish for each other; follows and requests both ways end (S2)."""
    pair = _Pair(info.context, input.customer_id)
    async with pair.transaction() as session:
        await pair.check(session, BLOCKED)
        edge = {"blocker_id": pair.me, "blocked_id": pair.them}
        await session.exec(insert(Block).values(edge).on_conflict_do_nothing())
        for one, other in ((pair.me, pair.them), (pair.them, pair.me)):
            await _disconnect(session, one, other)
            await _withdraw(session, one, other)
    return {"customer": await info.context.loader(BlockedCustomerById).load(pair.them)}


async def unblock(info: Info, input: UnblockCustomerInput) -> dict[str, Any]:
    """End a block; if there is none there is no effect."""
    pair = _Pair(info.context, input.customer_id)
    async with pair.transaction() as session:
        await pair.check(session, BLOCKED)
        edge = col(Block.blocker_id) == pair.me, col(Block.blocked_id) == pair.them
        await session.exec(delete(Block).where(*edge))
    return await pair.payload()


async def _store(info: Info, text: str, by: int) -> dict[str, Any]:
    context, me, store = info.context, info.context.require_signed_in(), parse_id("Store", "store", text, "storeId")
    edge = {"customer_id": me, "store_id": store}
    mine = col(StoreFollow.customer_id) == me, col(StoreFollow.store_id) == store
    change = insert(StoreFollow).values(edge).on_conflict_do_nothing() if by > 0 else delete(StoreFollow).where(*mine)
    async with context.transaction() as session:
        if (
            await session.exec(select(Store.id).where(Store.id == store).with_for_update(key_share=True))
        ).first() is None:
            raise errors.NotFound("store", text, "storeId")
        if (await session.exec(change.returning(col(StoreFollow.store_id)))).first() is not None:
            stores, customers = (
                update(Store).where(col(Store.id) == store),
                update(Customer).where(col(Customer.id) == me),
            )
            await session.exec(stores.values(followers_count=col(Store.followers_count) + by))
            await session.exec(customers.values(following_stores_count=col(Customer.following_stores_count) + by))
    return {"store": await context.loader(StoreById).load(store)}


async def follow_store(info: Info, input: FollowStoreInput) -> dict[str, Any]:
    """Follow a store (S4)."""
    return await _store(info, input.store_id, 1)


async def unfollow_store(info: Info, input: UnfollowStoreInput) -> dict[str, Any]:
    """Follow a store no more."""
    return await _store(info, input.store_id, -1)
