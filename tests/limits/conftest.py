"""What tests of small applications share."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from tests.conftest import serving
from tests.people import World

MAX_CONNECTIONS = 120


@pytest.fixture
async def shop(small: Any, world: World) -> AsyncIterator[World]:
    """People of a server of one's own: `small` is the application that it serves."""
    limits = httpx2.Limits(max_connections=MAX_CONNECTIONS)
    async with serving(small) as url, httpx2.AsyncClient(base_url=url, timeout=120, limits=limits) as http:
        yield replace(world, http=http)
