"""Who may read `/metrics`, and where."""

import socket

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from structlog.testing import capture_logs

from settings import Settings
from tests.metrics.conftest import Serve
from tests.metrics.exposition import scrape
from tests.patience import SECONDS
from tests.running.test_settings import environment, wrong  # noqa: F401 - a fixture
from transport.uvicorn_server import AddressUnusable, check_metrics_port

TOKEN = "a-token-of-prometheus"
PRODUCTION = {
    "environment": "production", "database_url": "postgresql://db/clientele", "secret_key": "k" * 32,
    "clerk_issuer": "https://clerk.example", "clerk_webhook_secrets": "whsec_c2VjcmV0",
}  # fmt: skip


class TestWithoutToken:
    async def test_development_answers_without_a_redirect(self, http: httpx2.AsyncClient) -> None:
        assert (await http.get("/metrics", follow_redirects=False)).status_code == 200

    async def test_other_methods_are_refused(self, http: httpx2.AsyncClient) -> None:
        assert (await http.post("/metrics")).status_code == 405

    async def test_it_can_be_turned_off(self, serve: Serve) -> None:
        async with serve(metrics=False) as served:
            assert (await served.http.get("/metrics")).status_code == 404


class TestToken:
    async def test_is_required(self, serve: Serve) -> None:
        async with serve(metrics_token=SecretStr(TOKEN)) as served:
            with capture_logs() as logs:
                for authorization in (None, f"Bearer {TOKEN}x", f"Basic {TOKEN}", TOKEN, "Bearer", "Bearer \xff"):
                    headers = [(b"authorization", authorization.encode("latin-1"))] if authorization else []
                    response = await served.http.get("/metrics", headers=headers)
                    assert response.status_code == 401
                    assert response.headers["www-authenticate"] == "Bearer"
                    assert "graphql" not in response.text
            assert [line["event"] for line in logs] == ["metrics_refused"] * 5, "none where there was no token at all"
            assert TOKEN not in str(logs)
            assert (await scrape(served.http, authorization=f"bearer {TOKEN}")).samples

    async def test_is_required_once(self, serve: Serve) -> None:
        twice = [("authorization", f"Bearer {TOKEN}")] * 2
        async with serve(metrics_token=SecretStr(TOKEN)) as served:
            assert (await served.http.get("/metrics", headers=twice)).status_code == 401


class TestPort:
    async def test_of_its_own_has_nothing_else(self, serve: Serve) -> None:
        port = free_port()
        async with serve(metrics_port=port) as served, httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as own:
            own.timeout = SECONDS
            assert (await served.http.get("/metrics")).status_code == 404
            response = await own.get("/metrics")
            assert (response.status_code, response.headers["x-content-type-options"]) == (200, "nosniff")
            assert (await own.post("/graphql", json={"query": "{ __typename }"})).status_code == 404
        with pytest.raises(httpx2.ConnectError):
            await own_again(port)

    async def test_takes_the_token_as_well(self, serve: Serve) -> None:
        port = free_port()
        async with (
            serve(metrics_port=port, metrics_token=SecretStr(TOKEN)),
            httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=SECONDS) as own,
        ):
            assert (await own.get("/metrics")).status_code == 401
            assert (await scrape(own, authorization=f"Bearer {TOKEN}")).samples

    def test_in_use_is_found_before_the_start(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            with pytest.raises(AddressUnusable, match=f"METRICS_PORT: {port} is in use"):
                check_metrics_port(Settings(metrics_port=port))
            check_metrics_port(Settings(metrics_port=port, metrics=False))


class TestSettings:
    @pytest.mark.parametrize(
        ("given", "serves"),
        [
            ({}, True), ({"metrics": False}, False), ({"metrics": False, "metrics_port": 9000}, False),
            (PRODUCTION, False), (PRODUCTION | {"metrics_token": TOKEN}, True),
            (PRODUCTION | {"metrics_port": 9000}, True), (PRODUCTION | {"metrics": True, "metrics_port": 9000}, True),
        ],
    )  # fmt: skip
    def test_turn_metrics_on(self, given: dict[str, object], serves: bool, environment: pytest.MonkeyPatch) -> None:  # noqa: F811
        assert Settings(**given).serves_metrics == serves

    @pytest.mark.parametrize(
        ("given", "sentence"),
        [
            (PRODUCTION | {"metrics": True}, "METRICS=true needs METRICS_PORT or METRICS_TOKEN"),
            ({"metrics_port": 8000}, "METRICS_PORT must be another port than PORT"),
            ({"metrics_token": "canary"}, "METRICS_TOKEN must have at least 16 characters"),
            ({"metrics_token": "canary canary canary"}, "METRICS_TOKEN must have at least 16 characters"),
            ({"otel_exporter_otlp_endpoint": "canary"}, "OTEL_EXPORTER_OTLP_ENDPOINT must be the address"),
            ({"otel_traces_sampler_arg": 2}, "OTEL_TRACES_SAMPLER_ARG must be less than or equal to 1"),
        ],
    )
    def test_that_are_wrong_are_named(
        self, given: dict[str, object], sentence: str, environment: pytest.MonkeyPatch  # noqa: F811
    ) -> None:  # fmt: skip
        (line,) = wrong(**given)
        assert line.startswith(sentence)


class TestFormat:
    async def test_is_what_prometheus_asks_for(self, http: httpx2.AsyncClient) -> None:
        for accept in (
            "application/openmetrics-text;version=1.0.0",
            "text/plain;version=0.0.4",
            "text/plain;version=x",
        ):
            response = await http.get("/metrics", headers={"accept": accept})
            assert response.status_code == 200
            assert response.headers["content-type"].startswith(accept.split(";version=x")[0].split(";")[0])

    async def test_is_compressed_if_wanted(self, http: httpx2.AsyncClient) -> None:
        response = await http.get("/metrics", headers={"accept-encoding": "gzip"})
        assert response.headers["content-encoding"] == "gzip"
        assert list(text_string_to_metric_families(response.text))
        plain = await http.get("/metrics", headers={"accept-encoding": "identity"})
        assert "content-encoding" not in plain.headers


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


async def own_again(port: int) -> None:
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as own:
        await own.get("/metrics")
