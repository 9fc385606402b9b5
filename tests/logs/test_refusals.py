"""Each refusal before there is an operation has one line, which says why."""

from typing import Any

import httpx2
import pytest
from structlog.testing import capture_logs
from websockets.exceptions import InvalidStatus

from tests.transport.wires import greeted, wired
from transport import log_setup


async def test_a_host_that_is_not_allowed(http: httpx2.AsyncClient) -> None:
    with capture_logs(processors=[log_setup.add_request_ids]) as logs:
        answer = await http.get("/health/live", headers={"host": "elsewhere.example"})
    request_id = answer.headers["x-request-id"]
    assert logs == [{"event": "host_refused", "log_level": "warning", "request_id": request_id}]


async def test_an_origin_that_is_not_allowed(address: str, caplog: pytest.LogCaptureFixture) -> None:
    with capture_logs() as logs, pytest.raises(InvalidStatus):
        async with wired(address, origin="https://elsewhere.example"):
            pass
    assert caplog.records == [], "uvicorn takes the refusal for an answer"
    assert logs == [{"event": "websocket_origin_refused", "setting": "CORS_ORIGINS", "log_level": "warning"}]


@pytest.mark.parametrize("headers", [{}, {"svix-id": "m", "svix-timestamp": "1", "svix-signature": "v1,x"}])
async def test_a_webhook_without_a_valid_signature(http: httpx2.AsyncClient, headers: Any) -> None:
    with capture_logs() as logs:
        answer = await http.post("/webhooks/clerk", content=b"{}", headers=headers)
    (line,) = logs
    assert (line["event"], line["provider"], line["status"]) == ("webhook_refused", "clerk", answer.status_code)
    assert line["reason"] == answer.json()["code"]


async def test_a_socket_that_breaks_the_protocol(address: str) -> None:
    with capture_logs() as logs:
        async with greeted(address) as wire:
            await wire.say(type="connection_init")
            code, _ = await wire.closed()
    assert logs == [{"event": "websocket_closed", "log_level": "warning", "code": code}]


async def test_a_client_that_leaves_by_itself_has_no_line(address: str) -> None:
    with capture_logs() as logs:
        async with greeted(address):
            pass
    assert logs == []
