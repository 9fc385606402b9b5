"""The statement for the parents that there are: for one, for several side by side, or for any number by LATERAL.

PostgreSQL plans a LATERAL statement for parents of average size, and a small one needs another index than a large one.
So several parents have a SELECT each, which is planned for this very parent.
"""

from collections.abc import Callable, Iterable
from copy import copy
from functools import lru_cache

from database.statements import Statement

MAX_SELECTS = 64
"""Each takes PostgreSQL 1 to 3 ms to plan, and some hundred KB of memory meanwhile. More parents than these have a LATERAL statement."""
FIRST = "SELECT 1 AS ordinality,"
"""How a statement for one parent begins."""


def for_parents(
    make: Callable[[bool], Statement], parents: int, order: Iterable[str] = (), *, is_ascending: bool = True
) -> Statement:
    """Make the statement for so many parents; `make` gives that for one parent or, with False, the one by LATERAL.

    `order` has the columns that the rows of a parent are sorted by. A statement that keeps its plan is the one by LATERAL.
    """
    if not (by_lateral := make(False)).custom_plan:
        return by_lateral
    alone = make(True)
    if parents == 1:
        return alone
    if parents > MAX_SELECTS or "parent" not in alone.names:
        return by_lateral
    selects = 1 << (parents - 1).bit_length()  # few statements; a parent that is not there is null, and has no rows
    direction = "ASC" if is_ascending else "DESC"
    return _side_by_side(alone, selects, ", ".join(f"{column} {direction}" for column in order))


@lru_cache(maxsize=64)
def _side_by_side(alone: Statement, selects: int, order: str) -> Statement:
    made = _united(alone, selects, order)
    if alone.translated is not None:
        made.translated = _united(alone.translated, selects, order)
    return made


def _united(alone: Statement, selects: int, order: str) -> Statement:
    made, place = copy(alone), list(alone.names).index("parent")
    made.names = ["keys" if name == "parent" else name for name in alone.names]
    parts = alone.sql.removeprefix(FIRST).split(f"${place + 1}::UUID")
    numbers = range(1, selects + 1)
    each = (f"SELECT {number} AS ordinality,{f'(${place + 1}::UUID[])[{number}]'.join(parts)}" for number in numbers)
    made.sql = "\nUNION ALL ".join(f"({one})" for one in each)
    if order:
        made.sql = f"SELECT * FROM ({made.sql}) AS pages ORDER BY {order}"  # noqa: S608 - columns of a loader
    return made
