"""Servers of their own, whose counts nobody else changes."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, NamedTuple

import httpx2
import pytest

import application
from auth.secrets import Secrets
from settings import Settings
from tests.conftest import serving
from tests.patience import SECONDS
from tests.variables import changed


class Served(NamedTuple):
    """A running server."""

    app: Any
    http: httpx2.AsyncClient


Serve = Callable[..., AbstractAsyncContextManager[Served]]


@pytest.fixture(scope="session")
def serve(settings: Settings, credentials: Secrets, database_url: str) -> Serve:
    """Start a server with some settings changed."""

    @asynccontextmanager
    async def served(url: str = database_url, **values: Any) -> AsyncIterator[Served]:
        app = application.create(changed(settings, **values), credentials, url)
        async with serving(app) as address, httpx2.AsyncClient(base_url=address, timeout=SECONDS) as http:
            yield Served(app, http)

    return served
