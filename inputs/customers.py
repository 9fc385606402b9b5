"""Inputs about customers. With `Maybe` a resolver can distinguish null from a field that was not sent."""

import strawberry
from strawberry import ID, Maybe

from inputs.arguments import input_field
from inputs.scalars import EmailAddress, LanguageTag, PhoneNumber
from models.customers import Role


@strawberry.input(description="The input of `registerCustomer`.")
class RegisterCustomerInput:
    """Sent by a front end after sign-in."""

    preferred_language: LanguageTag | None = input_field(
        "The language for messages to the customer, one of `supportedLanguages`. If left out, a new account gets `en` and "
        "an existing account keeps its language.",
        default=None,
    )


@strawberry.input(description="The topics to send notifications about. Fields that are left out keep their value.")
class NotificationTopicsInput:
    """Every field is optional."""

    order_updates: Maybe[bool] = input_field(
        "Whether to send notifications about the customer's own orders.", default=None
    )
    promotions: Maybe[bool] = input_field("Whether to send notifications about promotions and campaigns.", default=None)
    new_stores: Maybe[bool] = input_field("Whether to send notifications about new stores.", default=None)


@strawberry.input(description="Language and notification preferences. Fields that are left out keep their value.")
class PreferencesInput:
    """Every field is optional."""

    preferred_language: Maybe[LanguageTag] = input_field(
        "The language for messages to the customer, one of `supportedLanguages`.", default=None
    )
    push_notifications: Maybe[bool] = input_field("Whether to send push notifications.", default=None)
    email_notifications: Maybe[bool] = input_field("Whether to send notifications by e-mail.", default=None)
    sms_notifications: Maybe[bool] = input_field("Whether to send notifications by text message (SMS).", default=None)
    topics: Maybe[NotificationTopicsInput] = input_field("The topics to send notifications about.", default=None)


@strawberry.input(
    description="The input of `updateProfile`. Fields that are left out keep their value; null clears a field."
)
class UpdateProfileInput:
    """Every field is optional."""

    name: Maybe[str | None] = input_field("The display name, at most 100 characters.", default=None)
    email: Maybe[EmailAddress | None] = input_field("The e-mail address.", default=None)
    phone_number: Maybe[PhoneNumber | None] = input_field(
        "The phone number with its country code, for example `+971 50 123 4567`. A new number is not verified until the "
        "customer verifies it with Clerk.",
        default=None,
    )
    location: Maybe[str | None] = input_field(
        "The city or area, at most 120 characters, for example `Dubai Marina`.", default=None
    )
    preferences: Maybe[PreferencesInput] = input_field("Language and notification preferences.", default=None)


@strawberry.input(description="The input of `updateUsername`.")
class UpdateUsernameInput:
    """The rules are in `models.usernames`."""

    username: str = input_field(
        "The new username: 3 to 20 characters from A to Z, a to z and 0 to 9. It must be unique; case does not matter."
    )


@strawberry.input(description="The input of `updatePrivacy`. Fields that are left out keep their value.")
class UpdatePrivacyInput:
    """Every field is optional."""

    is_private: Maybe[bool] = input_field(
        "Whether the account is private. `false` accepts all pending follow requests.", default=None
    )
    show_profile: Maybe[bool] = input_field(
        "Whether everyone can find the customer. See `PrivacySettings.showProfile`.", default=None
    )
    show_orders: Maybe[bool] = input_field(
        "Whether orders and statistics are part of the visible content.", default=None
    )
    show_followers: Maybe[bool] = input_field(
        "Whether the lists of followers and of followed customers are part of the visible content.", default=None
    )
    show_activity: Maybe[bool] = input_field(
        "Whether `Customer.lastActiveAt` is part of the visible content.", default=None
    )
    allow_messages: Maybe[bool] = input_field("Whether other customers may send messages.", default=None)
    show_location: Maybe[bool] = input_field(
        "Whether `Customer.location` is part of the visible content.", default=None
    )


@strawberry.input(description="The input of `setRole`.")
class SetRoleInput:
    """For admins and owners."""

    customer_id: ID = input_field("The id of the customer.")
    role: Role = input_field("The new role. Only owners may grant or take away ADMIN, OWNER and SERVICE.")
