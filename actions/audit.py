"""The audit log: sensitive actions, recorded in the transaction that made them (A8)."""

from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from models.audit import AuditEntry

IMPERSONATOR = "impersonator"


def set_impersonator(tx: AsyncSession, impersonator: str | None) -> None:
    """Keep who acts as somebody else with the transaction, so that no entry of it can leave them out."""
    tx.info[IMPERSONATOR] = impersonator


async def record(
    tx: AsyncSession, action: str, target_type: str, *targets: UUID, actor: UUID | None, **facts: Any
) -> None:
    """Say what was done to each target; `actor` is None for the system. Facts are kept for ever: no personal data."""
    said: dict[str, Any] = {"actor_id": actor, "action": action, "target_type": target_type, "payload": facts}
    said[IMPERSONATOR] = tx.info.get(IMPERSONATOR)
    tx.add_all([AuditEntry(target_id=target, **said) for target in targets])
    await tx.flush()
