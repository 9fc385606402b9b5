"""What a support session shows of its price and its payment, and to whom."""

from datetime import UTC, datetime
from typing import Any

import pytest

from models.payment_transitions import PAYABLE, UNSETTLED
from models.payments import PaymentStatus
from models.sessions import SupportSessionStatus
from models.tickets import TicketStatus
from settings import Settings
from tests.graph import Graph, only
from tests.payments import payments
from tests.payments.sandbox import SandboxServer
from tests.payments.shopping import begin, money, paid
from tests.people import World, word
from tests.tickets.factories import Case, case

SHOWN = "price { amount currencyCode } payments { id status } viewerCanPay"
READ = f"query ($id: ID!) {{ node(id: $id) {{ ... on SupportSession {{ {SHOWN} }} }} }}"
SESSIONS = f"{{ viewer {{ sessions {{ nodes {{ id {SHOWN} }} }} }} }}"
TICKET = f"query ($id: ID!) {{ ticket(id: $id) {{ sessions {{ {SHOWN} }} }} }}"
CANCEL = "UPDATE session SET status = $2 WHERE id = $1"


@pytest.fixture
async def made(world: World) -> Case:
    """A session at the price of `STANDARD`, with its customer and its solver."""
    return await case(world, TicketStatus.RESOLVED, await world.person(), await world.solver())


async def read(graph: Graph, made: Case) -> Any:
    return (await graph(READ, id=made.session_id))["node"]


def facts(node: Any) -> tuple[list[str], bool]:
    """Give the statuses of the payments, and whether the viewer can pay."""
    return [one["status"] for one in node["payments"]], node["viewerCanPay"]


async def test_from_the_first_look_to_the_receipt(world: World, sandbox: SandboxServer, made: Case) -> None:
    me = made.customer
    node = await read(me.graph, made)
    assert (node["price"], *facts(node)) == (money("99.00"), [], True)
    begun = await begin(me, sessionId=made.session_id)
    node = await read(me.graph, made)
    assert (node["payments"], node["viewerCanPay"]) == (
        [{"id": begun["payment"]["id"], "status": "PENDING"}],
        True,
    )
    await paid(world, sandbox, me, sessionId=made.session_id)
    assert facts(await read(me.graph, made)) == (["COMPLETED"], False)
    assert only(await begin(me, sessionId=made.session_id)) == "AlreadyPaidError"


async def test_who_sees_what(world: World, sandbox: SandboxServer, made: Case) -> None:
    await begin(made.customer, sessionId=made.session_id)
    admin = await world.person(role="ADMIN")
    assert facts(await read(made.holder.graph, made)) == ([], False)
    assert facts(await read(admin.graph, made)) == (["PENDING"], False)
    for graph in ((await world.person()).graph, (await world.solver()).graph, world.nobody):
        assert await read(graph, made) is None


@pytest.mark.parametrize("is_begun", [False, True])
async def test_cancelled(world: World, sandbox: SandboxServer, made: Case, *, is_begun: bool) -> None:
    if is_begun:
        await begin(made.customer, sessionId=made.session_id)
    await world.execute(CANCEL, made.session.id, SupportSessionStatus.CANCELLED)
    assert facts(await read(made.customer.graph, made)) == (["PENDING"] * is_begun, False)
    assert only(await begin(made.customer, sessionId=made.session_id)) == "InvalidInputError"


@pytest.mark.parametrize("is_begun", [False, True])
async def test_without_a_price(
    settings: Settings, sandbox: SandboxServer, made: Case, monkeypatch: pytest.MonkeyPatch, *, is_begun: bool
) -> None:
    """A payment that was begun keeps the price of its time."""
    if is_begun:
        await begin(made.customer, sessionId=made.session_id)
    monkeypatch.delitem(settings.razorpay.session_prices, "STANDARD")
    node = await read(made.customer.graph, made)
    assert (node["price"], node["viewerCanPay"]) == (None, is_begun)
    payload = await begin(made.customer, sessionId=made.session_id)
    assert (payload["userErrors"] == []) == is_begun


async def test_many_as_each_alone(world: World, made: Case) -> None:
    """In every status of a payment, through the list of the customer and through the tickets."""
    me, cases = made.customer, [made]
    for status in PaymentStatus:
        cases.append(await case(world, TicketStatus.RESOLVED, me, made.holder))
        given: dict[str, Any] = {"session_id": cases[-1].session.id, "tier": "STANDARD", "status": status}
        if status not in UNSETTLED:
            given |= {"completed_at": datetime.now(UTC), "razorpay_payment_id": f"pay_{word()}"}
        await payments.payment(world, me, **given)
    nodes = (await me.graph(SESSIONS))["viewer"]["sessions"]["nodes"]
    alone = {one.session_id: await read(me.graph, one) for one in cases}
    assert {node.pop("id"): node for node in nodes} == alone
    for one in cases:
        assert (await me.graph(TICKET, id=one.id))["ticket"]["sessions"] == [alone[one.session_id]]
    expected = [([], True), *(([status], status in PAYABLE) for status in PaymentStatus)]
    assert [facts(alone[one.session_id]) for one in cases] == expected
