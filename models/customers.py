"""Customers: their profile, their preferences and their privacy settings."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, text

from models.columns import (
    Table,
    bool_column,
    counter,
    enum_column,
    foreign_key,
    never_negative,
    primary_key,
    timestamp,
)  # fmt: skip

FOLDED = text('lower(username COLLATE "C")')


class Role(StrEnum):
    """What a customer may do. Each role includes those before it, except SERVICE, which is for programs."""

    CUSTOMER = "CUSTOMER"
    SOLVER = "SOLVER"
    ADMIN = "ADMIN"
    OWNER = "OWNER"
    SERVICE = "SERVICE"


class Customer(Table, table=True):
    """An account. `clerk_id` is the id of its Clerk user."""

    __tablename__ = "customer"
    __table_args__: Any = (
        never_negative("followers_count", "following_customers_count", "following_stores_count"),
        Index("customer_username_key", func.lower(text("username")), unique=True),
        Index("customer_username_prefix_idx", FOLDED, "id"),
        Index("customer_owners_idx", "role", postgresql_where=text("role <> 'CUSTOMER'")),
    )

    id: UUID = primary_key()
    clerk_id: str = Field(unique=True)
    username: str
    name: str | None = None
    email: str | None = None
    phone_number: str | None = Field(default=None, index=True)
    phone_verified: bool = bool_column(on=False)
    picture_url: str | None = None
    location: str | None = None
    role: Role = enum_column(Role, Role.CUSTOMER)
    is_private: bool = bool_column(on=True)

    preferred_language: str = Field(default="en", sa_column_kwargs={"server_default": "en"})
    push_notifications: bool = bool_column(on=True)
    email_notifications: bool = bool_column(on=True)
    sms_notifications: bool = bool_column(on=False)
    order_updates: bool = bool_column(on=True)
    promotions: bool = bool_column(on=False)
    new_stores: bool = bool_column(on=True)

    show_profile: bool = bool_column(on=True)
    show_orders: bool = bool_column(on=False)
    show_followers: bool = bool_column(on=True)
    show_activity: bool = bool_column(on=True)
    allow_messages: bool = bool_column(on=True)
    show_location: bool = bool_column(on=False)

    followers_count: int = counter()
    following_customers_count: int = counter()
    following_stores_count: int = counter()

    clerk_profile: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    clerk_updated_at: datetime | None = timestamp()
    onboarding_completed_at: datetime | None = timestamp()
    last_active_at: datetime | None = timestamp()
    deleted_at: datetime | None = timestamp()
    """Set while a deleted account still has follows, which end in steps: nobody sees it, and it has no personal data."""
    created_at: datetime = timestamp(now=True)
    updated_at: datetime = timestamp(now=True)


class CustomerNameWord(Table, table=True):
    """A word of a customer's name, for searching. Triggers on `customer` write these rows.

    Words are those of `to_tsvector`, usernames are in lower case, and both are sorted by their bytes: so words that
    begin with the same letters stand together, and one index gives all of them in the order of the answer.
    """

    __tablename__ = "customer_name_word"
    __table_args__: Any = (Index("customer_name_word_search_idx", "word", "username", "customer_id"),)

    customer_id: UUID = foreign_key("customer.id", primary_key=True)
    word: str = Field(sa_type=Text(collation="C"), primary_key=True)
    username: str = Field(sa_type=Text(collation="C"))


class DeletedAccount(Table, table=True):
    """Records that a Clerk user was deleted, so that a late event or token does not create the account again."""

    __tablename__ = "deleted_account"

    clerk_id: str = Field(primary_key=True)
    deleted_at: datetime = timestamp(now=True)


ERASED_WITH_CUSTOMER = {CustomerNameWord: "cascade"}
EXPORTED_WITH_CUSTOMER = {CustomerNameWord: "left out because the name itself is exported"}
