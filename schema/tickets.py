"""Tickets: requests for help, with an account or without."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

import strawberry

from errors import NotAllowed, NotFound
from errors.tickets import IllegalTicketTransition, TicketAlreadyClaimed
from inputs.scalars import EmailAddress, PhoneNumber
from loaders.customers import CustomerById
from loaders.sessions import SessionsByTicket, SolverAtWork
from loaders.tickets import TicketQueue, TicketsByCustomer, TicketsOfSolver
from models import transitions
from models.customers import Role
from models.tickets import DeviceType, TicketStatus, TicketUrgency
from policy.audiences import Audience
from resolvers import tickets, tickets_live
from schema.connections import ConnectionOf, Node
from schema.errors import Payload
from schema.fields import edge, field, lookup, mutation, opening, subscription
from schema.mutations import mutations
from schema.profile import CustomerRef
from schema.sessions import Solver, SupportSession
from schema.short_lists import short_list

TicketRef = Annotated["Ticket", strawberry.lazy("schema.tickets")]
TicketPage = ConnectionOf[Annotated["Ticket", strawberry.lazy("schema.tickets")]]

FOR_GUESTS = "Always false in `guestTicket` and `guestTicketUpdated`."
CONTACT = "Null for a solver, except while the ticket is CLAIMED or IN_PROGRESS by them."


@strawberry.type(
    description="A request for help with a device. A customer sees their own tickets. A solver sees open tickets, the "
    "tickets that they have claimed, until they release them, and those on which they had a support session. They see "
    "`name`, `phoneNumber`, `email` and `customer` only while they have claimed the ticket and it is not finished. Admins "
    "see all tickets."
)
class Ticket(Node):
    """The source is a ticket's row."""

    reference: str = field(
        "A short code that identifies the ticket, for example `TK-4HW-PQ7-XKC`. Easy to read out over the phone: it has "
        "no characters that look or sound alike."
    )
    status: TicketStatus = field("The status of the ticket.")
    urgency: TicketUrgency = field("How urgent the problem is.")
    device_type: DeviceType = field("The kind of device that has the problem.")
    description: str = field(
        "What is wrong, in the customer's words. Empty if the account of the ticket's customer was deleted."
    )
    name: str | None = field(f"The name of the person who needs help. {CONTACT}")
    phone_number: PhoneNumber | None = field(f"The phone number to call. {CONTACT}")
    email: EmailAddress | None = field(f"The e-mail address given for this ticket, if any. {CONTACT}")
    customer: CustomerRef | None = edge(
        CustomerById,
        "customer_id",
        f"The account that the ticket belongs to. Null if it was submitted without an account, or if the account was "
        f"deleted. {CONTACT}",
    )
    requested_solver: Solver | None = edge(
        SolverAtWork,
        "requested_solver_id",
        "The favorite solver that the customer asked for. Any solver can claim the ticket. Null if the customer asked for "
        "no solver, if the viewer has blocked the solver, or if the solver has blocked the viewer.",
    )
    claimed_by: Solver | None = edge(
        SolverAtWork,
        "solver_id",
        "The solver who claimed the ticket. Null while it is open, if the viewer has blocked this solver, or this solver "
        "has blocked the viewer. While the ticket is open, `claimedAt` is null as well.",
    )
    claimed_at: datetime | None = field("When the ticket was claimed. Null if nobody has claimed it.")
    resolved_at: datetime | None = field("When the ticket became RESOLVED. Null in every other status.")
    created_at: datetime = field("When the ticket was submitted.")
    updated_at: datetime = field("When the ticket last changed.")
    sessions: list[SupportSession] = short_list(
        SessionsByTicket,
        "id",
        "The support sessions on this ticket, the oldest first. Solvers see all sessions on a ticket while they have "
        "claimed it; afterwards only their own.",
    )
    viewer_can_claim: bool = field(f"Whether the viewer can claim the ticket with `claimTicket`. {FOR_GUESTS}")
    viewer_can_release: bool = field(
        f"Whether the viewer can put the ticket back into the queue with `releaseTicket`. {FOR_GUESTS}"
    )
    viewer_can_cancel: bool = field(f"Whether the viewer can cancel the ticket with `cancelTicket`. {FOR_GUESTS}")
    viewer_can_start_session: bool = field(
        f"Whether the viewer can start a support session on the ticket with `startSession`. {FOR_GUESTS}"
    )


@strawberry.type
class OnCustomer:
    """What tickets add to a customer."""

    tickets: TicketPage | None = opening(
        tickets.of_customer,
        "id",
        "Support tickets of this customer, the newest first.",
        pages_of=TicketsByCustomer,
        audience=Audience.SELF,
    )


@strawberry.type(description="The result of a mutation that changes a ticket.")
class TicketPayload(Payload):
    """What these payloads share."""

    ticket: Ticket | None = field("The ticket after the change. Null if the mutation failed.")


@strawberry.type
class Queries:
    """The queries of tickets."""

    ticket: Ticket | None = lookup(
        tickets.by_id, "Looks up a ticket by id. Null if there is no such ticket, or if the viewer cannot see it."
    )
    ticket_queue: ConnectionOf[TicketRef] | None = lookup(
        tickets.queue,
        "The open tickets that wait for a solver: the most urgent first, then the oldest. Solvers get no contact "
        "data of them.",
        pages_of=TicketQueue,
        access=Role.SOLVER,
    )
    claimed_tickets: ConnectionOf[TicketRef] | None = lookup(
        tickets.claimed,
        "The tickets that the viewer has claimed, finished ones included, the newest first.",
        pages_of=TicketsOfSolver,
        access=Role.SOLVER,
    )


@mutations
class Mutations:
    """The mutations of tickets."""

    claim_ticket: TicketPayload = mutation(
        tickets.claim,
        "Claims an open ticket. If several solvers claim it at the same time, one of them gets it and the others get a "
        "`TicketAlreadyClaimedError`. Solvers cannot claim their own tickets. A ticket that the viewer has claimed "
        f"already is returned as it is. {transitions.describe('claimTicket')}",
        access=Role.SOLVER,
        errors=(NotFound, NotAllowed, IllegalTicketTransition, TicketAlreadyClaimed),
    )
    release_ticket: TicketPayload = mutation(
        tickets.release,
        "Puts a claimed ticket back into the queue. Its active support session is cancelled. "
        f"{transitions.describe('releaseTicket')}",
        access=Role.SOLVER,
        errors=(NotFound, NotAllowed, IllegalTicketTransition),
    )
    cancel_ticket: TicketPayload = mutation(
        tickets.cancel,
        "Cancels a ticket that needs no help any more. Its active support session is cancelled. A ticket that is cancelled "
        "already is returned as it is. "
        f"{transitions.describe('cancelTicket')}",
        errors=(NotFound, NotAllowed, IllegalTicketTransition),
    )


@strawberry.type
class Subscriptions:
    """The subscriptions of tickets."""

    ticket_updated: AsyncIterator[Ticket] = subscription(
        tickets_live.updated,
        "Sends a ticket each time it changes. Ends when the viewer may no longer see the ticket. If events "
        'were missed, the ticket is sent once with `"extensions": {"resync": true}`.',
    )
    ticket_queue_changed: AsyncIterator[Ticket] = subscription(
        tickets_live.queue_changed,
        "Sends a ticket each time it enters the queue, changes in it or leaves it. If "
        'events were missed, the latest ticket of the queue is sent with `"extensions": {"resync": true}`: query '
        "`ticketQueue` again.",
        access=Role.SOLVER,
    )
