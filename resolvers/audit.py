"""Reading the audit log."""

from typing import Any
from uuid import UUID

import orjson
import strawberry

from context import Info
from execution.field_metadata import reads
from inputs.audit import Action, ActorId, Since, TargetId, Until
from inputs.pages import PageArguments
from inputs.prices import to_utc
from loaders.audit import AuditLog
from loaders.batches import Lookup
from loaders.pages import NO_PARENT, Filters
from models import ids
from resolvers import pages

NOBODY = "", UUID(int=0)
"""The type and key of an id that names nothing."""
NAMES = {"amount_minor": "amountMinor"}
"""What facts are called in the graph, where it is not what they are stored as."""


def log(
    info: Info, page: PageArguments,
    actor_id: ActorId = None, target_id: TargetId = None, action: Action = None, from_: Since = None, to: Until = None,
) -> Lookup:  # fmt: skip
    """List the entries of the audit log, for admins."""
    filters: dict[str, Any] = {}
    if actor_id is not None:
        filters["actor"] = ids.key_of("Customer", actor_id) or NOBODY[1]
    if target_id is not None:
        filters["target_type"], filters["target_id"] = ids.decode(target_id) or NOBODY
    if action is not None:
        filters["action"] = action.value
    if from_ is not None:
        filters["since"] = to_utc(from_, "from")
    if to is not None:
        filters["until"] = to_utc(to, "to")
    given: Filters = tuple(filters.items())
    return pages.open_page(info.context, AuditLog, *page, given), NO_PARENT


@reads("target_type", "target_id")
def target(root: strawberry.Parent[Any]) -> str:
    """The global id of what an entry is about."""
    return ids.encode(root["target_type"], root["target_id"])


@reads("payload")
def details(root: strawberry.Parent[Any]) -> str | None:
    """The facts of an entry as JSON."""
    payload = root["payload"]
    stored = orjson.loads(payload) if isinstance(payload, str) else dict(payload)
    stored.pop("refund_id", None)  # refunds have no ids in the graph
    facts = {NAMES.get(name, name): fact for name, fact in stored.items()}
    if "customer_id" in facts:  # clients know global ids only
        facts["customerId"] = ids.encode("Customer", UUID(facts.pop("customer_id")))
    return orjson.dumps(facts, option=orjson.OPT_SORT_KEYS).decode() if facts else None
