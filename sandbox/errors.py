"""Errors as Razorpay's API answers them."""

from http import HTTPStatus
from typing import Any


class ApiError(Exception):
    """An error of the API. Its descriptions are Razorpay's."""

    def __init__(
        self, description: str, *, field: str | None = None, reason: str = "input_validation_failed",
        code: str = "BAD_REQUEST_ERROR", status: int = HTTPStatus.BAD_REQUEST,
    ) -> None:  # fmt: skip
        super().__init__(description)
        self.status = int(status)
        self.body = {"error": error(description, code=code, reason=reason, field=field)}


def error(
    description: str, *, code: str = "BAD_REQUEST_ERROR", reason: str = "NA", field: str | None = None,
    **metadata: Any,
) -> dict[str, Any]:  # fmt: skip
    """Build the object `error`."""
    found = {
        "code": code, "description": description, "source": "business", "step": "payment_initiation",
        "reason": reason, "metadata": metadata,
    }  # fmt: skip
    return found if field is None else found | {"field": field}


def unauthorized() -> ApiError:
    """The key or its secret is wrong."""
    return ApiError("Authentication failed", reason="NA", status=HTTPStatus.UNAUTHORIZED)


def unknown_id() -> ApiError:
    """Nothing has this id."""
    return ApiError("The id provided does not exist", reason="input_validation_failed")
