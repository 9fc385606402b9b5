"""Pages of other origins: in development those of this machine, in production those that are listed (X9)."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from structlog.testing import capture_logs

import application
from auth.secrets import Secrets
from settings import Settings
from tests.conftest import serving
from tests.people import World
from tests.transport.wires import greeted
from tests.variables import changed
from transport.origins import Origins

LISTED = "https://shop.example"
QUERY = {"query": "{ supportedLanguages }"}
PREFLIGHT = {"access-control-request-method": "POST"}
ANSWER = "access-control-allow-origin"
NEAR = (
    "http://localhost:5173", "https://localhost:3000", "http://127.0.0.1:8081", "http://[::1]:5173",
    "http://shop.localhost:5173",
)  # fmt: skip
FAR = (
    "https://evil.example", "null", "http://localhost.evil.example", "http://evil.example/localhost", "http://[::1",
    "http://192.168.1.9:5173", "http://localhost@evil.example", "",
)  # fmt: skip


@pytest.fixture(scope="module")
async def production(database_url: str, credentials: Secrets, settings: Settings) -> AsyncIterator[str]:
    given = changed(settings, environment="production", cors_origins=(LISTED,))
    async with serving(application.create(given, credentials, database_url)) as url:
        yield url


@pytest.fixture
async def shop(production: str) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=production) as http:
        yield http


class TestDevelopment:
    """Nothing has to be set for a front end on another port."""

    @pytest.mark.parametrize("origin", NEAR)
    async def test_pages_of_this_machine_may_read(self, http: httpx2.AsyncClient, address: str, origin: str) -> None:
        answer = await http.post("/graphql", json=QUERY, headers={"origin": origin})
        assert answer.json() == {"data": {"supportedLanguages": ["en", "ar"]}}
        assert answer.headers[ANSWER] == origin
        assert (await http.options("/graphql", headers=PREFLIGHT | {"origin": origin})).headers[ANSWER] == origin
        async with greeted(address, origin=origin):
            pass

    async def test_pages_of_the_host_that_was_asked_may_read(self, http: httpx2.AsyncClient) -> None:
        """A phone opens the front end by the address of the computer."""
        asking = {"host": "192.168.1.9:8000", "origin": "http://192.168.1.9:5173"}
        assert (await http.post("/graphql", json=QUERY, headers=asking)).headers[ANSWER] == asking["origin"]

    @pytest.mark.parametrize("origin", FAR)
    async def test_others_may_not(self, http: httpx2.AsyncClient, origin: str) -> None:
        for answer in (
            await http.post("/graphql", json=QUERY, headers={"origin": origin}),
            await http.options("/graphql", headers=PREFLIGHT | {"origin": origin}),
        ):
            assert ANSWER not in answer.headers


class TestProduction:
    """Those of `CORS_ORIGINS`, and no others."""

    @pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
    async def test_any_header_may_be_sent(self, shop: httpx2.AsyncClient, method: str) -> None:
        names = ", ".join(f"x-header-{number}" for number in range(40))
        asking = {
            "origin": LISTED, "access-control-request-method": method, "access-control-request-headers": names,
            "access-control-request-private-network": "true",
        }  # fmt: skip
        answer = await shop.options("/graphql", headers=asking)
        assert answer.status_code == 200
        assert answer.headers[ANSWER] == LISTED
        assert answer.headers["access-control-allow-headers"] == names
        assert method in answer.headers["access-control-allow-methods"]
        assert "access-control-allow-credentials" not in answer.headers
        assert {"Origin", "Access-Control-Request-Headers"} <= {*answer.headers["vary"].split(", ")}

    async def test_pages_can_read_headers(self, shop: httpx2.AsyncClient) -> None:
        answer = await shop.post("/graphql", json=QUERY, headers={"origin": LISTED})
        shown = answer.headers["access-control-expose-headers"].split(", ")
        assert {"retry-after", "x-request-id", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"} <= {*shown}
        assert (answer.headers[ANSWER], answer.headers["vary"]) == (LISTED, "Origin")

    async def test_refusals_can_be_read(self, shop: httpx2.AsyncClient) -> None:
        """Otherwise a page cannot tell an invalid token from a server that is down."""
        headers = {"origin": LISTED, "authorization": "Bearer x"}
        answer = await shop.post("/graphql", json=QUERY, headers=headers)
        assert (answer.status_code, answer.headers[ANSWER]) == (401, LISTED)

    @pytest.mark.parametrize("origin", [*NEAR, *FAR, LISTED.upper(), f"{LISTED}:444"])
    async def test_others_may_not(self, shop: httpx2.AsyncClient, origin: str) -> None:
        with capture_logs() as logs:
            answer = await shop.options("/graphql", headers=PREFLIGHT | {"origin": origin})
        assert ANSWER not in answer.headers
        (line,) = [line for line in logs if line["event"] == "origin_refused"]
        assert line["setting"] == "CORS_ORIGINS"

    async def test_others_cannot_send_a_get(self, shop: httpx2.AsyncClient) -> None:
        """A page needs no permission for it."""
        for method in ("GET", "HEAD"):
            refused = await shop.request(method, "/graphql", params=QUERY, headers={"origin": "https://evil.example"})
            assert (refused.status_code, ANSWER in refused.headers) == (403, False)
        refused = await shop.get("/graphql", params=QUERY, headers={"origin": "https://evil.example"})
        assert refused.json()["errors"][0]["extensions"]["reason"] == "origin"
        allowed = await shop.get("/graphql", params=QUERY, headers={"origin": LISTED})
        assert (allowed.json()["data"], allowed.headers[ANSWER]) == ({"supportedLanguages": ["en", "ar"]}, LISTED)

    async def test_programs_name_no_origin(self, shop: httpx2.AsyncClient) -> None:
        answer = await shop.post("/graphql", json=QUERY)
        assert answer.json()["data"]
        assert ANSWER not in answer.headers

    async def test_webhooks_are_not_for_pages(self, shop: httpx2.AsyncClient) -> None:
        answer = await shop.options("/webhooks/clerk", headers=PREFLIGHT | {"origin": LISTED})
        assert ANSWER not in answer.headers


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("https://Shop.Example/", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://shop.example:80/api", "http://shop.example"),
        ("https://shop.example:80", "https://shop.example:80"),
        ("http://[::1]:5173/", "http://[::1]:5173"),
        ("capacitor://localhost", "capacitor://localhost"),
        ("http://[::1", "http://[::1"),
        ("null", "null"),
    ],
)
@pytest.mark.parametrize("variable", ["cors_origins", "public_url"])
def test_addresses_are_compared_as_browsers_write_them(
    settings: Settings, variable: str, written: str, sent: str
) -> None:
    values = {variable: (written,) if variable == "cors_origins" else written}
    origins = Origins.of(changed(settings, environment="production", **values))
    assert origins.allow({"headers": [(b"origin", sent.encode())]})
    assert not origins.allow({"headers": [(b"origin", b"https://evil.example")]})


async def test_a_list_may_name_all(world: World, database_url: str, credentials: Secrets, settings: Settings) -> None:
    given = changed(settings, environment="production", cors_origins=("*",))
    async with (
        serving(application.create(given, credentials, database_url)) as url,
        httpx2.AsyncClient(base_url=url) as http,
    ):
        answer = await http.post("/graphql", json=QUERY, headers={"origin": "https://any.example"})
        assert answer.headers[ANSWER] == "https://any.example"
        async with greeted(url, origin="https://any.example"):
            pass
