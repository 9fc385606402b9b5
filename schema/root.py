"""The graph: its roots, and how it is built."""

from typing import Annotated

import strawberry
from strawberry.schema.config import StrawberryConfig

from context import Info
from resolvers import nodes
from schema import customers, errors, follows, products, stores, wishlists
from schema.connections import Node
from schema.fields import Id, read
from schema.scalars import SCALARS

Ids = Annotated[list[strawberry.ID], strawberry.argument(description="Global ids, of whatever types.")]


@strawberry.type(description="What can be asked.")
class Query(customers.Queries, products.Queries, stores.Queries, wishlists.Queries):
    """G1, and the queries of each area."""

    @strawberry.field(description="Anything by its global id; null where there is none for this viewer.")
    async def node(self, info: Info, id: Id) -> Node | None:
        """G1."""
        return await nodes.one(info.context, id)  # type: ignore[no-any-return]

    @strawberry.field(description="Many things by their global ids, in their order, null for each that is not there.")
    async def nodes(self, info: Info, ids: Ids) -> list[Node | None]:
        """G1."""
        return await nodes.many(info.context, ids)


@strawberry.type(description="What can be done. Each takes one input and answers with a payload (G3).")
class Mutation(customers.Mutations, follows.Mutations, wishlists.Mutations):
    """The mutations of each area."""


def build(*, suggestions: bool = True) -> strawberry.Schema:
    """Build the schema; `suggestions` are the "did you mean" of validation errors."""
    config = StrawberryConfig(
        default_resolver=read, scalar_map=SCALARS, disable_field_suggestions=not suggestions, sort_schema=False
    )
    return strawberry.Schema(
        query=Query, mutation=Mutation, types=[*errors.TYPES, follows.FollowRequest, wishlists.WishlistItem], config=config
    )
