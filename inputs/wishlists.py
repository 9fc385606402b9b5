"""Inputs about wishlists."""

import strawberry
from strawberry import ID, Maybe

from inputs.arguments import input_field
from models.wishlists import WishlistVisibility


@strawberry.input(description="Put a variant on one of the viewer's wishlists.")
class AddToWishlistInput:
    """W1."""

    variant_id: ID = input_field("What to remember.")
    wishlist_id: ID | None = input_field("On which list; the default one if left out.", default=None)
    note: str | None = input_field("A few words; at most 500 characters.", default=None)
    priority: int | None = input_field("1 (some day) to 5 (at once).", default=None)


@strawberry.input(description="Take a variant off one of the viewer's wishlists.")
class RemoveFromWishlistInput:
    """W2."""

    variant_id: ID = input_field("What to forget.")
    wishlist_id: ID | None = input_field("Off which list; the default one if left out.", default=None)


@strawberry.input(
    description="Changes to an item of one of the viewer's wishlists. What is left out stays; null clears."
)
class UpdateWishlistItemInput:
    """`Maybe` tells a value left out from one that is null."""

    item_id: ID = input_field("The item to change.")
    note: Maybe[str | None] = input_field("A short text for the owner; at most 500 characters.", default=None)
    priority: Maybe[int | None] = input_field("From 1 (lowest) to 5 (highest).", default=None)


@strawberry.input(description="Move an item to another of the viewer's wishlists.")
class MoveWishlistItemInput:
    """W4."""

    item_id: ID = input_field("The item.")
    wishlist_id: ID = input_field("Where it goes. If its variant is there already, the two become one.")


@strawberry.input(description="A new wishlist.")
class CreateWishlistInput:
    """W4, W5."""

    name: str = input_field("What to call it; at most 100 characters.")
    visibility: WishlistVisibility = input_field("Who may look at it.", default=WishlistVisibility.PRIVATE)
    idempotency_key: str | None = input_field(
        "Any text of up to 200 characters, new for each wish to create: sent again within 24 hours, it gives the same "
        "list instead of another. The header `Idempotency-Key` does the same.",
        default=None,
    )


@strawberry.input(description="Changes to a wishlist of the viewer's. What is left out stays.")
class UpdateWishlistInput:
    """W4, W5."""

    wishlist_id: ID = input_field("Which list.")
    name: Maybe[str] = input_field("What to call it; at most 100 characters.", default=None)
    visibility: Maybe[WishlistVisibility] = input_field(
        "Who may look at it. Leaving LINK revokes the link; choosing LINK again makes a new one.", default=None
    )


@strawberry.input(description="Remove a wishlist of the viewer's with all its items.")
class DeleteWishlistInput:
    """W4."""

    wishlist_id: ID = input_field("Which list; the default one stays.")
