"""`server.py serve` that is killed at a point of a payment: `python tests/faults/dying_server.py POINT serve`.

Points are before and after each call of Razorpay, and before and after each COMMIT of a transaction that has changed
something of payments, in the order in which they are passed. The file FAULT_POINTS gets a line for each.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from database.transactions import Transaction
from payments.client import Razorpay

TABLES = ("payment", "refund", "webhook_message")
CALLS = ("create_order", "fetch_payment", "create_refund")


class Points:
    """Counts the points that are passed, and dies at one of them; 0 never comes."""

    def __init__(self, die_at: int) -> None:
        self._die_at, self._passed = die_at, 0

    def reach(self, name: str) -> None:
        self._passed += 1
        with Path(os.environ["FAULT_POINTS"]).open("a") as written:
            written.write(f"{name}\n")
        if self._passed == self._die_at:
            os.kill(os.getpid(), signal.SIGKILL)


def instrument(points: Points) -> None:
    """Wrap what a payment goes through."""
    execute, leave = Transaction.exec, Transaction.__aexit__
    writing: set[int] = set()

    async def exec_(self: Transaction, statement: Any, *values: Any, **options: Any) -> Any:
        text = str(getattr(statement, "_statement", statement))
        if any(text.startswith((f"INSERT INTO {table} ", f"UPDATE {table} ")) for table in TABLES):
            writing.add(id(self))
        return await execute(self, statement, *values, **options)

    async def aexit(self: Transaction, kind: Any, error: Any, trace: Any) -> None:
        wrote = id(self) in writing
        writing.discard(id(self))
        if wrote and error is None:
            points.reach("before COMMIT")
        await leave(self, kind, error, trace)
        if wrote and error is None:
            points.reach("after COMMIT")

    def called(name: str) -> Any:
        inner = getattr(Razorpay, name)

        async def call(self: Razorpay, *values: Any, **options: Any) -> Any:
            points.reach(f"before {name}")
            answer = await inner(self, *values, **options)
            points.reach(f"after {name}")
            return answer

        return call

    Transaction.exec, Transaction.__aexit__ = exec_, aexit  # type: ignore[method-assign]
    for name in CALLS:
        setattr(Razorpay, name, called(name))


if __name__ == "__main__":
    instrument(Points(int(sys.argv.pop(1))))
    import server

    server.main()
