"""References of tickets: short enough to read out over the phone, too many to guess."""

import re
import secrets
from unicodedata import decimal, normalize

from models.text_direction import remove_marks

SIGNS = "CDFGHJKMNPQRTVWXY34679"
"""None looks like another, and without vowels there are no words. Nine of them make 40.1 bits."""
FORM = re.compile(f"(?:TK)?([{SIGNS}]{{9}})")
BETWEEN = re.compile(r"[\s.,:_\-\u2010-\u2015\u2212]+")


def generate() -> str:
    """Make a reference, such as TK-4HW-PQ7-XKC."""
    return _written("".join(secrets.choice(SIGNS) for _ in range(9)))


def read(text: str) -> str | None:
    """Read what somebody typed, in any case, with or without the prefix, dashes and spaces; None if it is no reference."""
    plain = BETWEEN.sub("", normalize("NFKC", remove_marks(text))).upper()
    found = FORM.fullmatch("".join(str(decimal(sign, sign)) for sign in plain))
    return found and _written(found[1])


def _written(signs: str) -> str:
    return f"TK-{signs[:3]}-{signs[3:6]}-{signs[6:]}"
