"""What is known without counting: the state of pools, slots, connections, queues and caches when metrics are asked for."""

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from auth.viewer_memory import ViewerMemory
from context import Resources
from database.lock_queue import LockQueue
from database.pool_usage import PoolUsage
from events.subscriber import Listener
from payments.circuit import State
from payments.client import Razorpay
from transport.metrics.sources import Sources
from transport.sampled_log import REFUSALS

PREFIX = "clientele"
Values = Mapping[Any, float]
"""Numbers by tuples of labels."""


def gauge(name: str, documentation: str, labels: Iterable[str], values: Values) -> Metric:
    """Make a gauge of values by their labels."""
    return _filled(GaugeMetricFamily(name, documentation, labels=[*labels]), values)


def counter(name: str, documentation: str, labels: Iterable[str], values: Values) -> Metric:
    """Make a counter of values by their labels."""
    return _filled(CounterMetricFamily(name, documentation, labels=[*labels]), values)


def _filled(family: Any, values: Values) -> Metric:
    for labels, value in values.items():
        family.add_metric(labels, value)
    return family  # type: ignore[no-any-return]


class ProcessState:
    """Reads the sources in the event loop, which changes them, so that metrics can be written in another thread."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._read: list[Metric] = []

    def read(self, resources: Resources) -> None:
        """Read all sources, and what the process has opened."""
        pools, events = _pools(resources.database.usage), self._subscriptions(resources.listener)
        viewers, locks = _viewers(resources.viewers), _locks(resources.database.locks)
        others = *self._others(), *_payments(resources.razorpay)
        self._read = [*self._operations(), *pools, *locks, *viewers, *self._requests(), *events, *others]

    def collect(self) -> list[Metric]:
        """Give what was read last."""
        return self._read

    def _operations(self) -> Iterator[Metric]:
        plans, persisted = self._sources.plans, self._sources.persisted
        documents, trusted, queries = persisted.documents, persisted.trusted, persisted.queries
        yield counter(
            "graphql_operations",
            "Operations by how they ran: compiled, recovered, or by the reference executor and why.",
            ["outcome"],
            {(outcome,): number for outcome, number in plans.outcomes.items()},
        )
        yield counter(
            "graphql_document_cache_requests",
            "Documents that were found in the cache, valid or not, or had to be read.",
            ["result"],
            {("hit",): documents.hits, ("miss",): documents.misses},
        )
        entries = {("documents",): len(documents), ("plans",): len(plans)}
        weights = {("documents",): documents.weight, ("plans",): plans.weight}
        if trusted is not None:
            entries["trusted_documents",] = len(trusted.documents)
            weights["trusted_documents",] = trusted.documents.weight
        if queries is not None:
            entries["persisted_queries",], weights["persisted_queries",] = len(queries), queries.weight
        yield gauge("graphql_cache_entries", "Documents, plans and registered texts in memory.", ["cache"], entries)
        yield gauge("graphql_cache_bytes", "The approximate memory of them.", ["cache"], weights)
        by_hash = {
            (outcome,): float(number) for outcome, number in ({} if queries is None else queries.outcomes).items()
        }
        yield counter(
            "graphql_persisted_queries", "Requests by hash, and registrations, by outcome.", ["outcome"], by_hash
        )
        known = {(outcome,): float(number) for outcome, number in persisted.outcomes.items()}
        yield counter(
            "graphql_trusted_documents", "Requests with a trusted document, or another one.", ["document"], known
        )

    def _requests(self) -> Iterator[Metric]:
        slots = self._sources.slots
        requests = {("running",): slots.in_use, ("waiting",): slots.waiting}
        yield gauge(f"{PREFIX}_requests", "Requests that have a slot, or wait for one.", ["state"], requests)
        kinds = {("websocket",): self._sources.sockets.number, ("sse",): self._sources.streams.number}
        yield gauge(f"{PREFIX}_connections", "Open WebSockets and streams.", ["transport"], kinds)
        refused = {key: float(number) for key, number in REFUSALS.counts.items()}
        yield counter(f"{PREFIX}_refusals", "What was refused in this process.", ["event", "kind"], refused)

    def _subscriptions(self, listener: Listener) -> Iterator[Metric]:
        name, subscriptions = f"{PREFIX}_subscription", self._sources.subscriptions
        yield gauge(f"{name}s", "Running subscriptions.", [], {(): len(listener)})
        yield gauge(f"{name}_events_waiting", "Events that subscribers have not taken.", [], {(): listener.backlog})
        answers = {("together",): float(subscriptions.shared), ("alone",): float(subscriptions.own)}
        yield counter(
            f"{name}_answers",
            "Answers to events, by how they were made: for many at once or for one.",
            ["made"],
            answers,
        )
        resyncs = {(): float(subscriptions.resyncs)}
        yield counter(f"{name}_resyncs", "Results in place of events that were missed.", [], resyncs)

    def _others(self) -> Iterator[Metric]:
        yield gauge(f"{PREFIX}_worker_processes", "Processes that these metrics are the sums of.", [], {(): 1})
        received = {key: float(number) for key, number in self._sources.webhook_outcomes.items()}
        yield counter(
            f"{PREFIX}_webhook_messages", "Messages of webhooks by outcome.", ["provider", "outcome"], received
        )
        keys = self._sources.verifier.key_sets
        ages = {(issuer,): found.age for issuer, found in keys.items() if math.isfinite(found.age)}
        yield gauge(f"{PREFIX}_jwks_age_seconds", "How old the keys of an issuer are, once fetched.", ["issuer"], ages)
        failures = {(issuer,): float(found.failures) for issuer, found in keys.items()}
        yield counter(f"{PREFIX}_jwks_fetch_failures", "Fetches of keys that failed.", ["issuer"], failures)


def _payments(razorpay: Razorpay) -> Iterator[Metric]:
    """What is asked of Razorpay, where payments are taken."""
    name, calls = f"{PREFIX}_payment_provider", razorpay.calls
    if calls is None:
        return
    outcomes = {key: float(number) for key, number in calls.outcomes.items()}
    seconds = {(call,): taken for call, taken in calls.seconds.items()}
    is_open = float(calls.circuit.state is not State.CLOSED)
    yield counter(f"{name}_calls", "Calls of the payment provider by outcome.", ["call", "outcome"], outcomes)
    yield counter(f"{name}_call_seconds", "How long calls have taken in all.", ["call"], seconds)
    yield gauge(f"{name}_calls_in_progress", "Calls that have no answer yet.", [], {(): calls.in_progress})
    yield gauge(f"{name}_circuit_open", "Processes that call it no more, since it is down.", [], {(): is_open})


def _viewers(viewers: ViewerMemory) -> Iterator[Metric]:
    name = f"{PREFIX}_viewer_memory"
    results = {("hit",): viewers.hits, ("miss",): viewers.misses, ("unused",): viewers.unused}
    yield counter(f"{name}_requests", "Look-ups of who a signed-in viewer is, by result.", ["result"], results)
    yield counter(f"{name}_dropped", "Viewers forgotten since they may have changed.", [], {(): viewers.dropped})


def _locks(locks: LockQueue) -> Iterator[Metric]:
    name = f"{PREFIX}_lock_queue"
    yield gauge(f"{name}_waiting", "Mutations that wait for customers whom others are at.", [], {(): locks.waiting})
    yield gauge(f"{name}_customers", "Customers whom mutations are at, or wait for.", [], {(): locks.rows})


def _pools(pools: Mapping[str, PoolUsage]) -> Iterator[Metric]:
    name = f"{PREFIX}_database_pool"
    states = {
        (pool, state): number
        for pool, usage in pools.items()
        for state, number in (("idle", usage.idle), ("used", usage.open - usage.idle))
    }
    most = {(pool,): usage.size for pool, usage in pools.items()}
    waiting = {(pool,): usage.waiting for pool, usage in pools.items()}
    waits = {(pool,): usage.waits for pool, usage in pools.items()}
    seconds = {(pool,): usage.waited_seconds for pool, usage in pools.items()}
    yield gauge(f"{name}_connections", "Open connections to the database.", ["pool", "state"], states)
    yield gauge(f"{name}_max_connections", "The most connections that are opened.", ["pool"], most)
    yield gauge(f"{name}_waiting", "Who waits for a connection now.", ["pool"], waiting)
    yield counter(f"{name}_waits", "How often a connection was waited for.", ["pool"], waits)
    yield counter(f"{name}_wait_seconds", "For how long in all.", ["pool"], seconds)
    prepared = {(pool,): float(usage.prepared) for pool, usage in pools.items()}
    yield counter(
        f"{name}_statements_prepared", "Statements that a connection had not kept prepared.", ["pool"], prepared
    )
