"""Subscriptions whose answers begin at a row: it is read anew for each event, for all listeners at once where possible."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from events.queues import RESYNC, EndSubscription, ReceivedEvent
from models.customers import Role


@dataclass(frozen=True, slots=True)
class EventRows:
    """Which row a received event is about."""

    loader: type[Any]
    """Finds the row if it exists for the viewer."""
    key: Callable[[ReceivedEvent], Hashable]
    """By what it finds it; None for an event that is for nobody."""
    ends: bool = False
    """Whether a subscription ends when its row no longer exists for the viewer; otherwise the event is not for them."""
    role: Role | None = None
    """What viewers must be."""
    covers_resync: bool = True
    """Whether a RESYNC is answered by a row, too."""

    def covers(self, received: ReceivedEvent) -> bool:
        """Whether what was received is answered by a row."""
        return self.covers_resync or received is not RESYNC

    async def find(self, context: Any, received: ReceivedEvent) -> Any:
        """Find the row for the viewer of one context; None for an event that is not for them."""
        if self.role is not None:
            context.require_role(self.role)
        key = self.key(received)
        return None if key is None else self.checked(await context.loader(self.loader).load(key))

    def checked(self, row: Any) -> Any:
        """Give the row that was found, if any; raises `EndSubscription`."""
        if row is None and self.ends:
            raise EndSubscription
        return row
