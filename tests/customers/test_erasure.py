"""Nothing of a person is left in any table once Clerk has deleted the account, except where this file says so (A7).

Everything that can be written about somebody bears a word that nobody else has; then all tables are searched for it.
"""

import asyncio
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx2
import orjson
import pytest
from structlog.testing import capture_logs

import application
from auth.secrets import Secrets
from models import ids
from models.columns import Table
from settings import Settings
from tests.conftest import serving
from tests.customers.accounts import T1
from tests.documents.conftest import persisted
from tests.follows.crowds import until
from tests.graph import Graph
from tests.patience import SECONDS
from tests.payments.payments import payment, razorpay
from tests.people import Person, World, number, word
from tests.running.test_check import run
from tests.webhooks.clerk import ADDRESS, Sender, deleted, phone, signed, user

KEPT = {"deleted_account": "its Clerk id, so that a late event or token does not create the account again"}
WRITTEN = {
    "customer", "customer_name_word", "payment", "payment_attempt", "session", "session_rating", "ticket", "webhook_message",
    "wishlist", "wishlist_item",
}  # fmt: skip
"""The tables that hold the word before the deletion."""
WITHOUT_WORDS = {
    "attempts": "keyed digests of addresses and phone numbers, for a day",
    "audit_entry": "ids and enum values",
    "block": "ids",
    "customer_spending": "amounts",
    "deleted_account": "made by the deletion",
    "event": "ids and enum values, for EVENT_DAYS",
    "event_retention": "the id of a transaction",
    "favorite_solver": "ids",
    "follow": "ids",
    "follow_request": "ids",
    "guest_idempotency_key": "digests, and ids of what was made, for a day",
    "idempotency_key": "digests, and ids of what was made, for a day",
    "mail": "ids and an enum value; the text is made when it is sent",
    "order": "ids and amounts",
    "order_line": "titles and prices of products",
    "persisted_query": "texts of GraphQL documents without literal texts and comments",
    "receipt": "ids",
    "refund": "ids and amounts",
    "account_compared": "a time",
    "solver": "ids",
    "store_follow": "ids",
    "webhook_effect": "ids of Razorpay's payments, orders and refunds, with names of events",
    "trusted_document": "texts of GraphQL documents that a front end was built with",
}
CATALOGUE = {
    "attribute", "attribute_value", "brand", "category", "facet_change", "facet_code", "facet_count", "image", "listing",
    "offer", "price_change", "product", "product_facets", "product_price", "product_search", "product_variant", "search_word", "variant_price",
    "source", "store",
}  # fmt: skip
TABLES = """
    SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
    WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
"""


@pytest.fixture
def deliver(http: httpx2.AsyncClient, credentials: Secrets) -> Sender:
    """Send events as Svix does."""
    return Sender(http, credentials.clerk_webhook_secrets[0])


async def holding(world: World, *words: str) -> set[str]:
    """Find the tables in which a row holds one of the words, as text or as bytes."""
    patterns = [f"%{form}%" for one in words for form in (one, one.encode().hex())]
    found = set()
    for row in await world.database.pool.fetch(TABLES):
        name = row["name"]
        try:
            held = await world.value(f"SELECT EXISTS (SELECT FROM {name} t WHERE t::text LIKE ANY($1))", patterns)
        except asyncpg.UndefinedTableError:  # of another test, meanwhile
            continue
        if held:
            found.add(name.removeprefix("public."))
    return found


async def succeed(person: Person, verb: str, selection: str, **given: Any) -> Any:
    """Run a mutation, with a key so that its result is remembered."""
    payload = await person.graph.mutate(verb, f"{selection} ", **given | {"idempotencyKey": uuid4().hex})
    assert payload["userErrors"] == [], verb
    return payload


async def write_everything(world: World, me: Person, canary: str, phone_number: str) -> None:
    """Write the word wherever a person, or somebody who works for them, can write."""
    solver, other, variant = await world.solver(), await world.person(), await world.variant()
    profile = {"name": f"Name {canary}", "location": f"Place {canary}"}
    await succeed(me, "updateProfile", "customer { id }", **profile)
    made = await succeed(me, "createWishlist", "wishlist { id name }", name=f"List {canary}")
    given = {"variantId": ids.encode("ProductVariant", variant.id), "wishlistId": made["wishlist"]["id"]}
    await succeed(me, "addToWishlist", "item { id note }", **given, note=f"Note {canary}")
    for verb in ("followCustomer", "blockCustomer"):
        await succeed(me, verb, "customer { id }", customerId=other.id)
    ticket = {"name": f"Name {canary}", "phoneNumber": phone_number, "description": f"Text {canary}"}
    sent = await succeed(me, "submitTicket", "ticket { id }", **ticket, email=f"{canary}@example.com")
    guest = {**ticket, "email": f"{canary}@example.com", "idempotencyKey": uuid4().hex}
    assert (await world.nobody.mutate("submitTicket", "ticket { id }", **guest))["userErrors"] == []
    about = {"ticketId": sent["ticket"]["id"]}
    await succeed(solver, "claimTicket", "ticket { id }", **about)
    begun = await succeed(solver, "startSession", "session { id }", **about, tier="STANDARD")
    session = {"sessionId": begun["session"]["id"]}
    await succeed(solver, "completeSession", "session { id }", **session, notes=f"Notes {canary}", resolved=True)
    await succeed(me, "rateSession", "session { id }", **session, stars=5, comment=f"Comment {canary}")
    paid = await payment(world, me, description=f"For {canary}")
    await razorpay(world, paid).report(word(), "FAILED", failure_reason=f"{canary} has no money")
    query = f'{{ customerByUsername(username: "{canary}") {{ id }} }} # about {canary}'
    named = {"query": query, "extensions": persisted(query)}
    assert "data" in (await world.http.post("/graphql", json=named)).json()


async def test_nothing_is_left(world: World, http: httpx2.AsyncClient, credentials: Secrets, deliver: Sender) -> None:
    letters = "".join(chr(ord("a") + int(digit, 16)) for digit in word())  # one word for text search, too
    canary, phone_number = letters, number()
    clerk_id = f"user_{canary}"
    address = {"id": "idn_own", "email_address": f"{canary}@example.com", "verification": {"status": "verified"}}
    profile = {"email_addresses": [address], "primary_email_address_id": "idn_own", "first_name": f"First{canary}"}
    profile |= {"phone_numbers": [phone(phone_number)], "primary_phone_number_id": "idn_phone"}
    assert (await deliver("user.created", user(clerk_id, updated_at=T1, **profile))).status_code == 200
    found = await world.database.pool.fetchrow("SELECT id, username FROM customer WHERE clerk_id = $1", clerk_id)
    me = Person(found["id"], found["username"], clerk_id, Graph(http, world.issuer.token(clerk_id)))
    await write_everything(world, me, canary, phone_number)
    broken = orjson.dumps({"type": "user.updated", "data": {"id": clerk_id, "first_name": canary}})
    headers = signed(credentials.clerk_webhook_secrets[0], broken, message_id=f"msg_{uuid4().hex}")
    assert (await http.post(ADDRESS, content=broken, headers=headers)).status_code == 500
    assert await holding(world, canary) == WRITTEN
    await deliver("user.deleted", deleted(clerk_id))
    await until(world, "NOT EXISTS (SELECT FROM customer WHERE id = $1)", me.key)
    assert await holding(world, canary, phone_number) == KEPT.keys()


async def test_the_last_owner(tmp_path: Path, fresh_url: str, settings: Settings, credentials: Secrets) -> None:
    """Clerk has deleted the account already, so that it cannot be refused: a log line and `check` say what to do."""
    app = application.create(settings, credentials, fresh_url)
    async with serving(app) as url, httpx2.AsyncClient(base_url=url, timeout=SECONDS) as http:
        deliver = Sender(http, credentials.clerk_webhook_secrets[0])
        owners = [f"user_{word()}" for _ in range(2)]
        for clerk_id in owners:
            await deliver("user.created", user(clerk_id, updated_at=T1))
        connection = await asyncpg.connect(fresh_url)
        await connection.execute("UPDATE customer SET role = 'OWNER'")
        with capture_logs() as logs:
            await asyncio.gather(*(deliver("user.deleted", deleted(clerk_id)) for clerk_id in owners))
        actions = await connection.fetch("SELECT action FROM audit_entry ORDER BY action")
        await connection.close()
    assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == ["last_owner_deleted"]
    assert "python server.py role USERNAME OWNER" in str(logs)
    assert [row["action"] for row in actions] == ["customer.deleted", "customer.deleted", "owner.last_deleted"]
    checked = await asyncio.to_thread(run, tmp_path, "check", DATABASE_URL=fresh_url)
    assert (checked.code, "Owner       nobody" in checked.output) == (0, True)


def test_every_table_is_looked_at() -> None:
    """A new table is written by `write_everything`, or says here why it holds no words about people."""
    assert set(Table.metadata.tables) == WRITTEN | WITHOUT_WORDS.keys() | CATALOGUE
