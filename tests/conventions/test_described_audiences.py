"""The sentences that say who sees a field of a customer are true."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from graphql import GraphQLObjectType

from policy.audiences import PRIVACY_SETTINGS
from schema.fields import Audienced
from tests.architecture.project import GRAPH
from tests.conventions.field_selection import field_of
from tests.people import World, number, word

CUSTOMER = GRAPH.type_map["Customer"]
assert isinstance(CUSTOMER, GraphQLObjectType)
TOLD = {
    name: sentence[0]
    for name, field in CUSTOMER.fields.items()
    if (sentence := re.findall(r"Visible to .*", field.description or ""))
}
SETTINGS = [column.key for column in PRIVACY_SETTINGS.values()]
NOW = datetime.now(UTC)


def test_fields_with_an_audience_have_one() -> None:
    for kind in GRAPH.type_map.values():
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
            for name, field in kind.fields.items():
                extensions = field.extensions["strawberry-definition"].extensions
                has_audience = any(isinstance(one, Audienced) for one in extensions)
                sentences = re.findall(r"Visible to [^.]*; null for others\.", field.description or "")
                assert len(sentences) == has_audience, f"{kind.name}.{name}"


def is_shown(told: str, viewer: str, *, is_private: bool, hidden: str | None) -> bool:
    """Take a sentence at its word."""
    if viewer in {"the customer", "an admin"}:
        return True
    setting = re.search(r"if `(\w+)` is true", told)
    if "accepted followers" not in told or (setting and setting[1] == hidden):
        return False
    return viewer == "a follower" or not is_private


@pytest.mark.parametrize("is_private", [False, True], ids=["public", "private"])
@pytest.mark.parametrize("hidden", [None, *SETTINGS])
async def test_they_are_true(world: World, hidden: str | None, *, is_private: bool) -> None:
    made: dict[str, Any] = {"email": f"{word()}@example.com", "phone_number": number(), "location": word()}
    made |= {"last_active_at": NOW, "onboarding_completed_at": NOW, "is_private": is_private}
    settings = {name: name != hidden for name in SETTINGS}
    them = await world.person(**made, **settings)
    follower = await world.person()
    await world.follow(follower, them)
    viewers = {
        "nobody": world.nobody, "a stranger": (await world.person()).graph, "a solver": (await world.solver()).graph,
        "a follower": follower.graph, "the customer": them.graph, "an admin": (await world.person(role="ADMIN")).graph,
    }  # fmt: skip
    selection = " ".join(field_of(name, CUSTOMER.fields[name], 0, 1, frozenset()) for name in TOLD)
    camel = hidden and re.sub(r"_(\w)", lambda found: found[1].upper(), hidden)
    for viewer, graph in viewers.items():
        found = (await graph(f'{{ customer(id: "{them.id}") {{ {selection} }} }}'))["customer"]
        for name, told in TOLD.items():
            expected = is_shown(told, viewer, is_private=is_private, hidden=camel)
            assert (found[name] is not None) == expected, f"{name} for {viewer}: {told}"
