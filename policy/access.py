"""Who may use a query, a mutation or a subscription at all."""

from enum import StrEnum
from typing import TypeAlias

from auth.viewer import Viewer
from models.customers import Role


class Access(StrEnum):
    """Where no role is required."""

    ANYONE = "ANYONE"
    SIGNED_IN = "SIGNED_IN"


RequiredAccess: TypeAlias = Access | Role


def roles_with(required: Role) -> list[Role]:
    """List the roles that include another one."""
    return [role for role in Role if Viewer(role=role).has_role(required)]
