"""Arguments and inputs about tickets and sessions."""

from typing import Annotated

import strawberry
from strawberry import ID, argument

from inputs import enums  # noqa: F401 - makes the enums part of the graph
from inputs.arguments import input_field
from inputs.scalars import EmailAddress, LanguageTag, PhoneNumber
from models.sessions import SessionTier
from models.tickets import DeviceType, TicketStatus, TicketUrgency

Status = Annotated[TicketStatus | None, argument(description="Only those that stand here; all if left out.")]
Urgency = Annotated[TicketUrgency | None, argument(description="Only those of this urgency; all if left out.")]
TicketId = Annotated[ID, argument(description="The global id of the ticket.")]
FirstFew = Annotated[int | None, argument(description="How many from the front; 10 if neither is given, at most 50.")]
LastFew = Annotated[int | None, argument(description="How many from the back, at most 50.")]
Reference = Annotated[str, argument(description="The ticket's reference, in any case, with or without its dashes.")]
Phone = Annotated[PhoneNumber, argument(description="The phone number that the ticket was sent with.")]


@strawberry.input(description="A call for help. Who is signed in may leave out what their account says.")
class SubmitTicketInput:
    """T1."""

    name: str | None = input_field("What to call who asks; at most 100 characters. A guest must give it.", default=None)
    phone_number: PhoneNumber | None = input_field(
        "Where to call, and what a guest finds the ticket by later. A guest must give it.", default=None
    )
    email: EmailAddress | None = input_field("Where to write to.", default=None)
    description: str = input_field("What happened, in words; at most 3,000 characters.")
    device_type: DeviceType = input_field("What is broken.", default=DeviceType.OTHER)
    urgency: TicketUrgency = input_field("How much it hurts.", default=TicketUrgency.NORMAL)
    requested_solver_id: ID | None = input_field(
        "One of the favourite solvers of who is signed in; anybody may claim the ticket all the same.", default=None
    )
    language: LanguageTag | None = input_field(
        "The language to write to a guest in; en if left out. Who is signed in is written to in their preferred one.",
        default=None,
    )
    idempotency_key: str | None = input_field(
        "Any text of up to 200 characters, new for each ticket and hard to guess: sent again within 24 hours with the "
        "same values, it gives the same ticket instead of another. The header `Idempotency-Key` does the same.",
        default=None,
    )


@strawberry.input(description="Take a ticket that was sent without an account, or from another phone number.")
class LinkTicketInput:
    """T3."""

    ticket_id: ID = input_field("Which ticket.")
    phone_number: PhoneNumber = input_field("The phone number that it was sent with.")
    reference: str | None = input_field(
        "Its reference; can be left out where the phone number is the viewer's own and verified.", default=None
    )


@strawberry.input(description="Take a ticket out of the queue.")
class ClaimTicketInput:
    """T4."""

    ticket_id: ID = input_field("Which ticket.")


@strawberry.input(description="Put a ticket back into the queue.")
class ReleaseTicketInput:
    """T4."""

    ticket_id: ID = input_field("Which ticket.")


@strawberry.input(description="End a ticket that needs no help any more.")
class CancelTicketInput:
    """T4."""

    ticket_id: ID = input_field("Which ticket.")


@strawberry.input(description="Begin to work on a ticket.")
class StartSessionInput:
    """T5."""

    ticket_id: ID = input_field("Which ticket.")
    tier: SessionTier = input_field("How much time it is meant to take.", default=SessionTier.STANDARD)


@strawberry.input(description="End a session that came to its end.")
class CompleteSessionInput:
    """T5."""

    session_id: ID = input_field("Which session.")
    notes: str | None = input_field(
        "What was done, for the customer and for later; at most 3,000 characters.", default=None
    )
    resolved: bool = input_field(
        "Whether the problem is solved; if not, the ticket stays with the solver.", default=True
    )


@strawberry.input(description="Give a session up.")
class CancelSessionInput:
    """T5."""

    session_id: ID = input_field("Which session.")


@strawberry.input(description="Say what the viewer thought of a session.")
class RateSessionInput:
    """T6."""

    session_id: ID = input_field("Which session; it must be completed.")
    stars: int = input_field("1 (bad) to 5 (excellent).")
    comment: str | None = input_field("A few words; at most 1,000 characters.", default=None)


@strawberry.input(description="Remember a solver whom the viewer would like again.")
class AddFavoriteSolverInput:
    """T9."""

    solver_id: ID = input_field("Which solver.")


@strawberry.input(description="Forget a favourite solver.")
class RemoveFavoriteSolverInput:
    """T9."""

    solver_id: ID = input_field("Which solver.")
