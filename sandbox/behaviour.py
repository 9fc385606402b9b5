"""How the sandbox misbehaves: what its API answers instead, and what becomes of its webhooks."""

import json
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from sandbox.store import Books


class Behaviour(BaseModel):
    """All well, unless something else is asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reply: Literal[
        "normal", "html", "server_error", "gateway_error", "not_json", "redirect", "busy", "refused", "lost"
    ] = "normal"
    """What requests of the API get; with `lost` the connection ends in the middle of the answer."""
    done: bool = True
    """Whether what they ask for is done all the same."""
    on: str = ""
    """Which requests: those whose method and path, such as `POST /v1/orders`, begin with this."""
    times: int | None = None
    """How many of them; None for all."""
    delay_seconds: float = Field(default=0, ge=0, le=60)
    """How long each of them takes, after it has been done."""
    same_receipt: Literal["refuse", "return", "duplicate"] = "refuse"
    """What a second order with `unique_receipt` gets: documents of Razorpay describe the first two."""
    refunds: Literal["processed", "pending", "failed"] = "processed"
    webhooks: Literal["send", "hold"] = "send"
    """`hold` keeps them until they are released."""
    copies: int = Field(default=1, ge=1, le=50)
    """How often each webhook is sent, with the same event id."""


def read(books: Books) -> Behaviour:
    """Give what was asked for last."""
    found = books.db.execute("SELECT data FROM behaviour").fetchone()
    return Behaviour() if found is None else Behaviour.model_validate(json.loads(found[0]))


def write(books: Books, behaviour: Behaviour) -> None:
    """Behave like this from now on."""
    books.db.execute("INSERT OR REPLACE INTO behaviour VALUES (1, ?)", (behaviour.model_dump_json(),))


def take(books: Books, request: str) -> Behaviour:
    """Give how to behave to a request of the API, and count it."""
    found = read(books)
    if not request.startswith(found.on) or found.times == 0:
        return found.model_copy(update={"reply": "normal", "done": True, "delay_seconds": 0})
    if found.times is not None:
        write(books, found.model_copy(update={"times": found.times - 1}))
    return found
