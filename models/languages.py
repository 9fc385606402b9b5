"""Languages of texts: which one a request is answered in."""

import re
from collections.abc import Sequence
from functools import lru_cache

DEFAULT_LANGUAGE = "en"
"""The language of the columns that have translations beside them, and of new accounts."""
MAX_HEADER_CHARS = 500
"""A longer `Accept-Language` is ignored."""
RANGE = re.compile(
    r"(\*|[a-z]{1,8}(?:-[a-z0-9]{1,8})*)(?:\s*;\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?", re.IGNORECASE
)


def choose_language(accept_language: str, own: str | None, supported: Sequence[str]) -> str:
    """Choose the language that an `Accept-Language` header prefers; if it names none, the viewer's own, else the default.

    A range also stands for its own regions, and for the language that it is a region of: `ar` and `ar-AE` find each
    other. Of equal qualities the first one counts, and `*` prefers nothing: many programs send it unasked. What is
    malformed is ignored.
    """
    known = own if own in supported and own is not None else DEFAULT_LANGUAGE
    if 0 < len(accept_language) <= MAX_HEADER_CHARS:
        chosen = _preferred(accept_language, (known, *supported))
        if chosen is not None:
            return chosen
    return known


@lru_cache(maxsize=256)
def _preferred(accept_language: str, supported: tuple[str, ...]) -> str | None:
    """Of languages that are equally preferred, the first of those that are supported."""
    ranks: dict[str, tuple[float, int]] = {}
    for place, part in enumerate(accept_language.split(",")):
        found = RANGE.fullmatch(part.strip())
        if found is not None:
            ranks.setdefault(found[1].lower(), (float(found[2] or 1), -place))
    best = max(supported, key=lambda language: _rank(language.lower(), ranks))
    return best if _rank(best.lower(), ranks)[0] > 0 else None


def _rank(language: str, ranks: dict[str, tuple[float, int]]) -> tuple[float, int]:
    """The quality and the place of the range that fits a language best: the same tag, one of its regions, or what it is part of."""
    if language in ranks:
        return ranks[language]
    parts = language.split("-")
    above = ["-".join(parts[:count]) for count in range(len(parts) - 1, 0, -1)]
    for wider in above:
        if wider in ranks:
            return ranks[wider]
    regions = [rank for tag, rank in ranks.items() if tag.startswith(f"{language}-")]
    return max(regions, default=ranks.get("*", (0.0, 0)))
