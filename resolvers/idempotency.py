"""The idempotency key of a mutation."""

import errors
from context import Info

LONGEST_KEY = 200


def idempotency_key(info: Info, given: str | None) -> str | None:
    """Give the key in the input, or else the header's together with the mutation's place in the document."""
    key = info.context.idempotency_key if given is None else given
    if key is None:
        return None
    if not 0 < len(key) <= LONGEST_KEY:
        raise errors.BadInput(f"An idempotency key has 1 to {LONGEST_KEY} characters.", reason="bad_idempotency_key")
    return given or f"{key}:{'.'.join(map(str, info.path.as_list()))}"
