"""The same database as it was, as often as it is wanted."""

from typing import Any

from models import ids
from tests.areas import declared
from tests.people import World
from tests.privacy.hidden_rows import Scene

COUNTED = """
    UPDATE customer c SET followers_count = (SELECT count(*) FROM follow WHERE followee_id = c.id),
        following_customers_count = (SELECT count(*) FROM follow WHERE follower_id = c.id),
        following_stores_count = (SELECT count(*) FROM store_follow WHERE customer_id = c.id);
    UPDATE store s SET followers_count = (SELECT count(*) FROM store_follow WHERE store_id = s.id);
    UPDATE solver v SET
        completed_sessions = (SELECT count(*) FROM session WHERE solver_id = v.id AND status = 'COMPLETED'),
        (ratings_count, stars_total) = (SELECT count(*), coalesce(sum(stars), 0) FROM session_rating
            JOIN session ON session.id = session_id WHERE solver_id = v.id);
"""
COUNTED += "".join(declared("samples", "COUNTED"))
"""Counters as the product would have them."""


async def complete(world: World, scene: Scene, finders: dict[str, str]) -> None:
    """Add whatever the first world has to what is known, by the tables of types."""
    for name, table in finders.items():
        found = await world.database.pool.fetch(f'SELECT id FROM "{table}" ORDER BY id LIMIT 12')
        scene.known[name] = [*(ids.encode(name, row["id"]) for row in found), *scene.known.get(name, [])]
    scene.known["ids"] = [scene.known["Node"]]
    await world.execute(COUNTED)


class Worlds:
    """The same database as it was, as often as it is wanted."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.tables: dict[str, str] = {}

    async def keep(self) -> None:
        """Remember every row."""
        sql = """SELECT table_name, string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position) AS columns
            FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
            WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND is_generated = 'NEVER' GROUP BY 1"""
        self.tables = {f'"{row["table_name"]}"': row["columns"] for row in await self.world.database.pool.fetch(sql)}
        await self.world.execute("CREATE SCHEMA kept")
        for table in self.tables:
            await self.world.execute(f"CREATE TABLE kept.{table} AS TABLE public.{table}")

    async def open(self, *rows: Any) -> None:
        """Go back to what was kept, and add rows to it."""
        back = [f"DELETE FROM public.{table}" for table in self.tables]
        back += [
            f"INSERT INTO public.{table} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM kept.{table}"
            for table, columns in self.tables.items()
        ]
        off = "SET LOCAL session_replication_role = replica"
        await self.world.execute(f"BEGIN; {off}; {'; '.join(back)}; COMMIT")
        await self.world.save(*rows)
        await self.world.execute(COUNTED)
