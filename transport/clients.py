"""What requests say of their clients."""

from typing import NamedTuple

from starlette.types import Scope

WEB = {"ws": "http", "wss": "https"}


class Client(NamedTuple):
    """What the context of an operation has to know of the client."""

    address: str | None = None
    """The IP address, if it is known."""
    accept_language: str = ""
    origin: str = ""
    """The scheme and the host that the client has reached this server by. Anybody can send any host."""


def client_address(scope: Scope) -> str | None:
    """The IP address of the client, if it is known."""
    client = scope.get("client")
    return client[0] if client else None


def client_of(scope: Scope) -> Client:
    """Read what there is to know of a client out of a request or a handshake."""
    languages, host = [], ""
    for name, value in scope["headers"]:
        if name == b"accept-language":
            languages.append(value.decode("latin-1"))
        elif name == b"host":
            host = value.decode("latin-1")
    scheme = scope.get("scheme", "http")
    return Client(client_address(scope), ",".join(languages), f"{WEB.get(scheme, scheme)}://{host}" if host else "")
