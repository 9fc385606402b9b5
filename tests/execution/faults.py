"""Faults in the demo data: values that no enum knows, and loaders that fail for some keys or for every key."""

from typing import Any
from zlib import crc32

import asyncpg
import pytest

from database.urls import plain_url
from execution import selections
from loaders.batches import BatchLoader, RowLoader, RowsLoader
from loaders.pages import NO_PARENT, ConnectionLoader, CountLoader
from tests.execution.demo_graph import PERSONAS, fetched

CHECKS = """SELECT conrelid::regclass::text AS of, conname, pg_get_constraintdef(oid) LIKE '%ANY%ARRAY%' AS is_enum,
    (SELECT attname FROM pg_attribute WHERE attrelid = conrelid AND attnum = conkey[1]) AS column, cardinality(conkey)
    FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace"""


DRAWN = {"TakenUsername"}
"""Loaders whose keys are drawn by lot, and so are not the same for both executors."""


async def break_values(url: str) -> int:
    """Write what no enum knows into every seventh row of each column that is an enum; say how many columns."""
    found = await fetched(url, CHECKS)
    enums = [one for one in found if one["is_enum"] and one["cardinality"] == 1]
    script = ["SET session_replication_role = replica"]
    script += [f'ALTER TABLE {one["of"]} DROP CONSTRAINT "{one["conname"]}"' for one in found]
    script += [
        f"UPDATE {one['of']} SET {one['column']} = 'BROKEN' WHERE hashtext({one['of']}::text) % 7 = 0" for one in enums
    ]
    names = ", ".join(f"'{name}'" for name in PERSONAS)  # who asks still has a role that there is
    script.append(f"UPDATE customer SET role = DEFAULT WHERE role = 'BROKEN' AND username IN ({names})")
    connection = await asyncpg.connect(plain_url(url))
    try:
        await connection.execute(";".join(script))
    finally:
        await connection.close()
    return len(enums)


class Failing:
    """Makes loaders fail: each for one key of `one_in`, and those of some classes for all of a batch."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seed = 0
        self.one_in = 0
        self.batches_in = 0
        self.taken = 0
        """How many values came with the rows that refer to them."""
        for kind in (RowLoader, RowsLoader, ConnectionLoader, CountLoader):
            monkeypatch.setattr(kind, "batch_load_fn", self._wrapped(kind.batch_load_fn))
        monkeypatch.setattr(BatchLoader, "take", self._taking(BatchLoader.take))
        self.read_together = 0
        """How many fields are completed by the function that reads the row which refers to their values."""
        monkeypatch.setattr(selections, "add_joined", self._joining(selections.add_joined))

    def _joining(self, add_joined: Any) -> Any:
        """No loader finds what is completed with the row that refers to it: where loaders fail, they have to find it."""

        def joining(*given: Any) -> bool:
            added = not self.one_in and not self.batches_in and add_joined(*given)
            self.read_together += added
            return bool(added)

        return joining

    def _taking(self, take: Any) -> Any:
        """What came with the rows that refer to it fails as it would if the loader had found it."""

        def failing(loader: BatchLoader[Any, Any], *given: Any) -> None:
            name, known = type(loader).__name__, set(loader._found)
            if self._fails(self.batches_in, name):
                return
            take(loader, *given)
            for value in loader._found.keys() - known:
                self.taken += 1
                if self._fails(self.one_in, name, value):
                    loader._found[value] = LookupError(f"no {name} of {value}")

        return failing

    def _wrapped(self, batch_load_fn: Any) -> Any:
        async def failing(loader: BatchLoader[Any, Any], keys: list[Any]) -> list[Any]:
            name = type(loader).__name__
            if self._fails(self.batches_in, name):
                raise ConnectionError(f"no {name}")
            values = await batch_load_fn(loader, keys)
            if name in DRAWN:
                return values  # type: ignore[no-any-return]
            return [
                LookupError(f"no {name} of {key}")
                if key != NO_PARENT and self._fails(self.one_in, name, key)
                else value
                for key, value in zip(keys, values, strict=True)
            ]

        return failing

    def _fails(self, one_in: int, *of: object) -> bool:
        return bool(one_in) and crc32(repr((self.seed, *of)).encode()) % one_in == 0
