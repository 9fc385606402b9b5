"""Every mutation and subscription has an example, and every example runs as it stands with the demo data."""

import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx2
import pytest

import application
from actions.payments import Attempt, settle
from auth.issuer import DevelopmentIssuer
from auth.secrets import Secrets
from database.urls import plain_url
from demo import examples, loading, razorpay_books
from demo.personas import clerk_id
from models import ids
from models.payments import AttemptStatus
from schema.root import build
from settings import Settings
from tests.conftest import serving
from tests.execution.demo_graph import NOBODY
from tests.execution.example_files import EXAMPLES, Example
from tests.graph import Graph
from tests.payments.sandbox import RUNNING
from tests.transport.test_streams import streamed

SCALE = 0.1
CLAIMED = {
    "50-watch-the-queue": "VGlja2V0Ojo6AaGUEO5gcBC2Kd-UlgnHzQ",
    "51-follow-a-guest-ticket": "VGlja2V0Ojo6AaGUVZiAcBCfGlCPtGHFAA",
    "52-follow-my-ticket": "VGlja2V0Ojo6AaGUEO5gcBC2Kd-UlgnHzQ",
}
"""Which ticket Sam claims, so that a subscription has something to send."""
SUBSCRIPTIONS = [example for example in EXAMPLES if example.name in CLAIMED]
PAYMENT = next(example for example in EXAMPLES if "paymentUpdated" in example.fields)
OTHERS = [example for example in EXAMPLES if example.kind != "subscription"]
Sign = Callable[[str], Graph]


@asynccontextmanager
async def signed(settings: Settings, credentials: Secrets, url: str) -> AsyncIterator[tuple[Any, Sign]]:
    """Serve demo data to any persona, who sends what GraphiQL would."""
    await loading.load(url, SCALE, progress=False)
    if RUNNING:
        await razorpay_books.fill(RUNNING[-1].sandbox.store, url)
    app = application.create(settings, credentials, url)
    assert credentials.issuer_key
    issuer = DevelopmentIssuer(settings, credentials.issuer_key)
    async with serving(app) as address, httpx2.AsyncClient(base_url=address, timeout=30) as http:
        yield app, lambda who: Graph(http, None if who == NOBODY else issuer.token(clerk_id(who)))


async def completed(url: str, variables: dict[str, Any], values: dict[str, str]) -> dict[str, Any]:
    """Fill in what GraphiQL does, and ids of listings that there are: the time in them depends on the scale."""
    text = json.dumps(variables)
    for name, value in values.items():
        text = text.replace("{{" + name + "}}", value)
    connection = await asyncpg.connect(plain_url(url))
    try:
        for sent in set(re.findall(r'"listingId": "([^"]+)"', text)):
            _, key = ids.decode(sent) or ("", None)
            same = "SELECT id FROM listing WHERE substr(id::text, 15) = substr($1::uuid::text, 15)"
            text = text.replace(sent, ids.encode("Listing", await connection.fetchval(same, key)))
    finally:
        await connection.close()
    given: dict[str, Any] = json.loads(text)
    return given


async def codes(sign: Sign, example: Example, url: str, values: dict[str, str]) -> list[str]:
    """Run an example; give the codes of its user errors."""
    given = await completed(url, example.variables, values)
    answer = (await sign(example.persona).send(example.text, **given)).json()
    assert "errors" not in answer, (example.name, answer["errors"])
    payloads = answer["data"].values() if example.kind == "mutation" else ()
    return [error["code"] for payload in payloads for error in payload["userErrors"]]


@pytest.mark.parametrize("kind", ["mutation", "subscription"])
def test_there_is_one_for_each(kind: str) -> None:
    """One that succeeds: an example of an error does not count."""
    root = getattr(build()._schema, f"{kind}_type")
    shown = {name for example in EXAMPLES if example.kind == kind and not example.error for name in example.fields}
    assert root.fields.keys() - shown == set()
    assert {name for example in EXAMPLES for name in example.fields} >= root.fields.keys()


def test_titles_differ() -> None:
    titles = [example.text.partition("\n")[0] for example in EXAMPLES]
    assert len(set(titles)) == len(titles)


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize("forwards", [True, False], ids=["forwards", "backwards"])
async def test_they_run_in_any_order_and_again(
    settings: Settings, credentials: Secrets, fresh_url: str, forwards: bool
) -> None:
    """Nobody has to run another first; the comment of an example says where a second time is refused."""
    values = examples.values(settings, credentials)
    async with signed(settings, credentials, fresh_url) as (_, sign):
        for again in (False, True):
            found = {
                example.name: await codes(sign, example, fresh_url, values)
                for example in OTHERS[:: 1 if forwards else -1]
            }
            expected = {example.name: example.error or (again and example.again) for example in OTHERS}
            assert found == {name: [code] if code else [] for name, code in expected.items()}


async def test_subscriptions_send_what_happens(settings: Settings, credentials: Secrets, fresh_url: str) -> None:
    async with signed(settings, credentials, fresh_url) as (app, sign):
        for example in SUBSCRIPTIONS:
            async with streamed(sign(example.persona), example.text, **example.variables) as stream:
                assert len(app.state.resources.listener) >= 1
                claim = {"ticketId": CLAIMED[example.name]}
                for verb, status in (("claimTicket", "CLAIMED"), ("releaseTicket", "OPEN")):
                    payload = await sign("sam").mutate(verb, "__typename", **claim)
                    assert payload["userErrors"] == []
                    kind, result = await stream.hear() or ("", {})
                    assert (kind, "errors" in result) == ("next", False), result
                    (row,) = result["data"].values()
                    assert row["status"] == status


async def test_the_subscription_to_a_payment_sends_what_happens(
    settings: Settings, credentials: Secrets, fresh_url: str
) -> None:
    async with (
        signed(settings, credentials, fresh_url) as (app, sign),
        streamed(sign(PAYMENT.persona), PAYMENT.text, **PAYMENT.variables) as stream,
    ):
        _, key = ids.decode(PAYMENT.variables["paymentId"]) or ("", None)
        failed = Attempt("pay_example", None, AttemptStatus.FAILED, 1, "AED", receipt=str(key))
        async with app.state.resources.database.transaction() as tx:
            assert await settle(tx, failed) == key
        kind, result = await stream.hear() or ("", {})
        assert (kind, result["data"]["paymentUpdated"]["status"]) == ("next", "FAILED"), result
