"""Inputs about wishlists."""

import strawberry
from strawberry import ID, Maybe

from inputs.arguments import input_field
from models.wishlists import WishlistVisibility


@strawberry.input(description="The input of `addToWishlist`.")
class AddToWishlistInput:
    """Names a variant and a list."""

    variant_id: ID = input_field("The id of the product variant to add.")
    wishlist_id: ID | None = input_field(
        "The id of the wishlist. If left out, the viewer's default wishlist.", default=None
    )
    note: str | None = input_field("A note, at most 500 characters.", default=None)
    priority: int | None = input_field("How much the viewer wants the item, from 1 (least) to 5 (most).", default=None)


@strawberry.input(description="The input of `removeFromWishlist`.")
class RemoveFromWishlistInput:
    """Names a variant and a list."""

    variant_id: ID = input_field("The id of the product variant to remove.")
    wishlist_id: ID | None = input_field(
        "The id of the wishlist. If left out, the viewer's default wishlist.", default=None
    )


@strawberry.input(
    description="The input of `updateWishlistItem`. Fields that are left out keep their value; null clears a field."
)
class UpdateWishlistItemInput:
    """`Maybe` tells a value left out from one that is null."""

    item_id: ID = input_field("The id of the item to change.")
    note: Maybe[str | None] = input_field("A note, at most 500 characters.", default=None)
    priority: Maybe[int | None] = input_field(
        "How much the viewer wants the item, from 1 (least) to 5 (most).", default=None
    )


@strawberry.input(description="The input of `moveWishlistItem`.")
class MoveWishlistItemInput:
    """Names an item and a list."""

    item_id: ID = input_field("The id of the item to move.")
    wishlist_id: ID = input_field(
        "The id of the wishlist to move it to. If the variant is on that list already, the two items become one."
    )


@strawberry.input(description="The input of `createWishlist`.")
class CreateWishlistInput:
    """A name and a visibility."""

    name: str = input_field("The name, at most 100 characters.")
    visibility: WishlistVisibility = input_field(
        "Who can see the list besides its owner.", default=WishlistVisibility.PRIVATE
    )


@strawberry.input(description="The input of `updateWishlist`. Fields that are left out keep their value.")
class UpdateWishlistInput:
    """`Maybe` fields that were not sent are not changed."""

    wishlist_id: ID = input_field("The id of the wishlist.")
    name: Maybe[str] = input_field("The name, at most 100 characters.", default=None)
    visibility: Maybe[WishlistVisibility] = input_field(
        "Who can see the list besides its owner. Changing from LINK to another value makes the link invalid; changing "
        "back to LINK creates a new link.",
        default=None,
    )


@strawberry.input(description="The input of `deleteWishlist`.")
class DeleteWishlistInput:
    """One id."""

    wishlist_id: ID = input_field("The id of the wishlist. The default wishlist cannot be deleted.")
