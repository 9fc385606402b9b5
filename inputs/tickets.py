"""Arguments and inputs for tickets, support sessions and solvers."""

from typing import Annotated

import strawberry
from strawberry import ID, argument

from inputs import enums  # noqa: F401 - makes the enums part of the graph
from inputs.arguments import input_field
from inputs.scalars import EmailAddress, LanguageTag, PhoneNumber
from models.sessions import SupportTier
from models.tickets import DeviceType, TicketStatus, TicketUrgency

Status = Annotated[TicketStatus | None, argument(description="Return only tickets with this status.")]
Urgency = Annotated[TicketUrgency | None, argument(description="Return only tickets of this urgency.")]
TicketId = Annotated[ID, argument(description="The id of the ticket.")]
Reference = Annotated[
    str,
    argument(
        description="The reference of the ticket, for example `TK-4HW-PQ7-XKC`. Case, spaces and dashes do not matter."
    ),
]
Phone = Annotated[PhoneNumber, argument(description="The phone number that the ticket was submitted with.")]


@strawberry.input
class TicketIdInput:
    """For mutations of one ticket."""

    ticket_id: ID = input_field("The id of the ticket.")


@strawberry.input
class SessionIdInput:
    """For mutations of one session."""

    session_id: ID = input_field("The id of the session.")


@strawberry.input
class SolverIdInput:
    """For mutations about one solver."""

    solver_id: ID = input_field("The id of the solver.")


@strawberry.input(description="The input of `submitTicket`.")
class SubmitTicketInput:
    """`Draft` fills in what is left out by somebody who is signed in."""

    name: str | None = input_field(
        "The name of the person who needs help, at most 100 characters. Required for guests. If it is left out, the name "
        "of the account is used.",
        default=None,
    )
    phone_number: PhoneNumber | None = input_field(
        "The phone number to call, with its country code, for example `+971501234567`. Required for guests, who use it "
        "to find the ticket again. If it is left out, the number of the account is used.",
        default=None,
    )
    email: EmailAddress | None = input_field(
        "An e-mail address for news about the ticket. If it is left out, the address of the account is used. Customers "
        "with a verified e-mail address get the news there.",
        default=None,
    )
    description: str = input_field("What is wrong, in words; at most 3,000 characters.")
    device_type: DeviceType = input_field("The kind of device that has the problem.", default=DeviceType.OTHER)
    urgency: TicketUrgency = input_field("How urgent the problem is.", default=TicketUrgency.NORMAL)
    requested_solver_id: ID | None = input_field(
        "The id of one of the viewer's favorite solvers, if the viewer would like to be helped by them. Any solver can "
        "claim the ticket.",
        default=None,
    )
    language: LanguageTag | None = input_field(
        "The language of e-mails to a guest; `en` if it is left out. Customers with an account get e-mails in their "
        "preferred language.",
        default=None,
    )


@strawberry.input(description="The input of `linkTicket`.")
class LinkTicketInput:
    """The reference is checked with the limits of guests."""

    ticket_id: ID = input_field("The id of the ticket.")
    phone_number: PhoneNumber = input_field("The phone number that the ticket was submitted with.")
    reference: str | None = input_field(
        "The reference of the ticket. Can be left out if the phone number is the viewer's own verified number.",
        default=None,
    )


@strawberry.input(description="The input of `startSession`.")
class StartSessionInput:
    """A ticket and how long it may take."""

    ticket_id: ID = input_field("The id of the ticket.")
    tier: SupportTier = input_field("How long the session is expected to take.", default=SupportTier.STANDARD)


@strawberry.input(description="The input of `completeSession`.")
class CompleteSessionInput:
    """A session and its outcome."""

    session_id: ID = input_field("The id of the session.")
    notes: str | None = input_field("What was done, for the customer to read; at most 3,000 characters.", default=None)
    resolved: bool = input_field(
        "Whether the problem is solved. If false, the ticket stays with the solver for another session.", default=True
    )


@strawberry.input(description="The input of `rateSession`.")
class RateSessionInput:
    """A session and what the customer thinks of it."""

    session_id: ID = input_field("The id of the session, which must be completed.")
    stars: int = input_field("From 1 (bad) to 5 (excellent).")
    comment: str | None = input_field(
        "A comment, which the solver and admins can read; at most 1,000 characters.", default=None
    )
