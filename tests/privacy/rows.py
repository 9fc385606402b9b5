"""The rows of all areas: what `table.py` here and the `table.py` of each area declare, in one."""

from typing import Any

from tests.areas import declared


def _all(name: str) -> frozenset[str]:
    return frozenset[str]().union(*declared("table", name))


FIELDS: dict[str, dict[str, str]] = {}
"""Types that belong to a person, and the audience of each of their fields. An area may add fields to a type of another."""
for table in declared("table", "FIELDS"):
    for kind, fields in table.items():
        known: dict[str, Any] = FIELDS.setdefault(kind, {})
        assert not known.keys() & fields.keys(), f"{kind}: {sorted(known.keys() & fields.keys())} declared twice"
        known |= fields

IMPERSONAL_TYPES = _all("IMPERSONAL_TYPES")
"""Types that belong to no person."""
PERSONS = _all("PERSONS")
"""Types of a person. Each field that leads to one of them must be in `PERSONAL_EDGES`."""
QUERIES = _all("QUERIES")
MUTATIONS = _all("MUTATIONS")
SUBSCRIPTIONS = _all("SUBSCRIPTIONS")
PERSONAL_EDGES = _all("PERSONAL_EDGES") | {f"{name[0].upper()}{name[1:]}Payload.viewer" for name in MUTATIONS}
"""Each field that leads to something of a person. Every payload leads to the viewer."""
