"""Text at every place where it goes in: mutations, arguments, inputs within inputs."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest
from graphql import GraphQLSchema, build_client_schema, get_introspection_query
from uuid_utils.compat import uuid7

from models import ids
from tests.areas import declared
from tests.conventions.wrong import CHARACTERS, DIRECTION_MARKS, LONG, UNKNOWN, names_of_nothing
from tests.people import Person, World
from tests.privacy.places import SAMPLES, Place, places

AT_ONCE = 8
TYPES = {"variantId": "ProductVariant", "itemId": "WishlistItem", "requestedSolverId": "Solver"}
INPUT_FIELDS = {graphql_type: name for name, graphql_type in TYPES.items()}
PROSE = {"description", "fitInformation"}
"""Texts of products that may be as long."""
FOR_GUESTS = "submitTicket."
FILTERS = ("auditLog.actorId", "auditLog.targetId")
"""Ids by which a list is filtered: one that names nothing finds nothing, in a list that is there."""


@pytest.fixture(scope="module")
async def schema(world: World) -> GraphQLSchema:
    """The graph, as introspection tells it."""
    return build_client_schema(await world.nobody(get_introspection_query()))


@pytest.fixture(scope="module")
async def me(world: World) -> Person:
    """Somebody who may do all, and whose account says what a mutation can leave out."""
    return await world.person(role="OWNER", name="Nora", phone_number=SAMPLES["PhoneNumber"], phone_verified=True)


@pytest.fixture(scope="module")
async def found(world: World, schema: GraphQLSchema, me: Person) -> list[Place]:
    """All places, each in an operation that would do something if the text were right."""
    nodes = [item for make in declared("samples", "nodes") for item in (await make(world, me)).items()]
    sure = {
        "customerId": (await world.person()).id,
        "storeId": ids.encode("Store", (await world.store()).id),
        "variantId": ids.encode("ProductVariant", (await world.variant()).id),
        "sessionId": ids.encode("SupportSession", uuid7()),
        "ticketId": ids.encode("Ticket", (await world.ticket(me)).id),
        **{INPUT_FIELDS.get(name, f"{name[0].lower()}{name[1:]}Id"): ids.encode(name, key) for name, key in nodes},
    }
    return list(places(schema, sure))


async def every(found: list[Place], check: Callable[[Place], Awaitable[str]]) -> None:
    """Check all places, some at once, and fail with all that went wrong."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(place: Place) -> str:
        async with gate:
            wrong = await check(place)
            return f"{place.named}: {wrong}" if wrong else ""

    assert [wrong for wrong in await asyncio.gather(*map(one, found)) if wrong] == []


async def send(person: Person, place: Place, text: str) -> httpx2.Response:
    return await person.graph.send(place.document(), value=place.value(text))


def problems(place: Place, answer: Any) -> list[Any]:
    """Give the user errors of a mutation."""
    return list((answer["data"] or {}).get(place.way[0][0], {}).get("userErrors", [])) if place.mutation else []


def names(path: list[str] | None) -> list[str] | None:
    """Leave the numbers of items out of the path of an input value."""
    return path and [name for name in path if not name.isdigit()]


def refused(response: httpx2.Response, *reasons: str) -> str:
    """Say what is wrong with a refusal: nothing executed, a code for programs, a sentence that does not echo."""
    answer = response.json()
    if response.status_code >= 500 or answer.get("data") or "errors" not in answer:
        return response.text[:300]
    codes = {error["extensions"]["code"] for error in answer["errors"]}
    if codes != {"BAD_USER_INPUT"} or not any(reason in response.text for reason in reasons):
        return response.text[:300]
    return "echo" if LONG[:101] in response.text else ""


class TestPlaces:
    """The walk itself."""

    async def test_anonymous(self, world: World, found: list[Place]) -> None:
        """Nobody gets further than somebody: what is right is refused for being signed out, not for its form."""
        for place in found:
            if place.mutation and not place.named.startswith(FOR_GUESTS):
                answer = (await world.nobody.send(place.document(), value=place.value("abc"))).json()
                assert [one["__typename"] for one in problems(place, answer)] == ["SignedOutError"], place.named

    async def test_stranger_finds_all(self, schema: GraphQLSchema, found: list[Place]) -> None:
        """Every mutation, and what a reader of the SDL would name at once."""
        named = {place.named for place in found}
        assert schema.mutation_type
        assert schema.mutation_type.fields.keys() <= {name.split(".")[0] for name in named}
        assert {
            "updateProfile.input.preferences.preferredLanguage", "createWishlist.input.idempotencyKey", "nodes.ids",
            "products.filter.brandIds", "searchCustomers.after", "sharedWishlist.token", "viewer.followers.before",
        } <= named  # fmt: skip
        assert len(named) == len(found) >= 80


class TestCharacters:
    """`limits.md`, "text": refused at every place."""

    @pytest.mark.parametrize("name", CHARACTERS)
    async def test_in_a_variable(self, me: Person, found: list[Place], name: str) -> None:
        character = CHARACTERS[name]

        async def check(place: Place) -> str:
            return refused(await send(me, place, f"a{character}b"), f"U+{ord(character):04X}")

        await every(found, check)

    async def test_in_a_long_variable(self, me: Person, found: list[Place]) -> None:
        async def check(place: Place) -> str:
            return refused(await send(me, place, f"{LONG}\0"), "U+0000", "invalid value")

        await every(found, check)

    @pytest.mark.parametrize("name", CHARACTERS)
    async def test_in_a_literal(self, me: Person, found: list[Place], name: str) -> None:
        character = CHARACTERS[name]

        async def check(place: Place) -> str:
            document = place.document(place.literal(f"a\\u{ord(character):04x}b"))
            return refused(await me.graph.send(document), f"U+{ord(character):04X}")

        await every(found, check)

    async def test_lone_surrogate(self, me: Person, http: httpx2.AsyncClient, found: list[Place]) -> None:
        """As an escape of JSON, as raw bytes, and as an escape of GraphQL."""
        headers = {"authorization": f"Bearer {me.graph.token}", "content-type": "application/json"}

        async def check(place: Place) -> str:
            body = json.dumps({"query": place.document(), "variables": {"value": place.value("a\ud800b")}})
            assert "\\ud800" in body
            raw = body.replace("\\ud800", "\ud800").encode(errors="surrogatepass")
            wrong = [
                refused(await http.post("/graphql", content=content, headers=headers), "JSON")
                for content in (body.encode(), raw)
            ]
            literal = await me.graph.send(place.document(place.literal("a\\ud800b")))
            return "".join([*wrong, refused(literal, "Invalid Unicode escape")])

        await every(found, check)

    async def test_what_people_write_passes(self, me: Person, found: list[Place]) -> None:
        """Arabic, marks of direction, emoji with joiners or of tomorrow, quotes and the signs of LIKE, tsquery and SQL."""
        for text in (
            "ليلى \U0001f469\u200d\U0001f4bb",
            DIRECTION_MARKS,
            "".join(UNKNOWN),
            "%_\\'\"; --$1:*&|!()<>{}[]^~",
            " \n\t ",
            "null",
            "\ufeff",
        ):

            async def check(place: Place, text: str = text) -> str:
                response = await send(me, place, text)
                codes = {error["extensions"]["code"] for error in response.json().get("errors", [])}
                known = {"BAD_USER_INPUT", "CONFLICT" if place.inside[-1:] == ("idempotencyKey",) else ""}
                return response.text[:300] if codes - known or response.status_code >= 500 else ""

            await every(found, check)


class TestLength:
    """`limits.md`: 4,000 characters where a few are allowed."""

    async def test_long(self, me: Person, found: list[Place]) -> None:
        """A mutation says which value it is about; a query may also just find nothing."""

        async def check(place: Place) -> str:
            response = await send(me, place, LONG)
            answer = response.json()
            told, codes = problems(place, answer), {one["extensions"]["code"] for one in answer.get("errors", [])}
            if response.status_code >= 500 or codes - {"BAD_USER_INPUT"} or LONG[:101] in response.text:
                return response.text[:300]
            if place.inside[:1] == ("products",) and not codes:  # the rest of the items are taken
                (payload,) = answer["data"].values()
                return "" if payload["rejected"] or place.inside[-1] in PROSE else response.text[:300]
            if place.mutation and not codes:
                return "" if ["input", *place.inside] in [names(one["field"]) for one in told] else response.text[:300]
            return ""

        await every(found, check)


class TestIds:
    """`limits.md`: an id of another type, of twenty nines, cut or padded names nothing."""

    async def test_names_of_nothing(self, me: Person, found: list[Place]) -> None:
        async def check(place: Place) -> str:
            graphql_type = TYPES.get(place.inside[-1] if place.inside else "", "")
            if not graphql_type:
                graphql_type = (place.inside or ("customerId",))[-1].removesuffix("Id").capitalize()
            wrong = ""
            for text in names_of_nothing(graphql_type):
                response = await send(me, place, text)
                answer = response.json()
                kinds = [(one["__typename"], names(one["field"])) for one in problems(place, answer)]
                right = [("NotFoundError", ["input", *place.inside])] if place.mutation else []
                if place.named == "removeFromWishlist.input.variantId" and ids.key_of(graphql_type, text):
                    right = []  # a variant that is gone is not on the list, which is what was wished
                if place.named == "linkTicket.input.ticketId" and ids.key_of(graphql_type, text):
                    right = [("PhoneMismatchError", ["input", "phoneNumber"])]  # as for a ticket that does not fit
                if response.status_code != 200 or "errors" in answer or kinds != right:
                    wrong += response.text[:300]
                    continue
                data = answer["data"][place.way[0][0]]
                allowed = place.mutation or place.inside or place.named in FILTERS
                wrong += "" if allowed or data in (None, [None]) else response.text[:300]
            return wrong

        await every([place for place in found if place.kind == "ID"], check)
