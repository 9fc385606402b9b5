"""References of tickets, orders and receipts: short enough to read out over the phone, too many to guess."""

import re
import secrets
from unicodedata import decimal, normalize

from models.text_direction import remove_marks

SIGNS = "CDFGHJKMNPQRTVWXY34679"
"""None looks like another, and without vowels there are no words. Nine of them make 40.1 bits."""
TICKET, ORDER, RECEIPT = "TK", "OR", "RC"
"""What references begin with."""
FORM = re.compile(f"(?:{TICKET})?([{SIGNS}]{{9}})")
BETWEEN = re.compile(r"[\s.,:_\-\u2010-\u2015\u2212]+")


def generate(prefix: str = TICKET) -> str:
    """Make a reference, such as TK-4HW-PQ7-XKC."""
    return _written(prefix, "".join(secrets.choice(SIGNS) for _ in range(9)))


def read(text: str) -> str | None:
    """Read the reference of a ticket that somebody typed, in any case, with or without the prefix, dashes and spaces; None if it is no reference."""
    plain = BETWEEN.sub("", normalize("NFKC", remove_marks(text))).upper()
    found = FORM.fullmatch("".join(str(decimal(sign, sign)) for sign in plain))
    return found and _written(TICKET, found[1])


def _written(prefix: str, signs: str) -> str:
    return f"{prefix}-{signs[:3]}-{signs[3:6]}-{signs[6:]}"
