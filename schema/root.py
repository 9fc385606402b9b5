"""The graph: its roots, and how it is built."""

from datetime import datetime

import strawberry
from graphql import GraphQLObjectType
from strawberry.schema.config import StrawberryConfig

import resolvers.nodes
from execution.executor import CompiledExecutor
from execution.field_metadata import ListSize
from execution.plan_cache import PlanCache
from execution.plans import PlanOptions
from execution.strawberry_adapter import repair_introspection
from inputs.scalars import SCALARS
from schema import customers, errors, follows, products, sessions, stores, ticket_submissions, tickets, wishlists
from schema.connections import Node, describe_connections
from schema.fields import accessor, field, lookup, read


@strawberry.type(description="What can be asked.")
class Query(
    customers.Queries,
    products.Queries,
    stores.Queries,
    ticket_submissions.Queries,
    tickets.Queries,
    wishlists.Queries,
):
    """G1, and the queries of each area."""

    node: Node | None = lookup(
        resolvers.nodes.one, "Anything by its global id; null where there is none for this viewer."
    )
    nodes: list[Node | None] = field(
        "Many things by their global ids, in their order, null for each that is not there.",
        resolver=resolvers.nodes.many,
        size=ListSize(0, arguments=("ids",)),
    )


@strawberry.type(description="What can be done. Each takes one input and answers with a payload (G3).")
class Mutation(
    customers.Mutations,
    follows.Mutations,
    sessions.Mutations,
    ticket_submissions.Mutations,
    tickets.Mutations,
    wishlists.Mutations,
):
    """The mutations of each area."""


@strawberry.type(description="What can be followed, over a WebSocket or as server-sent events (L1).")
class Subscription(ticket_submissions.Subscriptions, tickets.Subscriptions):
    """The subscriptions of each area."""


NATIVES: dict[str, type] = {"DateTime": datetime} | dict.fromkeys((one.name for one in SCALARS.values()), str)
"""Scalars whose values orjson writes as Strawberry does, if they are of this class."""


class Executor(CompiledExecutor):
    """Runs the operations of this graph by plans; `plans` is set for each schema that is built."""


def build(*, suggestions: bool = True) -> strawberry.Schema:
    """Build the schema; `suggestions` are the "did you mean" of validation errors."""
    config = StrawberryConfig(default_resolver=read, scalar_map=SCALARS, disable_field_suggestions=not suggestions)
    schema = strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[*errors.TYPES, follows.FollowRequest, sessions.SupportSession, sessions.Solver, wishlists.WishlistItem],
        config=config,
        execution_context_class=type("Executor", (Executor,), {"plans": PlanCache(PlanOptions(accessor, NATIVES))}),
    )
    repair_introspection(schema._schema)  # noqa: SLF001 - graphql-core's own schema
    describe_connections(schema._schema.type_map.values())  # noqa: SLF001 - as above
    for kind in schema._schema.type_map.values():  # noqa: SLF001 - as above
        if isinstance(kind, GraphQLObjectType):
            kind.is_type_of = None  # rows know their type, and `resolve_type` of the interface asks them
    return schema
