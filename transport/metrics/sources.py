"""The objects whose state metrics show."""

from collections import Counter
from dataclasses import dataclass

from auth.tokens import Verifier
from execution.plan_cache import PlanCache
from transport.handshakes import Sockets
from transport.persisted_documents import PersistedDocuments
from transport.request_slots import RequestSlots
from transport.streams import Streams
from transport.subscriptions import Subscriptions


@dataclass(frozen=True, slots=True)
class Sources:
    """What the application is made of."""

    plans: PlanCache
    persisted: PersistedDocuments
    slots: RequestSlots
    sockets: Sockets
    streams: Streams
    subscriptions: Subscriptions
    verifier: Verifier
    webhook_outcomes: Counter[tuple[str, str]]
    """Messages of webhooks by provider and outcome."""
