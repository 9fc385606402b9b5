"""How processes learn that there are new events. What happened is in the table; a carrier only says: read now.

A wake-up may be lost, and may come without an event: it is then read a moment later, or nothing is found. Each type of
event names its carrier. docs/decisions/0007-events-are-rows.md has the measurements by which to choose.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from sqlalchemy import ColumnElement, func

CHANNEL = "clientele"
"""The channel of NOTIFY. A payload is the type of an event."""


class Carrier(Protocol):
    """Wakes the listeners of all processes when a transaction with an event has committed."""

    @property
    def seconds(self) -> float | None:
        """How often a process with subscribers reads without being woken; None if it need not."""

    def wake(self, kind: str) -> ColumnElement[Any] | None:
        """What the publishing transaction must evaluate, if anything."""

    async def listen(self, connection: Any, woken: Callable[[], None]) -> None:
        """Let `woken` be called, for as long as an asyncpg connection is open."""


class Notify:
    """By NOTIFY: at once, but transactions that notify commit one after the other. For events that are rare."""

    seconds: ClassVar[float | None] = None

    def wake(self, kind: str) -> ColumnElement[Any] | None:
        """PostgreSQL sends the same payload once for each transaction."""
        return func.pg_notify(CHANNEL, kind)

    async def listen(self, connection: Any, woken: Callable[[], None]) -> None:
        """LISTEN; any payload will do."""
        await connection.add_listener(CHANNEL, lambda *_: woken())


NOTIFY = Notify()


@dataclass(frozen=True)
class Poll:
    """By reading regularly, while somebody is subscribed: costs writers nothing. For events that are frequent."""

    seconds: float

    def wake(self, kind: str) -> ColumnElement[Any] | None:
        return None

    async def listen(self, connection: Any, woken: Callable[[], None]) -> None:
        """Nothing arrives."""
