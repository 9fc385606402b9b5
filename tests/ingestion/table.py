"""Ingestion in the table of who gets what: it belongs to no person, and only services do it."""

IMPERSONAL_TYPES = frozenset({"RejectedProduct"})
MUTATIONS = frozenset({"ingestProducts"})
