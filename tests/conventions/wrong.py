"""What front ends send by mistake, or to try us."""

from uuid_utils.compat import uuid7

from models import ids

LONG = "x" * 4_000
CHARACTERS = {
    "NUL": "\x00",
    "control": "\x1b",
    "delete": "\x7f",
    "C1 control": "\x85",
    "bidi control": "\u202e",
    "bidi mark": "\u200f",
    "bidi isolate": "\u2066",
    "private": "\ue000",
    "unassigned": "\u0378",
    "noncharacter": "\uffff",
}
"""Characters that no text may have. A lone surrogate cannot be written as UTF-8; see `test_text`."""


def names_of_nothing(graphql_type: str) -> list[str]:
    """Give ids that name nothing of a type: malformed ones, one that nobody has, and one of another type."""
    other = "Brand" if graphql_type != "Brand" else "Store"
    unknown = ids.encode(graphql_type, uuid7())
    return ["", "x", "9" * 20, LONG, f"{unknown}\n", f"{unknown}=", unknown, ids.encode(other, uuid7())]
