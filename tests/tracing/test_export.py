"""Sending spans to a receiver of OTLP over HTTP, and what happens without one."""

import asyncio
import gzip
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
import uvicorn
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

import application
from auth.secrets import Secrets
from settings import Settings
from tests.conftest import serving
from tests.graph import Graph
from tests.patience import SECONDS
from tests.variables import changed
from transport.components import TracingUnusable, check_tracing
from transport.metrics.own_port import MetricsServer
from transport.uvicorn_server import bind


class Receiver:
    """A receiver of OTLP over HTTP."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], ExportTraceServiceRequest]] = []

    async def receive(self, request: Request) -> Response:
        body = await request.body()
        if request.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        self.requests.append((dict(request.headers), ExportTraceServiceRequest.FromString(body)))
        return Response(ExportTraceServiceResponse().SerializeToString(), media_type="application/x-protobuf")

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        app = Starlette(routes=[Route("/v1/traces", self.receive, methods=["POST"])])
        server = MetricsServer(uvicorn.Config(app, lifespan="off", log_config=None))
        with bind("127.0.0.1", 0) as socket:
            socket.listen()
            task = asyncio.create_task(server.serve(sockets=[socket]))
            yield f"http://127.0.0.1:{socket.getsockname()[1]}"
            server.should_exit = True
            await task


async def test_spans_arrive(settings: Settings, credentials: Secrets, database_url: str) -> None:
    receiver = Receiver()
    async with receiver.listening() as address:
        given = changed(
            settings,
            otel_exporter_otlp_endpoint=f"{address}/",
            otel_exporter_otlp_headers=SecretStr("api-key=canary,x-tenant=shop"),
            otel_service_name="our shop",
        )
        app = application.create(given, credentials, database_url)
        async with serving(app) as url, httpx2.AsyncClient(base_url=url, timeout=SECONDS) as http:
            await Graph(http)('query Find { customerByUsername(username: "nobody") { id } }')
    ((headers, sent),) = receiver.requests
    assert headers["content-type"] == "application/x-protobuf"
    assert (headers["api-key"], headers["x-tenant"]) == ("canary", "shop")
    (resource,) = sent.resource_spans
    attributes = {one.key: one.value.string_value for one in resource.resource.attributes}
    assert attributes["service.name"] == "our shop"
    spans = {span.span_id: span for scope in resource.scope_spans for span in scope.spans}
    assert {span.trace_id for span in spans.values()} == {next(iter(spans.values())).trace_id}
    chains = {span.name: spans[span.parent_span_id].name if span.parent_span_id else None for span in spans.values()}
    assert chains == {
        "POST /graphql": None, "query Find": "POST /graphql",
        "CustomerByUsername": "query Find", "SELECT Customer": "CustomerByUsername",
    }  # fmt: skip


async def test_a_receiver_that_is_gone_fails_no_request(
    settings: Settings, credentials: Secrets, database_url: str
) -> None:
    given = changed(settings, otel_exporter_otlp_endpoint="http://127.0.0.1:9")
    app = application.create(given, credentials, database_url)
    async with serving(app) as url, httpx2.AsyncClient(base_url=url, timeout=SECONDS) as http:
        for _ in range(3):
            assert await Graph(http)("{ supportedLanguages }")


def test_packages_that_are_missing_are_named(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    check_tracing(settings)
    with pytest.raises(TracingUnusable, match=r"requirements-tracing\.txt"):
        check_tracing(changed(settings, otel_exporter_otlp_endpoint="http://127.0.0.1:4318"))


def test_nothing_is_imported_unless_configured(tmp_path: Path) -> None:
    """The packages need not even be installed."""
    code = """if True:
        import pathlib, sys
        sys.modules["opentelemetry"] = None
        import application
        from auth import secrets
        from settings import Settings
        settings = Settings(_env_file=None, data_folder=pathlib.Path(sys.argv[1]))
        application.create(settings, secrets.load(settings), "postgresql://localhost/none")
        print([name for name in sys.modules if name.startswith(("opentelemetry.", "transport.tracing"))])
    """
    ran = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
