"""A ticket is sent twice, or by many at once: G6, and references that are each ticket's own (T1)."""

import asyncio
from typing import Any

import pytest

from models import references
from settings import Settings
from tests.crowd import patiently
from tests.jobs.queues import run_timer
from tests.people import World, number, word
from tests.tickets.submissions import submit

FIFTY = 50


class TestTwice:
    """G6, for guests too: whoever guesses a key gets nothing by it."""

    @pytest.fixture(params=["guest", "customer"])
    async def sender(self, request: pytest.FixtureRequest, world: World) -> Any:
        return world.nobody if request.param == "guest" else (await world.person()).graph

    async def test_stranger_with_the_same_key(self, world: World, sender: Any) -> None:
        """Another phone number, another customer: another ticket."""
        key, same = word(), {"description": "Black screen"}
        mine = await submit(sender, **same, idempotencyKey=key)
        theirs = await submit(world.nobody, **same, idempotencyKey=key)
        account = await submit((await world.person()).graph, **same, idempotencyKey=key)
        assert len({one["ticket"]["id"] for one in (mine, theirs, account)}) == 3

    async def test_same_input(self, sender: Any) -> None:
        given = {"phoneNumber": number(), "description": "Black screen"}
        first = await submit(sender, **given, idempotencyKey=(key := word()))
        assert await submit(sender, **given, idempotencyKey=key) == first
        assert (await submit(sender, **given))["ticket"]["id"] != first["ticket"]["id"]

    async def test_by_header(self, sender: Any) -> None:
        given, header = {"phoneNumber": number(), "description": "Black screen"}, {"idempotency-key": word()}
        assert await submit(sender, header, **given) == await submit(sender, header, **given)

    async def test_account_that_has_changed_since(self, world: World) -> None:
        """What is taken from the account may be another by the time the request is sent again."""
        me, key = await world.person(name="Omar", phone_number=number()), word()
        given = {"name": None, "phoneNumber": None, "description": "Black screen", "idempotencyKey": key}
        first = await submit(me.graph, **given)
        await me.graph.mutate(
            "updateProfile", "customer { id }", name="Omar K", preferences={"preferredLanguage": "ar"}
        )
        assert await submit(me.graph, **given) == first

    async def test_other_words(self, sender: Any) -> None:
        """No word of the ticket is told to who knows its key and its phone number."""
        given = {"phoneNumber": number(), "name": "Layla", "idempotencyKey": word()}
        first = (await submit(sender, **given, description="Canary"))["ticket"]
        query = "mutation ($input: SubmitTicketInput!) { submitTicket(input: $input) { ticket { id } } }"
        answer = await sender.send(query, input=given | {"description": "Guess"})
        assert answer.json()["errors"][0]["extensions"]["reason"] == "idempotency_key_reused"
        assert first["reference"] not in answer.text
        assert "Canary" not in answer.text

    async def test_fifty_at_once(self, world: World, sender: Any) -> None:
        given = {"phoneNumber": number(), "description": "Black screen", "idempotencyKey": word()}
        made = await asyncio.gather(*(patiently(lambda: submit(sender, **given)) for _ in range(FIFTY)))
        assert len({one["ticket"]["id"] for one in made}) == 1
        assert await world.value("SELECT count(*) FROM ticket WHERE phone_number = $1", given["phoneNumber"]) == 1

    async def test_a_day_later(self, world: World, settings: Settings) -> None:
        """The key can be used again, and what is remembered of guests does not pile up."""
        given = {"phoneNumber": number(), "description": "Black screen", "idempotencyKey": word()}
        first = await submit(world.nobody, **given)
        await submit(world.nobody, idempotencyKey=word())
        await world.execute("UPDATE guest_idempotency_key SET created_at = created_at - interval '25 hours'")
        again = await submit(world.nobody, **given)
        assert again["ticket"]["id"] != first["ticket"]["id"]
        old = "SELECT count(*) FROM guest_idempotency_key WHERE created_at < now() - interval '24 hours'"
        assert await world.value(old) > 0
        await run_timer("guest_idempotency_keys.sweep", settings, world.database)
        assert await world.value(old) == 0
        assert await world.value("SELECT count(*) FROM guest_idempotency_key") > 0

    async def test_only_digests_are_kept(self, world: World) -> None:
        phone, key = number(), word()
        await submit(world.nobody, phoneNumber=phone, idempotencyKey=key)
        kept = await world.database.pool.fetchrow("SELECT * FROM guest_idempotency_key WHERE key = $1", key)
        assert phone.encode() not in kept["guest"] + kept["digest"]
        assert phone not in str(dict(kept))


class TestReferences:
    """Each ticket its own."""

    async def test_anonymous_fifty_at_once(self, world: World) -> None:
        made = await asyncio.gather(*(patiently(lambda: submit(world.nobody)) for _ in range(FIFTY)))
        assert len({one["ticket"]["reference"] for one in made}) == FIFTY

    async def test_one_that_is_taken(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """The constraint says so, and another is tried."""
        taken, free = (await world.ticket()).reference, references.generate()
        tried = iter([taken, taken, free])
        monkeypatch.setattr(references, "generate", lambda: next(tried))
        assert (await submit(world.nobody))["ticket"]["reference"] == free
