"""Each query, mutation and subscription can be used by those whom its description names, and by nobody else."""

import json
import re
from typing import Any

import pytest
from graphql import GraphQLField, GraphQLObjectType, get_named_type, is_leaf_type, is_required_argument

from models.customers import Role
from tests.architecture.project import GRAPH
from tests.customers.verbs import verbs
from tests.graph import Graph
from tests.people import World, number
from tests.privacy.places import as_literal, sample

KINDS = ("anonymous", *Role)
INCLUDED = {
    "CUSTOMER": {"CUSTOMER", "SOLVER", "ADMIN", "OWNER"},
    "SOLVER": {"SOLVER", "ADMIN", "OWNER"},
    "ADMIN": {"ADMIN", "OWNER"},
    "OWNER": {"OWNER"},
    "SERVICE": {"OWNER", "SERVICE"},
}
REFUSALS = {"UNAUTHENTICATED", "FORBIDDEN"}


def admitted(field: GraphQLField) -> set[str]:
    """Read in a description who may use the field."""
    told = field.description or ""
    if found := re.search(r"Requires the role ([A-Z, or]+)\.", told):
        named = set(re.findall(r"[A-Z]+", found[1]))
        assert named in INCLUDED.values(), told
        return named
    return {*Role} if "Requires sign-in." in told else {*KINDS}


async def front_end(world: World, kind: str) -> Graph:
    if kind == "anonymous":
        return world.nobody
    return (await (world.solver() if kind == "SOLVER" else world.person(role=kind))).graph


async def refusals(graph: Graph, name: str, given: dict[str, Any] | None) -> set[str]:
    """Give the errors of a mutation that are about who sends it; those about rows that are not theirs are not."""
    facts = "userErrors { __typename ... on NotAllowedError { requiredRole } }"
    kind = f"{name[0].upper()}{name[1:]}Input"
    answer = await graph(f"mutation ($input: {kind}!) {{ it: {name}(input: $input) {{ {facts} }} }}", input=given)
    return {
        one.get("requiredRole") or one["__typename"]
        for one in answer["it"]["userErrors"]
        if one["__typename"] == "SignedOutError" or one.get("requiredRole")
    }


class TestMutations:
    """All are tried with an input that succeeds for one customer."""

    @pytest.mark.parametrize("kind", KINDS)
    async def test_by(self, world: World, kind: str) -> None:
        assert GRAPH.mutation_type
        owner = await world.solver(role="OWNER", phone_number=number(), phone_verified=True)
        graph, inputs = await front_end(world, kind), {one.name: one.input for one in await verbs(world, owner, [])}
        assert inputs.keys() == GRAPH.mutation_type.fields.keys()
        for name, field in GRAPH.mutation_type.fields.items():
            found = await refusals(graph, name, inputs[name])
            allowed = admitted(field)
            if kind in allowed:
                assert found == set(), name
            elif kind == "anonymous":
                assert found == {"SignedOutError"}, name
            else:
                (required,) = found
                assert INCLUDED[required] == allowed, name

    async def test_an_input_is_not_read_before(self, world: World) -> None:
        """Who may not use a mutation learns nothing about what is in its input."""
        assert await refusals(world.nobody, "updateUsername", {"username": "x"}) == {"SignedOutError"}
        assert await refusals((await world.person()).graph, "ingestProducts", {"products": []}) == {"SERVICE"}


def operation(root: GraphQLObjectType, name: str) -> str:
    """Ask for a field of the root with arguments of the right types."""
    field = root.fields[name]
    required = {key: one.type for key, one in field.args.items() if is_required_argument(one)}
    given = ", ".join(f"{key}: {as_literal(sample(of, key, {}), of)}" for key, of in required.items())
    below = "" if is_leaf_type(get_named_type(field.type)) else " { __typename }"
    return f"{root.name.lower()} {{ {name}{f'({given})' if given else ''}{below} }}"


class TestQueries:
    """All are asked with what their types demand; whether that exists is all the same."""

    @pytest.mark.parametrize("kind", KINDS)
    async def test_by(self, world: World, kind: str) -> None:
        assert GRAPH.query_type
        graph = await front_end(world, kind)
        for name, field in GRAPH.query_type.fields.items():
            answer = (await graph.send(operation(GRAPH.query_type, name))).json()
            found = {error["extensions"]["code"] for error in answer.get("errors", [])} & REFUSALS
            wanted = set() if kind in admitted(field) else {REFUSED[kind == "anonymous"]}
            assert found == wanted, name


REFUSED = {True: "UNAUTHENTICATED", False: "FORBIDDEN"}


class TestSubscriptions:
    """A subscription that is refused ends at once, and so does one to something that does not exist."""

    @pytest.mark.parametrize("kind", KINDS)
    async def test_by(self, world: World, kind: str) -> None:
        assert GRAPH.subscription_type
        graph = await front_end(world, kind)
        for name, field in GRAPH.subscription_type.fields.items():
            allowed = admitted(field)
            if kind in allowed and allowed != {*KINDS}:
                continue  # it would go on; `tests/subscriptions` has these
            codes = await ended(graph, operation(GRAPH.subscription_type, name))
            assert codes == {"NOT_FOUND" if kind in allowed else REFUSED[kind == "anonymous"]}, name


async def ended(graph: Graph, query: str) -> set[str]:
    """Give the codes of the errors that a subscription ends with."""
    headers = {"accept": "text/event-stream"} | ({"authorization": f"Bearer {graph.token}"} if graph.token else {})
    response = await graph.http.post("/graphql", json={"query": query}, headers=headers)
    answers = [json.loads(line[5:]) for line in response.text.splitlines() if re.match(r"data: ?\{", line)]
    return {error["extensions"]["code"] for answer in answers for error in answer.get("errors", [])}
