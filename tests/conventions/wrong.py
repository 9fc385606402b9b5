"""What front ends send by mistake, or to try us."""

from uuid_utils.compat import uuid7

from models import ids

LONG = "x" * 4_000
CHARACTERS = {
    "NUL": "\x00",
    "control": "\x1b",
    "delete": "\x7f",
    "C1 control": "\x85",
    "private": "\ue000",
    "noncharacter": "\uffff",
    "Arabic noncharacter": "\ufdd0",
}
"""Characters that no text may have. A lone surrogate cannot be written as UTF-8; see `test_text`."""
DIRECTION_MARKS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
UNKNOWN = "\U0001fae9", "\u0378"
"""Characters that Unicode 14, which is Python 3.11's, does not know: the first one is an emoji since Unicode 16."""


def names_of_nothing(graphql_type: str) -> list[str]:
    """Give ids that name nothing of a type: malformed ones, one that nobody has, and one of another type."""
    other = "Brand" if graphql_type != "Brand" else "Store"
    unknown = ids.encode(graphql_type, uuid7())
    return ["", "x", "9" * 20, LONG, f"{unknown}\n", f"{unknown}=", unknown, ids.encode(other, uuid7())]
