"""Enums of the graph: those of the models and errors, with their descriptions."""

from enum import Enum, StrEnum

import strawberry

from errors import Code
from models.customers import Role
from models.products import Availability
from models.sessions import SessionStatus, SessionTier
from models.stores import OfferKind
from models.tickets import DeviceType, TicketStatus, TicketUrgency
from models.wishlists import WishlistVisibility
from policy.audiences import Audience


def described(enum: type[Enum], description: str, *, name: str | None = None, **values: str) -> None:
    """Add an enum to the graph, with a description for each of its values."""
    strawberry.enum(enum, name=name, description=description)
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


described(
    Role,
    "What a customer may do. Each role includes the rights of the roles before it, except SERVICE, which has only its own.",
    CUSTOMER="Shops, follows others and keeps wishlists. Every new account has this role.",
    SOLVER="Answers support tickets.",
    ADMIN="Runs the shop: can see every account, and makes customers solvers.",
    OWNER="Owns the shop: makes customers admins and owners. There is always at least one owner.",
    SERVICE="A program that imports the catalog, not a person.",
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
    "Where a ticket stands. The description of each mutation says which moves it makes.",
    OPEN="Waits in the queue of the solvers.",
    CLAIMED="A solver has it, and is not in a session now.",
    IN_PROGRESS="A solver works on it in a session.",
    RESOLVED="Done; it stays so.",
    CANCELLED="Given up; it stays so.",
)
described(
    TicketUrgency,
    "How much it hurts. The queue goes by it, then by age.",
    LOW="Whenever there is time.",
    NORMAL="Something does not work as it should.",
    HIGH="Something that is needed every day does not work.",
    CRITICAL="Everything stands still, or data is about to be lost.",
)
described(
    DeviceType,
    "What is broken.",
    DESKTOP="A computer that stays on its desk.",
    LAPTOP="A computer to carry around.",
    PHONE="A mobile telephone.",
    TABLET="A flat computer without keys.",
    PRINTER="Whatever prints or scans.",
    NETWORK="Routers, Wi-Fi, cables: what connects the rest.",
    TV="A television or what is plugged into it.",
    OTHER="Anything else; the description tells.",
)
described(
    SessionStatus,
    "Where a session stands.",
    ACTIVE="The solver is at work.",
    COMPLETED="Done, with or without success; its customer can rate it.",
    CANCELLED="Given up, or ended because the ticket was released or cancelled.",
)
described(
    SessionTier,
    "How much time a session is meant to take.",
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
)
described(
    Code,
    "Kinds of error, the same in `userErrors` and in `extensions.code` of GraphQL errors.",
    name="UserErrorCode",
    UNAUTHENTICATED="Sign in, or sign in again.",
    FORBIDDEN="The viewer's role does not reach.",
    NOT_FOUND="What was named is not there for this viewer.",
    BAD_USER_INPUT="A value breaks a rule; the message tells which.",
    CONFLICT="The request contradicts what is there already.",
    RATE_LIMITED="Too many requests; wait and try again.",
    TOO_COMPLEX="The operation asks for more than one request may.",
    PERSISTED_QUERY_NOT_FOUND="The server does not know this operation; send its text.",
    TIMEOUT="It took too long and was given up; try again.",
    UNAVAILABLE="Something that is needed is down; try again in a moment.",
    INTERNAL="A fault of the server; quote the reference.",
)
