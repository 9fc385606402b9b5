"""What every Python server of the benchmarks stands on: the same settings, secrets and verifier."""

import os
from typing import Any

from pydantic import SecretStr

from auth.issuer import DevelopmentIssuer
from auth.secrets import IssuerKey, RazorpayKeys, Secrets
from auth.tokens import Verifier
from settings import Settings

SECRET = "the benchmarks have no secrets, this is 32 bytes or more"
KEY_ID = "benchmarks"
RAZORPAY = RazorpayKeys("rzp_test_benchmarks", SECRET, (SECRET,))


DEFAULT_LIMITS = "BENCHMARK_DEFAULT_LIMITS"
"""An environment variable: leave the limits of rate as they are, which one client would reach at once."""
UNLIMITED: dict[str, Any] = dict.fromkeys(
    (
        "connections_per_address",
        "connections_per_viewer",
        "cost_points",
        "cost_points_per_second",
        "cost_points_anonymous",
        "cost_points_per_second_anonymous",
        "mutations_at_once",
        "tickets_per_hour_and_address",
        "tickets_per_hour_and_phone",
    ),
    10**12,
) | {"mails_per_day_and_address": 10**6}


def settings(url: str) -> Settings:
    """Settle all as in production."""
    limits = {} if os.environ.get(DEFAULT_LIMITS) else UNLIMITED
    return Settings(
        **limits,
        environment="production",
        database_url=SecretStr(url),
        secret_key=SecretStr(SECRET),
        clerk_issuer="https://clerk.invalid",
        clerk_webhook_secrets=(SecretStr("whsec_" + "c2VjcmV0" * 4),),
    )


def credentials(pem: str) -> Secrets:
    """Give the secrets. Production has no issuer of its own; tokens of this one pass the same path as Clerk's."""
    return Secrets(SECRET, ("whsec_" + "c2VjcmV0" * 4,), IssuerKey(KEY_ID, pem), RAZORPAY)


def from_environment() -> tuple[str, Settings, Secrets]:
    """Read what the parent process has set."""
    url = os.environ["BENCHMARK_DATABASE_URL"]
    return url, settings(url), credentials(os.environ["BENCHMARK_ISSUER_KEY"])


def verifier(of: Settings, given: Secrets) -> Verifier:
    """Trust what the server of the project trusts."""
    assert given.issuer_key
    return Verifier.of(of, DevelopmentIssuer(of, given.issuer_key))


def token(pem: str, clerk_id: str) -> str:
    """Sign a token that all of the Python servers take."""
    return DevelopmentIssuer(settings("postgresql://localhost/unused"), IssuerKey(KEY_ID, pem)).token(clerk_id)
