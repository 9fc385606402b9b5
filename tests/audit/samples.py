"""The audit log for the tests that go over the whole graph; see `tests/areas.py`."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from models import ids
from models.audit import AuditAction, AuditEntry
from models.products import ProductVariant
from tests.areas import HiddenRows
from tests.people import Person, World


def entry(actor: Person | None, target: Person, **values: Any) -> AuditEntry:
    """An entry about a change of role."""
    facts = {"action": AuditAction.ROLE_CHANGED, "target_type": "Customer", "target_id": target.key}
    return AuditEntry(**({"actor_id": actor and actor.key} | facts | values))


async def nodes(world: World, me: Person) -> dict[str, UUID]:
    """An entry about somebody."""
    made = entry(me, me, id=(key := uuid7()))
    await world.save(made)
    return {"AuditEntry": key}


async def hidden(_world: World, people: Mapping[str, Person], _variant: ProductVariant) -> HiddenRows:
    """An entry, which nobody but admins may see."""
    key = uuid7()
    name = ids.encode("AuditEntry", key)
    rows = {"an entry of the audit log": lambda: [entry(people["public"], people["customer"], id=key)]}
    return HiddenRows(rows=rows, known={"AuditEntry": [name]})
