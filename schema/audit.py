"""The audit log."""

from datetime import datetime
from typing import Annotated

import strawberry

from loaders.audit import AuditLog
from loaders.customers import CustomerById
from models.audit import AuditAction
from models.customers import Role
from resolvers import audit
from schema.connections import ConnectionOf, Node
from schema.fields import edge, field, lookup
from schema.profile import CustomerRef

AuditEntryRef = Annotated["AuditEntry", strawberry.lazy("schema.audit")]


@strawberry.type(
    description="An entry of the audit log: which customer performed a sensitive action on which object. Entries are never deleted, even when the accounts involved are. They contain ids, never names, e-mail addresses or phone numbers."
)
class AuditEntry(Node):
    """The source is an entry's row."""

    action: AuditAction = field("What was done.")
    actor: CustomerRef | None = edge(
        CustomerById,
        "actor_id",
        "The customer who did it. Null if it was the server itself, for example because of a webhook, or if the account has "
        "been deleted.",
    )
    impersonator: str | None = field(
        "The Clerk id of the person who acted as `actor`, for example `user_2abc`. Null if nobody impersonated the actor."
    )
    target_id: strawberry.ID = field(
        "The id of the object that it was done to. `node` finds the object while it exists.", resolver=audit.target
    )
    details: str | None = field(
        'Facts about the action, as a JSON object, for example `{"after":"SOLVER","before":"CUSTOMER"}`. Ids in it can be looked up with `node`. Null if there are no facts.',
        resolver=audit.details,
    )
    created_at: datetime = field("When it was done.")


@strawberry.type
class Queries:
    """The queries of the audit log."""

    audit_log: ConnectionOf[AuditEntryRef] | None = lookup(
        audit.log,
        "The audit log, the latest entry first. `actorId` and `targetId` also accept the ids of objects that have been deleted since.",
        pages_of=AuditLog,
        access=Role.ADMIN,
    )
