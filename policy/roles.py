"""Who may give which roles."""

from models.customers import Role

FOR_OWNERS = frozenset({Role.ADMIN, Role.OWNER, Role.SERVICE})
"""Only owners give these roles, or take them away."""


def required_role(now: Role, role: Role) -> Role:
    """Which role must somebody have to give a customer with the role `now` another one?"""
    return Role.OWNER if FOR_OWNERS & {role, now} else Role.ADMIN
