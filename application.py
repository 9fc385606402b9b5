"""The ASGI application: what answers at which path, and what all requests share."""

import asyncio
import gc
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from graphql import ASTValidationRule, NoSchemaIntrospectionCustomRule
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from actions.accounts import sign_in
from auth.issuer import DevelopmentIssuer
from auth.secrets import Credentials
from auth.tokens import Verifier
from auth.viewer import ANONYMOUS
from context import Context
from database.engine import Database
from errors import Code
from events.subscriber import Listener
from execution.documents import Documents
from loaders.cursors import Cursors
from mails import outbox, worker
from schema.root import build
from settings import Settings
from transport import graphiql, health, metrics
from transport.endpoint import Endpoint
from transport.handshakes import Sockets
from transport.operations import Operations
from transport.sockets import SocketLimits, SocketServices
from transport.streams import Streams
from webhooks import clerk

SECONDS_BETWEEN_COLLECTIONS = 60
HEADER_BYTES = 16 * 1024
HEADERS_TOO_LARGE = {
    "message": f"The headers are too large; at most {HEADER_BYTES} bytes are read.",
    "extensions": {"code": Code.BAD_USER_INPUT, "retryable": False, "reason": "headers_too_large"},
}
CLERK_ID = "user_demo_{}"
"""The Clerk ids of demo personas."""


class Application(Starlette):
    """Starlette, with a short way to the graph where no middleware stands before it."""

    graph: Endpoint | None = None
    sockets: Sockets
    streams: Streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or serve one connection."""
        kind = scope["type"]
        if kind == "http" and sum(len(name) + len(value) for name, value in scope["headers"]) > HEADER_BYTES:
            await JSONResponse({"errors": [HEADERS_TOO_LARGE]}, 431)(scope, receive, send)
        elif self.graph is not None and kind == "http" and scope["path"] == "/graphql":
            await self.graph(scope, receive, send)
        elif kind == "websocket" and scope["path"] == "/graphql":
            await self.sockets(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    def close_long_lived(self) -> None:
        """End what would last: the process is about to go."""
        self.sockets.end()
        self.streams.end()


def create(
    settings: Settings, credentials: Credentials, url: str, personas: Sequence[tuple[str, str]] = ()
) -> Application:
    """Assemble the application over the database at `url`; `personas` are whom GraphiQL may speak for."""
    issuer = DevelopmentIssuer(settings, credentials.issuer_key) if credentials.issuer_key else None
    verifier = Verifier.of(settings, issuer)
    cursors = Cursors(credentials.secret_key)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.state.database = database = await Database.connect(
            url,
            size=settings.database_pool_size,
            statement=settings.statement_seconds,
            lock=settings.lock_seconds,
            wait=settings.pool_wait_seconds,
            info={outbox.SWITCH: settings.smtp_url is not None},
        )
        direct = settings.database_direct_url
        app.state.listener = listener = Listener(
            direct.get_secret_value() if direct else url, database.connections, limit=settings.subscription_backlog
        )
        listener.start()
        collecting = asyncio.create_task(_collect_now_and_then())
        try:
            async with worker.working(settings, database, url):
                yield
        finally:
            collecting.cancel()
            await listener.close()
            await verifier.close()
            await database.close()

    async def open_context(authorization: list[bytes], idempotency_key: str | None, client: str | None) -> Context:
        claims = await verifier.verify(authorization)
        database: Database = app.state.database
        reads = database.reads()
        try:
            viewer = ANONYMOUS if claims is None else await sign_in(database, reads, claims)
        except BaseException:
            await reads.release()
            raise
        return Context(
            database, settings, cursors, viewer, reads,
            credentials=credentials, listener=app.state.listener, idempotency_key=idempotency_key, address=client,
        )  # fmt: skip

    def page() -> Response:
        if issuer is None:
            return graphiql.page([])
        return graphiql.page([graphiql.Persona(n, what, issuer.token(CLERK_ID.format(n))) for n, what in personas])

    schema = build(suggestions=settings.development)
    rules: list[type[ASTValidationRule]] = [MaybeNullValidationRule, OneOfInputValidationRule]
    if not settings.development:
        rules.append(NoSchemaIntrospectionCustomRule)
    operations = Operations(
        schema,
        Documents(schema._schema, rules, suggestions=settings.development),  # noqa: SLF001 - graphql-core's own schema
        development=settings.development,
        seconds=settings.operation_seconds,
        event_slots=max(1, settings.database_pool_size // 2),
    )
    streams = Streams(operations, verifier.verify, seconds=settings.keep_alive_seconds)
    endpoint = Endpoint(
        operations,
        streams,
        open_context,
        development=settings.development,
        body_bytes=settings.graphql_body_bytes,
        seconds=settings.operation_seconds,
        page=page if settings.development else None,
    )
    graph = Route("/graphql", endpoint)
    routes = [graph, *clerk.routes, *health.routes, *(graphiql.routes if settings.development else ())]
    if settings.shows_metrics:
        routes += metrics.routes(schema.execution_context_class.plans.outcomes)  # type: ignore[union-attr]
    app = Application(routes=routes, lifespan=lifespan, middleware=_cors(settings.cors_origins))
    app.graph = None if settings.cors_origins else endpoint
    app.streams, app.sockets = streams, _sockets(settings, SocketServices(operations, verifier.verify, open_context))
    app.state.settings, app.state.credentials = settings, credentials
    return app


def _sockets(settings: Settings, graph: SocketServices) -> Sockets:
    public = urlsplit(settings.public_url)
    return Sockets(
        graph,
        SocketLimits(settings.websocket_init_seconds, settings.websocket_message_bytes, settings.websocket_operations),
        origins=(*settings.cors_origins, f"{public.scheme}://{public.netloc}"),
        own_host=settings.development,
    )


async def _collect_now_and_then() -> None:
    """Collect what grew old in a cycle, such as a document's first reading: `server` has Python look for it too seldom."""
    while True:
        await asyncio.sleep(SECONDS_BETWEEN_COLLECTIONS)
        gc.collect()


def _cors(origins: tuple[str, ...]) -> list[Middleware]:
    if not origins:
        return []
    headers = ["authorization", "content-type", "idempotency-key"]
    return [Middleware(CORSMiddleware, allow_origins=origins, allow_methods=["POST"], allow_headers=headers)]
