"""Which error of ours a failed call is. What Razorpay says is shown to people only where it refuses a request."""

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import orjson
import structlog

from errors.payments import PaymentProvider, PaymentProviderErrorReason, PaymentRejected

if TYPE_CHECKING:
    from payments.session import Answer

MAX_DESCRIPTION_CHARS = 200
NO_ANSWER = "The payment provider did not answer in time. Try again: nothing is charged twice."
NOT_REACHED = "The payment provider cannot be reached at the moment. Try again in a minute."
NOT_WORKING = "The payment provider has problems at the moment. Try again in a minute."
BUSY = "Too many payments are under way at the moment. Try again in a minute."
KEYS_REFUSED = "Payments are not available in this shop at the moment."
BUSY_STATUSES = frozenset({HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_TIMEOUT})
"""Answers of a Razorpay that works, and wants to be asked again later."""
REJECTED = "The payment provider has refused this."

log = structlog.get_logger()


class KeysRefused(PaymentProvider):
    """Razorpay does not accept our key; only whoever runs the server can change that."""

    def __init__(self, status: int) -> None:
        super().__init__(KEYS_REFUSED, status=status)

    @property
    def retryable(self) -> bool:
        return False


class AnswerUnusable(PaymentProvider):
    """Razorpay's answer about something is not as documented; to ask again is of no use."""

    def __init__(self) -> None:
        super().__init__(NOT_WORKING, maybe_done=True)


def of_exception(error: Exception, answer: "Answer | None") -> PaymentProvider:
    """Give the error for a call that the SDK has failed."""
    if answer is not None:
        return _of_answer(answer)
    from requests import exceptions as http
    from urllib3 import exceptions as transport

    from payments.session import AnswerTooLarge, AnswerTooSlow

    if isinstance(error, http.ConnectTimeout):
        return PaymentProvider(NOT_REACHED, PaymentProviderErrorReason.TIMEOUT)
    if isinstance(error, http.ReadTimeout | transport.ReadTimeoutError | AnswerTooSlow):
        return PaymentProvider(NO_ANSWER, PaymentProviderErrorReason.TIMEOUT, maybe_done=True)
    if isinstance(error, http.ConnectionError | transport.HTTPError | AnswerTooLarge):
        return PaymentProvider(NOT_REACHED, maybe_done=not _was_never_sent(error))
    raise error


def _was_never_sent(error: Exception) -> bool:
    """Whether no connection was made, so that Razorpay cannot have got the request."""
    from urllib3.exceptions import MaxRetryError, NewConnectionError, SSLError

    cause = error.args[0] if error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError | SSLError)


def _of_answer(answer: "Answer") -> PaymentProvider:
    status, error = answer.status, error_of(answer.content)
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return KeysRefused(status)
    if status in BUSY_STATUSES:
        return PaymentProvider(NOT_WORKING, status=status)
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR and error is not None:
        return PaymentRejected(_sentence(error), status=status)
    # Errors of Razorpay, of what stands before it, and pages in place of JSON: it may have done what was asked.
    return PaymentProvider(NOT_WORKING, status=status, maybe_done=True)


def error_of(content: bytes) -> dict[str, Any] | None:
    """Read the error of Razorpay's form, `{"error": {"code": …, "description": …}}`."""
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    error = found.get("error") if isinstance(found, dict) else None
    return error if isinstance(error, dict) else None


def _sentence(error: dict[str, Any]) -> str:
    """Give Razorpay's description as the user may see it: one line of bounded length."""
    given = error.get("description")
    text = " ".join(given.split()) if isinstance(given, str) else ""
    visible = "".join(char for char in text if char.isprintable())[:MAX_DESCRIPTION_CHARS].strip()
    return f"{REJECTED[:-1]}: {visible}" if visible else REJECTED


def report(call: str, error: PaymentProvider, answer: "Answer | None") -> None:
    """Log a failed call, by words that Razorpay has for kinds of errors; descriptions may quote what was sent."""
    known = error_of(answer.content) if answer else None
    facts = {name: _word((known or {}).get(name)) for name in ("code", "reason", "field")}
    log.warning(
        "payment_call_failed",
        call=call,
        outcome=error.reason.value,
        status=error.status,
        maybe_done=error.maybe_done,
        **{f"provider_{name}": word for name, word in facts.items() if word},
    )


def _word(value: object) -> str | None:
    return value if isinstance(value, str) and value.isidentifier() and len(value) <= MAX_DESCRIPTION_CHARS else None
