"""Which websites may use this server, over HTTP and over WebSockets."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit

from starlette.types import Scope

from settings import Settings

DEFAULT_PORTS = {"http": ":80", "https": ":443"}
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Origins:
    """The origins that are listed; `*` stands for all.

    In development also any page of this machine, and any page of the host by whose name the request has come: the
    development server of a front end has the same name and another port, on a phone as well.
    """

    def __init__(self, listed: Iterable[str], *, development: bool) -> None:
        self._listed = frozenset(map(_written_by_browsers, listed))
        self._development = development

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Those of `CORS_ORIGINS`, and that of `PUBLIC_URL`."""
        return cls((*settings.server.cors_origins, settings.server.public_url), development=settings.development)

    def allow(self, scope: Scope) -> bool:
        """Whether a request comes from an allowed origin, or from a program, which names none."""
        return all(
            "*" in self._listed or origin in self._listed or (self._development and _is_near(origin, scope))
            for origin in _values(scope, b"origin")
        )


def _written_by_browsers(address: str) -> str:
    """Reduce an address to its origin: in lower case, without a path and without the usual port of its scheme."""
    with suppress(ValueError):
        parts = urlsplit(address.strip().lower())
        if parts.netloc:
            host = parts.netloc.rpartition("@")[2].removesuffix(DEFAULT_PORTS.get(parts.scheme, ""))
            return f"{parts.scheme}://{host}"
    return address


def _is_near(origin: str, scope: Scope) -> bool:
    name = _host_name(origin)
    hosts = {_host_name(f"//{host}") for host in _values(scope, b"host")}
    return bool(name) and (name in LOOPBACK or name.endswith(".localhost") or name in hosts)


def _host_name(url: str) -> str:
    with suppress(ValueError):
        return urlsplit(url).hostname or ""
    return ""


def _values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]
