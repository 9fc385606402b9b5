"""What customers change about their profile (C2, C3)."""

from typing import Any

import pytest

from tests.conventions.wrong import LONG
from tests.graph import only
from tests.people import Person, World

PROFILE = """customer { id name email phoneNumber phoneVerified location preferences { preferredLanguage pushNotifications
    emailNotifications smsNotifications topics { orderUpdates promotions newStores } } }"""
FULL: dict[str, Any] = {
    "name": "Layla", "email": "layla@example.com", "phone_number": "+971501234567", "phone_verified": True,
    "location": "Dubai", "preferred_language": "ar", "sms_notifications": True, "promotions": True,
}  # fmt: skip
ARABIC_INDIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


async def row(world: World, person: Person) -> dict[str, Any]:
    """Fetch all columns of a customer but the times at which the server wrote them."""
    found = dict(await world.database.pool.fetchrow("SELECT * FROM customer WHERE id = $1", person.key))
    return {name: value for name, value in found.items() if name not in {"updated_at", "last_active_at"}}


async def update(person: Person, **values: Any) -> Any:
    """Change the profile and give the payload."""
    return await person.graph.mutate("updateProfile", PROFILE, **values)


class TestUpdateProfile:
    """C2: what is left out stays, null clears."""

    async def test_anonymous(self, world: World) -> None:
        payload = await world.nobody.mutate("updateProfile", PROFILE, name="Layla")
        assert (payload["customer"], only(payload)) == (None, "SignedOutError")

    async def test_stranger_is_left_alone(self, world: World) -> None:
        me, stranger = await world.person(), await world.person(**FULL)
        before = await row(world, stranger)
        await update(
            me, name=None, email=None, phoneNumber=None, location=None, preferences={"preferredLanguage": "en"}
        )
        assert await row(world, stranger) == before

    @pytest.mark.parametrize(
        ("name", "given", "column", "stored"),
        [
            ("name", "  Layla \n  al  Amin ", "name", "Layla al Amin"),
            ("name", "E\u0301va", "name", "Éva"),
            ("name", "\U0001f469\u200d\U0001f4bb", "name", "\U0001f469\u200d\U0001f4bb"),
            ("name", "x" * 100, "name", "x" * 100),
            ("name", None, "name", None),
            ("email", " Layla@EXAMPLE.org ", "email", "Layla@example.org"),
            ("email", None, "email", None),
            ("location", "مدينة دبي", "location", "مدينة دبي"),
            ("location", "x" * 120, "location", "x" * 120),
            ("location", None, "location", None),
            ("preferences", {"preferredLanguage": "EN-gb"}, "preferred_language", "en"),
            ("preferences", {"pushNotifications": False}, "push_notifications", False),
            ("preferences", {"emailNotifications": False}, "email_notifications", False),
            ("preferences", {"smsNotifications": False}, "sms_notifications", False),
            ("preferences", {"topics": {"orderUpdates": False}}, "order_updates", False),
            ("preferences", {"topics": {"promotions": False}}, "promotions", False),
            ("preferences", {"topics": {"newStores": False}}, "new_stores", False),
        ],
    )
    async def test_omitted_stays(self, world: World, name: str, given: Any, column: str, stored: Any) -> None:
        me = await world.person(**FULL)
        before = await row(world, me)
        assert before[column] != stored
        assert (await update(me, **{name: given}))["userErrors"] == []
        assert await row(world, me) == before | {column: stored}

    @pytest.mark.parametrize("values", [{}, {"preferences": {}}, {"preferences": {"topics": {}}}])
    async def test_nothing_sent_changes_nothing(self, world: World, values: Any) -> None:
        me = await world.person(**FULL)
        before = await row(world, me)
        payload = await update(me, **values)
        assert payload["customer"]["preferences"]["topics"] == {
            "orderUpdates": True, "promotions": True, "newStores": True,
        }  # fmt: skip
        assert await row(world, me) == before

    async def test_all_at_once(self, world: World) -> None:
        me = await world.person()
        topics = {"orderUpdates": False, "promotions": True, "newStores": False}
        preferences = {
            "preferredLanguage": "ar", "pushNotifications": False, "emailNotifications": False,
            "smsNotifications": True, "topics": topics,
        }  # fmt: skip
        values = {"name": "Omar", "email": "omar@example.com", "phoneNumber": "+971509876543", "location": "Abu Dhabi"}
        payload = await update(me, **values, preferences=preferences)
        assert payload["customer"] == {"id": me.id, "phoneVerified": False, **values, "preferences": preferences}

    @pytest.mark.parametrize(
        ("values", "field", "kind"),
        [
            *[({"name": name}, ["name"], "InvalidInputError") for name in ("", " \n\t", "\u200b \u2060", "x" * 101, LONG)],
            *[({"location": text}, ["location"], "InvalidInputError") for text in ("", "\u3000", "x" * 121, LONG)],
            *[
                ({"email": text}, ["email"], "InvalidInputError")
                for text in ("", "layla", "a@b", "a@@example.com", "a b@example.com", "a@exa mple.com", "<a@example.com>",
                             "a@example.com, b@example.com", LONG + "@example.com")
            ],
            ({"preferences": {"preferredLanguage": "fr"}}, ["preferences", "preferredLanguage"], "UnsupportedLanguageError"),
            ({"preferences": {"preferredLanguage": ""}}, ["preferences", "preferredLanguage"], "UnsupportedLanguageError"),
            ({"preferences": {"preferredLanguage": "en@" + LONG}}, ["preferences", "preferredLanguage"], "UnsupportedLanguageError"),
            ({"preferences": {"preferredLanguage": "en." + LONG}}, ["preferences", "preferredLanguage"], "UnsupportedLanguageError"),
        ],
    )  # fmt: skip
    async def test_what_breaks_a_rule_changes_nothing(
        self, world: World, values: Any, field: list[str], kind: str
    ) -> None:
        """G3: a typed error with the path of the value; what was right beside it is not stored either."""
        me = await world.person(**FULL)
        before = await row(world, me)
        right: dict[str, Any] = {"name": "Nora", "preferences": {"pushNotifications": False}}
        payload = await update(me, **right | values)
        problem = payload["userErrors"][0]
        assert (payload["customer"], only(payload), problem["code"]) == (None, kind, "BAD_USER_INPUT")
        assert problem["field"] == ["input", *field]
        assert "x" * 101 not in problem["message"]
        assert problem.get("supportedLanguages", ["en", "ar"]) == ["en", "ar"]
        assert await row(world, me) == before

    @pytest.mark.parametrize(
        "preferences",
        [
            None, {"preferredLanguage": None}, {"pushNotifications": None}, {"emailNotifications": None},
            {"smsNotifications": None}, {"topics": None}, {"topics": {"orderUpdates": None}},
            {"topics": {"promotions": None}}, {"topics": {"newStores": None}},
        ],
    )  # fmt: skip
    async def test_null_is_refused_where_there_is_nothing_to_clear(self, world: World, preferences: Any) -> None:
        me = await world.person(**FULL)
        before = await row(world, me)
        query = "mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { userErrors { code } } }"
        problems = await me.graph.errors(query, input={"name": "Nora", "preferences": preferences})
        assert problems[0]["extensions"]["code"] == "BAD_USER_INPUT"
        assert await row(world, me) == before


class TestPhoneNumber:
    """C2, G4, and `limits.md` on phones."""

    async def test_anonymous(self, world: World) -> None:
        payload = await world.nobody.mutate("updateProfile", PROFILE, phoneNumber="+971501234567")
        assert (payload["customer"], only(payload)) == (None, "SignedOutError")

    @pytest.mark.parametrize(
        "given",
        ["+971 50 123 4567", "00971501234567", "00 971 (50) 123-4567", " +971501234567 ", "tel:+971-50-123-4567",
         "+971501234567".translate(ARABIC_INDIC), "00971501234567".translate(ARABIC_INDIC), "\uff0b971501234567"],
    )  # fmt: skip
    async def test_as_people_type_it(self, world: World, given: str) -> None:
        me = await world.person()
        payload = await update(me, phoneNumber=given)
        assert payload["customer"]["phoneNumber"] == "+971501234567"

    @pytest.mark.parametrize(
        "given",
        ["", "0501234567", "971501234567", "+971", "+97150", "+9715012345678", "+999501234567", "+", "00", "phone",
         "+971501234567 ext. 5", "+971501234567x5", "+971501234567#5", "+971501234567;ext=5", "+" + "9" * 40,
         "9" * 20, LONG, "+971501234567" + " " * 4_000 + "1", "0" * 4_000],
    )  # fmt: skip
    async def test_refused(self, world: World, given: str) -> None:
        me = await world.person(**FULL)
        payload = await update(me, phoneNumber=given)
        assert (payload["customer"], only(payload)) == (None, "InvalidInputError")
        assert payload["userErrors"][0]["field"] == ["input", "phoneNumber"]
        stored = await row(world, me)
        assert (stored["phone_number"], stored["phone_verified"]) == ("+971501234567", True)

    @pytest.mark.parametrize(
        ("values", "verified"),
        [
            ({"phoneNumber": "+971501234567"}, True),
            ({"phoneNumber": "00971 50 123 4567"}, True),
            ({"name": "Nora"}, True),
            ({"phoneNumber": "+971509876543"}, False),
            ({"phoneNumber": None}, False),
        ],
    )
    async def test_another_one_is_unverified(self, world: World, values: Any, verified: bool) -> None:
        me = await world.person(**FULL)
        assert (await update(me, **values))["customer"]["phoneVerified"] is verified

    async def test_back_to_the_verified_one_is_unverified(self, world: World) -> None:
        me = await world.person(**FULL)
        await update(me, phoneNumber=None)
        assert (await update(me, phoneNumber="+971501234567"))["customer"]["phoneVerified"] is False
