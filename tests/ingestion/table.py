"""Ingestion in the table of who gets what: it belongs to no person, and only services do it."""

NOBODYS = frozenset({"RejectedProduct"})
MUTATIONS = frozenset({"ingestProducts"})
