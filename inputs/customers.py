"""Inputs about customers. `Maybe` tells a value left out from one that is null."""

import strawberry
from strawberry import ID, Maybe

from inputs.arguments import input_field
from inputs.scalars import EmailAddress, LanguageTag, PhoneNumber
from models.customers import Role


@strawberry.input(description="Register, or update the language of who is registered.")
class RegisterCustomerInput:
    """A5."""

    preferred_language: LanguageTag | None = input_field(
        "The language to speak to the customer in; left out, a new customer gets en and another keeps theirs.",
        default=None,
    )


@strawberry.input(description="Which notifications are wanted. What is left out stays.")
class NotificationTopicsInput:
    """C3."""

    order_updates: Maybe[bool] = input_field("News of one's own orders.", default=None)
    promotions: Maybe[bool] = input_field("Offers and campaigns.", default=None)
    new_stores: Maybe[bool] = input_field("Stores that have joined.", default=None)


@strawberry.input(description="How a customer wants to be spoken to. What is left out stays.")
class PreferencesInput:
    """C2, C3."""

    preferred_language: Maybe[LanguageTag] = input_field("One of `supportedLanguages`.", default=None)
    push_notifications: Maybe[bool] = input_field("Whether to notify by push.", default=None)
    email_notifications: Maybe[bool] = input_field("Whether to notify by e-mail.", default=None)
    sms_notifications: Maybe[bool] = input_field("Whether to notify by text message.", default=None)
    topics: Maybe[NotificationTopicsInput] = input_field("What to notify about.", default=None)


@strawberry.input(description="Changes to the viewer's profile. What is left out stays; null clears.")
class UpdateProfileInput:
    """C2."""

    name: Maybe[str | None] = input_field("What the person is called; at most 100 characters.", default=None)
    email: Maybe[EmailAddress | None] = input_field("Where to write to.", default=None)
    phone_number: Maybe[PhoneNumber | None] = input_field(
        "With its country code. A new one counts as unverified until Clerk says otherwise.", default=None
    )
    location: Maybe[str | None] = input_field(
        "City or area, as the person writes it; at most 120 characters.", default=None
    )
    preferences: Maybe[PreferencesInput] = input_field("How to be spoken to.", default=None)


@strawberry.input(description="A new username for the viewer.")
class UpdateUsernameInput:
    """C5."""

    username: str = input_field("3 to 20 ASCII letters and digits; unique without regard to case.")


@strawberry.input(description="What the viewer shows to others. What is left out stays.")
class UpdatePrivacyInput:
    """C7, C3."""

    is_private: Maybe[bool] = input_field(
        "Whether following needs consent; going public accepts who waits.", default=None
    )
    show_profile: Maybe[bool] = input_field("Whether strangers can find the customer at all.", default=None)
    show_orders: Maybe[bool] = input_field("Whether those who see the content see orders and statistics.", default=None)
    show_followers: Maybe[bool] = input_field(
        "Whether those who see the content see followers and follows.", default=None
    )
    show_activity: Maybe[bool] = input_field("Whether those who see the content see activity.", default=None)
    allow_messages: Maybe[bool] = input_field("Whether others may write.", default=None)
    show_location: Maybe[bool] = input_field("Whether those who see the content see the location.", default=None)


@strawberry.input(description="A new role for somebody.")
class SetRoleInput:
    """A6."""

    customer_id: ID = input_field("Who gets it.")
    role: Role = input_field("The role. ADMIN, OWNER and SERVICE are granted by owners only.")
