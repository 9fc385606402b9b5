"""What the sandbox remembers: an SQLite file, which all worker processes share and which survives a restart."""

import json
import secrets
import sqlite3
import string
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCHEMA = """
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS entity (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, parent TEXT, receipt TEXT, number INTEGER NOT NULL, data TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS entity_parent ON entity (parent);
CREATE INDEX IF NOT EXISTS entity_receipt ON entity (receipt);
CREATE TABLE IF NOT EXISTS refund_key (key TEXT PRIMARY KEY, body TEXT NOT NULL, refund_id TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS delivery (
    number INTEGER PRIMARY KEY AUTOINCREMENT, event_id TEXT NOT NULL, body BLOB NOT NULL,
    due REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS behaviour (one INTEGER PRIMARY KEY CHECK (one = 1), data TEXT NOT NULL);
"""
FILE = "razorpay-sandbox.sqlite"
ALPHABET = string.digits + string.ascii_letters
ID_CHARS = 14
Entity = dict[str, Any]


def new_id(kind: str) -> str:
    """Make an id as Razorpay's look."""
    return f"{kind}_{''.join(secrets.choice(ALPHABET) for _ in range(ID_CHARS))}"


@dataclass(frozen=True, slots=True)
class Books:
    """The entities, in one transaction."""

    db: sqlite3.Connection

    def add(self, entity: Entity, *, parent: str | None = None) -> Entity:
        """Keep a new one."""
        number = self.db.execute("SELECT coalesce(max(number), 0) + 1 FROM entity").fetchone()[0]
        row = entity["id"], entity["entity"], parent, entity.get("receipt"), number, json.dumps(entity)
        self.db.execute("INSERT INTO entity VALUES (?, ?, ?, ?, ?, ?)", row)
        return entity

    def put(self, entity: Entity, *, parent: str | None = None) -> None:
        """Keep one that was made elsewhere, in the place of one with its id."""
        self.db.execute("DELETE FROM entity WHERE id = ?", (entity["id"],))
        self.add(entity, parent=parent)

    def change(self, entity: Entity, **values: Any) -> Entity:
        """Change some fields of one."""
        entity |= values
        self.db.execute("UPDATE entity SET data = ? WHERE id = ?", (json.dumps(entity), entity["id"]))
        return entity

    def find(self, kind: str, id: str) -> Entity | None:
        found = self.db.execute("SELECT data FROM entity WHERE id = ? AND kind = ?", (id, kind)).fetchone()
        return None if found is None else json.loads(found[0])

    def listed(self, kind: str, *, parent: str | None = None, receipt: str | None = None) -> list[Entity]:
        """List entities, newest first."""
        where, values = "kind = ?", [kind]
        for column, value in (("parent", parent), ("receipt", receipt)):
            if value is not None:
                where, values = f"{where} AND {column} = ?", [*values, value]
        rows = self.db.execute(f"SELECT data FROM entity WHERE {where} ORDER BY number DESC", values)  # noqa: S608
        return [json.loads(data) for (data,) in rows]


class Store:
    """The file."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def delete(self) -> None:
        """Forget everything."""
        for suffix in ("", "-wal", "-shm"):
            self._file.with_name(self._file.name + suffix).unlink(missing_ok=True)

    @contextmanager
    def transaction(self) -> Iterator[Books]:
        """Read and write; one transaction after the other."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(self._file, timeout=10, isolation_level=None)
        try:
            if not db.execute("SELECT name FROM sqlite_master WHERE name = 'behaviour'").fetchone():
                db.executescript(SCHEMA)
            db.execute("PRAGMA synchronous = NORMAL")
            db.execute("BEGIN IMMEDIATE")
            yield Books(db)
            db.execute("COMMIT")
        finally:
            db.close()


def store_of(data_folder: Path) -> Store:
    """Give the store of a server's data folder."""
    return Store(data_folder / FILE)


def now() -> int:
    """Give the time in seconds, as Razorpay does."""
    return int(time.time())
