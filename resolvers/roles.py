"""Giving roles."""

from typing import Any

from actions import roles
from context import Info
from inputs.customers import SetRoleInput
from inputs.ids import parse_id
from loaders.customers import CustomerById
from models.customers import Role


async def set_role(info: Info, input: SetRoleInput) -> dict[str, Any]:
    """Give a customer a role, as far as the role of the viewer allows."""
    context = info.context
    context.require_role(Role.ADMIN)
    target = parse_id("Customer", "customer", input.customer_id, "customerId")
    await context.act_with(roles.customers_to_lock(target), roles.set_role, target, input.role)
    context.resources.viewers.forget_customer(target)
    return {"customer": await context.loader(CustomerById).load(target)}
