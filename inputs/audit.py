"""Arguments of the audit log."""

from datetime import datetime
from typing import Annotated

from strawberry import ID, argument

from inputs.enums import described
from models.audit import AuditAction

described(
    AuditAction,
    "A sensitive action that the audit log records.",
    TICKET_LINKED="A ticket was linked to an account. The target is the ticket.",
    ROLE_CHANGED="A customer got another role. The target is the customer; `details` has the roles before and after.",
    ACCOUNT_DELETED="An account was deleted. The target is the customer that it was.",
    LAST_OWNER_DELETED="The account of the last owner was deleted, so that there is no owner.",
    PAYMENT_REFUNDED="An admin requested a refund of all or part of a payment. The target is the payment; `details` has the amount, in minor units of the currency.",
)

ActorId = Annotated[ID | None, argument(description="Return only what this customer did, by the id of the customer.")]
TargetId = Annotated[ID | None, argument(description="Return only what was done to this object, by its id.")]
Action = Annotated[AuditAction | None, argument(description="Return only actions of this kind.")]
Since = Annotated[
    datetime | None,
    argument(
        name="from", description="Return only entries of this moment or later. Without a time zone, it is in UTC."
    ),
]
Until = Annotated[
    datetime | None,
    argument(name="to", description="Return only entries before this moment. Without a time zone, it is in UTC."),
]
