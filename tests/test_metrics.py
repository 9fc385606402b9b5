"""`GET /metrics` tells how operations ran; in production only where it is wanted."""

import re
from typing import Any

import httpx2

import application
from credentials import Credentials
from settings import Settings
from tests.conftest import serving
from tests.people import World, word


async def counted(http: httpx2.AsyncClient, outcome: str) -> float:
    shown = await http.get("/metrics")
    assert shown.headers["content-type"].startswith("text/plain")
    found = re.search(rf'^graphql_operations_total{{outcome="{outcome}"}} (\S+)$', shown.text, re.MULTILINE)
    return float(found[1]) if found else 0


class TestMetrics:
    """X5."""

    async def test_operations_by_how_they_ran(self, world: World, http: httpx2.AsyncClient) -> None:
        before = await counted(http, "compiled"), await counted(http, "first sight")
        query = f"{{ {word()}: supportedLanguages }}".replace("{ ", "{ a")
        for _ in range(3):
            await world.nobody(query)
        assert await counted(http, "compiled") - before[0] == 2
        assert await counted(http, "first sight") - before[1] == 1

    async def test_production_must_ask_for_them(self, credentials: Credentials, database_url: str) -> None:
        for wanted, status in ((None, 404), (True, 200)):
            given: dict[str, Any] = {"secret_key": "x" * 40, "clerk_issuer": "https://clerk.example", "metrics": wanted}
            settings = Settings(environment="production", **given)
            app = application.create(settings, credentials, database_url)
            async with serving(app) as url, httpx2.AsyncClient(base_url=url) as client:
                assert (await client.get("/metrics")).status_code == status
