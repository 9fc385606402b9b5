"""Who gets what of the audit log: admins all of it, others nothing."""

ADMINS = "admins"

FIELDS: dict[str, dict[str, str]] = {
    "AuditEntry": dict.fromkeys(("id", "action", "actor", "impersonator", "targetId", "details", "createdAt"), ADMINS),
    "AuditEntryEdge": {},
}
PERSONS = frozenset(FIELDS)
QUERIES = frozenset({"auditLog"})
PERSONAL_EDGES = frozenset({"Query.auditLog", "AuditEntry.actor"})
