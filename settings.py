"""Every environment variable: read once, typed, frozen, in groups. README.md has the same table for people.

A field is the variable of the same name in capitals, unless it names another one. What the process environment does not
have is read from `.env` in the working directory; an empty value counts as none.
"""

import re
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

MAIL_SCHEMES = ("smtp", "starttls", "smtps")
MAIL_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)*", re.ASCII)
SECRET_KEY_CHARS = 32
DATABASE_SCHEME = re.compile(r"postgres(ql)?(\+\w+)?://\S")


def _split(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


Texts = Annotated[tuple[str, ...], BeforeValidator(_split)]
Secrets = Annotated[tuple[SecretStr, ...], BeforeValidator(_split)]


class _Group(BaseModel):
    """Settings that belong together. The alias of a field is its environment variable."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True, populate_by_name=True, alias_generator=str.upper)


class ServerSettings(_Group):
    """Where the server listens, and who may reach it how."""

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    public_url: str = Field(default="", validate_default=True)
    forwarded_allow_ips: str = "127.0.0.1"
    cors_origins: Texts = ()
    metrics: bool | None = None

    @field_validator("public_url")
    @classmethod
    def _default_to_address(cls, value: str, known: ValidationInfo) -> str:
        return (value or f"http://{known.data.get('host')}:{known.data.get('port')}").rstrip("/")


class ShopSettings(_Group):
    """The shop that the server works for."""

    storefront_url: str = "http://127.0.0.1:3000"
    sign_up_url: str = Field(default="", validate_default=True)
    languages: Texts = ("en", "ar")
    default_currency: str = "AED"

    @field_validator("sign_up_url")
    @classmethod
    def _check_sign_up_url(cls, value: str, known: ValidationInfo) -> str:
        address = value or f"{known.data.get('storefront_url', '').rstrip('/')}/sign-up"
        if not address.startswith(("https://", "http://")):
            message = "SIGN_UP_URL must be a whole address, such as https://shop.example/sign-up"
            raise ValueError(message)
        return address

    @field_validator("languages")
    @classmethod
    def _require_english(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if "en" not in value:
            message = "LANGUAGES must include en, the language of new accounts"
            raise ValueError(message)
        return value


class DatabaseSettings(_Group):
    """PostgreSQL. Without a URL the embedded one is used."""

    url: SecretStr | None = Field(default=None, alias="DATABASE_URL")
    direct_url: SecretStr | None = Field(default=None, alias="DATABASE_DIRECT_URL")
    pool_size: PositiveInt = Field(default=10, alias="DATABASE_POOL_SIZE")
    statement_seconds: float = 5
    lock_seconds: float = 2
    pool_wait_seconds: float = 2

    @field_validator("url", "direct_url")
    @classmethod
    def _check_scheme(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not DATABASE_SCHEME.match(value.get_secret_value()):
            message = "must be the address of a PostgreSQL, such as postgresql://user:password@host:5432/database"
            raise ValueError(message)
        return value or None


class ClerkSettings(_Group):
    """The Clerk instance whose users are customers."""

    issuer: str | None = Field(default=None, alias="CLERK_ISSUER")
    authorized_parties: Texts = Field(default=(), alias="CLERK_AUTHORIZED_PARTIES")
    webhook_secrets: Secrets = Field(default=(), alias="CLERK_WEBHOOK_SECRETS")


class MailSettings(_Group):
    """How e-mail is sent; without `smtp_url` none is."""

    smtp_url: SecretStr | None = None
    sender: str | None = Field(default=None, alias="MAIL_FROM", validate_default=True)
    smtp_seconds: PositiveFloat = 5
    smtp_acceptance_seconds: PositiveFloat = 60
    tries: PositiveInt = Field(default=8, alias="MAIL_TRIES")
    retry_seconds: PositiveFloat = Field(default=30, alias="MAIL_RETRY_SECONDS")

    @field_validator("smtp_url")
    @classmethod
    def _check_smtp_url(cls, value: SecretStr | None) -> SecretStr | None:
        try:
            parts = urlsplit(value.get_secret_value() if value else "")
            valid = parts.scheme in MAIL_SCHEMES and parts.hostname and parts.port != 0 and not parts.path.strip("/")
        except ValueError:
            valid = False
        if value and not valid:
            message = "SMTP_URL must be like starttls://user:password@mail.example:587, or begin with smtp or smtps"
            raise ValueError(message)
        return value or None

    @field_validator("sender")
    @classmethod
    def _check_sender(cls, value: str | None, known: ValidationInfo) -> str | None:
        given = value or ""
        if known.data.get("smtp_url") and not (given.isprintable() and MAIL_ADDRESS.fullmatch(parseaddr(given)[1])):
            message = (
                "SMTP_URL needs MAIL_FROM as well: the address that mails come from, such as Help <help@shop.example>"
            )
            raise ValueError(message)
        return value


class LimitSettings(_Group):
    """The largest and the longest that one request or connection may take."""

    graphql_body_bytes: PositiveInt = 100 * 1024
    webhook_body_bytes: PositiveInt = 256 * 1024
    operation_seconds: float = 10
    websocket_init_seconds: PositiveFloat = 10
    websocket_message_bytes: PositiveInt = 64 * 1024
    websocket_operations: PositiveInt = 10
    subscription_backlog: PositiveInt = 100
    keep_alive_seconds: PositiveFloat = 15


class RateLimitSettings(_Group):
    """How often the same client may submit or look up tickets."""

    tickets_per_hour_and_address: PositiveInt = 5
    tickets_per_hour_and_phone: PositiveInt = 3
    ticket_tries_per_10_minutes: PositiveInt = 5
    ticket_tries_per_10_minutes_and_address: PositiveInt = 30
    ticket_tries_per_day_and_reference: PositiveInt = 50


class Settings(BaseSettings):
    """How this process runs. Keyword arguments are variables in lower case; they count before the environment."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", hide_input_in_errors=True, env_file=".env", env_ignore_empty=True
    )

    environment: Literal["development", "production"] = "development"
    data_folder: Path = Path(".data")
    secret_key: SecretStr | None = None
    development_tokens: bool | None = None

    server: ServerSettings
    shop: ShopSettings
    database: DatabaseSettings
    clerk: ClerkSettings
    mail: MailSettings
    limits: LimitSettings
    rate_limits: RateLimitSettings

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource, dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:  # fmt: skip
        """Read the environment by the names of `variables()`: a group is no variable of its own."""
        return init_settings, _Variables(settings_cls, env_settings), _Variables(settings_cls, dotenv_settings)

    @field_validator("secret_key")
    @classmethod
    def _check_length(cls, value: SecretStr | None) -> SecretStr | None:
        if value and len(value) < SECRET_KEY_CHARS:
            message = f"must have at least {SECRET_KEY_CHARS} characters, such as what 'openssl rand -hex 32' prints"
            raise ValueError(message)
        return value or None

    @model_validator(mode="before")
    @classmethod
    def _group(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Put each variable into the group that has it."""
        made = dict(given)
        for variable, (group, _) in variables().items():
            if group is not None:
                made.setdefault(group, {})
                if variable.lower() in made:
                    made[group] = dict(made[group]) | {variable: made.pop(variable.lower())}
        return made

    @model_validator(mode="after")
    def _production_is_complete(self) -> "Settings":
        """In production nothing is made up: what is missing is named at start, all of it at once."""
        needed = {
            "DATABASE_URL": self.database.url,
            "SECRET_KEY": self.secret_key,
            "CLERK_ISSUER": self.clerk.issuer,
            "CLERK_WEBHOOK_SECRETS": self.clerk.webhook_secrets,
        }
        missing = [name for name, value in needed.items() if not value]
        if self.environment == "production" and missing:
            message = f"ENVIRONMENT=production needs {', '.join(missing)} as well"
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
        """Whether `/metrics` answers."""
        return self.development if self.server.metrics is None else self.server.metrics

    @property
    def issues_tokens(self) -> bool:
        """Whether the server is its own issuer beside Clerk."""
        return self.development and self.development_tokens is not False


class _Variables(PydanticBaseSettingsSource):
    """What the environment, or `.env`, holds of our variables."""

    def __init__(self, settings_cls: type[BaseSettings], source: PydanticBaseSettingsSource) -> None:
        super().__init__(settings_cls)
        self._found = source.env_vars if isinstance(source, EnvSettingsSource) else {}

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        """Give one variable; demanded by the base class."""
        return self._found.get(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        names = [name.lower() for name in variables()]
        return {name: self._found[name] for name in names if self._found.get(name) is not None}


def variables() -> dict[str, tuple[str | None, str]]:
    """Every environment variable: the group that has it, None for `Settings` itself, and its field there."""
    found: dict[str, tuple[str | None, str]] = {}
    for name, field in Settings.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, _Group):
            found |= {str(inner.alias): (name, key) for key, inner in kind.model_fields.items()}
        else:
            found[name.upper()] = (None, name)
    return found


def explain(problem: ValidationError) -> list[str]:
    """Say of each variable that is wrong what it must be, in one sentence that does not show its value."""
    lines = []
    for error in problem.errors(include_input=False, include_url=False):
        message = re.sub(
            r"^(Value error, |(Input|Value) should )", lambda match: "must " if match[2] else "", error["msg"]
        )
        name = next((part.upper() for part in reversed(error["loc"]) if isinstance(part, str)), "")
        lines.append(message if name in message else f"{name} {message}")
    return [f"{line}. README.md lists all settings." for line in lines]
