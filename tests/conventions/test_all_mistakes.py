"""`userErrors` has every mistake of an input that can be found without the database."""

from typing import Any

import pytest

import errors
from errors.collection import UserErrors, collect
from tests.people import World
from tests.tickets.submissions import submit


def mistakes(payload: Any) -> list[tuple[str, str]]:
    return [(one["__typename"], ".".join(one["field"])) for one in payload["userErrors"]]


WRONG: dict[str, Any] = {
    "name": " ", "email": "layla", "phoneNumber": "0501234567", "location": "x" * 121,
    "preferences": {"preferredLanguage": "fr"},
}  # fmt: skip


class TestUpdateProfile:
    """Changing the profile."""

    async def test_anonymous(self, world: World) -> None:
        payload = await world.nobody.mutate("updateProfile", "customer { id }", **WRONG)
        assert [one["__typename"] for one in payload["userErrors"]] == ["SignedOutError"]

    async def test_all_at_once(self, world: World) -> None:
        me = await world.person(name="Layla")
        payload = await me.graph.mutate("updateProfile", "customer { id }", **WRONG)
        assert payload["customer"] is None
        assert mistakes(payload) == [
            ("InvalidInputError", "input.name"),
            ("InvalidInputError", "input.email"),
            ("InvalidInputError", "input.phoneNumber"),
            ("InvalidInputError", "input.location"),
            ("UnsupportedLanguageError", "input.preferences.preferredLanguage"),
        ]
        assert len({one["message"] for one in payload["userErrors"]}) == 5
        assert payload["userErrors"][-1]["supportedLanguages"] == ["en", "ar"]

    async def test_what_is_right_is_not_stored(self, world: World) -> None:
        me = await world.person(name="Layla")
        await me.graph.mutate("updateProfile", "customer { id }", name="Nora", email="layla", location="")
        assert (await me.graph("{ viewer { name } }"))["viewer"] == {"name": "Layla"}


class TestSubmitTicket:
    """Submitting a ticket."""

    async def test_anonymous(self, world: World) -> None:
        wrong = {"name": None, "phoneNumber": None, "email": "layla", "description": "", "language": "fr"}
        assert mistakes(await submit(world.nobody, **wrong)) == [
            ("InvalidInputError", "input.email"),
            ("InvalidInputError", "input.description"),
            ("UnsupportedLanguageError", "input.language"),
            ("InvalidInputError", "input.name"),
            ("InvalidInputError", "input.phoneNumber"),
        ]

    async def test_one_value_has_one_mistake(self, world: World) -> None:
        payload = await submit(world.nobody, name="", phoneNumber="0501234567")
        assert mistakes(payload) == [("InvalidInputError", "input.name"), ("InvalidInputError", "input.phoneNumber")]

    async def test_account(self, world: World) -> None:
        """What a signed-in customer leaves out is in the account; that is looked up when all else is right."""
        me = await world.person()
        wrong = {"name": None, "phoneNumber": None, "email": "layla", "requestedSolverId": "x"}
        payload = await submit(me.graph, **wrong)
        assert mistakes(payload) == [("InvalidInputError", "input.email"), ("NotFoundError", "input.requestedSolverId")]

    async def test_account_without_name_and_phone(self, world: World) -> None:
        me = await world.person(name=None, phone_number=None)
        payload = await submit(me.graph, name=None, phoneNumber=None)
        assert mistakes(payload) == [("InvalidInputError", "input.name"), ("InvalidInputError", "input.phoneNumber")]


class TestWishlistItems:
    """Adding an item, and changing one."""

    async def test_anonymous(self, world: World) -> None:
        payload = await world.nobody.mutate("addToWishlist", "existed", variantId="x", priority=9)
        assert [one["__typename"] for one in payload["userErrors"]] == ["SignedOutError"]

    async def test_adding(self, world: World) -> None:
        me = await world.person()
        wrong = {"variantId": "x", "wishlistId": "x", "note": "x" * 501, "priority": 0}
        payload = await me.graph.mutate("addToWishlist", "existed", **wrong)
        assert mistakes(payload) == [
            ("NotFoundError", "input.variantId"),
            ("NotFoundError", "input.wishlistId"),
            ("InvalidInputError", "input.note"),
            ("InvalidInputError", "input.priority"),
        ]

    async def test_changing(self, world: World) -> None:
        me = await world.person()
        payload = await me.graph.mutate("updateWishlistItem", "item { id }", itemId="x", note=" ", priority=6)
        assert mistakes(payload) == [
            ("NotFoundError", "input.itemId"), ("InvalidInputError", "input.note"), ("InvalidInputError", "input.priority"),
        ]  # fmt: skip


class TestSessions:
    """Completing and rating a session."""

    async def test_anonymous(self, world: World) -> None:
        payload = await world.nobody.mutate("rateSession", "session { id }", sessionId="x", stars=9)
        assert [one["__typename"] for one in payload["userErrors"]] == ["SignedOutError"]

    async def test_rating(self, world: World) -> None:
        me = await world.person()
        payload = await me.graph.mutate("rateSession", "session { id }", sessionId="x", stars=6, comment="x" * 1001)
        assert mistakes(payload) == [
            ("NotFoundError", "input.sessionId"), ("InvalidInputError", "input.stars"), ("InvalidInputError", "input.comment"),
        ]  # fmt: skip

    async def test_completing(self, world: World) -> None:
        solver = await world.solver()
        payload = await solver.graph.mutate("completeSession", "session { id }", sessionId="x", notes="x" * 3001)
        assert mistakes(payload) == [("NotFoundError", "input.sessionId"), ("InvalidInputError", "input.notes")]


def short(value: str, field: str) -> str:
    if len(value) > 3:
        raise errors.InvalidInput(f"{value} is too long.", field)
    return value.upper()


class TestCollect:
    """The block that collects."""

    def test_values(self) -> None:
        with collect() as check:
            assert check(short, "abc", "a") == "ABC"
            assert check(short, None, "b") is None

    def test_one_error_is_raised_as_it_is(self) -> None:
        with pytest.raises(errors.InvalidInput, match="abcd is too long"), collect() as check:
            assert check(short, "abcd", "a") is None

    def test_blocks_in_blocks(self) -> None:
        def both(value: str) -> None:
            with collect() as check:
                check(short, value, "b")
                check(short, value, "c")

        with pytest.raises(UserErrors) as raised, collect() as check:
            _ = check(both, "second"), check(short, "third", "d")
        assert [error.field for error in raised.value.found] == [["input", name] for name in "bcd"]

    def test_an_error_that_is_raised_ends_the_block(self) -> None:
        def signed_out(_: Any) -> None:
            raise errors.SignedOut

        with pytest.raises(UserErrors) as raised, collect() as check:
            signed_out(check(short, "first", "a"))
        assert [error.graphql_type for error in raised.value.found] == ["InvalidInputError", "SignedOutError"]

    def test_a_bug_is_not_hidden(self) -> None:
        with pytest.raises(ZeroDivisionError), collect() as check:
            check(short, "x" * (1 // check(len, "")), "a")
