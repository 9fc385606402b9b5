"""Enums of the graph: those of the models and errors, with words for front-end developers."""

from enum import Enum, StrEnum

import strawberry

from errors import UserErrorCode
from errors.customers import UsernameRule
from models.customers import Role
from models.products import Availability
from models.sessions import SupportSessionStatus, SupportTier
from models.tickets import DeviceType, TicketStatus, TicketUrgency
from models.usernames import UsernameUnavailableReason
from models.wishlists import WishlistVisibility
from policy.audiences import Audience


def described(enum: type[Enum], description: str, **values: str) -> None:
    """Make an enum one of the graph; each value needs its words."""
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


USERNAME_RULES = {
    "TOO_SHORT": "It has fewer than 3 characters.",
    "TOO_LONG": "It has more than 20 characters.",
    "BAD_CHARACTERS": "It has characters other than A to Z, a to z and 0 to 9.",
    "RESERVED": "The shop keeps it for itself, such as `admin` or `support`.",
}

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
    "Whether something can be bought now.",
    IN_STOCK="Can be bought at once.",
    LOW_STOCK="Can be bought at once, but few are left.",
    OUT_OF_STOCK="Cannot be bought now; may come back.",
    PREORDER="Can be ordered before it is there.",
    UNKNOWN="Not told by where it is sold, or not checked yet.",
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
    UserErrorCode,
    "The kind of a user error. GraphQL errors have the same codes, and some more, in `extensions.code`.",
    UNAUTHENTICATED="The viewer must sign in.",
    FORBIDDEN="The viewer may not do this.",
    NOT_FOUND="Something does not exist, or the viewer cannot see it.",
    BAD_USER_INPUT="A value breaks a rule. `message` says which rule.",
    CONFLICT="The present state does not allow it, for example because a username is taken.",
    RATE_LIMITED="Too many requests in a short time. Wait and try again.",
)
