"""The ASGI application: what answers at which path, and what all requests share."""

import asyncio
import gc
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from actions import facet_counts, popularity, reconciling  # noqa: F401 - their timers
from auth.issuer import DevelopmentIssuer
from auth.secrets import Secrets
from auth.tokens import Verifier
from auth.viewer_memory import CHANNEL, ViewerMemory
from context import Resources
from demo import examples, images
from demo.personas import clerk_id
from events.subscriber import Listener
from execution.operation_cost import CostLimits
from jobs import worker
from loaders.cursors import Cursors
from mails import outbox
from payments.client import SANDBOX_PATH, Razorpay
from schema.areas import Areas, areas_of
from schema.root import build
from settings import Settings
from transport import checkout, graphiql, health, operation_log, receipts, sdl
from transport.components import Components, Trace, check_tracing
from transport.contexts import Contexts
from transport.cors import CrossOrigin
from transport.cost_buckets import MemoryBuckets, Rate
from transport.document_caches import open_documents
from transport.endpoint import Endpoint
from transport.execution_reports import ReportingEndpoint
from transport.handshakes import Sockets
from transport.hosts import AllowedHosts
from transport.images import Images
from transport.lifespan import logging_failures
from transport.metrics.sources import Sources
from transport.open_connections import OpenConnections
from transport.operations import Operations
from transport.origins import Origins
from transport.rate_limiter import RateLimiter
from transport.redis_buckets import RedisBuckets
from transport.request_ids import with_request_id
from transport.request_slots import RequestSlots
from transport.response_headers import with_safe_headers
from transport.socket_protocol import SocketLimits
from transport.sockets import SocketServices
from transport.streams import Streams
from webhooks import inbox, providers

if TYPE_CHECKING:
    from sandbox.app import Sandbox
    from transport.metrics.registry import Metrics


class Application(Starlette):
    """Starlette, with a short way to the graph where no middleware stands before it."""

    settings: Settings
    hosts: AllowedHosts | None = None
    graph: CrossOrigin | None = None
    sockets: Sockets
    streams: Streams
    trace: Trace | None = None
    stopping = False
    """Whether the process is about to stop, and should get no more requests."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or serve one connection."""
        kind = scope["type"]
        if kind != "lifespan":
            send = with_request_id(scope, send)
        if self.hosts is not None and kind != "lifespan" and not self.hosts.allow(scope):
            await self.hosts.refuse(scope, receive, send)
        elif self.graph is not None and kind == "http" and scope["path"] == "/graphql":
            await self.graph(scope, receive, send)
        elif kind == "websocket" and scope["path"] == "/graphql":
            await self.sockets(scope, receive, send)
        else:
            await super().__call__(scope, receive, with_safe_headers(send))

    def close_long_lived(self) -> None:
        """End sockets and streams: the process is about to stop."""
        self.sockets.end()
        self.streams.end()


class TracedApplication(Application):
    """The same, with a span for each request."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or serve one connection."""
        assert self.trace is not None  # noqa: S101
        await self.trace(super().__call__, scope, receive, send)


def create(settings: Settings, secrets: Secrets, url: str, personas: Sequence[tuple[str, str]] = ()) -> Application:
    """Assemble the application over the database at `url`.

    `personas` are the usernames and descriptions of customers whom GraphiQL offers to sign in as.
    """
    limiter = _rate_limiter(settings)
    issuer = DevelopmentIssuer(settings, secrets.issuer_key) if secrets.issuer_key else None
    verifier = Verifier.of(settings, issuer)
    components = _components(settings)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.state.resources = resources = await _open_resources(settings, secrets, url, components)
        persisted.watch(resources.listener.watches)
        resources.listener.start()
        collecting = asyncio.create_task(operations.garbage_collector().run())
        try:
            async with (
                metrics.running(resources) if metrics else nullcontext(),
                sandbox.running() if sandbox else nullcontext(),
                persisted.running(),
                worker.working(settings, url, resources.database.info),
            ):
                yield
        finally:
            collecting.cancel()
            await resources.razorpay.close()
            await resources.listener.close()
            await limiter.close()
            await verifier.close()
            await resources.database.close()
            await components.close()

    open_context = Contexts(settings, components.context, verifier.verify, lambda: app.state.resources)
    schema = build(suggestions=settings.development)
    persisted = open_documents(settings, schema, limiter, lambda: app.state.resources)
    operations = components.operations(
        schema,
        persisted.documents,
        persisted=persisted,
        development=settings.development,
        seconds=settings.limits.operation_seconds,
        limiter=limiter,
        limits=CostLimits(
            settings.costs.operation_cost, settings.costs.operation_cost_anonymous, settings.costs.operation_objects
        ),
        most_bytes=settings.costs.operation_bytes,
        mutations=settings.limits.mutations_at_once,
        observers=[operation_log.observer(all_operations=settings.log_level == "debug")],
    )
    subscriptions = components.subscriptions(
        operations, open_context, event_slots=max(1, settings.database.pool_size // 2)
    )
    connections = OpenConnections(settings.limits)
    streams = Streams(
        operations, subscriptions, verifier.verify, connections, seconds=settings.limits.keep_alive_seconds
    )
    slots = RequestSlots(settings.connections)
    values = examples.values(settings, secrets)
    endpoint = (ReportingEndpoint if settings.development else Endpoint)(
        operations,
        streams,
        open_context,
        slots,
        verify=verifier.verify,
        body_bytes=settings.limits.graphql_body_bytes,
        seconds=settings.limits.operation_seconds,
        page=partial(_page, issuer, personas, areas_of(schema), values) if settings.development else None,
        by_host=settings.known_by_host,
    )
    origins = Origins.of(settings)
    graph = CrossOrigin(endpoint, origins)
    sockets = _sockets(settings, SocketServices(operations, subscriptions, verifier.verify, open_context, connections))
    plans, outcomes = schema.execution_context_class.plans, inbox.no_messages(*providers.PROVIDERS)  # type: ignore[union-attr]
    metrics = _metrics(
        settings,
        operations,
        Sources(plans, persisted, slots, sockets, streams, subscriptions, verifier, webhook_outcomes=outcomes),
    )
    sandbox = _sandbox(settings, secrets)
    routes = [
        Route("/graphql", graph),
        *providers.routes,
        *health.routes,
        *receipts.routes,
        *(
            (
                *graphiql.routes,
                Route(sdl.PATH, CrossOrigin(sdl.SchemaFile(schema), origins)),
                *checkout.routes(settings, secrets, partial(_signed, issuer, personas)),
            )
            if settings.development
            else ()
        ),
        *(
            Images(settings.data_folder / images.CACHE_FOLDER, images.find).routes
            if settings.serves_demo_images
            else ()
        ),
        *(metrics.routes if metrics else ()),
        *((Mount(SANDBOX_PATH, sandbox),) if sandbox else ()),
    ]
    app = (TracedApplication if components.trace else Application)(routes=routes, lifespan=logging_failures(lifespan))
    app.trace, app.settings = components.trace, settings
    app.state.slots, app.state.records, app.state.webhook_outcomes = slots, operations.records, outcomes
    app.hosts = AllowedHosts(settings.server.public_url) if settings.development else None
    app.graph = graph
    app.streams = streams
    app.sockets = sockets
    return app


def _page(
    issuer: DevelopmentIssuer | None, personas: Sequence[tuple[str, str]], areas: Areas, values: dict[str, str]
) -> Response:
    return graphiql.page(_signed(issuer, personas), areas=areas, values=values)


def _signed(issuer: DevelopmentIssuer | None, personas: Sequence[tuple[str, str]]) -> list[graphiql.Persona]:
    """Give personas with tokens; none where the server issues none."""
    if issuer is None:
        return []
    return [graphiql.Persona(name, what, issuer.token(clerk_id(name))) for name, what in personas]


async def _open_resources(settings: Settings, secrets: Secrets, url: str, components: Components) -> Resources:
    database = components.database(await outbox.open_database(settings, secrets, url))
    direct = settings.database.direct_url
    listener = Listener(
        direct.get_secret_value() if direct else url, database.connections, limit=settings.limits.subscription_backlog
    )
    viewers = ViewerMemory(settings.database.viewer_memory_seconds, lambda: listener.watches.is_current)
    if settings.database.viewer_memory_seconds:
        listener.watches.add(CHANNEL, viewers.forget)
    return Resources(
        settings, secrets, database, listener, Cursors(secrets.secret_key), viewers, Razorpay.of(settings, secrets)
    )


def _sandbox(settings: Settings, secrets: Secrets) -> "Sandbox | None":
    """Stand in for Razorpay in development, where there is no account."""
    if not settings.has_payment_sandbox or settings.razorpay.url or secrets.razorpay is None:
        return None
    from sandbox.app import Sandbox

    return Sandbox(settings.data_folder, secrets.razorpay, f"{settings.own_address}/webhooks/razorpay")


def _components(settings: Settings) -> Components:
    """Choose what the application is made of; raises `TracingUnusable`."""
    if settings.telemetry.traces_endpoint is None:
        return Components()
    check_tracing(settings)
    from transport.tracing.setup import Tracing, otlp_exporter

    return Tracing(settings.telemetry, otlp_exporter(settings.telemetry)).components


def _metrics(settings: Settings, operations: Operations, sources: Sources) -> "Metrics | None":
    """Observe operations where metrics are served."""
    if not settings.serves_metrics:
        return None
    from transport.metrics.registry import Metrics

    metrics = Metrics(settings, sources)
    operations.records.observers.append(metrics.operations.observe)
    return metrics


def _rate_limiter(settings: Settings) -> RateLimiter:
    """Limit the cost of operations by time. In development the defaults are so high that nobody reaches them."""
    costs, factor = settings.costs, 1_000 if settings.development else 1
    redis = costs.redis_url
    return RateLimiter(
        Rate(costs.cost_points or 20_000 * factor, costs.cost_points_per_second or 400 * factor),
        Rate(costs.cost_points_anonymous or 20_000 * factor, costs.cost_points_per_second_anonymous or 500 * factor),
        RedisBuckets(redis.get_secret_value()) if redis else MemoryBuckets(),
    )


def _sockets(settings: Settings, graph: SocketServices) -> Sockets:
    limits = SocketLimits(
        settings.limits.websocket_init_seconds,
        settings.limits.websocket_message_bytes,
        settings.limits.websocket_operations,
    )
    return Sockets(graph, limits, Origins.of(settings))


def collect_rarely() -> None:
    """Have the cyclic garbage collector run less often, and never over what the start has made.

    A request leaves no reference cycles behind, yet makes enough objects to start the collector several times.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)
