"""Every environment variable: read once, typed, frozen, in groups. docs/settings.md describes them for people.

What the process environment does not have is read from `.env` in the working directory; an empty value counts as none.
"""

from pathlib import Path
from typing import Any, Literal

from pydantic import SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from settings.environment import Variables, explain
from settings.groups import (
    ClerkSettings,
    ConnectionSettings,
    CostSettings,
    DatabaseSettings,
    DocumentSettings,
    Group,
    LimitSettings,
    LogSettings,
    MailSettings,
    RateLimitSettings,
    ServerSettings,
    ShopSettings,
    TelemetrySettings,
)
from settings.razorpay import RazorpaySettings

__all__ = [
    "ClerkSettings",
    "ConnectionSettings",
    "CostSettings",
    "DatabaseSettings",
    "DocumentSettings",
    "LimitSettings",
    "LogSettings",
    "MailSettings",
    "RateLimitSettings",
    "RazorpaySettings",
    "ServerSettings",
    "Settings",
    "ShopSettings",
    "TelemetrySettings",
    "explain",
    "variables",
]

SECRET_KEY_CHARS = 32
DEVELOPMENT_RATE_LIMITS = {"TICKETS_PER_HOUR_AND_ADDRESS": 1_000, "TICKETS_PER_HOUR_AND_PHONE": 1_000}
"""Where these are not set: whoever tries a form out sends it more often than a customer."""
DEVELOPMENT_PRICES = {"SESSION_PRICES": "QUICK=4900,STANDARD=9900,EXTENDED=19900"}


class Settings(BaseSettings):
    """How this process runs. Keyword arguments are variables in lower case; they count before the environment."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", hide_input_in_errors=True, env_file=".env", env_ignore_empty=True
    )

    environment: Literal["development", "production"] = "development"
    data_folder: Path = Path(".data")
    secret_key: SecretStr | None = None
    development_tokens: bool | None = None
    staff_personas: bool | None = None
    demo_images: bool | None = None

    server: ServerSettings
    telemetry: TelemetrySettings
    logs: LogSettings
    shop: ShopSettings
    database: DatabaseSettings
    clerk: ClerkSettings
    razorpay: RazorpaySettings
    mail: MailSettings
    limits: LimitSettings
    costs: CostSettings
    documents: DocumentSettings
    connections: ConnectionSettings
    rate_limits: RateLimitSettings

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource, dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:  # fmt: skip
        """Read the environment by the names of `variables()`: a group is no variable of its own."""
        names = list(variables())
        return init_settings, *(Variables(settings_cls, source, names) for source in (env_settings, dotenv_settings))

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
        if made.get("environment", "development") == "development":
            made["rate_limits"] = DEVELOPMENT_RATE_LIMITS | dict(made["rate_limits"])
            made["razorpay"] = DEVELOPMENT_PRICES | dict(made["razorpay"])
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

    @model_validator(mode="after")
    def _metrics_are_not_public(self) -> "Settings":
        telemetry = self.telemetry
        if telemetry.metrics_port == self.server.port:
            message = "METRICS_PORT must be another port than PORT"
            raise ValueError(message)
        if telemetry.metrics and not self.development and not telemetry.metrics_port and not telemetry.metrics_token:
            message = "METRICS=true needs METRICS_PORT or METRICS_TOKEN where ENVIRONMENT=production"
            raise ValueError(message)
        return self

    @property
    def serves_demo_images(self) -> bool:
        """Whether `/images/` answers with the images of demo products."""
        return self.development if self.demo_images is None else self.demo_images

    @property
    def offers_staff(self) -> bool:
        """Whether everybody who opens the server gets tokens of demo customers who are staff."""
        return self.server.is_local if self.staff_personas is None else self.staff_personas

    @property
    def known_by_host(self) -> bool:
        """Whether clients reach the server by the address that they name in `Host`, and no other is configured."""
        return self.development and "public_url" not in self.server.model_fields_set

    @property
    def serves_metrics(self) -> bool:
        """Whether `/metrics` answers: on METRICS_PORT if that is set, else on PORT."""
        wanted, given = self.telemetry.metrics, self.telemetry.metrics_port or self.telemetry.metrics_token
        return self.development or bool(given) if wanted is None else wanted

    @property
    def log_form(self) -> Literal["json", "console"]:
        """Lines for machines or for people."""
        return self.logs.form or ("console" if self.development else "json")

    @property
    def log_level(self) -> str:
        """The lowest level that is logged."""
        return self.logs.level or ("debug" if self.development else "info")

    @property
    def drain_seconds(self) -> float:
        """How long the server goes on when it has to stop, until nobody sends it requests any more."""
        given = self.server.shutdown_drain_seconds
        return (0 if self.development else 3) if given is None else given

    @property
    def own_address(self) -> str:
        """Where programs on this machine reach the server."""
        given, port = self.server.host, self.server.port
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(given, given)  # noqa: S104 - to be reached, not opened
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    @property
    def has_payment_sandbox(self) -> bool:
        """Whether the server stands in for Razorpay itself."""
        return self.development and self.razorpay.key_id is None

    @property
    def issues_tokens(self) -> bool:
        """Whether the server is its own issuer beside Clerk."""
        return self.development and self.development_tokens is not False


def variables() -> dict[str, tuple[str | None, str]]:
    """Every environment variable: the group that has it, None for `Settings` itself, and its field there."""
    found: dict[str, tuple[str | None, str]] = {}
    for name, field in Settings.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, Group):
            found |= {str(inner.alias): (name, key) for key, inner in kind.model_fields.items()}
        else:
            found[name.upper()] = (None, name)
    return found
