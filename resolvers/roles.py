"""Giving roles."""

from typing import Any

import strawberry

import policy.roles
from actions import roles
from context import Info
from execution.field_metadata import reads
from inputs.customers import SetRoleInput
from inputs.ids import parse_id
from loaders.customers import CustomerById
from loaders.tickets import TicketById
from models.customers import Role

MAX_SHOWN = 100


@reads("role")
def can_set_role(root: strawberry.Parent[Any], info: Info) -> bool:
    """Tell whether the viewer can change the role of a customer."""
    viewer, role = info.context.viewer, Role(root["role"])
    return viewer.id is not None and viewer.has_role(policy.roles.required_role(role, role))


async def set_role(info: Info, input: SetRoleInput) -> dict[str, Any]:
    """Give a customer a role, as far as the role of the viewer allows."""
    context = info.context
    target = parse_id("Customer", "customer", input.customer_id, "customerId")
    reopened = await context.act_with(roles.customers_to_lock(target), roles.set_role, target, input.role)
    context.resources.viewers.forget_customer(target)
    changed = await context.loader(CustomerById).load(target)
    if changed is not None and target == context.viewer.id:
        context.change_role(Role(changed["role"]))  # the payload shows what the viewer sees from now on
    found = await context.loader(TicketById).load_many(reopened[:MAX_SHOWN])
    return {
        "customer": await context.loader(CustomerById).load(target),
        "reopened_tickets": [ticket for ticket in found if ticket is not None],
    }
