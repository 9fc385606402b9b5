"""Wishlists and their items."""

from datetime import datetime
from typing import Annotated

import strawberry

from errors import InvalidInput, NotFound
from inputs.scalars import URL
from loaders import products as found
from loaders import wishlists
from loaders.customers import CustomerById
from models.wishlists import WishlistVisibility
from resolvers import wishlists as lists
from schema.connections import Connection, Edge, Node
from schema.customers import CustomerRef, WishlistRef
from schema.errors import Payload
from schema.fields import connection, edge, field, lookup, mutation, opening
from schema.stores import VariantRef

ItemRef = Annotated["WishlistItem", strawberry.lazy("schema.wishlists")]
ItemPage = Annotated["WishlistItemConnection", strawberry.lazy("schema.wishlists")]


@strawberry.type(description="A named list of variants that somebody wants to remember.")
class Wishlist(Node):
    """W3-W5."""

    name: str = field("What the owner calls it.")
    is_default: bool = field("Whether things go here when no list is named.")
    visibility: WishlistVisibility = field("Who may look at it besides its owner.")
    created_at: datetime = field("When it was made.")
    owner: CustomerRef | None = edge(
        CustomerById,
        "owner_id",
        "Whose list it is. Null where the list was opened by its link and the owner hides their profile from the viewer.",
    )
    items: ItemPage = connection(wishlists.ItemsByWishlist, "id", "What is on it, the latest first.")
    items_count: int = opening(lists.items_counts, "id", "How many items are on it: the `totalCount` of `items`.")
    share_url: URL | None = field(
        "The secret link, for the owner only; null unless the visibility is LINK.", resolver=lists.share_url
    )


@strawberry.type(description="A wishlist in a list.")
class WishlistEdge(Edge[WishlistRef]):
    """Relay."""


@strawberry.type(description="A page of wishlists.")
class WishlistConnection(Connection[WishlistEdge, WishlistRef]):
    """Relay."""


@strawberry.type(description="A variant on a wishlist.")
class WishlistItem(Node):
    """W1, W3, W4."""

    note: str | None = field("A few words of the owner's.")
    priority: int | None = field("1 (some day) to 5 (at once).")
    added_at: datetime = field("When it was put on the list.", resolver=lists.added_at)
    wishlist: WishlistRef = edge(wishlists.WishlistOfItem, "wishlist_id", "The list that it is on.")
    variant: VariantRef = edge(found.VariantById, "variant_id", "What is wanted.")


@strawberry.type(description="An item in a wishlist.")
class WishlistItemEdge(Edge[ItemRef]):
    """Relay."""


@strawberry.type(description="A page of a wishlist.")
class WishlistItemConnection(Connection[WishlistItemEdge, ItemRef]):
    """Relay."""


@strawberry.type(description="What came of putting something on a list.")
class AddToWishlistPayload(Payload):
    """W1."""

    item: WishlistItem | None = field("The item, new or as it was there already; null where it failed.")
    existed: bool | None = field("Whether it was there already.")
    wishlist: Wishlist | None = field("The list that the item is on; null where it failed.")


@strawberry.type(description="What came of taking something off a list.")
class RemoveFromWishlistPayload(Payload):
    """W2."""

    removed_item_id: strawberry.ID | None = field(
        "The id of the item that was removed; null where the variant was not on the list, or where it failed."
    )
    wishlist: Wishlist | None = field("The list that was named; null where it failed.")
    variant: VariantRef | None = field("The variant that was named; null where it does not exist, or where it failed.")


@strawberry.type(description="The result of `updateWishlistItem`.")
class UpdateWishlistItemPayload(Payload):
    """An item after its note or priority has changed."""

    item: WishlistItem | None = field("The item as it is now; null where it failed.")


@strawberry.type(description="What came of moving an item.")
class MoveWishlistItemPayload(Payload):
    """W4."""

    item: WishlistItem | None = field("The item on its list; null where it failed.")


@strawberry.type(description="What came of making a list.")
class CreateWishlistPayload(Payload):
    """W4."""

    wishlist: Wishlist | None = field("The list; null where it failed.")


@strawberry.type(description="What came of changing a list.")
class UpdateWishlistPayload(Payload):
    """W4, W5."""

    wishlist: Wishlist | None = field("The list as it is now; null where it failed.")


@strawberry.type(description="What came of removing a list.")
class DeleteWishlistPayload(Payload):
    """W4."""

    deleted_wishlist_id: strawberry.ID | None = field("The id that is no more; null where it failed.")


@strawberry.type
class Queries:
    """What can be asked about wishlists."""

    wishlist: Wishlist | None = lookup(lists.by_id, "A wishlist; null where there is none for this viewer.")
    shared_wishlist: Wishlist | None = lookup(
        lists.shared,
        "A wishlist by the secret of its link; null where the link is wrong or was revoked, or its owner and the viewer "
        "have a block between them.",
    )


@strawberry.type
class Mutations:
    """What customers can do to their wishlists."""

    add_to_wishlist: AddToWishlistPayload = mutation(
        lists.add,
        "Put a variant on a list; one that is there already is left as it is.",
        errors=(InvalidInput, NotFound),
    )
    remove_from_wishlist: RemoveFromWishlistPayload = mutation(
        lists.remove, "Take a variant off a list.", errors=(NotFound,)
    )
    update_wishlist_item: UpdateWishlistItemPayload = mutation(
        lists.update_item,
        "Change the note or the priority of an item. What is left out stays; null clears.",
        errors=(InvalidInput, NotFound),
    )
    move_wishlist_item: MoveWishlistItemPayload = mutation(
        lists.move, "Move an item to another list.", errors=(NotFound,)
    )
    create_wishlist: CreateWishlistPayload = mutation(lists.create, "Make a list.", errors=(InvalidInput, NotFound))
    update_wishlist: UpdateWishlistPayload = mutation(
        lists.change, "Rename a list, or choose who may look at it.", errors=(InvalidInput, NotFound)
    )
    delete_wishlist: DeleteWishlistPayload = mutation(
        lists.remove_list, "Remove a list with all that is on it.", errors=(InvalidInput, NotFound)
    )
