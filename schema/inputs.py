"""Inputs of mutations and filters. `Maybe` tells a value left out from one that is null."""

from typing import Annotated, Any

import strawberry
from strawberry import ID, Maybe, argument

from models.customers import Role
from models.wishlists import WishlistVisibility
from schema import enums
from schema.scalars import EmailAddress, LanguageTag, PhoneNumber


def value(description: str, **options: Any) -> Any:
    """Describe a value of an input."""
    return strawberry.field(description=description, **options)


def given(source: object, *names: str) -> dict[str, Any]:
    """Take what was sent out of an input with `Maybe` values: omitted ones are left out, null is None."""
    sent = {name: getattr(source, name) for name in names}
    return {name: maybe.value for name, maybe in sent.items() if maybe is not None}


First = Annotated[int | None, argument(description="How many from the front; 20 if neither is given, at most 100.")]
After = Annotated[str | None, argument(description="Begin behind the row with this cursor.")]
Last = Annotated[int | None, argument(description="How many from the back, at most 100.")]
Before = Annotated[str | None, argument(description="End before the row with this cursor.")]
Id = Annotated[ID, argument(description="The global id.")]
Ids = Annotated[list[ID], argument(description="Global ids, of whatever types.")]
Slug = Annotated[str, argument(description="The name in addresses.")]
Sku = Annotated[str, argument(description="The stock keeping unit, in its exact letter case.")]
Username = Annotated[str, argument(description="A username, in whatever letter case.")]
Term = Annotated[str, argument(description="What somebody typed; every character is literal.")]
Search = Annotated[str | None, argument(description="A part of the name, in whatever letter case.")]
Token = Annotated[str, argument(description="The last part of the secret link.")]
Size = Annotated[enums.AvatarSize | None, argument(description="How large it is wanted.")]
Sort = Annotated[enums.ProductSort | None, argument(description="In which order.")]


@strawberry.input(description="Register, or update the language of who is registered.")
class RegisterCustomerInput:
    """A5."""

    preferred_language: LanguageTag | None = value(
        "The language to speak to the customer in; left out, a new customer gets en and another keeps theirs.",
        default=None,
    )


@strawberry.input(description="Which notifications are wanted. What is left out stays.")
class NotificationTopicsInput:
    """C3."""

    order_updates: Maybe[bool] = value("News of one's own orders.", default=None)
    promotions: Maybe[bool] = value("Offers and campaigns.", default=None)
    new_stores: Maybe[bool] = value("Stores that have joined.", default=None)


@strawberry.input(description="How a customer wants to be spoken to. What is left out stays.")
class PreferencesInput:
    """C2, C3."""

    preferred_language: Maybe[LanguageTag] = value("One of `supportedLanguages`.", default=None)
    push_notifications: Maybe[bool] = value("Whether to notify by push.", default=None)
    email_notifications: Maybe[bool] = value("Whether to notify by e-mail.", default=None)
    sms_notifications: Maybe[bool] = value("Whether to notify by text message.", default=None)
    topics: Maybe[NotificationTopicsInput] = value("What to notify about.", default=None)


@strawberry.input(description="Changes to the viewer's profile. What is left out stays; null clears.")
class UpdateProfileInput:
    """C2."""

    name: Maybe[str | None] = value("What the person is called; at most 100 characters.", default=None)
    email: Maybe[EmailAddress | None] = value("Where to write to.", default=None)
    phone_number: Maybe[PhoneNumber | None] = value(
        "With its country code. A new one counts as unverified until Clerk says otherwise.", default=None
    )
    location: Maybe[str | None] = value("City or area, as the person writes it; at most 120 characters.", default=None)
    preferences: Maybe[PreferencesInput] = value("How to be spoken to.", default=None)


@strawberry.input(description="A new username for the viewer.")
class UpdateUsernameInput:
    """C5."""

    username: str = value("3 to 20 ASCII letters and digits; unique without regard to case.")


@strawberry.input(description="What the viewer shows to others. What is left out stays.")
class UpdatePrivacyInput:
    """C7, C3."""

    is_private: Maybe[bool] = value("Whether following needs consent; going public accepts who waits.", default=None)
    show_profile: Maybe[bool] = value("Whether strangers can find the customer at all.", default=None)
    show_orders: Maybe[bool] = value("Whether those who see the content see orders and statistics.", default=None)
    show_followers: Maybe[bool] = value("Whether those who see the content see followers and follows.", default=None)
    show_activity: Maybe[bool] = value("Whether those who see the content see activity.", default=None)
    allow_messages: Maybe[bool] = value("Whether others may write.", default=None)
    show_location: Maybe[bool] = value("Whether those who see the content see the location.", default=None)


@strawberry.input(description="A new role for somebody.")
class SetRoleInput:
    """A6."""

    customer_id: ID = value("Who gets it.")
    role: Role = value("The role. ADMIN, OWNER and SERVICE are granted by owners only.")


@strawberry.input(description="Follow a customer.")
class FollowCustomerInput:
    """S1."""

    customer_id: ID = value("Whom to follow.")


@strawberry.input(description="End a follow or a request.")
class UnfollowCustomerInput:
    """S1."""

    customer_id: ID = value("Whom to follow no more, or whom not to ask any more.")


@strawberry.input(description="Let somebody follow the viewer.")
class AcceptFollowRequestInput:
    """S1."""

    customer_id: ID = value("Who asked to follow the viewer.")


@strawberry.input(description="Turn a request down; they are not told.")
class DeclineFollowRequestInput:
    """S1."""

    customer_id: ID = value("Who asked to follow the viewer.")


@strawberry.input(description="Take a follower off.")
class RemoveFollowerInput:
    """S1."""

    customer_id: ID = value("Who shall follow the viewer no more.")


@strawberry.input(description="Vanish for somebody, and they for the viewer.")
class BlockCustomerInput:
    """S2."""

    customer_id: ID = value("Whom to block.")


@strawberry.input(description="End a block.")
class UnblockCustomerInput:
    """S2."""

    customer_id: ID = value("Whom to block no more.")


@strawberry.input(description="Follow a store.")
class FollowStoreInput:
    """S4."""

    store_id: ID = value("Which store to follow.")


@strawberry.input(description="Follow a store no more.")
class UnfollowStoreInput:
    """S4."""

    store_id: ID = value("Which store to follow no more.")


@strawberry.input(description="Put a variant on one of the viewer's wishlists.")
class AddToWishlistInput:
    """W1."""

    variant_id: ID = value("What to remember.")
    wishlist_id: ID | None = value("On which list; the default one if left out.", default=None)
    note: str | None = value("A few words; at most 500 characters.", default=None)
    priority: int | None = value("1 (some day) to 5 (at once).", default=None)


@strawberry.input(description="Take a variant off one of the viewer's wishlists.")
class RemoveFromWishlistInput:
    """W2."""

    variant_id: ID = value("What to forget.")
    wishlist_id: ID | None = value("Off which list; the default one if left out.", default=None)


@strawberry.input(description="Move an item to another of the viewer's wishlists.")
class MoveWishlistItemInput:
    """W4."""

    item_id: ID = value("The item.")
    wishlist_id: ID = value("Where it goes. If its variant is there already, the two become one.")


@strawberry.input(description="A new wishlist.")
class CreateWishlistInput:
    """W4, W5."""

    name: str = value("What to call it; at most 100 characters.")
    visibility: WishlistVisibility = value("Who may look at it.", default=WishlistVisibility.PRIVATE)
    idempotency_key: str | None = value(
        "Any text of up to 200 characters, new for each wish to create: sent again within 24 hours, it gives the same "
        "list instead of another. The header `Idempotency-Key` does the same.",
        default=None,
    )


@strawberry.input(description="Changes to a wishlist of the viewer's. What is left out stays.")
class UpdateWishlistInput:
    """W4, W5."""

    wishlist_id: ID = value("Which list.")
    name: Maybe[str] = value("What to call it; at most 100 characters.", default=None)
    visibility: Maybe[WishlistVisibility] = value(
        "Who may look at it. Leaving LINK revokes the link; choosing LINK again makes a new one.", default=None
    )


@strawberry.input(description="Remove a wishlist of the viewer's with all its items.")
class DeleteWishlistInput:
    """W4."""

    wishlist_id: ID = value("Which list; the default one stays.")


@strawberry.input(description="Which products; each condition narrows the list.")
class ProductFilter:
    """P4, its first part."""

    search: str | None = value(
        "Words of the title, the brand's name, the tags or the description. A product must have all of them, in any "
        "form and order: `dress` finds `dresses`. No character is an operator. At most 200 characters.",
        default=None,
    )
    brand_ids: list[ID] | None = value("Of any of these brands.", default=None)
    category_slug: str | None = value("In this category or anywhere below it.", default=None)


Filter = Annotated[ProductFilter | None, argument(description="Which products; all if left out.")]
