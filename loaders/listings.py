"""Listings and their offers, which everybody may see."""

from uuid import UUID

from sqlalchemy import ColumnElement

from auth.viewer import ViewerKind
from loaders.batches import RowLoader, RowsLoader
from loaders.nodes import node_loader
from loaders.short_lists import ShortListLoader
from models.columns import columns
from models.listings import Listing, ListingState, Offer

listing = columns(Listing)
offer = columns(Offer)

LISTING = list(listing)
OFFER = list(offer)


@node_loader
class ListingById(RowLoader[UUID]):
    """A listing."""

    graphql_type = "Listing"
    columns = LISTING
    found_by = listing.id


class ListingsByVariant(ShortListLoader):
    """Where a variant is sold now, the cheapest first within each currency; those without a price come last."""

    default_page_size = 5
    graphql_type = "Listing"
    columns = LISTING
    found_by = listing.variant_id
    sorted_by = (listing.currency, listing.price_minor, listing.id)

    @staticmethod
    def visible(viewer: ViewerKind) -> ColumnElement[bool]:
        """Leave out listings that have ended."""
        return listing.state == ListingState.ACTIVE  # type: ignore[no-any-return]


class OffersByListing(RowsLoader):
    """The offers on a listing, past and future ones included."""

    graphql_type = "Offer"
    columns = OFFER
    found_by = offer.listing_id
    sorted_by = (offer.valid_from, offer.id)
