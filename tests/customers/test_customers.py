"""What customers see of themselves and change about themselves."""

from typing import Any

import pytest

from actions import follows
from tests.counts import counters, edges
from tests.customers.test_profiles import row
from tests.follows.crowds import until
from tests.graph import Graph, only
from tests.people import World, word

SETTINGS = "showProfile showOrders showFollowers showActivity allowMessages showLocation"
MANY = 17_000
"""More than fit into one statement as parameters, at two for each."""


class TestViewer:
    """C10."""

    async def test_anonymous(self, world: World) -> None:
        assert await world.nobody("{ viewer { id } }") == {"viewer": None}

    async def test_stranger_is_registered_with_defaults(self, world: World) -> None:
        """A5, C1, C3: a generated username, private, English."""
        stranger = Graph(world.http, world.issuer.token(f"user_{word()}"))
        fields = f"""id username isPrivate role name wishlist {{ isDefault }} privacySettings {{ {SETTINGS} }}
            preferences {{ preferredLanguage pushNotifications emailNotifications smsNotifications
            topics {{ orderUpdates promotions newStores }} }}"""
        viewer = (await stranger(f"{{ viewer {{ {fields} }} }}"))["viewer"]
        assert (await stranger("{ viewer { id } }"))["viewer"]["id"] == viewer["id"]
        assert 3 <= len(viewer["username"]) <= 20
        assert viewer["isPrivate"] is viewer["wishlist"]["isDefault"] is True
        assert (viewer["role"], viewer["name"]) == ("CUSTOMER", None)
        assert viewer["preferences"] == {
            "preferredLanguage": "en", "pushNotifications": True, "emailNotifications": True, "smsNotifications": False,
            "topics": {"orderUpdates": True, "promotions": False, "newStores": True},
        }  # fmt: skip
        assert {name for name, on in viewer["privacySettings"].items() if not on} == {"showOrders", "showLocation"}

    async def test_oneself(self, world: World) -> None:
        me = await world.person(name="Layla")
        assert await me.graph("{ viewer { id name relationship { following } viewerCanSeeContent } }") == {
            "viewer": {"id": me.id, "name": "Layla", "relationship": None, "viewerCanSeeContent": True}
        }


class TestSupportedLanguages:
    """G4, C15."""

    async def test_anonymous(self, world: World) -> None:
        assert await world.nobody("{ supportedLanguages }") == {"supportedLanguages": ["en", "ar"]}


class TestRegisterCustomer:
    """A5."""

    verb = "registerCustomer"

    async def test_anonymous(self, world: World) -> None:
        payload = await world.nobody.mutate(self.verb, "customer { id } existed", preferredLanguage="ar")
        assert (payload["customer"], payload["existed"], only(payload)) == (None, None, "SignedOutError")

    async def test_stranger_then_known(self, world: World) -> None:
        stranger = Graph(world.http, world.issuer.token(f"user_{word()}"))
        fields = "customer { id preferences { preferredLanguage } } existed"
        first = await stranger.mutate(self.verb, fields, preferredLanguage="ar")
        second = await stranger.mutate(self.verb, fields, preferredLanguage="en-GB")
        assert (first["existed"], second["existed"]) == (False, True)
        assert first["customer"]["id"] == second["customer"]["id"]
        languages = [one["customer"]["preferences"]["preferredLanguage"] for one in (first, second)]
        assert languages == ["ar", "en"]

    @pytest.mark.parametrize("values", [{}, {"preferredLanguage": None}])
    async def test_language_left_out(self, world: World, values: Any) -> None:
        """Somebody new gets English, somebody known keeps theirs."""
        known, stranger = (
            await world.person(preferred_language="ar"),
            Graph(world.http, world.issuer.token(f"user_{word()}")),
        )
        fields = "customer { preferences { preferredLanguage } } existed"
        for graph, language, existed in ((known.graph, "ar", True), (stranger, "en", False)):
            payload = await graph.mutate(self.verb, fields, **values)
            assert (payload["customer"]["preferences"]["preferredLanguage"], payload["existed"]) == (language, existed)

    async def test_unsupported_language(self, world: World) -> None:
        me = await world.person(preferred_language="ar")
        payload = await me.graph.mutate(self.verb, "customer { id }", preferredLanguage="fr")
        assert only(payload) == "UnsupportedLanguageError"
        assert payload["userErrors"][0]["supportedLanguages"] == ["en", "ar"]
        assert payload["userErrors"][0]["field"] == ["input", "preferredLanguage"]
        assert (await row(world, me))["preferred_language"] == "ar"


class TestUpdatePrivacy:
    """C7, C3."""

    verb = "updatePrivacy"
    fields = f"customer {{ isPrivate followersCount privacySettings {{ {SETTINGS} }} }}"

    async def test_anonymous(self, world: World) -> None:
        payload = await world.nobody.mutate(self.verb, self.fields, isPrivate=False)
        assert (payload["customer"], only(payload)) == (None, "SignedOutError")

    async def test_stranger_is_left_alone(self, world: World) -> None:
        me, stranger, asking = [await world.person(is_private=True) for _ in range(3)]
        await world.ask(asking, stranger)
        before = await row(world, stranger)
        await me.graph.mutate(self.verb, self.fields, isPrivate=False, showProfile=False)
        assert await row(world, stranger) == before
        assert await edges(world, asking, stranger) == (False, True)

    @pytest.mark.parametrize("name", ["isPrivate", *SETTINGS.split()])
    async def test_omitted_stays(self, world: World, name: str) -> None:
        me = await world.person()
        shown = f"{{ viewer {{ isPrivate privacySettings {{ {SETTINGS} }} }} }}"
        before = (await me.graph(shown))["viewer"]
        before |= before.pop("privacySettings")
        await me.graph.mutate(self.verb, self.fields, **{name: not before[name]})
        after = (await me.graph(shown))["viewer"]
        after |= after.pop("privacySettings")
        assert after == before | {name: not before[name]}

    @pytest.mark.parametrize("name", ["isPrivate", *SETTINGS.split()])
    async def test_null_is_refused(self, world: World, name: str) -> None:
        me = await world.person()
        before = await row(world, me)
        query = "mutation ($input: UpdatePrivacyInput!) { updatePrivacy(input: $input) { userErrors { code } } }"
        assert (await me.graph.errors(query, input={name: None}))[0]["extensions"]["code"] == "BAD_USER_INPUT"
        assert await row(world, me) == before

    async def test_going_public_accepts_who_waits(self, world: World) -> None:
        me, follower = await world.person(is_private=True), await world.person()
        asking = [await world.person(is_private=True) for _ in range(3)]
        await world.follow(follower, me)
        await world.follow(me, asking[0])
        for one in asking:
            await world.ask(one, me)
        await world.ask(me, asking[1])
        for _ in range(2):
            payload = await me.graph.mutate(self.verb, self.fields, isPrivate=False)
            assert payload["customer"]["followersCount"] == 4
            assert await counters(world, me) == (4, 1, 0)
        for one in asking:
            assert await edges(world, one, me) == (True, False)
            assert (await counters(world, one))[1] == 1
        assert await edges(world, me, asking[1]) == (False, True)

    async def test_what_does_not_make_public_accepts_nobody(self, world: World) -> None:
        me, asking = await world.person(is_private=True), await world.person()
        await world.ask(asking, me)
        for values in ({}, {"showProfile": True}, {"isPrivate": True}):
            await me.graph.mutate(self.verb, self.fields, **values)
        assert await edges(world, asking, me) == (False, True)

    async def test_going_private_keeps_followers(self, world: World) -> None:
        me, follower = await world.person(), await world.person()
        await world.follow(follower, me)
        await me.graph.mutate(self.verb, self.fields, isPrivate=True)
        assert await edges(world, follower, me) == (True, False)
        assert await counters(world, me) == (1, 0, 0)

    async def test_many_wait(self, world: World) -> None:
        me, mark = await world.person(is_private=True), word()
        await world.execute(
            "INSERT INTO customer (id, clerk_id, username) SELECT gen_random_uuid(), $1 || n, $1 || n "
            "FROM generate_series(1, $2::int) n", mark, MANY,
        )  # fmt: skip
        await world.execute(
            "INSERT INTO follow_request (requester_id, target_id, id) SELECT id, $2, gen_random_uuid() "
            "FROM customer WHERE clerk_id LIKE $1 || '%'", mark, me.key,
        )  # fmt: skip
        payload = await me.graph.mutate(self.verb, self.fields, isPrivate=False)
        assert payload["customer"]["followersCount"] == follows.REQUESTS_OF_A_STEP
        await until(world, "NOT EXISTS (SELECT FROM follow_request WHERE target_id = $1)", me.key)
        assert await counters(world, me) == (MANY, 0, 0)
        exact = "SELECT count(*) FROM customer WHERE clerk_id LIKE $1 || '%' AND following_customers_count = 1"
        assert await world.value(exact, mark) == MANY
