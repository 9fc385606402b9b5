"""The secrets of this process: those that were configured, and in development those that it generates.

Generated ones are kept in `DATA_FOLDER/development.json`, which git ignores, so that tokens outlive a restart.
"""

import hmac
import json
import os
import secrets
import tempfile
from base64 import b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from settings import Settings

FILE = "development.json"
NAMES = ("secret_key", "issuer_key_id", "issuer_private_key", "clerk_webhook_secret")


class SecretUnusable(Exception):
    """A secret that cannot be used, and what to do about it; the secret itself is not in the sentence."""


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """The key pair of the development issuer; the public half is derived from the private one."""

    id: str
    pem: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RazorpayKeys:
    """What this server and Razorpay, or the sandbox, know of each other."""

    key_id: str
    key_secret: str = field(repr=False)
    webhook_secrets: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Secrets:
    """Every secret, as plain text, kept out of `repr` and so out of logs and tracebacks."""

    secret_key: str = field(repr=False)
    clerk_webhook_secrets: tuple[str, ...] = field(repr=False)
    issuer_key: IssuerKey | None = None
    razorpay: RazorpayKeys | None = None
    """None where no payments are taken."""

    def hmac_digest(self, *texts: str) -> bytes:
        """Digest what must be found again but not be read: without the key, trying all phone numbers finds nothing."""
        key = sha256(b"digests\0" + self.secret_key.encode()).digest()
        return hmac.digest(key, "\0".join(texts).encode(), "sha256")


def load(settings: Settings) -> Secrets:
    """Give the configured secrets; in development, what is missing is generated."""
    check(settings)
    generated = _read_generated(settings.data_folder / FILE) if settings.development else {}
    given = tuple(secret.get_secret_value() for secret in settings.clerk.webhook_secrets)
    secret_key = settings.secret_key.get_secret_value() if settings.secret_key else generated["secret_key"]
    return Secrets(
        secret_key=secret_key,
        clerk_webhook_secrets=given or (generated["clerk_webhook_secret"],),
        issuer_key=IssuerKey(generated["issuer_key_id"], generated["issuer_private_key"])
        if settings.issues_tokens
        else None,
        razorpay=_razorpay_keys(settings, secret_key),
    )


def _razorpay_keys(settings: Settings, secret_key: str) -> RazorpayKeys | None:
    """Give those of the account at Razorpay. Those of the sandbox follow from the secret key of the server."""
    given = settings.razorpay
    if given.key_id and given.key_secret:
        secrets_of_webhooks = tuple(secret.get_secret_value() for secret in given.webhook_secrets)
        return RazorpayKeys(given.key_id, given.key_secret.get_secret_value(), secrets_of_webhooks)
    if not settings.has_payment_sandbox:
        return None
    key_id, key_secret, webhook_secret = (
        hmac.digest(secret_key.encode(), f"razorpay sandbox {purpose}".encode(), "sha256").hex()
        for purpose in ("key id", "key secret", "webhook secret")
    )
    return RazorpayKeys(f"rzp_test_{key_id[:14]}", key_secret[:24], (webhook_secret,))


def check(settings: Settings) -> None:
    """Raise `SecretUnusable` for the first configured secret that does not work; nothing is generated or written."""
    for number, secret in enumerate(settings.clerk.webhook_secrets, start=1):
        _check_webhook_secret(secret.get_secret_value(), number)


def _check_webhook_secret(secret: str, number: int) -> None:
    from svix.webhooks import Webhook  # half a second, and in development nothing needs it

    try:
        Webhook(secret)
    except Exception as error:
        message = f"CLERK_WEBHOOK_SECRETS: number {number} is no signing secret; copy 'whsec_…' from Clerk's dashboard."
        raise SecretUnusable(message) from error


def _read_generated(file: Path) -> dict[str, str]:
    """Read the generated secrets; the first process to ask generates them."""
    if not file.exists():
        _write_once(file, _generate())
    try:
        found: Any = json.loads(file.read_text(encoding="utf-8"))
        return {name: str(found[name]) for name in NAMES}
    except (ValueError, KeyError, TypeError) as error:
        message = f"{file} is not what this program wrote. Remove it; the next start makes new secrets."
        raise SecretUnusable(message) from error


def _generate() -> dict[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return {
        "secret_key": secrets.token_urlsafe(48),
        "issuer_key_id": f"development-{secrets.token_hex(8)}",
        "issuer_private_key": pem,
        "clerk_webhook_secret": f"whsec_{b64encode(secrets.token_bytes(24)).decode()}",
    }


def _write_once(file: Path, content: dict[str, str]) -> None:
    """Put the whole file there, for its owner only, unless another process was faster: a link never replaces."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, written = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")  # made with mode 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as output:
            json.dump(content, output, indent=2)
            output.flush()
            os.fsync(output.fileno())
        Path(file).hardlink_to(written)
    except FileExistsError:
        pass
    finally:
        Path(written).unlink()
