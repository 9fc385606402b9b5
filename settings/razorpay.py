"""Razorpay, through which customers pay."""

import re
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, PositiveFloat, PositiveInt, SecretStr, field_validator, model_validator

from settings.groups import Group, Secrets, is_loopback

KEY_ID = re.compile(r"rzp_(test|live)_[A-Za-z0-9]+")
SESSION_PRICE = re.compile(r"(QUICK|STANDARD|EXTENDED) *= *([1-9][0-9]{0,8})")


class RazorpaySettings(Group):
    """The account at Razorpay, and what is paid by it. Without a key, development has a sandbox, and production takes no payments."""

    key_id: str | None = Field(default=None, alias="RAZORPAY_KEY_ID")
    key_secret: SecretStr | None = Field(default=None, alias="RAZORPAY_KEY_SECRET")
    webhook_secrets: Secrets = Field(default=(), alias="RAZORPAY_WEBHOOK_SECRETS")
    url: str | None = Field(default=None, alias="RAZORPAY_URL")
    concurrent_calls: PositiveInt = Field(default=8, le=64, alias="RAZORPAY_CONCURRENT_CALLS")
    connect_seconds: PositiveFloat = Field(default=2, alias="RAZORPAY_CONNECT_SECONDS")
    read_seconds: PositiveFloat = Field(default=5, alias="RAZORPAY_READ_SECONDS")
    session_prices: dict[str, int] = Field(default_factory=dict)

    @field_validator("key_id")
    @classmethod
    def _check_key_id(cls, value: str | None) -> str | None:
        if value and not KEY_ID.fullmatch(value):
            message = "RAZORPAY_KEY_ID must be like rzp_live_… or rzp_test_…, as Razorpay's dashboard shows it"
            raise ValueError(message)
        return value or None

    @field_validator("url")
    @classmethod
    def _check_url(cls, value: str | None) -> str | None:
        given = (value or "").rstrip("/")
        try:
            parts = urlsplit(given)
            secure = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
            valid = secure and parts.hostname and not parts.query and parts.port != 0
        except ValueError:
            valid = False
        if given and not valid:
            message = "RAZORPAY_URL must be like https://api.razorpay.com; http is for loopback addresses only"
            raise ValueError(message)
        return given or None

    @model_validator(mode="after")
    def _check_is_complete(self) -> Self:
        if bool(self.key_id) != bool(self.key_secret) or (self.key_id and not self.webhook_secrets):
            message = (
                "RAZORPAY_KEY_ID, RAZORPAY_KEY_SECRET and RAZORPAY_WEBHOOK_SECRETS must be set together, as Razorpay's "
                "dashboard shows them"
            )
            raise ValueError(message)
        return self

    @field_validator("session_prices", mode="before")
    @classmethod
    def _read_prices(cls, value: object) -> object:
        given = [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else []
        found = [SESSION_PRICE.fullmatch(part) for part in given]
        prices = {one[1]: int(one[2]) for one in found if one}
        if len(prices) != len(given):
            message = "SESSION_PRICES must be like QUICK=4900,STANDARD=9900,EXTENDED=19900, in minor units of DEFAULT_CURRENCY"
            raise ValueError(message)
        return value if isinstance(value, dict) else prices
