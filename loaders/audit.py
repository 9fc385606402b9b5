"""Entries of the audit log."""

from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, Select, Text, Uuid, bindparam, literal_column, select

import policy.audit
from auth.viewer import ViewerKind
from loaders.batches import UUID_KEYS, RowLoader
from loaders.nodes import node_loader
from loaders.pages import ConnectionLoader
from models.audit import AuditAction, AuditEntry
from models.columns import columns

entry = columns(AuditEntry)
KNOWN: list[ColumnElement[str]] = [literal_column(f"'{action}'") for action in AuditAction]


def _visible(viewer: ViewerKind) -> Select[Any]:
    """Select the entries that exist for a viewer, without actions that this release does not know."""
    return select(*entry).where(policy.audit.visible(viewer), entry.action.in_(KNOWN))


@node_loader
class AuditEntryById(RowLoader[UUID]):
    """An entry of the audit log."""

    graphql_type = "AuditEntry"

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By id."""
        return _visible(viewer).where(entry.id == UUID_KEYS)


class AuditLog(ConnectionLoader):
    """The audit log, the latest entry first."""

    graphql_type = "AuditEntry"
    decisive_filters = frozenset({"actor", "target_id", "action", "since", "until"})
    order: ClassVar[dict[str, ColumnElement[Any]]] = {"created_at": entry.created_at, "id": entry.id}

    @classmethod
    def select(cls, viewer: ViewerKind, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By the filters that are given."""
        filters = {
            "actor": entry.actor_id == bindparam("actor", type_=Uuid),
            "target_id": entry.target_id == bindparam("target_id", type_=Uuid),
            "target_type": entry.target_type == bindparam("target_type", type_=Text),
            "action": entry.action == bindparam("action", type_=Text),
            "since": entry.created_at >= bindparam("since", type_=DateTime(timezone=True)),
            "until": entry.created_at < bindparam("until", type_=DateTime(timezone=True)),
        }
        return _visible(viewer).where(*(clause for name, clause in filters.items() if name in given))
