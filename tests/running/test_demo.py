"""Demo data: believable, whole, and the same at each load."""

import re
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import phonenumbers
import pytest

from demo import loading
from demo.draws import NOW
from demo.personas import PERSONAS
from models import ids, references
from tests.running.demo_rules import LAWS, NUMBERED, TABLES, WRITTEN_BY_TRIGGERS

SCALE = 0.1
EXAMPLES = "".join(
    path.read_text() for path in sorted((Path(__file__).parents[2] / "explorer" / "examples").glob("*.*"))
)


@pytest.fixture
async def connection(empty_database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """Connect to a database that holds demo data."""
    if await loading.is_empty(empty_database_url):
        await loading.load(empty_database_url, SCALE, progress=False)
    connection = await asyncpg.connect(empty_database_url)
    yield connection
    await connection.close()


class TestLoad:
    """`loading.load`."""

    async def test_nothing_contradicts_itself(self, connection: asyncpg.Connection) -> None:
        broken = {law: await connection.fetchval(f"SELECT count(*) FROM ({rows})") for law, rows in LAWS.items()}
        assert {law: count for law, count in broken.items() if count} == {}

    async def test_scale_is_met_exactly(self, connection: asyncpg.Connection) -> None:
        scale = loading.Scale.times(SCALE)
        counts = {table: await connection.fetchval(f'SELECT count(*) FROM "{table}"') for table in TABLES}
        assert counts["customer"] == scale.customers == 200
        assert counts["follow"] == scale.follows == 1_500
        assert counts["product"] == scale.products == 632
        assert counts["wishlist_item"] == scale.wishlist_items == 1_000
        assert min(counts.values()) > 0
        assert 3 * scale.products < counts["product_variant"] < 4 * scale.products

    async def test_again_gives_the_same_bytes_and_tells_of_progress(
        self, connection: asyncpg.Connection, empty_database_url: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        before = await checksums(connection)
        await empty(connection)
        summary = await loading.load(empty_database_url, SCALE)
        assert await checksums(connection) == before
        err = capsys.readouterr().err
        assert "demo data:     1,500 follows\n" in err
        assert len(err.splitlines()) == len(set(TABLES) - WRITTEN_BY_TRIGGERS) == len(summary.rows)
        assert str(summary).startswith("200 customers, 1,500 follows, 632 products, ")

    async def test_full_database_is_refused(self, connection: asyncpg.Connection, empty_database_url: str) -> None:
        before = await connection.fetchval("SELECT count(*) FROM follow")
        with pytest.raises(loading.DatabaseNotEmpty, match="already holds customers or products"):
            await loading.load(empty_database_url, SCALE, progress=False)
        assert await connection.fetchval("SELECT count(*) FROM follow") == before


class TestPeople:
    """Who the customers are."""

    async def test_usernames_and_contacts_are_valid(self, connection: asyncpg.Connection) -> None:
        rows = await connection.fetch("SELECT username, email, phone_number FROM customer")
        assert all(re.fullmatch("[A-Za-z0-9]{3,20}", row["username"]) for row in rows)
        assert all(re.fullmatch(r"[a-z0-9]+@example\.(com|org)", row["email"]) for row in rows)
        phones = [row["phone_number"] for row in rows if row["phone_number"]]
        assert [phone for phone in phones if not phonenumbers.is_valid_number(phonenumbers.parse(phone))] == []

    async def test_people_differ(self, connection: asyncpg.Connection) -> None:
        share = "SELECT avg((%s)::int) FROM customer"
        assert 0.2 < await connection.fetchval(share % "preferred_language = 'ar'") < 0.4
        assert 0.5 < await connection.fetchval(share % "is_private") < 0.7
        assert 0.05 < await connection.fetchval(share % "name ~ '[\u0621-\u064a]'") < 0.3
        assert 0 < await connection.fetchval(share % "NOT show_profile") < 0.15
        assert await connection.fetchval("SELECT count(DISTINCT location) FROM customer") > 20

    async def test_few_are_followed_by_many(self, connection: asyncpg.Connection) -> None:
        counts = [row[0] for row in await connection.fetch("SELECT followers_count FROM customer ORDER BY 1 DESC")]
        assert counts[0] > 5 * counts[len(counts) // 10]
        assert counts[len(counts) // 2] < 5
        stars = await connection.fetch(
            "SELECT is_private, show_profile FROM customer ORDER BY followers_count DESC LIMIT 3"
        )
        assert all(not star["is_private"] for star in stars)


class TestPersonas:
    """Those whom one can sign in as."""

    async def test_they_are_there(self, connection: asyncpg.Connection) -> None:
        rows = await connection.fetch(
            "SELECT username, role, is_private FROM customer WHERE clerk_id = 'user_demo_' || username AND show_profile "
            "AND username = ANY($1)", [username for username, _ in PERSONAS],
        )  # fmt: skip
        assert {tuple(row) for row in rows} == {
            ("layla", "CUSTOMER", True), ("omar", "CUSTOMER", False), ("sam", "SOLVER", True),
            ("nora", "OWNER", False), ("amal", "ADMIN", True),
        }  # fmt: skip
        assert [username for username, _ in PERSONAS][:4] == ["layla", "omar", "sam", "nora"]

    async def test_layla_has_something_to_show(self, connection: asyncpg.Connection) -> None:
        layla = await connection.fetchrow("SELECT * FROM customer WHERE username = 'layla'")
        assert min(layla["followers_count"], layla["following_customers_count"]) > 10
        waiting = await connection.fetchval("SELECT count(*) FROM follow_request WHERE target_id = $1", layla["id"])
        assert waiting > 5
        omar = await connection.fetchval("SELECT id FROM customer WHERE username = 'omar'")
        for pair in ((layla["id"], omar), (omar, layla["id"])):
            assert await connection.fetchval(
                "SELECT true FROM follow WHERE (follower_id, followee_id) = ($1, $2)", *pair
            )
        assert await lists(connection, "layla") == {"PRIVATE": 27, "LINK": 8, "FOLLOWERS": 12}

    async def test_omar_has_something_to_show(self, connection: asyncpg.Connection) -> None:
        omar = await connection.fetchrow("SELECT * FROM customer WHERE username = 'omar'")
        assert omar["followers_count"] > 30 > omar["following_stores_count"] >= 3
        assert await lists(connection, "omar") == {"PUBLIC": 39}


class TestTickets:
    """What people need help with."""

    async def test_references_and_numbers_are_valid(self, connection: asyncpg.Connection) -> None:
        rows = await connection.fetch("SELECT reference, phone_number, description FROM ticket")
        assert [row["reference"] for row in rows if references.read(row["reference"]) != row["reference"]] == []
        numbers = {row["phone_number"] for row in rows}
        assert [one for one in numbers if not phonenumbers.is_valid_number(phonenumbers.parse(one))] == []

    async def test_tickets_differ(self, connection: asyncpg.Connection) -> None:
        rows = await connection.fetch(
            "SELECT status, urgency, device_type, language, customer_id IS NULL AS guest FROM ticket"
        )
        assert len(rows) == loading.Scale.times(SCALE).tickets == 120
        for column, kinds in (("status", 5), ("urgency", 4), ("device_type", 8), ("language", 2), ("guest", 2)):
            assert len({row[column] for row in rows}) == kinds
        statuses = Counter(row["status"] for row in rows)
        assert statuses["RESOLVED"] > len(rows) / 2
        assert statuses["OPEN"] > 5
        arabic = "SELECT count(*) FROM ticket WHERE (language = 'ar') <> (description ~ '[\u0621-\u064a]')"
        assert await connection.fetchval(arabic) == 0

    async def test_solvers_differ(self, connection: asyncpg.Connection) -> None:
        """One of them has left, and most are good at it."""
        rows = await connection.fetch("SELECT * FROM solver")
        assert len(rows) >= 4
        assert len([row for row in rows if row["customer_id"] is None]) == 1
        assert 3.8 < sum(row["stars_total"] for row in rows) / sum(row["ratings_count"] for row in rows) < 4.8

    async def test_the_personas_have_something_to_show(self, connection: asyncpg.Connection) -> None:
        sql = """SELECT t.status, count(*) FROM ticket t JOIN solver s ON s.id = solver_id JOIN customer c ON c.id = s.customer_id
            WHERE username = 'sam' GROUP BY 1"""
        sams = dict(await connection.fetch(sql))
        assert sams.keys() >= {"CLAIMED", "IN_PROGRESS", "RESOLVED"}
        for username, statuses in (
            ("layla", {"OPEN", "IN_PROGRESS", "RESOLVED"}),
            ("omar", {"CLAIMED", "RESOLVED", "CANCELLED"}),
        ):
            sql = "SELECT t.status FROM ticket t JOIN customer c ON c.id = customer_id WHERE username = $1"
            assert {row["status"] for row in await connection.fetch(sql, username)} >= statuses
        liked = "SELECT array_agg(username::text) FROM favorite_solver f JOIN customer c ON c.id = f.customer_id WHERE username IN ('layla', 'omar')"
        assert set(await connection.fetchval(liked)) == {"layla", "omar"}

    async def test_what_the_examples_name_is_there(self, connection: asyncpg.Connection) -> None:
        """Their ids do not depend on the scale, but for the time in those of listings: that of the product."""
        named = {text: key for text in re.findall(r'"([\w-]{24,80})"', EXAMPLES) if (key := ids.decode(text))}
        assert {kind for kind, _ in named.values()} >= {"Ticket", "SupportSession", "Solver"}
        for text, (kind, key) in named.items():
            table = re.sub(r"(?<!^)([A-Z])", r"_\1", kind.removeprefix("Support")).lower()
            same = "substr(id::text, 15) = substr($1::uuid::text, 15)" if kind == "Listing" else "id = $1"
            assert await connection.fetchval(f'SELECT true FROM "{table}" WHERE {same}', key), text


class TestCatalogue:
    """What the example operations name, and what they find."""

    async def test_the_linen_shirt(self, connection: asyncpg.Connection) -> None:
        rows = await connection.fetch(
            "SELECT p.slug, b.slug AS brand, s.slug AS store, l.* FROM listing l LEFT JOIN store s ON s.id = store_id "
            "JOIN product_variant v ON v.id = variant_id JOIN product p ON p.id = v.product_id "
            "JOIN brand b ON b.id = p.brand_id WHERE v.sku = 'NOOR-LINEN-SHIRT-WHITE-M'"
        )
        assert {(row["slug"], row["brand"]) for row in rows} == {("noor-linen-shirt", "noor-atelier")}
        assert {"souk-central", "chandni-silks"} < {row["store"] for row in rows}
        assert {row["currency"] for row in rows} == {"AED", "INR"}
        assert all(row["availability"] == "IN_STOCK" and row["price_minor"] < row["list_price_minor"] for row in rows)
        wished = "SELECT count(*) FROM wishlist_item WHERE variant_id = $1"
        assert await connection.fetchval(wished, rows[0]["variant_id"]) >= 2

    async def test_categories_and_search_find_something(self, connection: asyncpg.Connection) -> None:
        slugs = {row["slug"] for row in await connection.fetch("SELECT slug FROM category")}
        assert {"women", "women-dresses", "women-tops-shirts"} < slugs
        linen = await connection.fetchval(
            "SELECT count(*) FROM product_search WHERE words @@ search_query('linen', 'match')"
        )
        assert linen > 50
        assert 40 <= await connection.fetchval("SELECT count(*) FROM brand") <= 50

    async def test_listings_differ(self, connection: asyncpg.Connection) -> None:
        rows = await connection.fetch("SELECT currency, availability, store_id IS NULL AS direct FROM listing")
        currencies = Counter(row["currency"] for row in rows)
        assert currencies["AED"] > currencies["INR"] > 0
        assert len({row["availability"] for row in rows}) == 5
        assert any(row["direct"] for row in rows)
        offers = "SELECT count(*) FROM offer WHERE coalesce(valid_to, 'infinity') > $1"
        assert 0 < await connection.fetchval(offers, NOW) < await connection.fetchval("SELECT count(*) FROM offer")


class TestScale:
    """How much is asked for."""

    @pytest.mark.parametrize("factor", [0, -1, 0.01, 1_001, float("nan")])
    def test_senseless_factor_is_refused(self, factor: float) -> None:
        with pytest.raises(ValueError, match=r"--scale takes 0\.05 to 1000"):
            loading.Scale.times(factor)

    @pytest.mark.parametrize(
        "numbers", [{"customers": 10}, {"follows": 10}, {"customers": 200}, {"wishlist_items": 10**6}, {"products": 1}]
    )
    def test_impossible_numbers_are_refused(self, numbers: dict[str, int]) -> None:
        with pytest.raises(ValueError, match=r"customers"):
            loading.Scale(**numbers)

    def test_smallest_factor_is_possible(self) -> None:
        rows = {stream.name: sum(1 for _ in stream.rows) for stream in loading.streams(loading.Scale.times(0.05))}
        assert rows["follow"] == 750
        assert rows["wishlist_item"] == 500


class TestFailure:
    """A load that does not reach its end; last here, because it leaves the database empty."""

    async def test_failure_half_way_leaves_nothing(
        self, connection: asyncpg.Connection, empty_database_url: str
    ) -> None:
        await empty(connection)
        await connection.execute("INSERT INTO brand (id, name, slug) VALUES (gen_random_uuid(), 'Qamar', 'qamar')")
        with pytest.raises(asyncpg.UniqueViolationError):
            await loading.load(empty_database_url, SCALE, progress=False)
        assert await loading.is_empty(empty_database_url)
        await empty(connection)


async def checksums(connection: asyncpg.Connection) -> dict[str, str]:
    """Digest every table, in no order that the database chooses."""
    digest = 'SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{}" t'
    tables = [table for table in TABLES if table not in NUMBERED]
    return {table: await connection.fetchval(digest.format(table)) for table in tables}


async def empty(connection: asyncpg.Connection) -> None:
    """Empty every table."""
    await connection.execute("TRUNCATE {} CASCADE".format(", ".join(f'"{table}"' for table in TABLES)))


async def lists(connection: asyncpg.Connection, username: str) -> dict[str, int]:
    """Count the items on somebody's lists by visibility."""
    rows = await connection.fetch(
        "SELECT visibility, count(i.id) FROM wishlist w JOIN customer c ON c.id = owner_id "
        "JOIN wishlist_item i ON wishlist_id = w.id WHERE username = $1 GROUP BY visibility", username,
    )  # fmt: skip
    return {row["visibility"]: row["count"] for row in rows}
