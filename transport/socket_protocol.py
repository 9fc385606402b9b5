"""What the protocol graphql-transport-ws says about ids, limits, and how a connection is closed."""

from dataclasses import dataclass
from typing import TypeGuard

PROTOCOL = "graphql-transport-ws"
REASON_BYTES = 123
ID_CHARACTERS = 100
CLOSE_TIMEOUT_SECONDS = 5.0

GOING_AWAY, TOO_LARGE, BROKEN, LATER = 1001, 1009, 1011, 1013
BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, SUBPROTOCOL = 4400, 4401, 4403, 4406
INIT_TIMEOUT, SUBSCRIBER_EXISTS, TOO_MANY_INITS = 4408, 4409, 4429


@dataclass(frozen=True, slots=True)
class SocketLimits:
    """Limits of one connection. `operations` applies to subscriptions, and separately to queries and mutations."""

    init_seconds: float = 10.0
    message_bytes: int = 64 * 1024
    operations: int = 10


class Close(Exception):
    """Closes the connection with a code and a reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.message = {"type": "websocket.close", "code": code, "reason": _truncate_reason(reason)}


def _truncate_reason(reason: str) -> str:
    return reason.encode()[:REASON_BYTES].decode(errors="ignore")


def is_id(id: object) -> TypeGuard[str]:
    """Whether this can be the id of an operation."""
    return isinstance(id, str) and 0 < len(id) <= ID_CHARACTERS
