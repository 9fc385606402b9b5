"""The groups of settings. A field is the environment variable of the same name in capitals, unless it names another."""

import re
from email.utils import parseaddr
from ipaddress import ip_address
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    ValidationInfo,
    field_validator,
)

MAIL_SCHEMES = ("smtp", "starttls", "smtps")
MAIL_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)*", re.ASCII)
MIN_METRICS_TOKEN_CHARS = 16
DATABASE_SCHEME = re.compile(r"postgres(ql)?(\+\w+)?://\S")


def is_loopback(host: str) -> bool:
    """Whether only programs on this machine reach what listens at a host."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _split(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


Texts = Annotated[tuple[str, ...], BeforeValidator(_split)]
Secrets = Annotated[tuple[SecretStr, ...], BeforeValidator(_split)]


class Group(BaseModel):
    """Settings that belong together. The alias of a field is its environment variable."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True, populate_by_name=True, alias_generator=str.upper)


class ServerSettings(Group):
    """Where the server listens, and who may reach it how."""

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    workers: int = Field(default=1, ge=1, le=64)
    public_url: str = Field(default="", validate_default=True)
    forwarded_allow_ips: str = "127.0.0.1"
    cors_origins: Texts = ()
    shutdown_drain_seconds: float | None = Field(default=None, ge=0, le=10)

    @field_validator("public_url")
    @classmethod
    def _default_to_address(cls, value: str, known: ValidationInfo) -> str:
        host = str(known.data.get("host"))
        host = f"[{host}]" if ":" in host else host
        return (value or f"http://{host}:{known.data.get('port')}").rstrip("/")

    @property
    def is_local(self) -> bool:
        """Whether only programs on this machine reach the server: neither by its address, nor through a tunnel."""
        return is_loopback(self.host) and is_loopback(urlsplit(self.public_url).hostname or "")


class TelemetrySettings(Group):
    """How the process can be observed: metrics for Prometheus, traces by OpenTelemetry."""

    metrics: bool | None = None
    metrics_port: int | None = Field(default=None, ge=1, le=65535)
    metrics_token: SecretStr | None = None
    traces_endpoint: str | None = Field(default=None, alias="OTEL_EXPORTER_OTLP_ENDPOINT")
    traces_headers: SecretStr | None = Field(default=None, alias="OTEL_EXPORTER_OTLP_HEADERS")
    service_name: str = Field(default="clientele", alias="OTEL_SERVICE_NAME")
    traces_share: float = Field(default=1, ge=0, le=1, alias="OTEL_TRACES_SAMPLER_ARG")

    @field_validator("metrics_token")
    @classmethod
    def _check_token(cls, value: SecretStr | None) -> SecretStr | None:
        token = value.get_secret_value() if value else ""
        if value and (len(token) < MIN_METRICS_TOKEN_CHARS or not re.fullmatch(r"[!-~]+", token)):
            message = f"must have at least {MIN_METRICS_TOKEN_CHARS} characters, ASCII and without spaces"
            raise ValueError(message)
        return value

    @field_validator("traces_endpoint")
    @classmethod
    def _check_traces_endpoint(cls, value: str | None) -> str | None:
        if value and not value.startswith(("https://", "http://")):
            message = "must be the address of an OTLP receiver over HTTP, such as http://localhost:4318"
            raise ValueError(message)
        return value


class LogSettings(Group):
    """What is logged, and in which form. What is not given depends on the environment."""

    form: Literal["json", "console"] | None = Field(default=None, alias="LOG_FORMAT")
    level: Literal["debug", "info", "warning", "error"] | None = Field(default=None, alias="LOG_LEVEL")


class ShopSettings(Group):
    """The shop that the server works for."""

    name: str = Field(default="Clientele", min_length=1, max_length=100, alias="SHOP_NAME")
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


class DatabaseSettings(Group):
    """PostgreSQL. Without a URL the embedded one is used."""

    url: SecretStr | None = Field(default=None, alias="DATABASE_URL")
    direct_url: SecretStr | None = Field(default=None, alias="DATABASE_DIRECT_URL")
    pooler: Literal["transaction"] | None = Field(default=None, alias="DATABASE_POOLER")
    pool_size: PositiveInt = Field(default=10, alias="DATABASE_POOL_SIZE")
    connection_seconds: PositiveFloat = Field(default=1_800, alias="DATABASE_CONNECTION_SECONDS")
    prepared_statements: PositiveInt = Field(default=500, alias="DATABASE_PREPARED_STATEMENTS")
    statement_seconds: float = 5
    lock_seconds: float = 2
    pool_wait_seconds: float = 2
    viewer_memory_seconds: float = Field(default=2, ge=0, le=2)
    migrate_on_start: bool = True

    @field_validator("url", "direct_url")
    @classmethod
    def _check_scheme(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not DATABASE_SCHEME.match(value.get_secret_value()):
            message = "must be the address of a PostgreSQL, such as postgresql://user:password@host:5432/database"
            raise ValueError(message)
        return value or None

    @field_validator("pooler")
    @classmethod
    def _check_pooler(cls, value: str | None, known: ValidationInfo) -> str | None:
        if value and not (known.data.get("url") and known.data.get("direct_url")):
            message = (
                "DATABASE_POOLER=transaction needs DATABASE_URL, the address of the pooler, and DATABASE_DIRECT_URL, "
                "that of the same database without it"
            )
            raise ValueError(message)
        return value


class ClerkSettings(Group):
    """The Clerk instance whose users are customers."""

    issuer: str | None = Field(default=None, alias="CLERK_ISSUER")
    authorized_parties: Texts = Field(default=(), alias="CLERK_AUTHORIZED_PARTIES")
    webhook_secrets: Secrets = Field(default=(), alias="CLERK_WEBHOOK_SECRETS")


class MailSettings(Group):
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


class LimitSettings(Group):
    """The largest and the longest that one request or connection may take."""

    graphql_body_bytes: PositiveInt = 100 * 1024
    webhook_body_bytes: PositiveInt = 256 * 1024
    operation_seconds: float = 10
    mutations_at_once: PositiveInt = 5
    websocket_init_seconds: PositiveFloat = 10
    websocket_message_bytes: PositiveInt = 64 * 1024
    websocket_operations: PositiveInt = 10
    subscription_backlog: PositiveInt = 100
    event_days: PositiveInt = 7
    connections_in_all: PositiveInt = 2_000
    connections_per_address: PositiveInt = 100
    connections_per_viewer: PositiveInt = 20
    keep_alive_seconds: PositiveFloat = 15


class CostSettings(Group):
    """What operations may cost, how much they may read and return, and how fast clients get their points back."""

    operation_cost: PositiveInt = 10_000
    operation_cost_anonymous: PositiveInt = 5_000
    operation_objects: PositiveInt = 10_000
    operation_rows: PositiveInt = 50_000
    operation_bytes: PositiveInt = 10_000_000
    cost_points: PositiveInt | None = None
    cost_points_per_second: PositiveInt | None = None
    cost_points_anonymous: PositiveInt | None = None
    cost_points_per_second_anonymous: PositiveInt | None = None
    redis_url: SecretStr | None = None

    @field_validator("redis_url")
    @classmethod
    def _check_redis_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not value.get_secret_value().startswith(("redis://", "rediss://", "unix://")):
            message = "must be the address of a Redis, such as redis://localhost:6379/0"
            raise ValueError(message)
        return value or None


class DocumentSettings(Group):
    """Documents that clients name instead of sending: those of manifests, and those that clients register themselves."""

    trusted_documents: Literal["off", "log", "required"] = "off"
    persisted_queries: bool = True
    persisted_queries_kept: PositiveInt = 10_000
    persisted_queries_bytes: PositiveInt = 20_000_000
    persisted_queries_per_hour_and_address: PositiveInt = 1_000


class ConnectionSettings(Group):
    """What a connection may take before it has been answered, and how many requests are worked on at once."""

    head_bytes: PositiveInt = 16 * 1024
    head_seconds: PositiveFloat = 10
    idle_seconds: PositiveFloat = 75
    write_stall_seconds: PositiveFloat = 30
    concurrent_requests: PositiveInt = 64
    queued_requests: int = Field(default=256, ge=0)
    queue_seconds: PositiveFloat = 2


class RateLimitSettings(Group):
    """How often the same client may submit or look up tickets, and how often a stranger may get mails."""

    tickets_per_hour_and_address: PositiveInt = 5
    tickets_per_hour_and_phone: PositiveInt = 3
    ticket_tries_per_10_minutes: PositiveInt = 5
    ticket_tries_per_10_minutes_and_address: PositiveInt = 30
    ticket_tries_per_day_and_reference: PositiveInt = 50
    mails_per_day_and_address: PositiveInt = 5
    payments_per_minute: PositiveInt = 10
