"""What can go wrong with tickets and support sessions."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from errors import Code, GraphType, UserErrorException


class PhoneMismatch(UserErrorException):
    """No ticket has this phone number and this reference. The error does not say which is wrong, so that nobody can guess numbers."""

    def __init__(self) -> None:
        message = (
            "No ticket matches. Use the phone number that the ticket was submitted with, and its reference as in the "
            "confirmation."
        )
        super().__init__(message, "phoneNumber")


class TicketAlreadyClaimed(UserErrorException):
    """Another solver, who was faster, has claimed the ticket."""

    code = Code.CONFLICT
    claimed_at: Annotated[datetime, "When the ticket was claimed."]
    solver_id: Annotated[
        UUID | None,
        "The solver who claimed the ticket. Null if the viewer has blocked this solver, or this solver has blocked the viewer.",
        GraphType("Solver", name="claimed_by"),
    ]

    def __init__(self, who: str, solver_id: UUID, claimed_at: datetime) -> None:
        """`who` begins the sentence."""
        super().__init__(f"{who} claimed this ticket at {claimed_at:%Y-%m-%d %H:%M:%S} UTC.", "ticketId")
        self.solver_id = solver_id
        self.claimed_at = claimed_at


class IllegalTicketTransition(UserErrorException):
    """The status of the ticket does not allow this change."""

    code = Code.CONFLICT
    from_: Annotated[str, "The present status of the ticket.", GraphType("TicketStatus")]
    to: Annotated[str, "The status that the mutation would have set.", GraphType("TicketStatus")]

    def __init__(self, now: str, to: str, possible: str) -> None:
        """`possible` lists the statuses that allow the change."""
        message = f"This ticket is {now} and cannot become {to}. Only a ticket that is {possible} can."
        super().__init__(message, "ticketId")
        self.from_ = now
        self.to = to


class IllegalSupportSessionTransition(UserErrorException):
    """The status of the support session does not allow this change."""

    code = Code.CONFLICT
    from_: Annotated[str, "The present status of the session.", GraphType("SupportSessionStatus")]
    to: Annotated[str, "The status that the mutation would have set.", GraphType("SupportSessionStatus")]

    def __init__(self, now: str, to: str) -> None:
        message = f"This session is {now} and cannot become {to}. Only a session that is ACTIVE can."
        super().__init__(message, "sessionId")
        self.from_ = now
        self.to = to


class SessionAlreadyRated(UserErrorException):
    """The viewer has rated this session already. A rating cannot be changed."""

    code = Code.CONFLICT
    stars: Annotated[int, "The number of stars that was given."]
    rated_at: Annotated[datetime, "When the session was rated."]

    def __init__(self, stars: int, rated_at: datetime) -> None:
        super().__init__(f"You rated this session on {rated_at:%Y-%m-%d}, with {stars} of 5 stars.", "sessionId")
        self.stars = stars
        self.rated_at = rated_at
