"""Enums of the graph: those of the models and errors, with words for front-end developers."""

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
    """Make an enum one of the graph; each value needs its words."""
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
    "What somebody may do. Each role may also do what the roles before it may; SERVICE stands apart.",
    CUSTOMER="Shops, follows, keeps wishlists; every account begins here.",
    SOLVER="Answers support tickets.",
    ADMIN="Runs the shop: sees every account, makes solvers.",
    OWNER="Answers for the shop: makes admins and owners. There is always at least one.",
    SERVICE="A worker program that feeds the catalogue; no person.",
)
described(
    Availability,
    "Whether something can be bought now.",
    IN_STOCK="Can be bought at once.",
    LOW_STOCK="Can be bought at once, but few are left.",
    OUT_OF_STOCK="Cannot be bought now; may come back.",
    PREORDER="Can be ordered before it is there.",
    UNKNOWN="Not told by where it is sold, or not checked yet.",
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
    "Who may look at a wishlist besides its owner.",
    PRIVATE="Nobody.",
    FOLLOWERS="Accepted followers of the owner.",
    PUBLIC="Everybody who sees the owner's content: anyone if the account is public, else followers.",
    LINK="Whoever has the secret link; it is revoked by choosing another visibility.",
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
    "Who gets an answer from a field of a customer. CONTENT is narrowed by the owner's privacy settings.",
    CARD="Everybody who may see the customer at all.",
    CONTENT="Everybody if the account is public, else accepted followers.",
    ORDERS="Those of CONTENT, where the owner has `showOrders` on.",
    FOLLOWERS="Those of CONTENT, where the owner has `showFollowers` on.",
    ACTIVITY="Those of CONTENT, where the owner has `showActivity` on.",
    LOCATION="Those of CONTENT, where the owner has `showLocation` on.",
    SELF="The customer themselves, and admins.",
)
described(
    AvatarSize,
    "How large a picture is, in pixels of its sides.",
    SMALL="64 by 64, for lists.",
    MEDIUM="256 by 256, for cards.",
    LARGE="512 by 512, for profiles.",
)
described(
    ProductSort,
    "In which order products come.",
    RELEVANCE="The best match of the search text first; without one, the newest first.",
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
