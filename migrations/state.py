"""Whether a database has the form that this code works on. Asked without Alembic, whose import takes long.

A database may be ahead: it has revisions that this code does not know, since a newer version has migrated it. Each
migration names the newest revision that the oldest code which may still run on it knows (`oldest_code`), and the
database keeps it in `schema_compatibility`. So servers of two versions can run during an upgrade, and one can go back.
"""

import re
from enum import Enum, auto
from pathlib import Path

import asyncpg

from database.urls import plain_url

VERSIONS = Path(__file__).parent / "versions"
REVISION = re.compile(r"^revision = ['\"](\w+)['\"]$", re.MULTILINE)
EARLIER = re.compile(r"^down_revision = ['\"](\w+)['\"]$", re.MULTILINE)


class SchemaTooNew(Exception):
    """A newer version has migrated the database to a form that this code does not work on."""

    def __init__(self, revision: str, oldest_code: str | None) -> None:
        super().__init__(
            f"The database is at revision {revision}, which needs a version of Clientele that knows revision "
            f"{oldest_code or revision}; this one knows {', '.join(heads(VERSIONS))} and older ones. "
            "Start the newer version, or restore a backup from before the upgrade."
        )


class SchemaBehind(Exception):
    """The database lacks migrations, and this process is not to apply them."""

    def __init__(self) -> None:
        super().__init__(
            "The database lacks migrations, and MIGRATE_ON_START is off: run 'python server.py migrate' first."
        )


class MigrationBlocked(Exception):
    """Other transactions hold the tables that a migration must lock."""

    def __init__(self, tries: int) -> None:
        super().__init__(
            f"A migration could not lock its tables in {tries} tries: a long transaction holds them. Find it in "
            "pg_stat_activity, end it, and run 'python server.py migrate' again. What was applied so far stays."
        )


class SchemaState(Enum):
    """How the form of a database relates to this code, which works on it unless it is BEHIND."""

    BEHIND = auto()
    CURRENT = auto()
    AHEAD = auto()


def heads(folder: Path) -> list[str]:
    """The revisions that no other one builds on. The dates in file names may differ from the order of the revisions."""
    known, earlier = _revisions(folder)
    return sorted(known - earlier)


def _revisions(folder: Path) -> tuple[set[str], set[str]]:
    texts = [path.read_text() for path in folder.glob("*.py")]
    earlier = {name for text in texts for name in EARLIER.findall(text)}
    return {name for text in texts for name in REVISION.findall(text)}, earlier


async def find_state(url: str) -> SchemaState:
    """Compare the database at `url` with this code; raise `SchemaTooNew` if this code does not work on it."""
    present, oldest_code = await _recorded(url)
    known, _ = _revisions(VERSIONS)
    unknown = [revision for revision in present if revision not in known]
    if unknown and oldest_code not in known:
        raise SchemaTooNew(unknown[0], oldest_code)
    if unknown:
        return SchemaState.AHEAD
    return SchemaState.CURRENT if present == heads(VERSIONS) else SchemaState.BEHIND


async def _recorded(url: str) -> tuple[list[str], str | None]:
    """Give the revisions that the database has, and the oldest code that may run on it."""
    connection = await asyncpg.connect(plain_url(url))
    try:
        rows = await connection.fetch("SELECT version_num FROM alembic_version ORDER BY version_num")
        revisions = [row["version_num"] for row in rows]
        if await connection.fetchval("SELECT to_regclass('schema_compatibility')") is None:
            return revisions, None
        return revisions, await connection.fetchval("SELECT oldest_code FROM schema_compatibility")
    except asyncpg.UndefinedTableError:
        return [], None
    finally:
        await connection.close()
