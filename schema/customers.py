"""Customers, and what stands between them and the viewer."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from errors import InvalidInput, NotAllowed, NotFound
from errors.customers import UnsupportedLanguage, UsernameInvalid, UsernameTaken
from inputs.scalars import URL, EmailAddress, LanguageTag, PhoneNumber
from loaders import customers as found
from loaders import follows
from loaders import wishlists as lists
from models.customers import Role
from models.usernames import UsernameUnavailableReason
from policy.audiences import Audience
from resolvers import customers, roles
from schema import sessions, tickets
from schema.connections import Connection, Edge, Node
from schema.errors import Payload
from schema.fields import connection, edge, field, lookup, mutation, opening

if TYPE_CHECKING:
    from schema.follows import (
        FollowedCustomerConnection,
        FollowedStoreConnection,
        FollowerConnection,
        FollowRequestConnection,
    )
    from schema.wishlists import Wishlist, WishlistConnection

CustomerRef = Annotated["Customer", strawberry.lazy("schema.customers")]
WishlistRef = Annotated["Wishlist", strawberry.lazy("schema.wishlists")]
WishlistPage = Annotated["WishlistConnection", strawberry.lazy("schema.wishlists")]
FollowerPage = Annotated["FollowerConnection", strawberry.lazy("schema.follows")]
FollowedCustomerPage = Annotated["FollowedCustomerConnection", strawberry.lazy("schema.follows")]
FollowedStorePage = Annotated["FollowedStoreConnection", strawberry.lazy("schema.follows")]
FollowRequestPage = Annotated["FollowRequestConnection", strawberry.lazy("schema.follows")]


@strawberry.type(description="What a customer wants to be notified about.")
class NotificationTopics:
    """C3; its source is the customer's row."""

    order_updates: bool = field("News of one's own orders.")
    promotions: bool = field("Offers and campaigns.")
    new_stores: bool = field("Stores that have joined.")


@strawberry.type(description="How a customer wants to be spoken to.")
class Preferences:
    """C2; its source is the customer's row."""

    preferred_language: LanguageTag = field("The language to speak to the customer in.")
    push_notifications: bool = field("Whether to notify by push.")
    email_notifications: bool = field("Whether to notify by e-mail.")
    sms_notifications: bool = field("Whether to notify by text message.")
    topics: NotificationTopics = field("What to notify about.", resolver=customers.itself)


@strawberry.type(description="What a customer shows to others, beyond whether the account is private.")
class PrivacySettings:
    """C3; its source is the customer's row."""

    show_profile: bool = field("Whether strangers can find the customer at all.")
    show_orders: bool = field("Whether those who see the content see orders and statistics.")
    show_followers: bool = field("Whether those who see the content see followers and follows.")
    show_activity: bool = field("Whether those who see the content see activity.")
    allow_messages: bool = field("Whether others may write.")
    show_location: bool = field("Whether those who see the content see the location.")


@strawberry.type(description="How the viewer and a customer stand to each other.")
class Relationship:
    """C8, S1-S3."""

    following: bool = field("Whether the viewer follows them.")
    requested: bool = field("Whether the viewer waits for their answer.")
    followed_by: bool = field("Whether they follow the viewer.")
    requested_by: bool = field("Whether they wait for the viewer's answer.")
    blocking: bool = field("Whether the viewer has blocked them.")

    mutual_followers_count: int | None = opening(
        customers.mutual_followers_counts,
        "id",
        "How many of the customers whom the viewer follows also follow them: the `totalCount` of "
        "`Customer.mutualFollowers`. Null where their followers are not shown to the viewer.",
        audience=Audience.FOLLOWERS,
    )


@strawberry.type(description="Somebody with an account. What others get to see is declared at each field.")
class Customer(Node, tickets.OnCustomer, sessions.OnCustomer):
    """C8."""

    username: str = field("The unique name, 3 to 20 letters and digits.")
    name: str | None = field("What the person is called.")
    is_private: bool = field("Whether following needs consent, and content is for followers only.")
    followers_count: int = field("How many customers follow them.")
    following_customers_count: int = field("How many customers they follow.")
    following_stores_count: int = field("How many stores they follow.")
    created_at: datetime = field("When the account was made.")
    relationship: Relationship | None = edge(
        found.RelationshipByCustomer,
        "id",
        "How the viewer and they stand to each other; null for oneself and for anonymous viewers.",
    )

    avatar_url: URL | None = field("The picture; null where there is none.", resolver=customers.avatar)
    viewer_can_see_content: bool = field(
        "Whether the viewer sees the content: always their own, a public account's, or one they follow. "
        "Where it is false, content is null because the account is private.",
        resolver=customers.content_visible,
    )

    last_active_at: datetime | None = field("When they were last here, to the minute.", audience=Audience.ACTIVITY)
    location: str | None = field("City or area, as they wrote it.", audience=Audience.LOCATION)
    followers: FollowerPage | None = connection(
        follows.Followers, "id", "Who follows them, the latest first.", audience=Audience.FOLLOWERS
    )
    following_customers: FollowedCustomerPage | None = connection(
        follows.FollowedCustomers, "id", "Whom they follow, the latest first.", audience=Audience.FOLLOWERS
    )
    following_stores: FollowedStorePage | None = connection(
        follows.FollowedStores, "id", "Which stores they follow, the latest first.", audience=Audience.CONTENT
    )
    mutual_followers: "CustomerPage | None" = connection(
        follows.MutualFollowers, "id", "Who follows them and is followed by the viewer.", audience=Audience.FOLLOWERS
    )
    wishlists: WishlistPage | None = connection(
        lists.WishlistsByOwner, "id", "Those of their lists that the viewer may see.", audience=Audience.CONTENT
    )

    email: EmailAddress | None = field("Where to write to.", audience=Audience.SELF)
    phone_number: PhoneNumber | None = field("Where to call.", audience=Audience.SELF)
    phone_verified: bool | None = field("Whether the number was proved to be theirs.", audience=Audience.SELF)
    role: Role | None = field("What they may do.", audience=Audience.SELF)
    preferences: Preferences | None = field(
        "How they want to be spoken to.", audience=Audience.SELF, resolver=customers.itself
    )
    privacy_settings: PrivacySettings | None = field(
        "What they show to others.", audience=Audience.SELF, resolver=customers.itself
    )
    onboarding_completed_at: datetime | None = field("When onboarding was done.", audience=Audience.SELF)
    wishlist: WishlistRef | None = edge(
        lists.DefaultWishlistByOwner, "id", "The default wishlist.", audience=Audience.SELF
    )
    follow_requests: FollowRequestPage | None = connection(
        follows.FollowRequests, "id", "Who waits for their answer, the latest first.", audience=Audience.SELF
    )
    sent_follow_requests: FollowRequestPage | None = connection(
        follows.SentFollowRequests, "id", "Whose answer they wait for, the latest first.", audience=Audience.SELF
    )
    blocked_customers: "CustomerPage | None" = connection(
        found.BlockedCustomers, "id", "Whom they have blocked, as cards, the latest first.", audience=Audience.SELF
    )


@strawberry.type(description="A customer in a list.")
class CustomerEdge(Edge[CustomerRef]):
    """Relay."""


@strawberry.type(description="A page of customers.")
class CustomerConnection(Connection[CustomerEdge, CustomerRef]):
    """Relay."""


CustomerPage = Annotated["CustomerConnection", strawberry.lazy("schema.customers")]


@strawberry.type(description="Whether a username can be had.")
class UsernameAvailability:
    """C5."""

    available: bool = field("Whether it is valid and free.")
    suggestion: str | None = field("One like it that is free, where it is not available.")
    reason: UsernameUnavailableReason | None = field("Why it is not available; null where it is.")


@strawberry.type(description="What came of a mutation about a customer.")
class CustomerPayload(Payload):
    """Most payloads of accounts and follows."""

    customer: Customer | None = field("The customer, as the viewer sees them now; null where it failed.")


@strawberry.type(description="What came of registering.")
class RegisterCustomerPayload(CustomerPayload):
    """A5."""

    existed: bool | None = field("Whether the account was there before this request.")


@strawberry.type(description="What came of changing the profile.")
class UpdateProfilePayload(CustomerPayload):
    """C2."""


@strawberry.type(description="What came of choosing a username.")
class UpdateUsernamePayload(CustomerPayload):
    """C5."""


@strawberry.type(description="What came of changing what is shown.")
class UpdatePrivacyPayload(CustomerPayload):
    """C7."""


@strawberry.type(description="What came of giving a role.")
class SetRolePayload(CustomerPayload):
    """A6."""


@strawberry.type
class Queries:
    """What can be asked about customers."""

    viewer: Customer | None = lookup(customers.viewer, "The customer who asks; null for an anonymous viewer.")
    customer: Customer | None = lookup(customers.by_id, "A customer; null where there is none for this viewer.")
    customer_by_username: Customer | None = lookup(
        customers.by_username, "A customer by username, in whatever letter case; null where there is none."
    )
    search_customers: CustomerConnection = lookup(
        customers.search,
        "Customers whose username begins with the term, then those with its words in the name.",
        pages_of=found.FoundCustomers,
    )
    username_availability: UsernameAvailability = field(
        "Whether a username can be had, and one like it that can if it cannot.", resolver=customers.availability
    )
    supported_languages: list[LanguageTag] = field("The languages that the shop speaks.", resolver=customers.languages)


@strawberry.type
class Mutations:
    """What customers can do to accounts."""

    register_customer: RegisterCustomerPayload = mutation(
        customers.register,
        "Register, or set the language of who is registered. Signing in alone registers too.",
        errors=(UnsupportedLanguage,),
    )
    update_profile: UpdateProfilePayload = mutation(
        customers.update_profile,
        "Change the viewer's profile. What is left out stays; null clears.",
        errors=(InvalidInput, UnsupportedLanguage),
    )
    update_username: UpdateUsernamePayload = mutation(
        customers.update_username, "Take another username.", errors=(UsernameInvalid, UsernameTaken)
    )
    update_privacy: UpdatePrivacyPayload = mutation(
        customers.update_privacy, "Change what the viewer shows; going public accepts the follow requests that wait."
    )
    set_role: SetRolePayload = mutation(
        roles.set_role, "Give somebody a role. For admins and owners.", errors=(NotFound, NotAllowed)
    )
