"""Tickets, as their viewer may see them."""

from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Select, Text, and_, bindparam, case, select

import policy.guests
import policy.solvers
import policy.tickets
from auth.viewer import ViewerKind
from loaders.batches import UUID_KEYS, RowLoader
from loaders.nodes import node_loader
from loaders.pages import ConnectionLoader
from models.columns import columns
from models.tickets import Ticket

ticket = columns(Ticket)

CONTACT = [ticket.name, ticket.phone_number, ticket.email]
"""Who needs help, and how to reach them."""
KEPT_BACK = {"customer_id", "language", "linked_when_sent", *(column.name for column in CONTACT)}
OTHERS = [column for column in ticket if column.name not in KEPT_BACK]


def row(
    viewer: ViewerKind, contact: ColumnElement[bool], account: ColumnElement[bool] | None = None
) -> list[ColumnElement[Any]]:
    """Give the columns of a ticket's row.

    Where `contact` does not hold, name, phone number and e-mail are null. The customer is null where `account` does
    not hold; if left out, it is the same condition.
    """
    reach = [case((contact, column)).label(column.name) for column in CONTACT]
    whose = case((contact if account is None else account, ticket.customer_id)).label("customer_id")
    start = and_(policy.tickets.can("startSession", viewer), policy.tickets.has_room_for_session())
    can = [
        policy.tickets.can("claimTicket", viewer).label("viewer_can_claim"),
        policy.tickets.can("releaseTicket", viewer).label("viewer_can_release"),
        policy.tickets.can("cancelTicket", viewer).label("viewer_can_cancel"),
        start.label("viewer_can_start_session"),
    ]
    return [*OTHERS, *reach, whose, *can]


def seen(viewer: ViewerKind) -> Select[Any]:
    """Select the tickets that exist for a viewer, with the contact data of those where they get it."""
    return select(*row(viewer, policy.tickets.contact(viewer))).where(policy.tickets.visible(viewer))


@node_loader
class TicketById(RowLoader[UUID]):
    """A ticket."""

    graphql_type = "Ticket"

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By id."""
        return seen(viewer).where(ticket.id == UUID_KEYS)


class TicketOfSession(RowLoader[UUID]):
    """The ticket of a session. Reached only through a session that the viewer may see."""

    graphql_type = "Ticket"

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By id."""
        return select(*row(viewer, policy.guests.session_contact(viewer), policy.tickets.contact(viewer))).where(
            ticket.id == UUID_KEYS
        )


class QueuedTicketById(RowLoader[UUID]):
    """A ticket that is or was in the queue, for subscribers of the queue."""

    graphql_type = "Ticket"

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By id."""
        return select(*row(viewer, policy.tickets.contact(viewer))).where(
            ticket.id == UUID_KEYS, policy.tickets.was_in_queue(viewer)
        )


class QueuedTickets(ConnectionLoader):
    """The tickets that are in the queue, the latest first."""

    graphql_type = "Ticket"
    order: ClassVar[dict[str, ColumnElement[Any]]] = {"id": ticket.id}

    @classmethod
    def select(cls, viewer: ViewerKind, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """All."""
        return select(*row(viewer, policy.tickets.queue_contact(viewer))).where(policy.tickets.open_tickets(viewer))


class TicketsByCustomer(ConnectionLoader):
    """The tickets of a customer, the latest first."""

    graphql_type = "Ticket"
    order: ClassVar[dict[str, ColumnElement[Any]]] = {"created_at": ticket.created_at, "id": ticket.id}

    @classmethod
    def select(cls, viewer: ViewerKind, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By customer, and by status if one is given."""
        return _of_status(seen(viewer).where(ticket.customer_id == parent), given)


class TicketsOfSolver(ConnectionLoader):
    """The tickets that the viewing solver has claimed, the latest first."""

    graphql_type = "Ticket"
    order: ClassVar[dict[str, ColumnElement[Any]]] = {"created_at": ticket.created_at, "id": ticket.id}

    @classmethod
    def select(cls, viewer: ViewerKind, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By the viewer, and by status if one is given."""
        return _of_status(seen(viewer).where(ticket.solver_id == policy.solvers.acting_solver()), given)


def _of_status(rows: Select[Any], given: frozenset[str]) -> Select[Any]:
    return rows.where(ticket.status == bindparam("status", type_=Text)) if "status" in given else rows


class TicketQueue(ConnectionLoader):
    """The open tickets, the most urgent first, then the oldest."""

    graphql_type = "Ticket"
    ascending = True
    order: ClassVar[dict[str, ColumnElement[Any]]] = {
        "priority": ticket.priority,
        "created_at": ticket.created_at,
        "id": ticket.id,
    }

    @classmethod
    def select(cls, viewer: ViewerKind, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By being open."""
        return select(*row(viewer, policy.tickets.queue_contact(viewer))).where(policy.tickets.open_tickets(viewer))


class TicketQueueOfUrgency(TicketQueue):
    """The open tickets of one urgency, the oldest first.

    The priority is not in its keyset: PostgreSQL would begin at the first ticket of the priority, and read up to the
    cursor.
    """

    order: ClassVar[dict[str, ColumnElement[Any]]] = {"created_at": ticket.created_at, "id": ticket.id}

    @classmethod
    def select(cls, viewer: ViewerKind, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By priority."""
        return super().select(viewer, parent, given).where(ticket.priority == bindparam("wanted", type_=Integer))
