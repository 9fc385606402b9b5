"""Enums of the graph: those of the models and errors, with their descriptions."""

from enum import Enum, StrEnum

import strawberry

from errors import UserErrorCode
from errors.customers import UsernameRule
from errors.payments import PaymentProviderErrorReason
from models.customers import Role
from models.listings import OfferKind
from models.products import Availability
from models.sessions import SupportSessionStatus, SupportTier
from models.tickets import DeviceType, TicketStatus, TicketUrgency
from models.usernames import UsernameUnavailableReason
from models.wishlists import WishlistVisibility
from policy.audiences import Audience


def described(enum: type[Enum], description: str, **values: str) -> None:
    """Add an enum to the graph, with a description for each of its values."""
    strawberry.enum(enum, description=description)
    for value in enum.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = values[value.name]


class AvatarSize(StrEnum):
    """Sizes of an avatar."""

    SMALL = "SMALL"
    MEDIUM = "MEDIUM"
    LARGE = "LARGE"


class ProductSort(StrEnum):
    """Orders of products."""

    RELEVANCE = "RELEVANCE"
    NEWEST = "NEWEST"
    PRICE_ASC = "PRICE_ASC"
    PRICE_DESC = "PRICE_DESC"
    RATING = "RATING"
    POPULARITY = "POPULARITY"
    DISCOUNT = "DISCOUNT"


USERNAME_RULES = {
    "TOO_SHORT": "It has fewer than 3 characters.",
    "TOO_LONG": "It has more than 20 characters.",
    "BAD_CHARACTERS": "It has characters other than A to Z, a to z and 0 to 9.",
    "RESERVED": "It is reserved for the shop, for example `admin` or `support`.",
}

described(
    Role,
    "What a customer may do. Each role includes the rights of the roles before it, except SERVICE, which has only its own.",
    CUSTOMER="Shops, follows others and keeps wishlists. Every new account has this role.",
    SOLVER="Answers support tickets.",
    ADMIN="Runs the shop: can see every account, and makes customers solvers.",
    OWNER="Owns the shop: makes customers admins and owners. There is always at least one owner.",
    SERVICE="A program that imports the catalogue, not a person.",
)
described(
    UsernameRule,
    "A rule for usernames, named by how it is broken.",
    **USERNAME_RULES,
)
described(
    UsernameUnavailableReason,
    "Why a username is not available.",
    TAKEN="Another customer has it, in any letter case.",
    **USERNAME_RULES,
)
described(
    Availability,
    "Whether a variant can be bought.",
    IN_STOCK="Available now.",
    LOW_STOCK="Available now, but only a few are left.",
    OUT_OF_STOCK="Not available now. It may come back.",
    PREORDER="Not available yet, but can be ordered.",
    UNKNOWN="Not known: the source does not say, or has not been checked yet.",
)
described(
    OfferKind,
    "What an offer gives.",
    DISCOUNT="A lower price, for example 15 % off.",
    COUPON="A discount for customers who enter a code at checkout.",
    CASHBACK="Part of the price is paid back later.",
    BUNDLE="Several items together cost less, for example buy two and get one free.",
    FREE_SHIPPING="Delivery is free.",
    OTHER="Anything else, for example a gift. `Offer.description` has the details.",
)
described(
    WishlistVisibility,
    "Who can see a wishlist besides its owner.",
    PRIVATE="Nobody else.",
    FOLLOWERS="Accepted followers of the owner.",
    PUBLIC="Everyone who can see the owner's content: everyone if the account is public, otherwise accepted followers.",
    LINK="Everyone who has the link in `Wishlist.shareUrl`. Choosing another visibility makes the link invalid.",
)
described(
    TicketStatus,
    "The status of a ticket. The description of each mutation says which changes it makes.",
    OPEN="The ticket waits in the queue for a solver.",
    CLAIMED="A solver has claimed the ticket, and no support session is active.",
    IN_PROGRESS="A solver is working on the ticket in an active support session.",
    RESOLVED="The problem is solved. This status is final.",
    CANCELLED="The ticket was cancelled. This status is final.",
)
described(
    TicketUrgency,
    "How urgent a ticket is. The queue has the most urgent tickets first, then the oldest.",
    LOW="It can wait.",
    NORMAL="Something does not work as it should.",
    HIGH="Something that is needed every day does not work.",
    CRITICAL="Nothing works, or data may be lost.",
)
described(
    DeviceType,
    "The kind of device that has the problem.",
    DESKTOP="A desktop computer.",
    LAPTOP="A laptop computer.",
    PHONE="A mobile phone.",
    TABLET="A tablet computer.",
    PRINTER="A printer or scanner.",
    NETWORK="A router, Wi-Fi or cables.",
    TV="A television, or a device connected to it.",
    OTHER="Anything else.",
)
described(
    SupportSessionStatus,
    "The status of a support session.",
    ACTIVE="The solver is working on the ticket.",
    COMPLETED="The session was completed, whether or not it solved the problem. The customer can rate it.",
    CANCELLED="The session was cancelled, or its ticket was released or cancelled.",
)
described(
    SupportTier,
    "How long a support session is expected to take.",
    QUICK="A few minutes.",
    STANDARD="Up to an hour.",
    EXTENDED="More than an hour.",
)
described(
    Audience,
    "Who can see a field of a customer. For everyone else the field is null.",
    CARD="Everyone who can see the customer at all.",
    CONTENT="Everyone if the account is public, otherwise accepted followers. Always the customer and admins.",
    ORDERS="The same as CONTENT, if the customer has set `showOrders`.",
    FOLLOWERS="The same as CONTENT, if the customer has set `showFollowers`.",
    ACTIVITY="The same as CONTENT, if the customer has set `showActivity`.",
    LOCATION="The same as CONTENT, if the customer has set `showLocation`.",
    SELF="The customer themselves, and admins.",
)
described(
    AvatarSize,
    "The size of a profile picture, which is square.",
    SMALL="64 by 64 pixels, for lists.",
    MEDIUM="256 by 256 pixels, for cards.",
    LARGE="512 by 512 pixels, for profiles.",
)
described(
    ProductSort,
    "The order of products.",
    RELEVANCE="The best match for `ProductFilter.search` first. Without a search, the newest first.",
    NEWEST="The newest first.",
    PRICE_ASC="The lowest price first: the price of `Product.bestListing` in `ProductFilter.currencyCode`, else in the "
    "shop's own currency. Products without a price in that currency come last.",
    PRICE_DESC="The highest price first, otherwise as PRICE_ASC. Products without a price come last here, too.",
    RATING="The highest average rating first; of equal ones, that of more reviews. Products without reviews come last.",
    POPULARITY="The products first that most customers have on a wishlist. Counted every hour, in steps of five.",
    DISCOUNT="The highest discount first, over the listings that can be bought in `ProductFilter.currencyCode`, else in "
    "the shop's own currency. Products without a price in that currency come last.",
)
described(
    UserErrorCode,
    "The kind of a user error. GraphQL errors have the same codes, and some more, in `extensions.code`.",
    UNAUTHENTICATED="The viewer must sign in.",
    FORBIDDEN="The viewer may not do this.",
    NOT_FOUND="Something does not exist, or the viewer cannot see it.",
    BAD_USER_INPUT="A value breaks a rule. `message` says which rule.",
    CONFLICT="The present state does not allow it, for example because a username is taken.",
    RATE_LIMITED="Too many requests in a short time. Wait and try again.",
    UNAVAILABLE="A service that is needed, such as the payment provider, cannot be reached at the moment.",
)
described(
    PaymentProviderErrorReason,
    "Why the payment provider did not process the request.",
    TIMEOUT="The provider did not answer in time. It may still have processed the request; repeating the mutation is safe.",
    UNAVAILABLE="The provider could not be reached or is not working. Try again later.",
    REJECTED="The provider refused the request. `message` contains its reason, if it gave one.",
)
