"""A request that could not be read."""

import errors


class BadRequest(errors.BadInput):
    """A request that could not be read as what it claims to be."""

    def __init__(self, message: str, status: int = 400, reason: str | None = None) -> None:
        super().__init__(message, reason=reason)
        self.status = status
