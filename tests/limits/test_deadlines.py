"""An operation whose objects take longer than its time is stopped, although it never waits while they are made."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import pytest
from structlog.testing import capture_logs

import application
from auth.secrets import Secrets
from execution.deadline import BATCH
from loaders.batches import StatementLoader
from loaders.products import AttributesByVariant, VariantsByProduct
from loaders.sessions import RatingBySession, SessionsByTicket
from models import ids
from models.sessions import SupportSessionStatus
from settings import Settings
from tests.conftest import serving
from tests.graph import Graph
from tests.people import World
from tests.transport.wires import change, followed, greeted
from tests.variables import changed
from transport import subscriptions

SECONDS = 2.0
MANY = 5_000
CODE = {"code": "TIMEOUT", "retryable": True}
VARIANTS = """
INSERT INTO product_variant (id, product_id, sku, availability, position, created_at)
SELECT gen_random_uuid(), product_id, sku || n, availability, position, created_at
FROM product_variant, generate_series(1, $2) AS n WHERE id = $1
"""
SESSIONS = """
INSERT INTO session (id, ticket_id, solver_id, status, tier, started_at, ended_at)
SELECT gen_random_uuid(), ticket_id, solver_id, status, tier, started_at, ended_at
FROM session, generate_series(1, $2) WHERE ticket_id = $1
"""


@pytest.fixture
async def quick(settings: Settings, credentials: Secrets, database_url: str) -> Any:
    """An application in which operations have little time; no plan of it was ever made."""
    given = {"operation_seconds": SECONDS, "statement_seconds": 60, "lock_seconds": 60}
    return application.create(changed(settings, **given), credentials, database_url)


@pytest.fixture
async def hurried(quick: Any) -> AsyncIterator[str]:
    async with serving(quick) as url:
        yield url


@pytest.fixture
async def nobody(hurried: str) -> AsyncIterator[Graph]:
    async with httpx2.AsyncClient(base_url=hurried, timeout=60) as client:
        yield Graph(client)


class Late:
    """Holds the whole process, once, until the time of an operation that begins now is over."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._patch = monkeypatch
        self.below: list[int] = []
        """How many objects of a list had their own edges looked up."""
        self.held = 0

    def after(self, loader: type[StatementLoader[Any, Any]], below: type[StatementLoader[Any, Any]]) -> None:
        """Hold it when a loader has answered, and note what is asked of the one below."""
        answer, answer_below = loader.batch_load_fn, below.batch_load_fn
        ends = time.monotonic() + SECONDS + 0.1

        async def late(self_: Any, keys: list[Any]) -> Any:
            found = await answer(self_, keys)
            self.held += 1
            time.sleep(max(0.0, ends - time.monotonic()))  # noqa: ASYNC251 - no timeout can strike meanwhile
            return found

        async def noted(self_: Any, keys: list[Any]) -> Any:
            self.below.append(len(keys))
            return await answer_below(self_, keys)

        self._patch.setattr(loader, "batch_load_fn", late)
        self._patch.setattr(below, "batch_load_fn", noted)


@pytest.fixture
def late() -> Iterator[Late]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield Late(monkeypatch)


async def settled(app: Any) -> None:
    """Wait until nothing of a request goes on and all its connections were given back."""
    connections = app.state.resources.database.connections
    async with asyncio.timeout(10):
        while connections._open_count != len(connections._idle):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("sight", ["first", "second"])
class TestStopped:
    """By the reference executor, which runs what is met for the first time, and by a plan."""

    @pytest.mark.parametrize("siblings", [False, True])
    async def test_over_http(
        self, quick: Any, nobody: Graph, world: World, late: Late, sight: str, *, siblings: bool
    ) -> None:
        brand, product, small = await world.brand(), await world.product(), await world.product()
        variant = await world.variant(product_id=product.id)
        await world.execute(VARIANTS, variant.id, MANY)
        for _ in range(10):
            await world.variant(product_id=(await world.product(brand_id=brand.id)).id)
        below = "variants { id attributes { value } }"
        beside = f'brandBySlug(slug: "{brand.slug}") {{ products {{ nodes {{ {below} }} }} }}' if siblings else ""
        text = f"query ($slug: String!) {{ {beside} productBySlug(slug: $slug) {{ {below} }} }}"
        if sight == "second":
            await nobody(text, slug=small.slug)
        late.after(VariantsByProduct, AttributesByVariant)
        with capture_logs() as logs:
            response = await nobody.send(text, slug=product.slug)
        assert (response.status_code, response.json().keys()) == (504, {"errors"})
        (error,) = response.json()["errors"]
        assert (error["extensions"], error.keys()) == (CODE, {"message", "extensions"})
        assert ([line["event"] for line in logs], bool(late.held)) == (["operation_failed"], True)
        assert sum(late.below) <= BATCH + 1
        await settled(quick)
        assert (await nobody("{ __typename }"))["__typename"] == "Query"

    async def test_an_event(
        self, quick: Any, hurried: str, world: World, late: Late, sight: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Of several in a row; here the first one ends the subscription."""
        monkeypatch.setattr(subscriptions, "MAX_TIMEOUTS", 1)
        person, solver = await world.person(), await world.solver()
        ticket, small = [await world.ticket(person, claimed_by=solver) for _ in range(2)]
        await world.session(ticket, status=SupportSessionStatus.COMPLETED)
        await world.execute(SESSIONS, ticket.id, MANY)
        text = "subscription ($id: ID!) { ticketUpdated(ticketId: $id) { sessions { id rating { stars } } } }"
        async with greeted(hurried, person.graph.token) as wire:
            if sight == "second":
                await followed(quick, 1, wire.ask("1", text, id=ids.encode("Ticket", small.id)))
                await change(world, small)
                assert await wire.data("1") == {"ticketUpdated": {"sessions": []}}
            await followed(quick, 1, wire.ask("2", text, id=ids.encode("Ticket", ticket.id)))
            late.after(SessionsByTicket, RatingBySession)
            with capture_logs() as logs:
                await change(world, ticket)
                message = await wire.hear()
            assert (message["type"], message["id"]) == ("error", "2")
            assert [error["extensions"] for error in message["payload"]] == [CODE]
            assert ([line["event"] for line in logs], late.held) == (["operation_failed"], 1)
            assert sum(late.below) <= BATCH + 1
            await settled(quick)
            await wire.ask("3", "{ __typename }")
            assert await wire.data("3") == {"__typename": "Query"}

    async def test_a_statement_that_is_still_running_is_not_waited_for(
        self, quick: Any, nobody: Graph, world: World, caplog: pytest.LogCaptureFixture, sight: str
    ) -> None:
        """It would run for as long as it waits for its lock, whoever has given it up."""
        product = await world.product()
        text = "query ($slug: String!) { productBySlug(slug: $slug) { variants { id } } }"
        if sight == "second":
            await nobody(text, slug=product.slug)
        async with world.database.pool.acquire() as other, other.transaction():
            await other.execute("LOCK TABLE product_variant IN ACCESS EXCLUSIVE MODE")
            response = await nobody.send(text, slug=product.slug)
            await settled(quick)  # before the lock is there
        assert (response.status_code, response.json()["errors"][0]["extensions"]) == (504, CODE)
        assert caplog.records == []
