"""Wishlists and their items."""

from datetime import datetime
from typing import Annotated

import strawberry

from errors import InvalidInput, LimitReached, NotFound
from execution.field_metadata import ListSize
from inputs.scalars import URL
from loaders import products as found
from loaders import wishlists
from loaders.customers import CustomerById
from models.wishlists import MAX_ITEMS, WishlistVisibility
from policy.audiences import Audience
from resolvers import prices, products
from resolvers import wishlists as lists
from schema.connections import ConnectionOf, Node
from schema.costs import COUNT
from schema.errors import Payload
from schema.fields import connection, edge, field, lookup, mutation, opening
from schema.listings import VariantRef
from schema.mutations import mutations
from schema.prices import Money
from schema.profile import CustomerRef

WishlistRef = Annotated["Wishlist", strawberry.lazy("schema.wishlists")]
WishlistPage = ConnectionOf[Annotated["Wishlist", strawberry.lazy("schema.wishlists")]]
ItemPage = ConnectionOf[Annotated["WishlistItem", strawberry.lazy("schema.wishlists")]]


@strawberry.type
class OnCustomer:
    """What wishlists add to `Customer`."""

    wishlist: WishlistRef | None = edge(
        wishlists.DefaultWishlistByOwner, "id", "The customer's default wishlist.", audience=Audience.SELF
    )
    wishlists: WishlistPage | None = connection(
        wishlists.WishlistsByOwner,
        "id",
        "The customer's wishlists that the viewer can see, the newest first.",
        audience=Audience.CONTENT,
    )


@strawberry.type
class OnProduct:
    """What wishlists add to `Product`."""

    viewer_has_wishlisted: bool | None = field(
        "Whether any variant of the product is on one of the viewer's wishlists. Null if the viewer is not signed in.",
        resolver=products.viewer_has_wishlisted,
    )


@strawberry.type
class OnVariant:
    """What wishlists add to `ProductVariant`."""

    viewer_has_wishlisted: bool | None = field(
        "Whether the variant is on one of the viewer's wishlists. Null if the viewer is not signed in.",
        resolver=products.viewer_has_wishlisted_variant,
    )


@strawberry.type(description="A named list of product variants that a customer wants to remember.")
class Wishlist(Node):
    """Its source is a row of the table."""

    name: str = field("The name that the owner has given the list, for example `Summer`.")
    is_default: bool = field(
        "Whether this is the owner's default wishlist, which `addToWishlist` uses if no other is named. Each customer has "
        "exactly one."
    )
    visibility: WishlistVisibility = field("Who can see the list besides its owner.")
    created_at: datetime = field("When the list was created.")
    owner: CustomerRef | None = edge(
        CustomerById,
        "owner_id",
        "The customer who owns the list. Null if the viewer opened the list by its link and cannot see the owner.",
    )
    items: ItemPage = connection(wishlists.ItemsByWishlist, "id", "The items on the list, the newest first.")
    items_count: int = opening(
        lists.items_counts, "id", "The number of items on the list: the `totalCount` of `items`.", cost=COUNT
    )
    share_url: URL | None = field(
        "The link that opens the list for anyone who has it. Null unless `visibility` is LINK and the viewer is the owner.",
        resolver=lists.share_url,
    )
    viewer_can_edit: bool = field(
        "Whether the viewer can change the list with `updateWishlist`, add items with `addToWishlist` and remove them with "
        "`removeFromWishlist`: whether it is their own."
    )
    viewer_can_delete: bool = field(
        "Whether the viewer can delete the list with `deleteWishlist`. False for their default wishlist."
    )


@strawberry.type(description="A product variant on a wishlist.")
class WishlistItem(Node):
    """Visible to everyone who can see the wishlist."""

    note: str | None = field("A note by the owner. Null if there is none.")
    priority: int | None = field(
        "How much the owner wants the item, from 1 (least) to 5 (most). Null if they have not said."
    )
    added_at: datetime = field(
        "When the item was added to a list; a move to another list does not change it.", resolver=lists.added_at
    )
    price_when_added: Money | None = field(
        "The price of the variant's `bestListing` when the item was added. Null if it had none.",
        resolver=prices.when_added,
    )
    price_change: Money | None = field(
        "By how much the lowest price, chosen as in `bestListing` but in the currency of `priceWhenAdded`, has changed since: "
        'negative if the variant is cheaper now, for example `"-20.00"`. Null if either price is not known.',
        resolver=prices.change_since_added,
    )
    wishlist: WishlistRef = edge(wishlists.WishlistOfItem, "wishlist_id", "The wishlist that the item is on.")
    variant: VariantRef = edge(found.VariantById, "variant_id", "The product variant.")
    viewer_can_edit: bool = field(
        "Whether the viewer can change the item with `updateWishlistItem`, move it with `moveWishlistItem` and remove it "
        "with `removeFromWishlist`: whether the list is their own."
    )


@strawberry.type(description="The result of `addToWishlist`.")
class AddToWishlistPayload(Payload):
    """The item that was added."""

    item: WishlistItem | None = field(
        "The item. If the variant was on the list before, the existing item, with the `note` and the `priority` of the "
        "input where they are given. Null if the mutation failed."
    )
    existed: bool | None = field("Whether the variant was on the list before. Null if the mutation failed.")
    wishlist: Wishlist | None = field("The wishlist that the item is on. Null if the mutation failed.")


@strawberry.type(description="The result of `removeFromWishlist`.")
class RemoveFromWishlistPayload(Payload):
    """What was removed."""

    removed_item_id: strawberry.ID | None = field(
        "The id of the removed item. Null if the variant was not on the list, or if the mutation failed."
    )
    wishlist: Wishlist | None = field(
        "The wishlist from which the variant was to be removed. Null if the mutation failed."
    )
    variant: VariantRef | None = field("The product variant. Null if it does not exist, or if the mutation failed.")


@strawberry.type(description="The result of `updateWishlistItem`.")
class UpdateWishlistItemPayload(Payload):
    """The changed item."""

    item: WishlistItem | None = field("The item after the mutation. Null if the mutation failed.")


@strawberry.type(description="The result of `moveWishlistItem`.")
class MoveWishlistItemPayload(Payload):
    """The item that was moved, and the list that it left."""

    item: WishlistItem | None = field(
        "The item on its new list. If the variant was on that list before, the item there, unchanged. Null if the mutation "
        "failed."
    )
    previous_wishlist: Wishlist | None = field(
        "The wishlist that the item was on. It is that of `item` if the item was there already. Null if the mutation failed."
    )
    removed_item_id: strawberry.ID | None = field(
        "The id of the moved item if it was deleted because its variant was already on the other list. Otherwise null."
    )


@strawberry.type(description="The result of `createWishlist`.")
class CreateWishlistPayload(Payload):
    """The new wishlist."""

    wishlist: Wishlist | None = field("The new wishlist. Null if the mutation failed.")


@strawberry.type(description="The result of `updateWishlist`.")
class UpdateWishlistPayload(Payload):
    """The changed wishlist."""

    wishlist: Wishlist | None = field("The wishlist after the mutation. Null if the mutation failed.")


@strawberry.type(description="The result of `deleteWishlist`.")
class DeleteWishlistPayload(Payload):
    """The id of the deleted wishlist, and what was on it."""

    deleted_wishlist_id: strawberry.ID | None = field("The id of the deleted wishlist. Null if the mutation failed.")
    removed_item_ids: list[strawberry.ID] | None = field(
        "The ids of the items that were on the list. Null if the mutation failed."
    )
    variants: list[VariantRef] | None = field(
        "The product variants that were on the list: their `viewerHasWishlisted` may have changed. Null if the mutation "
        "failed.",
        size=ListSize(20, MAX_ITEMS),
    )


@strawberry.type
class Queries:
    """Queries about wishlists."""

    wishlist: Wishlist | None = lookup(
        lists.by_id, "Looks up a wishlist by id. Null if there is no such wishlist, or if the viewer cannot see it."
    )
    shared_wishlist: Wishlist | None = lookup(
        lists.shared,
        "Looks up a wishlist by the token at the end of its `shareUrl`. Null if the token is wrong or no longer valid, or "
        "if the owner and the viewer have blocked each other.",
    )


@mutations
class Mutations:
    """Mutations of wishlists."""

    add_to_wishlist: AddToWishlistPayload = mutation(
        lists.add,
        "Adds a product variant to one of the viewer's wishlists. Of a variant that is on the list "
        "already, the `note` and the `priority` are changed if they are given; nothing else is.",
        errors=(InvalidInput, NotFound, LimitReached),
    )
    remove_from_wishlist: RemoveFromWishlistPayload = mutation(
        lists.remove, "Removes a product variant from one of the viewer's wishlists.", errors=(NotFound,)
    )
    update_wishlist_item: UpdateWishlistItemPayload = mutation(
        lists.update_item,
        "Changes the note or the priority of a wishlist item. Fields that are left out keep their value; null clears a field.",
        errors=(InvalidInput, NotFound),
    )
    move_wishlist_item: MoveWishlistItemPayload = mutation(
        lists.move, "Moves an item to another of the viewer's wishlists.", errors=(NotFound, LimitReached)
    )
    create_wishlist: CreateWishlistPayload = mutation(
        lists.create,
        "Creates a wishlist. Send an `idempotencyKey`, so that a repeated request does not create a second list.",
        errors=(InvalidInput, NotFound, LimitReached),
    )
    update_wishlist: UpdateWishlistPayload = mutation(
        lists.change, "Changes the name or the visibility of a wishlist.", errors=(InvalidInput, NotFound)
    )
    delete_wishlist: DeleteWishlistPayload = mutation(
        lists.remove_list,
        "Deletes a wishlist and all its items. The default wishlist cannot be deleted.",
        errors=(InvalidInput, NotFound),
    )
