"""Searching customers: the words of names as they are stored, and how short a term may be (C6)."""

import asyncio
from typing import Any

import asyncpg
import pytest
from alembic import command

import migrations
from database.urls import plain_url
from tests.people import World, word

QUERY = "query ($term: String!) { searchCustomers(term: $term, first: 100) { totalCount nodes { username } } }"
HINDI, ARABIC = "\u092e\u094b\u0939\u0928", "\u0645\u064f\u062d\u064e\u0645\u064e\u0651\u062f"
WORDS = "SELECT word FROM customer_name_word WHERE customer_id = $1 ORDER BY word"


def letters() -> str:
    """Give a word of letters alone that nobody has used."""
    return "".join("ghijklmnopqrstuv"[int(digit, 16)] for digit in word())


async def found(graph: Any, term: str) -> list[str]:
    page = (await graph(QUERY, term=term))["searchCustomers"]
    assert page["totalCount"] == len(page["nodes"])
    return [node["username"] for node in page["nodes"]]


class TestTerm:
    async def test_two_characters_at_least(self, world: World) -> None:
        """One character finds nobody, whoever has it."""
        await world.person(name="\u01c2 \u01c3\u01c2")
        for short in ("\u01c2", "  \u01c3\t", "x", "7"):
            assert await found(world.nobody, short) == []
        assert len(await found(world.nobody, "\u01c3\u01c2")) == 1

    @pytest.mark.parametrize("name", [HINDI, ARABIC])
    async def test_vowels_that_are_marks(self, world: World, name: str) -> None:
        """They do not end a word."""
        rare = letters()
        person = await world.person(name=f"{name}{rare}")
        for term in (f"{name}{rare}", f"{name}{rare[:9]}"):
            assert await found(world.nobody, term) == [person.username]

    async def test_each_customer_once(self, world: World) -> None:
        """Whoever has several words that begin with the term, or a username that does, too."""
        rare = letters()[:12]
        several = await world.person(name=f"{rare}b {rare}a {rare}c")
        one = await world.person(name=f"{rare}b", username=f"a{rare}")
        both = await world.person(name=f"{rare}a", username=f"{rare}z")
        assert await found(world.nobody, rare) == [both.username, several.username, one.username]
        assert await found(world.nobody, f"{rare}c {rare}a") == [several.username]


class TestStoredWords:
    """Triggers keep them."""

    async def test_another_name_or_username(self, world: World) -> None:
        rare, other = letters(), letters()
        person = await world.person(name=rare)
        await world.execute("UPDATE customer SET name = $2 WHERE id = $1", person.key, f"{other} Smith {other}")
        assert (await found(world.nobody, rare), await found(world.nobody, other)) == ([], [person.username])
        rows = await world.database.pool.fetch(WORDS, person.key)
        assert [row["word"] for row in rows] == sorted([other, "smith"])
        name = f"A{rare[:9]}"
        await world.execute("UPDATE customer SET username = $2 WHERE id = $1", person.key, name)
        assert await found(world.nobody, other) == [name]
        sql = "SELECT DISTINCT username FROM customer_name_word WHERE customer_id = $1"
        assert await world.value(sql, person.key) == name.lower()
        await world.execute("UPDATE customer SET name = NULL WHERE id = $1", person.key)
        assert (await found(world.nobody, other), await world.value(WORDS, person.key)) == ([], None)

    async def test_deletion(self, world: World) -> None:
        person = await world.person(name=letters())
        assert await world.value(WORDS, person.key)
        await world.execute("DELETE FROM wishlist WHERE owner_id = $1", person.key)
        await world.execute("DELETE FROM customer WHERE id = $1", person.key)
        assert await world.value(WORDS, person.key) is None

    async def test_migration(self, empty_database_url: str) -> None:
        """There and back; customers of before are found."""
        configured = migrations.config(empty_database_url)
        connection = await asyncpg.connect(plain_url(empty_database_url))
        await asyncio.to_thread(command.downgrade, configured, "0007")
        sql = "INSERT INTO customer (id, clerk_id, username, name) VALUES (gen_random_uuid(), 'user_1', 'Layla1', $1)"
        await connection.execute(sql, "Layla O'Brien")
        await asyncio.to_thread(command.upgrade, configured, "head")
        rows = await connection.fetch("SELECT word, username FROM customer_name_word ORDER BY word")
        assert [tuple(row) for row in rows] == [("brien", "layla1"), ("layla", "layla1"), ("o", "layla1")]
        await connection.close()
