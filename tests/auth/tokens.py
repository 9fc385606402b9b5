"""What tests do with bearer tokens."""

import base64
import json
from typing import Any

import pytest

import errors
from auth.tokens import Verifier


def bearer(token: str) -> list[bytes]:
    """Bear a token, as the values of the header."""
    return [f"Bearer {token}".encode()]


def segment(value: Any) -> str:
    """Write one part of a token; bytes as they are, anything else as JSON."""
    plain = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(plain).decode().rstrip("=")


async def refusal(verifier: Verifier, *headers: bytes | str) -> str | None:
    """Give the reason for which a token, or raw header values, are refused."""
    values = [header if isinstance(header, bytes) else bearer(header)[0] for header in headers]
    with pytest.raises(errors.Unauthenticated) as refused:
        await verifier.verify(values)
    assert refused.value.code == "UNAUTHENTICATED"
    assert len(str(refused.value)) < 200
    return refused.value.reason
