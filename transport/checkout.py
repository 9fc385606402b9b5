"""`GET /checkout`, in development only: a page that goes through a payment as a shop's front end would."""

from collections.abc import Callable, Sequence
from pathlib import Path

import orjson
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from auth.secrets import Secrets
from settings import Settings
from transport.graphiql import PLACE_FOR_CONFIG, REVALIDATED, Persona

FOLDER = Path(__file__).parent / "pages" / "checkout"
FILES = tuple(sorted(path.name for path in FOLDER.iterdir() if path.suffix in {".css", ".js"}))
RAZORPAY = "https://checkout.razorpay.com"
OF_RAZORPAY = "https://*.razorpay.com"
SAFE = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
Personas = Callable[[], Sequence[Persona]]


def routes(settings: Settings, secrets: Secrets, personas: Personas) -> list[BaseRoute]:
    """Make the routes of the page and its files."""
    html = (FOLDER / "checkout.html").read_text(encoding="utf-8")
    keys = secrets.razorpay

    def page(_request: object) -> Response:
        config = {
            "sandbox": settings.has_payment_sandbox,
            "keyId": keys and keys.key_id,
            "shop": settings.shop.name,
            "currency": settings.shop.default_currency,
            "personas": [persona._asdict() for persona in personas()],
        }
        # Nothing in the text may end the element or begin a comment in it.
        text = orjson.dumps(config).decode().replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
        headers = SAFE | {
            "Cache-Control": "no-store",  # it carries tokens
            "Content-Security-Policy": policy(razorpay=not settings.has_payment_sandbox),
            # Banks open windows of their own, which Checkout has to hear from.
            "Cross-Origin-Opener-Policy": "same-origin" if settings.has_payment_sandbox else "same-origin-allow-popups",
            "X-Frame-Options": "DENY",
        }
        return HTMLResponse(html.replace(PLACE_FOR_CONFIG, PLACE_FOR_CONFIG.replace("{}", text), 1), headers=headers)

    def file(name: str) -> Route:
        headers = SAFE | {"Cache-Control": REVALIDATED, "Content-Security-Policy": "default-src 'none'"}
        return Route(f"/checkout/{name}", lambda _request: FileResponse(FOLDER / name, headers=headers))

    return [Route("/checkout", page), *map(file, FILES)]


def policy(*, razorpay: bool) -> str:
    """Give the content security policy: this server, and with Razorpay's own Checkout what that loads."""
    directives = {
        "default-src": ["'none'"],
        "script-src": ["'self'", *([RAZORPAY] if razorpay else [])],
        # Checkout writes style elements as it goes.
        "style-src": ["'self'", *(["'unsafe-inline'"] if razorpay else [])],
        "img-src": ["'self'", "data:", *([OF_RAZORPAY] if razorpay else [])],
        "connect-src": ["'self'", *([OF_RAZORPAY] if razorpay else [])],
        "frame-src": [OF_RAZORPAY] if razorpay else ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'", *([OF_RAZORPAY] if razorpay else [])],
        "frame-ancestors": ["'none'"],
    }
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in directives.items())
