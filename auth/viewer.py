"""The viewer of a request: anonymous, or a customer with a role."""

from dataclasses import dataclass
from enum import IntEnum
from uuid import UUID

from models.customers import Role

RANK = {Role.CUSTOMER: 1, Role.SOLVER: 2, Role.ADMIN: 3, Role.OWNER: 4, Role.SERVICE: 0}


class ViewerKind(IntEnum):
    """The kinds of viewer that policies distinguish; a statement is compiled once for each."""

    ANONYMOUS = 0
    CUSTOMER = 1
    SOLVER = 2
    """Like a customer, but for tickets and sessions."""
    ADMIN = 3


@dataclass(frozen=True, slots=True)
class Viewer:
    """A viewer; `id` and `role` are None for an anonymous one. `new`: this request has registered them.

    `impersonator` is the Clerk id of who acts as this customer, for the audit log; rights are the customer's.
    """

    id: UUID | None = None
    role: Role | None = None
    new: bool = False
    impersonator: str | None = None
    language: str | None = None
    """The preferred language, if it is known."""

    def has_role(self, role: Role) -> bool:
        """Whether this viewer may do what `role` may; SERVICE is reached only by itself and an owner."""
        if self.role is None:
            return False
        if role is Role.SERVICE:
            return self.role in {Role.SERVICE, Role.OWNER}
        return RANK[self.role] >= RANK[role]

    @property
    def kind(self) -> ViewerKind:
        """The kind of viewer that this one is."""
        if self.id is None:
            return ViewerKind.ANONYMOUS
        if self.has_role(Role.ADMIN):
            return ViewerKind.ADMIN
        return ViewerKind.SOLVER if self.has_role(Role.SOLVER) else ViewerKind.CUSTOMER


ANONYMOUS = Viewer()
