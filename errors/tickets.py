"""What can go wrong with tickets and support sessions."""

from datetime import datetime
from uuid import UUID

from errors import Code, UserErrorException


class PhoneMismatch(UserErrorException):
    """A ticket's phone number or reference does not fit, or there is no such ticket to link: all look the same."""

    graphql_type = "PhoneMismatchError"

    def __init__(self) -> None:
        message = (
            "No ticket fits. Give the phone number it was sent with, and its reference, as the confirmation has them."
        )
        super().__init__(message, "phoneNumber")


class TicketAlreadyClaimed(UserErrorException):
    """Another solver, or the viewer, has claimed the ticket already; `who` begins the sentence."""

    graphql_type = "TicketAlreadyClaimedError"
    code = Code.CONFLICT

    def __init__(self, who: str, solver_id: UUID, claimed_at: datetime) -> None:
        super().__init__(f"{who} claimed this ticket at {claimed_at:%Y-%m-%d %H:%M:%S} UTC.", "ticketId")
        self.solver_id = solver_id
        self.claimed_at = claimed_at


class IllegalTicketTransition(UserErrorException):
    """The status of a ticket does not allow this change; `possible` names the statuses that do."""

    graphql_type = "IllegalTicketTransitionError"
    code = Code.CONFLICT

    def __init__(self, now: str, to: str, possible: str) -> None:
        message = f"This ticket is {now} and cannot become {to}. Only a ticket that is {possible} can."
        super().__init__(message, "ticketId")
        self.from_ = now
        self.to = to


class IllegalSupportSessionTransition(UserErrorException):
    """A session that is not active cannot be completed or cancelled."""

    graphql_type = "IllegalSupportSessionTransitionError"
    code = Code.CONFLICT

    def __init__(self, now: str, to: str) -> None:
        message = f"This session is {now} and cannot become {to}. Only a session that is ACTIVE can."
        super().__init__(message, "sessionId")
        self.from_ = now
        self.to = to


class SessionAlreadyRated(UserErrorException):
    """A session is rated once."""

    graphql_type = "SessionAlreadyRatedError"
    code = Code.CONFLICT

    def __init__(self, stars: int, rated_at: datetime) -> None:
        super().__init__(f"You rated this session on {rated_at:%Y-%m-%d}, with {stars} of 5 stars.", "sessionId")
        self.stars = stars
        self.rated_at = rated_at
