"""Every environment variable: read once, typed, frozen. README.md has the same table for people."""

import re
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, PositiveFloat, PositiveInt, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

MAIL_SCHEMES = ("smtp", "starttls", "smtps")
MAIL_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)*", re.ASCII)
LISTS = ("languages", "clerk_authorized_parties", "clerk_webhook_secrets", "cors_origins")


class Settings(BaseSettings):
    """How this process runs. Names are those of the environment variables, in capitals there."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    environment: Literal["development", "production"] = "development"
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = Field(default="", validate_default=True)
    forwarded_allow_ips: str = "127.0.0.1"
    storefront_url: str = "http://127.0.0.1:3000"
    sign_up_url: str = Field(default="", validate_default=True)
    data_folder: Path = Path(".data")

    database_url: SecretStr | None = None
    database_direct_url: SecretStr | None = None
    database_pool_size: PositiveInt = 10

    secret_key: SecretStr | None = Field(default=None, min_length=32)
    clerk_issuer: str | None = None
    clerk_authorized_parties: Annotated[tuple[str, ...], NoDecode] = ()
    clerk_webhook_secrets: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    development_tokens: bool | None = None
    metrics: bool | None = None

    languages: Annotated[tuple[str, ...], NoDecode] = ("en", "ar")
    default_currency: str = "AED"
    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()

    smtp_url: SecretStr | None = None
    mail_from: str | None = None
    smtp_seconds: PositiveFloat = 5
    smtp_acceptance_seconds: PositiveFloat = 60
    mail_tries: PositiveInt = 8
    mail_retry_seconds: PositiveFloat = 30

    graphql_body_bytes: PositiveInt = 100 * 1024
    webhook_body_bytes: PositiveInt = 256 * 1024
    operation_seconds: float = 10
    statement_seconds: float = 5
    lock_seconds: float = 2
    pool_wait_seconds: float = 2

    websocket_init_seconds: PositiveFloat = 10
    websocket_message_bytes: PositiveInt = 64 * 1024
    websocket_operations: PositiveInt = 10
    subscription_backlog: PositiveInt = 100
    keep_alive_seconds: PositiveFloat = 15

    tickets_per_hour_and_address: PositiveInt = 5
    tickets_per_hour_and_phone: PositiveInt = 3
    ticket_tries_per_10_minutes: PositiveInt = 5
    ticket_tries_per_10_minutes_and_address: PositiveInt = 30
    ticket_tries_per_day_and_reference: PositiveInt = 50

    @field_validator(*LISTS, mode="before")
    @classmethod
    def _comma_separated(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("languages")
    @classmethod
    def _english_is_one(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if "en" not in value:
            message = "LANGUAGES must hold en: it is what a new customer is spoken to in"
            raise ValueError(message)
        return value

    @field_validator("public_url")
    @classmethod
    def _where_it_listens(cls, value: str, known: ValidationInfo) -> str:
        return (value or f"http://{known.data.get('host')}:{known.data.get('port')}").rstrip("/")

    @field_validator("smtp_url")
    @classmethod
    def _a_mail_server(cls, value: SecretStr | None) -> SecretStr | None:
        try:
            parts = urlsplit(value.get_secret_value() if value else "")
            sound = parts.scheme in MAIL_SCHEMES and parts.hostname and parts.port != 0 and not parts.path.strip("/")
        except ValueError:
            sound = False
        if value and not sound:
            message = "SMTP_URL must be like starttls://user:password@mail.example:587, or begin with smtp or smtps"
            raise ValueError(message)
        return value or None

    @model_validator(mode="after")
    def _mail_comes_from_somebody(self) -> "Settings":
        given = self.mail_from or ""
        if self.smtp_url and not (given.isprintable() and MAIL_ADDRESS.fullmatch(parseaddr(given)[1])):
            message = (
                "SMTP_URL needs MAIL_FROM as well: the address that mails come from, such as Help <help@shop.example>"
            )
            raise ValueError(message)
        return self

    @field_validator("sign_up_url")
    @classmethod
    def _at_the_shop(cls, value: str, known: ValidationInfo) -> str:
        address = value or f"{known.data.get('storefront_url', '').rstrip('/')}/sign-up"
        if not address.startswith(("https://", "http://")):
            message = "SIGN_UP_URL must be a whole address, such as https://shop.example/sign-up"
            raise ValueError(message)
        return address

    @model_validator(mode="after")
    def _production_is_complete(self) -> "Settings":
        """In production nothing is made up: what is missing is named at start, all of it at once."""
        needed = ("database_url", "secret_key", "clerk_issuer", "clerk_webhook_secrets")
        missing = [name.upper() for name in needed if not getattr(self, name)]
        if self.environment == "production" and missing:
            message = f"ENVIRONMENT=production needs {', '.join(missing)} as well; see the settings in README.md"
            raise ValueError(message)
        if self.environment == "production" and self.development_tokens:
            message = "DEVELOPMENT_TOKENS must stay off where ENVIRONMENT=production: anybody could sign in as anybody"
            raise ValueError(message)
        return self

    @property
    def development(self) -> bool:
        """Whether conveniences that production must not have are on."""
        return self.environment == "development"

    @property
    def shows_metrics(self) -> bool:
        """Whether `/metrics` answers (X5)."""
        return self.development if self.metrics is None else self.metrics

    @property
    def issues_tokens(self) -> bool:
        """Whether the server is its own issuer beside Clerk (A2)."""
        return self.development and self.development_tokens is not False
