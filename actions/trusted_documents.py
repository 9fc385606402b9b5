"""Registering the documents that a front end was built with."""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from database.compiled import Compiled
from database.statements import Statement
from database.transactions import Transaction
from models.documents import TrustedDocument

MAX_DOCUMENTS = 20_000
"""How many there may be: each process has all of them in memory."""
LOCK = 8_390_898_194_479_083_363
"""The number of the advisory lock of all who change them: `trustdoc` in ASCII."""

TABLE = sa.inspect(TrustedDocument).local_table
IDS_GIVEN: Any = sa.bindparam("ids", type_=sa.ARRAY(sa.Text))
VERSIONS = Statement(sa.select(TABLE.c.id, TABLE.c.imported_at), "TrustedDocument")
TEXTS = Statement(sa.select(TABLE.c.id, TABLE.c.text).where(TABLE.c.id == sa.any_(IDS_GIVEN)), "TrustedDocument")
TAKE_LOCK = Compiled(
    sa.text("SELECT pg_advisory_xact_lock(:lock)").bindparams(sa.bindparam("lock", type_=sa.BigInteger))
)
KNOWN = Compiled(sa.select(TABLE.c.id, TABLE.c.text).where(TABLE.c.id == sa.any_(IDS_GIVEN)))
ADDED_AT_ONCE = 500
ADD = Compiled(
    sa.text("INSERT INTO trusted_document (id, text, name) SELECT * FROM unnest(:ids, :texts, :names)").bindparams(
        *(sa.bindparam(name, type_=sa.ARRAY(sa.Text)) for name in ("ids", "texts", "names"))
    )
)
COUNT = Compiled(sa.select(sa.func.count()).select_from(TABLE))
REMOVE = Compiled(sa.delete(TrustedDocument).where(TABLE.c.id == sa.any_(IDS_GIVEN)))
REMOVE_ALL = Compiled(sa.delete(TrustedDocument))
LIST = Compiled(sa.select(*TABLE.c).order_by(TABLE.c.imported_at, TABLE.c.id))


class NotRegistered(Exception):
    """Why documents cannot be registered, in a sentence."""


async def register(tx: Transaction, documents: Mapping[str, str], names: Mapping[str, str]) -> int:
    """Register documents by their ids, and give the number of new ones; raises `NotRegistered`."""
    await tx.exec(TAKE_LOCK, {"lock": LOCK})
    known = {row.id: row.text for row in await tx.exec(KNOWN, {"ids": list(documents)})}
    changed = [id for id, text in documents.items() if known.get(id, text) != text]
    if changed:
        message = f"Document {changed[0]} is registered with another text. An id never changes its text: use another id, or remove it first."
        raise NotRegistered(message)
    new = [id for id in documents if id not in known]
    number: int = (await tx.exec(COUNT)).scalar_one()
    if number + len(new) > MAX_DOCUMENTS:
        message = f"There would be {number + len(new)} documents; at most {MAX_DOCUMENTS} can be registered. Remove old ones first."
        raise NotRegistered(message)
    for start in range(0, len(new), ADDED_AT_ONCE):
        ids = new[start : start + ADDED_AT_ONCE]
        texts, of_operations = [documents[id] for id in ids], [names.get(id, "") for id in ids]
        await tx.exec(ADD, {"ids": ids, "texts": texts, "names": of_operations})
    return len(new)


async def remove(tx: Transaction, ids: Iterable[str]) -> int:
    """Remove documents; gives their number."""
    return (await tx.exec(REMOVE, {"ids": list(ids)})).rowcount


async def remove_all(tx: Transaction) -> int:
    """Remove all documents; gives their number."""
    return (await tx.exec(REMOVE_ALL)).rowcount


async def listing(tx: Transaction) -> list[Any]:
    """Give all documents, those that were registered first first."""
    return list(await tx.exec(LIST))
