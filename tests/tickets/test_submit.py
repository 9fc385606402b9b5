"""A ticket is sent, with an account or without (T1)."""

import asyncio
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from auth.secrets import Secrets
from models import ids, references
from settings import Settings
from tests.conventions.wrong import names_of_nothing
from tests.graph import only
from tests.people import Person, World, number, word
from tests.tickets.submissions import SUBMITTED, coming_from, find, limited, submit

FIFTY = 50


async def stored(world: World, payload: Any) -> Any:
    key = ids.key_of("Ticket", payload["ticket"]["id"])
    return await world.database.pool.fetchrow("SELECT * FROM ticket WHERE id = $1", key)


async def refused(graph: Any, **values: Any) -> tuple[str, list[str] | None, str]:
    """Give type, field and sentence of the one thing that is wrong; nothing else is answered."""
    payload = await submit(graph, **values)
    assert (payload["ticket"], payload["signUpUrl"]) == (None, None)
    return only(payload), payload["userErrors"][0]["field"], payload["userErrors"][0]["message"]


class TestGuest:
    """Without an account."""

    async def test_anonymous(self, world: World) -> None:
        phone, email = number(), f"{word()}@example.com"
        payload = await submit(
            world.nobody, phoneNumber=phone, email=email, description="No picture", urgency="HIGH", deviceType="LAPTOP"
        )
        assert payload["userErrors"] == []
        ticket = payload["ticket"]
        assert ticket == ticket | {
            "status": "OPEN", "urgency": "HIGH", "deviceType": "LAPTOP", "description": "No picture", "name": "Layla",
            "phoneNumber": phone, "email": email, "customer": None, "requestedSolver": None, "claimedBy": None,
            "claimedAt": None, "sessions": [],
        }  # fmt: skip
        assert references.read(ticket["reference"]) == ticket["reference"]
        row = await stored(world, payload)
        assert (row["customer_id"], row["language"], row["phone_number"]) == (None, "en", phone)

    async def test_stranger_finds_nothing_by_the_id(self, world: World) -> None:
        ticket = (await submit(world.nobody))["ticket"]
        for graph in (world.nobody, (await world.person()).graph):
            found = await graph("query ($id: ID!) { ticket(id: $id) { id } node(id: $id) { id } }", id=ticket["id"])
            assert found == {"ticket": None, "node": None}

    async def test_defaults(self, world: World) -> None:
        ticket = (await submit(world.nobody))["ticket"]
        assert (ticket["urgency"], ticket["deviceType"], ticket["email"]) == ("NORMAL", "OTHER", None)

    async def test_sign_up_url(self, world: World) -> None:
        payload = await submit(world.nobody)
        address, ticket = urlsplit(payload["signUpUrl"]), payload["ticket"]
        assert payload["signUpUrl"].startswith("http://127.0.0.1:3000/sign-up?")
        assert parse_qs(address.query) == {
            "redirect_url": [f"/tickets/{ticket['reference']}"], "phone": [ticket["phoneNumber"]]
        }  # fmt: skip
        assert "%2B971" in payload["signUpUrl"]

    async def test_sign_up_url_of_a_shop(
        self, world: World, settings: Settings, credentials: Secrets, database_url: str
    ) -> None:
        own = {"data_folder": settings.data_folder, "sign_up_url": "https://shop.example/join?from=help&x=#new"}
        async with limited(world, credentials, database_url, **own) as shop:
            address = urlsplit((await submit(shop.nobody, coming_from("198.18.255.1")))["signUpUrl"])
        assert (address.scheme, address.netloc, address.path, address.fragment) == (
            "https",
            "shop.example",
            "/join",
            "new",
        )
        assert list(parse_qs(address.query, keep_blank_values=True)) == ["from", "x", "redirect_url", "phone"]

    @pytest.mark.parametrize("wrong", ["shop.example/join", "javascript:alert(1)", "/sign-up"])
    def test_sign_up_url_that_is_none(self, wrong: str) -> None:
        with pytest.raises(ValueError, match="SIGN_UP_URL must be a whole address"):
            Settings(sign_up_url=wrong)

    @pytest.mark.parametrize("name", ["name", "phoneNumber"])
    async def test_what_a_guest_must_say(self, world: World, name: str) -> None:
        kind, field, message = await refused(world.nobody, **{name: None})
        assert (kind, field) == ("InvalidInputError", ["input", name])
        assert message.endswith(".")

    async def test_language(self, world: World) -> None:
        assert (await stored(world, await submit(world.nobody, language="ar-AE")))["language"] == "ar"
        assert (await refused(world.nobody, language="fr"))[:2] == ("UnsupportedLanguageError", ["input", "language"])

    async def test_no_solver_by_name(self, world: World) -> None:
        solver = ids.encode("Solver", await world.solver_key(await world.solver()))
        assert (await refused(world.nobody, requestedSolverId=solver))[0] == "SignedOutError"


class TestAccount:
    """With an account."""

    async def test_anonymous_and_stranger(self, world: World) -> None:
        """What an account sends is found by the account alone, and by reference with phone."""
        me, stranger, phone = await world.person(), await world.person(), number()
        ticket = (await submit(me.graph, phoneNumber=phone))["ticket"]
        assert ticket["customer"] == {"id": me.id}
        assert await stranger.graph("query ($id: ID!) { ticket(id: $id) { id } }", id=ticket["id"]) == {"ticket": None}
        guest = await find(world.nobody, ticket["reference"], phone)
        assert guest == ticket | dict.fromkeys(("name", "phoneNumber", "email", "customer"))

    async def test_what_the_account_says_is_left_out(self, world: World) -> None:
        said = {"name": "Omar", "phone_number": number(), "email": "omar@example.com", "preferred_language": "ar"}
        me = await world.person(**said)
        payload = await submit(me.graph, name=None, phoneNumber=None, language="en")
        assert payload["signUpUrl"] is None
        ticket = payload["ticket"]
        assert (ticket["name"], ticket["phoneNumber"], ticket["email"]) == ("Omar", said["phone_number"], said["email"])
        assert (await stored(world, payload))["language"] == "ar"

    async def test_what_is_given_goes_first(self, world: World) -> None:
        me = await world.person(name="Omar", phone_number=number(), email="omar@example.com")
        given = {"name": "Home", "phoneNumber": number(), "email": "home@example.com"}
        ticket = (await submit(me.graph, **given))["ticket"]
        assert {name: ticket[name] for name in given} == given

    async def test_account_without_a_phone(self, world: World) -> None:
        me = await world.person(name="Omar")
        assert (await refused(me.graph, phoneNumber=None))[:2] == ("InvalidInputError", ["input", "phoneNumber"])

    async def test_favourite_solver(self, world: World) -> None:
        me, solver, other = await world.person(), await world.solver(), await world.solver()
        await world.favorite(me, solver)
        wanted = ids.encode("Solver", await world.solver_key(solver))
        assert (await submit(me.graph, requestedSolverId=wanted))["ticket"]["requestedSolver"] == {"id": wanted}
        no_favourite = ids.encode("Solver", await world.solver_key(other))
        for wrong in (no_favourite, *names_of_nothing("Solver")):
            kind, field, _ = await refused(me.graph, requestedSolverId=wrong)
            assert (kind, field) == ("NotFoundError", ["input", "requestedSolverId"])


class TestText:
    """What is typed is read as it was meant, or refused with a sentence that teaches."""

    @pytest.mark.parametrize("typed", ["+{}", "00{}", "+{0:.5} {0:.2}-", " (+{})"])
    async def test_phones(self, world: World, typed: str) -> None:
        digits = number()[1:]
        written = {
            "+{}": f"+{digits[:3]} {digits[3:5]} {digits[5:8]} {digits[8:]}", "00{}": f"00{digits}",
            "+{0:.5} {0:.2}-": "".join(chr(0x660 + int(one)) for one in f"00{digits}"), " (+{})": f" +{digits} ",
        }[typed]  # fmt: skip
        assert (await submit(world.nobody, phoneNumber=written))["ticket"]["phoneNumber"] == f"+{digits}"

    @pytest.mark.parametrize(
        "typed", ["", "0501234567", "+97150", "+999501234567", "phone", "+971501234567 ext. 5", "+" + "9" * 4_000]
    )
    async def test_no_phones(self, world: World, typed: str) -> None:
        kind, field, message = await refused(world.nobody, phoneNumber=typed)
        assert (kind, field) == ("InvalidInputError", ["input", "phoneNumber"])
        assert "9" * 101 not in message

    async def test_email(self, world: World) -> None:
        ticket = (await submit(world.nobody, email=" Layla@EXAMPLE.com "))["ticket"]
        assert ticket["email"] == "Layla@example.com"
        assert (await refused(world.nobody, email="layla"))[:2] == ("InvalidInputError", ["input", "email"])

    async def test_description(self, world: World) -> None:
        """NFC, its lines kept, its ends trimmed."""
        given = {"description": " Cafe\u0301 \r\n\nليلى\t\n", "name": " La\u0308yla  H "}
        ticket = (await submit(world.nobody, **given))["ticket"]
        assert (ticket["description"], ticket["name"]) == ("Café\n\nليلى", "L\u00e4yla H")

    @pytest.mark.parametrize("text", ["0000", "404", "?!", "\U0001f4bb", "\u0664\u0660\u0664"])
    async def test_description_without_letters(self, world: World, text: str) -> None:
        assert (await submit(world.nobody, description=f" {text}\n"))["ticket"]["description"] == text

    @pytest.mark.parametrize("text", ["", " \n ", "\ufeff", "\u200d \u00ad"])
    async def test_description_with_nothing_to_see(self, world: World, text: str) -> None:
        kind, field, message = await refused(world.nobody, description=text)
        assert (kind, field) == ("InvalidInputError", ["input", "description"])
        assert "cannot be empty" in message

    @pytest.mark.parametrize("length", [3_001, 20_000])
    async def test_too_long(self, world: World, length: int) -> None:
        kind, field, message = await refused(world.nobody, description="a" * length)
        assert (kind, field) == ("InvalidInputError", ["input", "description"])
        assert f"{length} characters, but at most 3000" in message
        assert len((await submit(world.nobody, description="a" * 3_000))["ticket"]["description"]) == 3_000


class TestRaces:
    """An account that goes takes no ticket with it."""

    async def test_submitted_while_the_account_is_deleted(self, world: World) -> None:
        me: Person = await world.person()
        phone = number()
        query = f"mutation ($input: SubmitTicketInput!) {{ submitTicket(input: $input) {{ {SUBMITTED} }} }}"
        given = {"name": "Layla", "phoneNumber": phone, "description": "Black screen"}
        from actions import account_deletion

        async def delete() -> None:
            async with world.database.transaction() as session:
                await account_deletion.delete(session, me.clerk_id)

        sent = [me.graph.send(query, input=given) for _ in range(8)]
        answers = await asyncio.gather(*sent, delete())
        assert {answer.status_code for answer in answers[:-1]} <= {200, 401}
        assert await world.value("SELECT count(*) FROM ticket WHERE phone_number = $1", phone) == 0
