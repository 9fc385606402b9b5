"""Headers that every response of this server has, unless it says otherwise."""

from starlette.types import Message, Send

NO_SNIFFING = (b"x-content-type-options", b"nosniff")
SAFE = [(b"cache-control", b"no-store"), NO_SNIFFING]


def with_safe_headers(send: Send) -> Send:
    """Add what a response lacks of `SAFE`."""

    async def send_safely(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", ()))
            given = {name.lower() for name, _ in headers}
            message = {**message, "headers": headers + [header for header in SAFE if header[0] not in given]}
        await send(message)

    return send_safely
