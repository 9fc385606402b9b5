"""Global ids in inputs."""

from uuid import UUID

import errors
from models import ids


def parse_id(graphql_type: str, what: str, text: str, *field: str) -> UUID:
    """Read the key out of a global id. An id of another type is as good as one that names nothing."""
    found = ids.key_of(graphql_type, text)
    if found is None:
        raise errors.NotFound(what, text, *field)
    return found
