"""An issuer that a test can trust, and its keys."""

from collections.abc import AsyncIterator

import pytest

from auth.jwks import KeySet
from tests.webhooks.clerk import Clerk, Clock


@pytest.fixture
async def clerk() -> AsyncIterator[Clerk]:
    """Open an issuer."""
    async with Clerk.open() as made:
        yield made


@pytest.fixture
def clock() -> Clock:
    """Take time in hand."""
    return Clock()


@pytest.fixture
async def keys(clerk: Clerk, clock: Clock) -> AsyncIterator[KeySet]:
    """Know the issuer's address."""
    made = KeySet(clerk.jwks_url, now=clock, timeout=1)
    yield made
    await made.close()
