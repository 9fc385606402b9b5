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
    other. What is malformed is ignored.
    """
    if 0 < len(accept_language) <= MAX_HEADER_CHARS:
        chosen = _preferred(accept_language, tuple(supported))
        if chosen is not None:
            return chosen
    return own if own in supported and own is not None else DEFAULT_LANGUAGE


@lru_cache(maxsize=256)
def _preferred(accept_language: str, supported: tuple[str, ...]) -> str | None:
    qualities: dict[str, float] = {}
    for part in accept_language.split(","):
        found = RANGE.fullmatch(part.strip())
        if found is not None:
            qualities.setdefault(found[1].lower(), float(found[2] or 1))
    best, best_quality = None, 0.0
    for language in supported:
        quality = _quality(language.lower(), qualities)
        if quality > best_quality:
            best, best_quality = language, quality
    return best


def _quality(language: str, qualities: dict[str, float]) -> float:
    """The quality of a language by the range that fits it best: the same tag, one of its regions, or what it is part of."""
    if language in qualities:
        return qualities[language]
    parts = language.split("-")
    above = ["-".join(parts[:count]) for count in range(len(parts) - 1, 0, -1)]
    for wider in above:
        if wider in qualities:
            return qualities[wider]
    regions = [quality for tag, quality in qualities.items() if tag.startswith(f"{language}-")]
    return max(regions, default=qualities.get("*", 0.0))
