"""The audit log: sensitive actions, recorded in the transaction that made them (A8)."""

from typing import Any
from uuid import UUID

from sqlalchemy import insert
from uuid_utils.compat import uuid7

from database.transactions import Transaction
from models.audit import AuditAction, AuditEntry

IMPERSONATOR = "impersonator"


def set_impersonator(tx: Transaction, impersonator: str | None) -> None:
    """Keep who acts as somebody else with the transaction, so that no entry of it can leave them out."""
    tx.info[IMPERSONATOR] = impersonator


async def record(
    tx: Transaction, action: AuditAction, target_type: str, *targets: UUID, actor: UUID | None, **facts: Any
) -> None:
    """Say what was done to each target; `actor` is None for the system. Facts are kept for ever: no personal data."""
    said: dict[str, Any] = {"actor_id": actor, "action": action, "target_type": target_type, "payload": facts}
    said[IMPERSONATOR] = tx.info.get(IMPERSONATOR)
    if targets:
        await tx.exec(insert(AuditEntry).values([{"id": uuid7(), "target_id": target, **said} for target in targets]))
