"""Marks of text direction and characters of tomorrow, through HTTP, for each kind of input (`limits.md`, "text")."""

from typing import Any

import pytest

from models import ids
from tests.conventions.wrong import DIRECTION_MARKS, UNKNOWN
from tests.people import Person, World, number, word
from tests.tickets.submissions import find, submit

each_mark = pytest.mark.parametrize("mark", DIRECTION_MARKS, ids=lambda mark: f"U+{ord(mark):04X}")
WORDS = "query ($it: String!) { found: searchCustomers(term: $it) { totalCount nodes { username } } }"
STORES = "query ($it: String!) { found: stores(search: $it) { nodes { name } } }"
PRODUCTS = "query ($it: String!) { found: products(filter: {search: $it}) { nodes { title } } }"
USERNAME = """query ($it: String!) { usernameAvailability(username: $it) { available reason }
    customerByUsername(username: $it) { id } }"""


def wrapped(text: str) -> str:
    """Wrap a text as phones do when it is copied, with marks inside it as well."""
    return f"\u202a{text[:3]}\u200e\u061c{text[3:]}\u202c\u2069"


def letters() -> str:
    """Give a word of letters alone that nobody has used."""
    return "".join("ghijklmnopqrstuv"[int(digit, 16)] for digit in word())


def problem(payload: Any) -> tuple[str, list[str], str]:
    (found,) = payload["userErrors"]
    return found["__typename"], found["field"], found["message"]


@pytest.fixture(scope="module")
async def me(world: World) -> Person:
    """Somebody who writes."""
    return await world.person(name="Nora")


class TestProse:
    """Descriptions, notes, comments and locations keep marks: without them, mixed text is shown in the wrong order."""

    text = f"\u2067\u0634\u0627\u0634\u0629\u2069 {DIRECTION_MARKS}x {''.join(UNKNOWN)}"

    async def test_description(self, world: World) -> None:
        ticket = (await submit(world.nobody, description=self.text))["ticket"]
        assert ticket["description"] == self.text
        assert (
            await world.value("SELECT description FROM ticket WHERE reference = $1", ticket["reference"]) == self.text
        )

    async def test_note(self, world: World, me: Person) -> None:
        variant = ids.encode("ProductVariant", (await world.variant()).id)
        payload = await me.graph.mutate("addToWishlist", "item { note }", variantId=variant, note=self.text)
        assert (payload["item"], payload["userErrors"]) == ({"note": self.text}, [])

    async def test_location(self, me: Person) -> None:
        payload = await me.graph.mutate("updateProfile", "customer { location }", location=self.text)
        assert payload["customer"] == {"location": self.text}

    async def test_notes_and_comment(self, world: World, me: Person) -> None:
        """Of a support session."""
        solver, ticket = await world.person(role="SOLVER"), await world.ticket(me)
        key = ids.encode("Ticket", ticket.id)
        assert (await solver.graph.mutate("claimTicket", "ticket { id }", ticketId=key))["userErrors"] == []
        started = await solver.graph.mutate("startSession", "session { id }", ticketId=key)
        session = started["session"]["id"]
        done = await solver.graph.mutate("completeSession", "session { notes }", sessionId=session, notes=self.text)
        assert done["session"] == {"notes": self.text}
        rated = {"sessionId": session, "stars": 5, "comment": self.text}
        payload = await me.graph.mutate("rateSession", "session { rating { comment } }", **rated)
        assert payload["session"]["rating"] == {"comment": self.text}

    async def test_nothing_but_marks(self, world: World) -> None:
        payload = await world.nobody.mutate(
            "submitTicket", "ticket { id }", name="L", phoneNumber=number(), description=DIRECTION_MARKS
        )
        assert problem(payload)[:2] == ("InvalidInputError", ["input", "description"])

    @pytest.mark.parametrize("character", UNKNOWN)
    async def test_nothing_but_an_unknown_character(self, world: World, character: str) -> None:
        """It is visible on the phone that sent it."""
        assert (await submit(world.nobody, description=character, name=character))["ticket"]["name"] == character


class TestCopied:
    """Phones, e-mail addresses, references and search terms lose the marks that were copied with them."""

    @each_mark
    async def test_phone_and_email(self, me: Person, mark: str) -> None:
        phone, address = number(), f"{word()}@example.com"
        given = {
            "phoneNumber": f"{mark}{phone[:4]} {mark}{phone[4:]}{mark}",
            "email": f"{mark}{address[:4]}{mark}{address[4:]}",
        }
        payload = await me.graph.mutate("updateProfile", "customer { phoneNumber email }", **given)
        assert payload["customer"] == {"phoneNumber": phone, "email": address}

    async def test_guest(self, world: World) -> None:
        """A ticket is found by a reference and a phone number as iOS copies them."""
        phone = number()
        sent = (await submit(world.nobody, phoneNumber=wrapped(phone), email=wrapped("layla@example.com")))["ticket"]
        assert (sent["phoneNumber"], sent["email"]) == (phone, "layla@example.com")
        assert (await find(world.nobody, wrapped(sent["reference"]), wrapped(phone)))["id"] == sent["id"]

    @each_mark
    async def test_search(self, world: World, mark: str) -> None:
        rare = letters()
        person = await world.person(name=rare)
        await world.store(name=rare)
        await world.product(title=rare)
        copied = f"{mark}{rare[:5]}{mark}{rare[5:]}{mark}"
        assert (await world.nobody(WORDS, it=copied))["found"]["nodes"] == [{"username": person.username}]
        assert (await world.nobody(STORES, it=copied))["found"]["nodes"] == [{"name": rare}]
        assert (await world.nobody(PRODUCTS, it=copied))["found"]["nodes"] == [{"title": rare}]

    async def test_lengths_are_those_without_marks(self, world: World) -> None:
        assert (await world.nobody(WORDS, it="x" * 100 + DIRECTION_MARKS))["found"]["totalCount"] == 0
        assert (await world.nobody(WORDS, it=f"u{DIRECTION_MARKS}"))["found"]["totalCount"] == 0
        assert (await world.nobody(PRODUCTS, it=DIRECTION_MARKS + "x" * 200))["found"]["nodes"] == []


class TestNames:
    """Names and usernames with marks are refused, since they can look like others; the message names the character."""

    @each_mark
    async def test_refused(self, world: World, me: Person, mark: str) -> None:
        name = f"La{mark}yla"
        wishlist = ids.encode("Wishlist", (await world.wishlist(me)).id)
        for graph, verb, values in (
            (me.graph, "updateProfile", {"name": name}),
            (me.graph, "createWishlist", {"name": name}),
            (me.graph, "updateWishlist", {"name": name, "wishlistId": wishlist}),
            (world.nobody, "submitTicket", {"name": name, "phoneNumber": number(), "description": "x"}),
        ):
            kind, field, message = problem(await graph.mutate(verb, "__typename", **values))
            assert (kind, field) == ("InvalidInputError", ["input", "name"])
            assert f"U+{ord(mark):04X}" in message

    @each_mark
    async def test_username(self, me: Person, mark: str) -> None:
        wanted = f"{me.username[:9]}{mark}"
        payload = await me.graph.mutate("updateUsername", "__typename", username=wanted)
        assert payload["userErrors"][0]["rule"] == "BAD_CHARACTERS"
        assert f"U+{ord(mark):04X}" in payload["userErrors"][0]["message"]
        found = await me.graph(USERNAME, it=f"{mark}{me.username}")
        assert found["usernameAvailability"] == {
            "available": False,
            "reason": "TOO_LONG" if len(me.username) > 19 else "BAD_CHARACTERS",
        }
        assert found["customerByUsername"] is None

    @pytest.mark.parametrize("character", UNKNOWN)
    async def test_unknown_characters(self, me: Person, character: str) -> None:
        """New emoji are for names, not for usernames and e-mail addresses."""
        name = f"Layla {character}"
        assert (await me.graph.mutate("updateProfile", "customer { name }", name=name))["customer"] == {"name": name}
        for verb, field, value in (
            ("updateUsername", "username", f"abc{character}"),
            ("updateProfile", "email", f"a{character}@example.com"),
        ):
            (refused,) = (await me.graph.mutate(verb, "__typename", **{field: value}))["userErrors"]
            assert refused["__typename"] in {"InvalidInputError", "UsernameInvalidError"}
