"""Following customers and stores, asking to follow, blocking."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from actions import follows
from context import Context, Info
from database.transactions import Transaction
from inputs.follows import CustomerIdInput, RequesterIdInput, StoreIdInput
from inputs.ids import parse_id
from loaders.customers import BlockedCustomerById, CustomerById, PermissionByCustomer, PermissionsByCustomer
from loaders.stores import StoreById
from models import ids


def can(mutation: str) -> Callable[[Context], PermissionByCustomer]:
    """Make what tells whether a mutation would change something about the viewer and a customer."""

    def open_(context: Context) -> PermissionByCustomer:
        return context.loader(PermissionByCustomer, context.loader(PermissionsByCustomer), mutation)

    return open_


Action = Callable[[Transaction, UUID, UUID], Awaitable[list[UUID]]]
"""Something that a customer does to another one: in a transaction, who acts, to whom; gives the requests that ended."""


async def _do_to_customer(
    info: Info, action: Action, text: str, found_by: type[CustomerById | BlockedCustomerById] = CustomerById
) -> dict[str, Any]:
    """Act with both customers locked, and give the other one as the actor sees them now."""
    context, actor = info.context, info.context.require_signed_in()
    other = parse_id("Customer", "customer", text, "customerId")
    ended = await context.run_with((other,), action, actor, other)
    return {
        "customer": await context.loader(found_by).load_one(other),
        "customer_id": other,
        "removed_follow_request_ids": [ids.encode("FollowRequest", one) for one in ended],
    }


async def follow(info: Info, input: CustomerIdInput) -> dict[str, Any]:
    """Follow a public account at once; ask to follow a private one."""
    return await _do_to_customer(info, follows.follow, input.customer_id)


async def unfollow(info: Info, input: CustomerIdInput) -> dict[str, Any]:
    """End the follow, or the request for one."""
    return await _do_to_customer(info, follows.unfollow, input.customer_id)


async def accept(info: Info, input: RequesterIdInput) -> dict[str, Any]:
    """Let a customer who asked follow the viewer."""
    return await _do_to_customer(info, follows.accept, input.customer_id)


async def decline(info: Info, input: RequesterIdInput) -> dict[str, Any]:
    """Decline a follow request."""
    return await _do_to_customer(info, follows.decline, input.customer_id)


async def remove_follower(info: Info, input: CustomerIdInput) -> dict[str, Any]:
    """End somebody's follow of the viewer."""
    return await _do_to_customer(info, follows.remove_follower, input.customer_id)


async def block(info: Info, input: CustomerIdInput) -> dict[str, Any]:
    """Hide both from each other."""
    return await _do_to_customer(info, follows.block, input.customer_id, BlockedCustomerById)


async def unblock(info: Info, input: CustomerIdInput) -> dict[str, Any]:
    """End a block."""
    return await _do_to_customer(info, follows.unblock, input.customer_id)


async def _do_to_store(
    info: Info, action: Callable[[Transaction, UUID, UUID], Awaitable[None]], text: str
) -> dict[str, Any]:
    context, actor = info.context, info.context.require_signed_in()
    store = parse_id("Store", "store", text, "storeId")
    await context.run(action, actor, store)
    return {"store": await context.loader(StoreById).load_one(store)}


async def follow_store(info: Info, input: StoreIdInput) -> dict[str, Any]:
    """Follow a store."""
    return await _do_to_store(info, follows.follow_store, input.store_id)


async def unfollow_store(info: Info, input: StoreIdInput) -> dict[str, Any]:
    """End the follow of a store."""
    return await _do_to_store(info, follows.unfollow_store, input.store_id)
