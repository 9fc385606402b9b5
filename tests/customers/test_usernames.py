"""What a username may be, and where new ones come from."""

import pytest

from errors.customers import UsernameInvalid, UsernameRule
from models import usernames
from tests.conventions.wrong import LONG
from tests.graph import only
from tests.people import World, word

QUERY = "query ($name: String!) { usernameAvailability(username: $name) { available suggestion reason } }"
REFUSED = {
    "": "TOO_SHORT",
    "ab": "TOO_SHORT",
    "x" * 21: "TOO_LONG",
    LONG: "TOO_LONG",
    "lay la": "BAD_CHARACTERS",
    "layla\n": "BAD_CHARACTERS",
    "layla_a": "BAD_CHARACTERS",
    "l\u0430yla": "BAD_CHARACTERS",  # Cyrillic
    "\uff4c\uff41\uff59\uff4c\uff41": "BAD_CHARACTERS",  # full width
    "lay\u200bla": "BAD_CHARACTERS",  # zero width
    "stra\xdfe": "BAD_CHARACTERS",  # ß
    "\u0130pek": "BAD_CHARACTERS",  # İ
    "\u0661\u0662\u0663": "BAD_CHARACTERS",  # Arabic-Indic digits
    "%%%": "BAD_CHARACTERS",
    "admin": "RESERVED",
    "Support": "RESERVED",
}


class TestUsernames:
    """C5 and C1: what a username may be, and where new ones come from."""

    @pytest.mark.parametrize("name", ["abc", "A1b2C3", "x" * 20, "007"])
    def test_good(self, name: str) -> None:
        assert usernames.check(name) == name

    @pytest.mark.parametrize(
        ("name", "rule"),
        [
            ("", "TOO_SHORT"),
            ("ab", "TOO_SHORT"),
            ("x" * 21, "TOO_LONG"),
            ("x" * 4_000, "TOO_LONG"),
            ("a_b", "BAD_CHARACTERS"),
            ("abc\n", "BAD_CHARACTERS"),
            ("a b", "BAD_CHARACTERS"),
            ("\u0430dam", "BAD_CHARACTERS"),
            ("\uff41\uff44\uff41\uff4d", "BAD_CHARACTERS"),
            ("ad\u200bam", "BAD_CHARACTERS"),
            ("straße", "BAD_CHARACTERS"),
            ("İstanbul", "BAD_CHARACTERS"),
            ("١٢٣", "BAD_CHARACTERS"),
            ("a\x00bc", "BAD_CHARACTERS"),
            ("a\ud800bc", "BAD_CHARACTERS"),
            ("admin", "RESERVED"),
            ("ADMIN", "RESERVED"),
            ("GraphQL", "RESERVED"),
            ("null", "RESERVED"),
        ],
    )
    def test_refused(self, name: str, rule: str) -> None:
        with pytest.raises(UsernameInvalid) as refused:
            usernames.check(name)
        assert refused.value.rule == rule
        assert len(str(refused.value)) < 100

    @pytest.mark.parametrize("base", ["desiredusername", "x" * 20, "abc", "admin", "", "Ü", "\u0430dam", "a\x00b" * 50])
    def test_suggestions_are_usernames(self, base: str) -> None:
        suggested = usernames.candidates(base)
        assert len(suggested) > 10
        assert all(usernames.check(name) == name for name in suggested)

    def test_suggestions_are_numbered(self) -> None:
        assert usernames.candidates("desiredusername")[:2] == ["desiredusername1", "desiredusername2"]

    def test_generated_ones_are_usernames(self) -> None:
        made = {usernames.generate() for _ in range(2_000)}
        assert len(made) > 1_990
        assert all(usernames.check(name) == name for name in made)
        assert max(map(len, usernames.FIRST)) + max(map(len, usernames.SECOND)) + 4 <= usernames.LONGEST

    def test_each_rule_is_a_reason(self) -> None:
        rules = [rule.name for rule in UsernameRule]
        assert [reason.name for reason in usernames.UsernameUnavailableReason] == ["TAKEN", *rules]


class TestUsernameAvailability:
    """C5."""

    async def test_anonymous(self, world: World) -> None:
        free, taken = word(), await world.person()
        answer = (await world.nobody(QUERY, name=free))["usernameAvailability"]
        assert answer == {"available": True, "suggestion": None, "reason": None}
        answer = (await world.nobody(QUERY, name=taken.username.upper()))["usernameAvailability"]
        assert (answer["available"], answer["suggestion"]) == (False, f"{taken.username.upper()}1")
        assert answer["reason"] == "TAKEN"

    async def test_stranger_who_hides_is_counted(self, world: World) -> None:
        """A name that somebody has cannot be had, whoever may see them."""
        me, hidden, blocker = await world.person(), await world.person(show_profile=False), await world.person()
        await world.block(blocker, me)
        for other in (hidden, blocker):
            assert not (await me.graph(QUERY, name=other.username))["usernameAvailability"]["available"]

    @pytest.mark.parametrize(("name", "rule"), REFUSED.items())
    async def test_what_breaks_a_rule(self, world: World, name: str, rule: str) -> None:
        """The suggestion breaks none and is free."""
        answer = (await world.nobody(QUERY, name=name))["usernameAvailability"]
        assert not answer["available"]
        assert answer["reason"] == rule
        again = (await world.nobody(QUERY, name=answer["suggestion"]))["usernameAvailability"]
        assert again["available"]

    async def test_own_in_another_case(self, world: World) -> None:
        me = await world.person()
        for name in (me.username, me.username.upper()):
            assert (await me.graph(QUERY, name=name))["usernameAvailability"]["available"]

    async def test_many_are_taken(self, world: World) -> None:
        """The suggestion is itself free, and near what was wanted."""
        name = f"z{word()}"
        for suffix in ("", *range(1, 10)):
            await world.person(username=f"{name}{suffix}".upper())
        found = (await world.nobody(QUERY, name=name))["usernameAvailability"]["suggestion"]
        assert found.startswith(name)
        assert (await world.nobody(QUERY, name=found))["usernameAvailability"]["available"]


class TestUpdateUsername:
    """C5."""

    verb = "updateUsername"
    fields = "customer { id username }"

    async def test_anonymous(self, world: World) -> None:
        payload = await world.nobody.mutate(self.verb, self.fields, username=word())
        assert (payload["customer"], only(payload)) == (None, "SignedOutError")

    async def test_stranger_keeps_theirs(self, world: World) -> None:
        """Unique without regard to case, also of those who hide."""
        me, stranger = await world.person(), await world.person(show_profile=False)
        for name in (stranger.username, stranger.username.upper(), stranger.username.title()):
            payload = await me.graph.mutate(self.verb, self.fields, username=name)
            problem = payload["userErrors"][0]
            assert (payload["customer"], only(payload)) == (None, "UsernameTakenError")
            assert (problem["code"], problem["field"]) == ("CONFLICT", ["input", "username"])
            free = (await me.graph(QUERY, name=problem["suggestion"]))["usernameAvailability"]
            assert free["available"]
        names = "SELECT username FROM customer WHERE id = ANY($1) ORDER BY id"
        kept = [row[0] for row in await world.database.pool.fetch(names, [me.key, stranger.key])]
        assert kept == [me.username, stranger.username]

    async def test_free(self, world: World) -> None:
        me, wanted = await world.person(), f"New{word()}"
        payload = await me.graph.mutate(self.verb, self.fields, username=wanted)
        assert payload["customer"] == {"id": me.id, "username": wanted}
        other = await world.person()
        payload = await other.graph.mutate(self.verb, self.fields, username=me.username)
        assert payload["customer"]["username"] == me.username

    async def test_suggestion_can_be_taken(self, world: World) -> None:
        me, other = await world.person(), await world.person()
        refused = await me.graph.mutate(self.verb, self.fields, username=other.username)
        suggestion = refused["userErrors"][0]["suggestion"]
        payload = await me.graph.mutate(self.verb, self.fields, username=suggestion)
        assert payload["customer"]["username"] == suggestion

    async def test_own_in_another_case(self, world: World) -> None:
        me = await world.person()
        for name in (me.username, me.username.upper()):
            payload = await me.graph.mutate(self.verb, self.fields, username=name)
            assert payload["customer"]["username"] == name

    @pytest.mark.parametrize(("name", "rule"), REFUSED.items())
    async def test_what_breaks_a_rule(self, world: World, name: str, rule: str) -> None:
        me = await world.person()
        payload = await me.graph.mutate(self.verb, self.fields, username=name)
        problem = payload["userErrors"][0]
        assert (payload["customer"], only(payload)) == (None, "UsernameInvalidError")
        assert (problem["rule"], problem["field"]) == (rule, ["input", "username"])
        assert problem["code"] == "BAD_USER_INPUT"
        assert (await me.graph("{ viewer { username } }"))["viewer"]["username"] == me.username

    async def test_ss_is_not_sharp_s(self, world: World) -> None:
        """Both are letters of a name like strasse, but only one of the two can be one."""
        me, other = await world.person(username=f"strasse{word()}"[:20]), await world.person()
        payload = await other.graph.mutate(self.verb, self.fields, username=me.username.replace("ss", "\xdf"))
        assert only(payload) == "UsernameInvalidError"
