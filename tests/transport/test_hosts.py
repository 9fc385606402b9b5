"""`Host` in development: a website must not read tokens from GraphiQL by letting its own name lead here."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import orjson
import pytest
from pydantic import SecretStr

import application
from auth.secrets import Secrets, load
from settings import Settings
from tests.conftest import serving
from tests.transport.raw_http import connected
from tests.variables import changed

QUERY = {"query": "{ supportedLanguages }"}
KEY = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n"


@pytest.fixture(scope="module")
async def port(settings: Settings, credentials: Secrets, database_url: str) -> AsyncIterator[int]:
    public = changed(settings, public_url="http://Clientele.test:8000")
    async with serving(application.create(public, credentials, database_url)) as url:
        yield int(url.rpartition(":")[2])


async def answered(port: int, request: bytes) -> tuple[int, dict[str, str], bytes]:
    async with connected(port) as client:
        await client.send(request)
        return await client.answer()


class TestDevelopment:
    @pytest.mark.parametrize(
        "host",
        [
            "localhost", "LOCALHOST:8000", "localhost.", "app.localhost:3000", "127.0.0.1", "127.0.0.1:8000", "10.1.2.3",
            "[::1]:8000", "[2001:db8::1]", "clientele.test", "clientele.TEST:8000",
        ],
    )  # fmt: skip
    async def test_names_that_are_answered(self, port: int, host: str) -> None:
        status, _, body = await answered(port, f"GET /health/live HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        assert (status, body) == (200, b'{"status":"live"}')

    @pytest.mark.parametrize(
        "host",
        [
            "evil.example", "evil.example:8000", "localhost.evil.example", "127.0.0.1.evil.example", "notlocalhost",
            "clientele.test.evil.example", "", "[evil]", "localhost@evil.example", "localhost:x", "1", "0x7f.1",
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("path", ["/graphql", "/health/live", "/explorer/index.html", "/missing"])
    async def test_other_names_are_refused(self, port: int, host: str, path: str) -> None:
        request = f"GET {path} HTTP/1.1\r\nAccept: text/html\r\nHost: {host}\r\n\r\n"
        status, headers, body = await answered(port, request.encode())
        (error,) = orjson.loads(body)["errors"]
        assert (status, error["extensions"]) == (421, {"code": "FORBIDDEN", "retryable": False, "reason": "host"})
        assert "PUBLIC_URL" in error["message"]
        assert (headers["cache-control"], headers["x-content-type-options"]) == ("no-store", "nosniff")

    async def test_one_of_two_is_enough_to_refuse(self, port: int) -> None:
        request = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n"
        assert (await answered(port, request))[0] == 421

    async def test_http_1_0_has_none(self, port: int) -> None:
        assert (await answered(port, b"GET /health/live HTTP/1.0\r\n\r\n"))[0] == 200

    async def test_websockets_are_refused_as_well(self, port: int) -> None:
        upgrade = b"Connection: Upgrade\r\nUpgrade: websocket\r\nOrigin: http://evil.example\r\n" + KEY
        async with connected(port) as client:
            await client.send(b"GET /graphql HTTP/1.1\r\nHost: evil.example\r\n" + upgrade + b"\r\n")
            assert (await client.reader.readline()).startswith(b"HTTP/1.1 421")


class TestProduction:
    async def test_any_name_is_answered(self, tmp_path: Path, database_url: str) -> None:
        production = Settings(
            environment="production",
            data_folder=tmp_path,
            database_url=SecretStr(database_url),
            secret_key=SecretStr("s" * 40),
            clerk_issuer="https://clerk.example",
            clerk_webhook_secrets=(SecretStr("whsec_" + "c2VjcmV0" * 4),),
        )
        app = application.create(production, load(production), database_url)
        async with serving(app) as url, httpx2.AsyncClient(base_url=url) as http:
            answer = await http.post("/graphql", json=QUERY, headers={"host": "api.shop.example"})
            assert answer.status_code == 200


class TestSafeHeaders:
    """Every answer of ours has them."""

    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("GET", "/health/live", 200), ("GET", "/health/ready", 200), ("GET", "/metrics", 200),
            ("GET", "/graphql", 200), ("PUT", "/graphql", 405), ("OPTIONS", "/graphql", 204),
            ("POST", "/webhooks/clerk", 400), ("GET", "/webhooks/clerk", 405), ("GET", "/missing", 404),
            ("DELETE", "/health/live", 405), ("GET", "/explorer/missing.js", 404), ("GET", "/explorer", 307),
        ],
    )  # fmt: skip
    async def test_of(self, http: httpx2.AsyncClient, method: str, path: str, status: int) -> None:
        answer = await http.request(method, path, headers={"accept": "text/html"} if status != 405 else {})
        assert answer.status_code == status
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"

    async def test_files_may_still_be_cached(self, http: httpx2.AsyncClient) -> None:
        answer = await http.get("/explorer/fallback.css")
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")
        assert answer.headers["x-content-type-options"] == "nosniff"

    async def test_across_origins(self, settings: Settings, credentials: Secrets, database_url: str) -> None:
        app = application.create(changed(settings, cors_origins=("https://shop.example",)), credentials, database_url)
        async with serving(app) as url, httpx2.AsyncClient(base_url=url) as http:
            asked = {"origin": "https://shop.example", "access-control-request-method": "POST"}
            for answer in (
                await http.options("/graphql", headers=asked),
                await http.post("/graphql", json=QUERY, headers={"origin": "https://shop.example"}),
            ):
                assert answer.status_code == 200
                assert answer.headers.get_list("cache-control") == ["no-store"]
                assert answer.headers.get_list("x-content-type-options") == ["nosniff"]
