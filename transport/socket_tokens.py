"""The token in the payload of a WebSocket message, wherever the clients in use put it."""

from collections.abc import Iterator, Mapping
from typing import Any

import errors

KNOWN = frozenset(
    {"authorization", "token", "authtoken", "accesstoken", "auth_token", "access_token", "auth-token", "access-token"}
)
"""Names of members, in lower case."""
HINTS = "auth", "token", "jwt"
"""What a name contains that is probably meant for a token."""
NESTED = "headers"
"""The member in which some clients put what would be headers of a request."""


def authorization(payload: Mapping[str, Any]) -> list[bytes]:
    """Give the values of `Authorization` that a payload amounts to; none if it has no token, or only empty ones.

    Raises `Unauthenticated` for a member that looks like a token under a name that is not known: whoever sent it would
    take the connection for signed in.
    """
    found: dict[bytes, None] = {}
    for name, value in members(payload):
        plain = name.lower()
        if plain in KNOWN:
            if value is not None and (written := _written(plain, value)):
                found[written] = None
        elif value and any(hint in plain for hint in HINTS):
            message = f"The token must be in `token`, `authToken` or `Authorization`, not in `{name[:40]}`."
            raise errors.Unauthenticated(message, reason="unknown_token_name")
    return list(found)


def has_token(payload: Mapping[str, Any]) -> bool:
    """Whether a payload has something that is meant for a token."""
    return any(value and any(hint in name.lower() for hint in HINTS) for name, value in members(payload))


def members(payload: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Give the members of a payload, and those of its `headers`."""
    for name, value in payload.items():
        if name == NESTED and isinstance(value, dict):
            yield from value.items()
        else:
            yield name, value


def _written(name: str, value: Any) -> bytes:
    """Write a value as that of `Authorization`; empty if it is."""
    text = str(value).strip()
    if text.lower() in {"", "bearer"}:
        return b""
    has_scheme = text.lower().startswith("bearer ") or (name == "authorization" and " " in text)
    return (text if has_scheme else f"Bearer {text}").encode()
