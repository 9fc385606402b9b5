"""What the sandbox remembers: an SQLite file, which all worker processes share and which survives a restart."""

import asyncio
import json
import secrets
import sqlite3
import string
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

SCHEMA = """
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS entity (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, parent TEXT, receipt TEXT, number INTEGER NOT NULL, data TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS entity_parent ON entity (parent);
CREATE INDEX IF NOT EXISTS entity_receipt ON entity (receipt);
CREATE INDEX IF NOT EXISTS entity_number ON entity (number);
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
WAIT_SECONDS = 10
T = TypeVar("T")
Entity = dict[str, Any]


class StoreUnusable(Exception):
    """The file cannot be opened, or another program keeps it locked."""

    def __init__(self, file: Path, error: Exception) -> None:
        super().__init__(f"{file} cannot be used: {error}. Stop the program that uses it, or remove the file.")


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

    async def run(self, work: Callable[[Books], T]) -> T:
        """Do something in a transaction, in a thread: another process may have to end its own first."""

        def run() -> T:
            with self.transaction() as books:
                return work(books)

        return await asyncio.to_thread(run)

    @contextmanager
    def transaction(self) -> Iterator[Books]:
        """Read and write; one transaction after the other. Raises `StoreUnusable`."""
        try:
            if not self._file.exists():
                self._make()
            file = f"{self._file.absolute().as_uri()}?mode=rw"  # of a file that was deleted just now, none is made here
            with closing(sqlite3.connect(file, uri=True, timeout=WAIT_SECONDS, isolation_level=None)) as db:
                db.execute("PRAGMA synchronous = NORMAL")
                db.execute("BEGIN IMMEDIATE")
                yield Books(db)
                db.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            raise StoreUnusable(self._file, error) from error

    def _make(self) -> None:
        """Put the whole file there, unless another process was faster: a link never replaces."""
        folder = self._file.parent
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=f".{self._file.name}.") as made_in:
            made = Path(made_in) / self._file.name
            with closing(sqlite3.connect(made)) as db:
                db.executescript(SCHEMA)
            with suppress(FileExistsError):
                self._file.hardlink_to(made)


def store_of(data_folder: Path) -> Store:
    """Give the store of a server's data folder."""
    return Store(data_folder / FILE)


def now() -> int:
    """Give the time in seconds, as Razorpay does."""
    return int(time.time())
