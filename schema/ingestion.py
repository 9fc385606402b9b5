"""Ingestion of products by services."""

import strawberry

from errors import InvalidInput
from execution.field_metadata import ListSize, costs
from inputs.ingestion import MAX_PRODUCTS
from models.customers import Role
from resolvers import ingestion
from schema.errors import Payload
from schema.fields import field, mutation
from schema.listings import VariantRef
from schema.mutations import mutations


@costs(0)
@strawberry.type(description="An item of `ingestProducts` that was not accepted.")
class RejectedProduct:
    """The others are stored all the same."""

    index: int = field("The index of the item in `products`, from 0.")
    message: str = field("What is wrong with it, in English, field by field.")


@strawberry.type(description="The result of `ingestProducts`.")
class IngestProductsPayload(Payload):
    """Counts, and what was rejected."""

    accepted: int | None = field("The number of items that were accepted. Null if the mutation failed.")
    created: int | None = field("How many accepted items created a product variant. Null if the mutation failed.")
    changed: int | None = field(
        "How many other accepted items changed something besides `Listing.lastCheckedAt`. Null if the mutation failed."
    )
    outdated: int | None = field(
        "How many other accepted items had a listing that was observed later already, and so was left as it is. Null if "
        "the mutation failed."
    )
    variants: list[VariantRef] | None = field(
        "The variants of the accepted items, in their order. Null if the mutation failed.",
        resolver=ingestion.variants,
        size=ListSize(MAX_PRODUCTS),
    )
    rejected: list[RejectedProduct] | None = field(
        "The items that were not accepted. All others are stored. Null if the mutation failed.",
        size=ListSize(MAX_PRODUCTS),
    )


@mutations
class Mutations:
    """Mutations of ingestion."""

    ingest_products: IngestProductsPayload = mutation(
        ingestion.ingest,
        "Creates and changes products, variants and listings: each item is a line of an import file. Items that were sent "
        "before change nothing, and an observation that is not later than the stored one has no effect.",
        access=Role.SERVICE,
        errors=(InvalidInput,),
    )
