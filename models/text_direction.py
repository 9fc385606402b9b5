"""Invisible characters that set the direction of text: keyboards and phones put them around Arabic, numbers and links.

Prose keeps them, since without them mixed text is shown in the wrong order. Elsewhere they make two values look the same.
"""

import errors

MARKS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
REMOVED = dict.fromkeys(map(ord, MARKS))


def remove_marks(text: str) -> str:
    """Remove the marks, for what people copy: phone numbers, e-mail addresses, references, search terms."""
    return text if text.isascii() else text.translate(REMOVED)


def marks_message(text: str) -> str | None:
    """Say what is wrong with a name, or None if it has no mark."""
    found = next((character for character in text if character in MARKS), None)
    if found is None:
        return None
    return f"This has the invisible character U+{ord(found):04X}, which changes the direction of text. Remove it."


def refuse_marks(text: str, field: str) -> None:
    """Raise `InvalidInput` for a name with marks, which could look like another name."""
    message = marks_message(text)
    if message is not None:
        raise errors.InvalidInput(message, field)
