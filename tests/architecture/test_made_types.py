"""Types that are made: their names and descriptions read as if somebody had written them."""

from types import SimpleNamespace
from typing import Any

import pytest
import strawberry
from strawberry.schema.config import StrawberryConfig

from auth.viewer import Viewer
from inputs.scalars import SCALARS
from schema.connections import ConnectionOf, describe_connections
from schema.errors import Payload
from schema.fields import field, mutation, read
from schema.mutations import mutations
from tests.architecture.project import GRAPH


@strawberry.type
class Battery:
    name: str


@strawberry.type
class ExtraLine:
    name: str


@strawberry.input
class OrderIdInput:
    order_id: strawberry.ID


@strawberry.input(description="Why the order is returned.")
class ReturnOrderInput(OrderIdInput):
    reason: str


@strawberry.type
class OrderPayload(Payload):
    lines: list[ExtraLine] | None = field("The lines of the order.")


async def act(info: strawberry.Info, input: OrderIdInput) -> dict[str, Any]:
    return {"lines": [{"name": f"{type(input).__name__} {input.order_id}"}]}


async def give_back(info: strawberry.Info, input: ReturnOrderInput) -> dict[str, Any]:
    return {"lines": [{"name": input.reason}]}


@mutations
class Mutation:
    cancel_order: OrderPayload = mutation(act, "Cancel an order.")
    repeat_order: OrderPayload = mutation(act, "Order the same again.")
    return_order: OrderPayload = mutation(give_back, "Return an order.")


@strawberry.type
class Query:
    batteries: ConnectionOf[Battery]
    extra_lines: ConnectionOf[ExtraLine]


@pytest.fixture(scope="module")
def small() -> strawberry.Schema:
    config = StrawberryConfig(default_resolver=read, scalar_map=SCALARS)
    made = strawberry.Schema(Query, Mutation, config=config)
    describe_connections(made._schema.type_map.values())
    return made


@pytest.mark.parametrize(
    ("name", "description"),
    [
        ("BatteryConnection", "A page of batteries."),
        ("BatteryEdge", "A battery in a list."),
        ("ExtraLineConnection", "A page of extra lines."),
        ("ExtraLineEdge", "An extra line in a list."),
        ("Battery", None),
    ],
)
def test_connections(small: strawberry.Schema, name: str, description: str | None) -> None:
    assert small._schema.type_map[name].description == description


@pytest.mark.parametrize(
    ("name", "fields", "description"),
    [
        ("CancelOrderInput", {"orderId", "idempotencyKey"}, "The input of `cancelOrder`."),
        ("RepeatOrderInput", {"orderId", "idempotencyKey"}, "The input of `repeatOrder`."),
        ("ReturnOrderInput", {"orderId", "reason", "idempotencyKey"}, "Why the order is returned."),
        ("CancelOrderPayload", {"userErrors", "viewer", "lines"}, "The result of `cancelOrder`."),
        ("RepeatOrderPayload", {"userErrors", "viewer", "lines"}, "The result of `repeatOrder`."),
        ("ReturnOrderPayload", {"userErrors", "viewer", "lines"}, "The result of `returnOrder`."),
    ],
)
def test_inputs_and_payloads(small: strawberry.Schema, name: str, fields: set[str], description: str) -> None:
    kind: Any = small._schema.type_map[name]
    assert (kind.fields.keys(), kind.description) == (fields, description)


class SignedIn(SimpleNamespace):
    """The context of somebody who may do everything."""

    def require_signed_in(self) -> None:
        """Let them."""


async def test_inputs_reach_their_resolvers(small: strawberry.Schema) -> None:
    query = """mutation { cancelOrder(input: {orderId: "1"}) { lines { name } userErrors { message } }
        repeatOrder(input: {orderId: "2"}) { lines { name } }
        returnOrder(input: {orderId: "3", reason: "too small"}) { lines { name } } }"""
    answer = await small.execute(query, context_value=SignedIn(idempotency_key=None, viewer=Viewer()))
    assert (answer.errors, answer.data) == (None, {
        "cancelOrder": {"lines": [{"name": "CancelOrderInput 1"}], "userErrors": []},
        "repeatOrder": {"lines": [{"name": "RepeatOrderInput 2"}]},
        "returnOrder": {"lines": [{"name": "too small"}]},
    })  # fmt: skip


def test_every_connection_is_described() -> None:
    made = {name: kind for name, kind in GRAPH.type_map.items() if name.endswith(("Connection", "Edge"))}
    assert {name for name, kind in made.items() if not kind.description} == set()
    assert made["ProductConnection"].description == "A page of products."
