"""The graph: its roots, and how it is built."""

from datetime import datetime
from typing import Any

import strawberry
from graphql import GraphQLObjectType
from graphql.utilities.print_schema import print_schema_definition
from strawberry.schema.config import StrawberryConfig

import resolvers.nodes
from execution.executor import CompiledExecutor
from execution.field_metadata import ListSize
from execution.plan_cache import PlanCache
from execution.plans import PlanOptions
from execution.readers import NativeScalar
from execution.strawberry_adapter import repair_introspection
from inputs.scalars import SCALARS, STRINGS, date_time
from schema import (
    audit,
    categories,
    customers,
    errors,
    follows,
    ingestion,
    order_requests,
    orders,
    payment_requests,
    payments,
    products,
    sessions,
    stores,
    ticket_submissions,
    tickets,
    wishlists,
)
from schema.caching import show_caching
from schema.connections import Node, describe_connections
from schema.costs import show_costs
from schema.defaults import drop_null_defaults
from schema.description import DESCRIPTION
from schema.fields import accessor, field, lookup, read


@strawberry.type(description="Queries read data. They change nothing.")
class Query(
    audit.Queries,
    customers.Queries,
    categories.Queries,
    orders.Queries,
    payments.Queries,
    products.Queries,
    stores.Queries,
    ticket_submissions.Queries,
    tickets.Queries,
    wishlists.Queries,
):
    """The queries of each area."""

    node: Node | None = lookup(
        resolvers.nodes.one,
        "Looks up an object of any type by id. Null if there is no such object, or if the viewer cannot see it.",
    )
    nodes: list[Node | None] = field(
        "Looks up several objects by id, in the order of `ids`. An item is null if there is no such object, or if the "
        "viewer cannot see it.",
        resolver=resolvers.nodes.many,
        size=ListSize(0, arguments=("ids",)),
    )


@strawberry.type(
    description="Mutations change data. Each takes one argument, `input`, and returns a payload with `userErrors`."
)
class Mutation(
    customers.Mutations,
    follows.Mutations,
    ingestion.Mutations,
    order_requests.Mutations,
    payment_requests.Mutations,
    sessions.Mutations,
    ticket_submissions.Mutations,
    tickets.Mutations,
    wishlists.Mutations,
):
    """The mutations of each area."""


@strawberry.type(
    description="Subscriptions send data when it changes, over a WebSocket (graphql-transport-ws) or as server-sent events."
)
class Subscription(payments.Subscriptions, ticket_submissions.Subscriptions, tickets.Subscriptions):
    """The subscriptions of each area."""


NATIVES = {one.name: NativeScalar(str) for one in STRINGS.values()} | {"DateTime": NativeScalar(datetime, date_time)}


class Graph(strawberry.Schema):
    """A schema with a description, which Strawberry has no option for."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._schema.description = DESCRIPTION

    def as_str(self) -> str:
        """Print the SDL, which begins with the description."""
        return f"{print_schema_definition(self._schema)}\n\n{super().as_str()}"


class Executor(CompiledExecutor):
    """Runs the operations of this graph by plans; `plans` is set for each schema that is built."""


def build(*, suggestions: bool = True) -> strawberry.Schema:
    """Build the schema; `suggestions` are the "did you mean" of validation errors."""
    config = StrawberryConfig(default_resolver=read, scalar_map=SCALARS, disable_field_suggestions=not suggestions)
    schema = Graph(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[*errors.TYPES, follows.FollowRequest, sessions.SupportSession, sessions.Solver, wishlists.WishlistItem],
        config=config,
        execution_context_class=type("Executor", (Executor,), {"plans": PlanCache(PlanOptions(accessor, NATIVES))}),
    )
    repair_introspection(schema._schema)  # noqa: SLF001 - graphql-core's own schema
    describe_connections(schema._schema.type_map.values())  # noqa: SLF001 - as above
    drop_null_defaults(schema._schema.type_map.values())  # noqa: SLF001 - as above
    show_costs(schema._schema.type_map.values())  # noqa: SLF001 - as above
    show_caching(schema._schema.type_map.values())  # noqa: SLF001 - as above
    for kind in schema._schema.type_map.values():  # noqa: SLF001 - as above
        if isinstance(kind, GraphQLObjectType):
            kind.is_type_of = None  # rows know their type, and `resolve_type` of the interface asks them
    return schema
