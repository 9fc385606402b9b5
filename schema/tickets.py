"""Tickets: calls for help, with an account or without."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

import strawberry

from inputs.scalars import EmailAddress, PhoneNumber
from loaders.customers import CustomerById
from loaders.sessions import SessionsByTicket, SolverAtWork
from loaders.tickets import TicketQueue, TicketsOfSolver
from models import transitions
from models.tickets import DeviceType, TicketStatus, TicketUrgency
from resolvers import tickets, tickets_live
from schema.connections import Connection, Edge, Node
from schema.errors import Payload
from schema.fields import edge, field, lookup, mutation, subscription
from schema.profile import CustomerRef
from schema.sessions import Session, Solver

TicketRef = Annotated["Ticket", strawberry.lazy("schema.tickets")]


@strawberry.type(
    description="A call for help. Its customer sees all of it. Solvers see it while it is open, and what it is about "
    "ever after they had it; name, phone, e-mail and customer only while it is theirs and not finished."
)
class Ticket(Node):
    """T1-T4, T8."""

    reference: str = field("What to say over the phone to name it: no characters that look or sound alike.")
    status: TicketStatus = field("Where it stands.")
    urgency: TicketUrgency = field("How much it hurts.")
    device_type: DeviceType = field("What is broken.")
    description: str = field(
        "What happened, in the words of who asks; empty where the account of its customer was deleted."
    )
    name: str | None = field("Who asks; null for a solver unless they have the ticket.")
    phone_number: PhoneNumber | None = field("Where to call; null for a solver unless they have the ticket.")
    email: EmailAddress | None = field("Where to write to; null for a solver unless they have the ticket.")
    customer: CustomerRef | None = edge(
        CustomerById,
        "customer_id",
        "The account that it belongs to; null for a guest's, and for a solver unless they have the ticket.",
    )
    requested_solver: Solver | None = edge(
        SolverAtWork,
        "requested_solver_id",
        "Whom the customer would like; anybody may claim it all the same. Null where the viewer and the solver have a "
        "block between them.",
    )
    claimed_by: Solver | None = edge(
        SolverAtWork,
        "solver_id",
        "Who has it or finished it. Null while it is open, and where the viewer and the solver have a block between "
        "them: `claimedAt` tells the two apart.",
    )
    claimed_at: datetime | None = field("When they claimed it; null while it is open.")
    created_at: datetime = field("When it was submitted.")
    updated_at: datetime = field("When it last changed.")
    sessions: list[Session] = edge(
        SessionsByTicket, "id", "The work on it, in order; a solver sees only what they did themselves."
    )


@strawberry.type(description="A ticket in a list.")
class TicketEdge(Edge[TicketRef]):
    """Relay."""


@strawberry.type(description="A page of tickets.")
class TicketConnection(Connection[TicketEdge, TicketRef]):
    """Relay."""


@strawberry.type(description="What came of moving a ticket.")
class TicketPayload(Payload):
    """T4."""

    ticket: Ticket | None = field("The ticket, as the viewer sees it now; null where it failed.")


@strawberry.type(description="What came of claiming a ticket.")
class ClaimTicketPayload(TicketPayload):
    """T4."""


@strawberry.type(description="What came of releasing a ticket.")
class ReleaseTicketPayload(TicketPayload):
    """T4."""


@strawberry.type(description="What came of cancelling a ticket.")
class CancelTicketPayload(TicketPayload):
    """T4."""


@strawberry.type
class Queries:
    """What can be asked about tickets."""

    ticket: Ticket | None = lookup(tickets.by_id, "A ticket; null where there is none for this viewer.")
    ticket_queue: TicketConnection | None = lookup(
        tickets.queue,
        "The open tickets, the most urgent first, then the oldest; null for who is not a solver.",
        pages_of=TicketQueue,
    )
    claimed_tickets: TicketConnection | None = lookup(
        tickets.claimed,
        "The tickets that the viewer has claimed, the latest first; null for who is not a solver.",
        pages_of=TicketsOfSolver,
    )


@strawberry.type
class Mutations:
    """What can be done to tickets."""

    claim_ticket: ClaimTicketPayload = mutation(
        tickets.claim,
        f"Take a ticket out of the queue; of all who try at once, one gets it. {transitions.describe('claimTicket')}",
    )
    release_ticket: ReleaseTicketPayload = mutation(
        tickets.release,
        f"Put a ticket back into the queue; an active session ends with it. {transitions.describe('releaseTicket')}",
    )
    cancel_ticket: CancelTicketPayload = mutation(
        tickets.cancel,
        f"End a ticket that needs no help any more; an active session ends with it. {transitions.describe('cancelTicket')}",
    )


@strawberry.type
class Subscriptions:
    """L1, for tickets. Where something may have been missed, a message says `"extensions": {"resync": true}`."""

    ticket_updated: AsyncIterator[Ticket] = subscription(
        tickets_live.updated,
        "A ticket, each time it has changed; ends when it is no longer there for the viewer. After a gap, marked as "
        "`resync`, it comes as it is now.",
    )
    ticket_queue_changed: AsyncIterator[Ticket] = subscription(
        tickets_live.queue_changed,
        "For solvers: a ticket that has entered the queue, changed in it or left it. After a gap, marked as `resync`, "
        "the latest ticket comes and others were missed: ask for the queue again.",
    )
