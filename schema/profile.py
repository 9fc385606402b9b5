"""The profile of a customer: the card, the settings, and the fields that belong to no other area."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from inputs.scalars import URL, EmailAddress, LanguageTag, PhoneNumber
from models.customers import Role
from policy.audiences import Audience
from resolvers import customers, roles
from schema.errors import Payload
from schema.fields import field

if TYPE_CHECKING:
    from schema.customers import Customer, CustomerConnection

CustomerRef = Annotated["Customer", strawberry.lazy("schema.customers")]
CustomerPage = Annotated["CustomerConnection", strawberry.lazy("schema.customers")]


@strawberry.type(description="The topics that a customer wants notifications about.")
class NotificationTopics:
    """Its source is the row of the customer."""

    order_updates: bool = field("Whether the customer wants notifications about their own orders.")
    promotions: bool = field("Whether the customer wants notifications about promotions and campaigns.")
    new_stores: bool = field("Whether the customer wants notifications about new stores.")


@strawberry.type(description="A customer's language and notification preferences.")
class Preferences:
    """Its source is the row of the customer."""

    preferred_language: LanguageTag = field(
        "The language for messages to the customer, for example `en`. One of `Query.supportedLanguages`."
    )
    push_notifications: bool = field("Whether the customer accepts push notifications.")
    email_notifications: bool = field("Whether the customer accepts notifications by e-mail.")
    sms_notifications: bool = field("Whether the customer accepts notifications by text message (SMS).")
    topics: NotificationTopics = field(
        "The topics that the customer wants notifications about.", resolver=customers.itself
    )


@strawberry.type(
    description="What a customer shows to others. If the account is private, only accepted followers can see the "
    "customer's content, and these settings limit what followers see."
)
class PrivacySettings:
    """Its source is the row of the customer."""

    show_profile: bool = field(
        "Whether everyone can find the customer. If false, the customer is hidden from everyone except their "
        "followers, the customers they follow, and the customers they have asked to follow."
    )
    show_orders: bool = field("Whether orders and statistics are part of the customer's visible content.")
    show_followers: bool = field(
        "Whether the lists of followers and of followed customers are part of the customer's visible content."
    )
    show_activity: bool = field("Whether `Customer.lastActiveAt` is part of the customer's visible content.")
    allow_messages: bool = field("Whether other customers may send messages to the customer.")
    show_location: bool = field("Whether `Customer.location` is part of the customer's visible content.")


@strawberry.type
class OnCustomer:
    """What the profile adds to `Customer`."""

    username: str = field("The unique username: 3 to 20 letters and digits, for example `quietotter42`.")
    name: str | None = field("The display name. Null if the customer has not entered one.")
    avatar_url: URL | None = field(
        "The address of the profile picture. Null if the customer has none.", resolver=customers.avatar
    )
    is_private: bool = field(
        "Whether the account is private. Followers of a private account must be accepted, and only they can see its "
        "content."
    )
    created_at: datetime = field("When the account was created.")
    viewer_can_see_content: bool = field(
        "Whether the viewer can see the customer's content: it is their own account, the account is public, or the "
        "viewer is an accepted follower. If false, content fields are null because the account is private.",
        resolver=customers.content_visible,
    )

    last_active_at: datetime | None = field(
        "When the customer last used the shop, accurate to about one minute.", audience=Audience.ACTIVITY
    )
    location: str | None = field(
        "The city or area that the customer has entered, for example `Dubai Marina`.", audience=Audience.LOCATION
    )

    email: EmailAddress | None = field("The e-mail address.", audience=Audience.SELF)
    phone_number: PhoneNumber | None = field(
        "The phone number in international format, for example `+971501234567`.", audience=Audience.SELF
    )
    phone_verified: bool | None = field(
        "Whether the customer has proved that the phone number is theirs.", audience=Audience.SELF
    )
    viewer_can_set_role: bool = field(
        "Whether the viewer can change the customer's role with `setRole`. Always false for viewers who are not admins. An "
        "owner can give every role; other admins can choose between CUSTOMER and SOLVER. The role of the last owner cannot "
        "be changed.",
        resolver=roles.can_set_role,
    )
    role: Role | None = field("The role, which decides what the customer may do.", audience=Audience.SELF)
    preferences: Preferences | None = field(
        "Language and notification preferences.", audience=Audience.SELF, resolver=customers.itself
    )
    privacy_settings: PrivacySettings | None = field(
        "What the customer shows to others.", audience=Audience.SELF, resolver=customers.itself
    )
    onboarding_completed_at: datetime | None = field(
        "When the customer completed onboarding. Null until then.", audience=Audience.SELF
    )


@strawberry.type(description="The result of a mutation about a customer.")
class CustomerPayload(Payload):
    """The payload of most mutations about accounts and follows."""

    customer: CustomerRef | None = field(
        "The customer after the mutation, as the viewer sees them. Null if the mutation failed."
    )
