"""The database's history: dated files, one reason each. The tests build their database with them."""

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).parent
REVISION = re.compile(r"^revision = '(\w+)'$", re.MULTILINE)
EARLIER = re.compile(r"^down_revision = '(\w+)'$", re.MULTILINE)


def config(url: str) -> "Config":
    """Configure Alembic without an ini file."""
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", str(FOLDER))
    made.set_main_option("file_template", "%%(year)d%%(month).2d%%(day).2d_%%(slug)s")
    made.attributes["url"] = url
    return made


def upgrade(url: str) -> None:
    """Bring the database at `url` to the newest form. Runs a loop of its own: call it outside of one."""
    if is_current(url):
        return
    from alembic import command

    command.upgrade(config(url), "head")


def is_current(url: str) -> bool:
    """Whether the database has the newest form. Asks without Alembic, whose import takes longer than the question."""
    return asyncio.run(_revisions(url)) == heads(FOLDER / "versions")


def heads(folder: Path) -> list[str]:
    """The revisions that no other one builds on. The dates in file names may differ from the order of the revisions."""
    texts = [path.read_text() for path in folder.glob("*.py")]
    earlier = {name for text in texts for name in EARLIER.findall(text)}
    return sorted({name for text in texts for name in REVISION.findall(text)} - earlier)


async def _revisions(url: str) -> list[str]:
    from database.urls import plain_url

    connection = await asyncpg.connect(plain_url(url))
    try:
        return [row["version_num"] for row in await connection.fetch("SELECT version_num FROM alembic_version")]
    except asyncpg.UndefinedTableError:
        return []
    finally:
        await connection.close()
