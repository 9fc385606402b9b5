"""The idempotency key of a mutation."""

from typing import Any

import errors
from actions.idempotency import KeyedRequest, digest
from context import Info

LONGEST_KEY = 200


def keyed_request(info: Info, input: Any) -> KeyedRequest | None:
    """Read the key in the input, or else the header's together with the mutation's place in the document."""
    given: str | None = input.idempotency_key
    key = info.context.idempotency_key if given is None else given
    if key is None:
        return None
    if not 0 < len(key) <= LONGEST_KEY:
        raise errors.BadInput(f"An idempotency key has 1 to {LONGEST_KEY} characters.", reason="bad_idempotency_key")
    sent = {name: value for name, value in vars(input).items() if value is not None and name != "idempotency_key"}
    return KeyedRequest(info.field_name, given or f"{key}:{'.'.join(map(str, info.path.as_list()))}", digest(sent))
