"""Submitting a ticket, with an account or without."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Uuid, bindparam, select
from sqlalchemy.dialects.postgresql import insert
from uuid_utils.compat import uuid7

import errors
import policy.solvers
from actions import rate_limits, ticket_links
from actions.queries import fetch_first
from actions.ticket_transitions import record_change
from auth.viewer import Viewer, ViewerKind
from database.compiled import Compiled
from database.transactions import Transaction
from errors.collection import collect
from models import ids, references
from models.columns import columns
from models.customers import Customer
from models.sessions import FavoriteSolver, Solver
from models.tickets import DeviceType, Ticket, TicketStatus, TicketUrgency

HOUR = timedelta(hours=1)
TOO_MANY = "Too many tickets were submitted from this network or with this phone number in the last hour."
REFERENCES_TO_TRY = 5
FROM_ACCOUNT = ("name", "phone_number", "email")
"""What an account fills in where the input leaves it out."""

customer, favorite, ticket_row = columns(Customer), columns(FavoriteSolver), columns(Ticket)
ACCOUNT = Compiled(
    select(*(customer[name] for name in (*FROM_ACCOUNT, "preferred_language"))).where(
        customer.id == bindparam("customer", type_=Uuid())
    )
)


@dataclass(frozen=True, slots=True)
class Submission:
    """What somebody asks for, checked and normalized, before it is a ticket."""

    description: str
    language: str
    device_type: DeviceType
    urgency: TicketUrgency
    name: str | None = None
    phone_number: str | None = None
    email: str | None = None
    requested_solver_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A submission whose customer, if there is one, is known and under lock."""

    submission: Submission
    phone_number: str
    customer_id: UUID | None
    linked_when_sent: bool = False


COLUMNS = ("id", "reference", "customer_id", "linked_when_sent", *(field.name for field in fields(Submission)))
INSERT = Compiled(
    insert(Ticket)
    .values({name: bindparam(name) for name in COLUMNS})
    .on_conflict_do_nothing(index_elements=["reference"])
    .returning(ticket_row.id)
)


def check_contact(name: str | None, phone_number: str | None) -> str:
    """Refuse a ticket without a name or a phone number, and say so for both at once. Gives the phone number."""
    with collect() as check:
        if name is None:
            check.add(errors.InvalidInput("Give a name, so that the solver knows how to address you.", "name"))
        if phone_number is None:
            message = (
                "Give a phone number with its country code. The solver calls it, and it lets you find the ticket again."
            )
            check.add(errors.InvalidInput(message, "phoneNumber"))
    return cast("str", phone_number)


async def draft(tx: Transaction, actor: Viewer, submission: Submission) -> Draft:
    """Fill in what the account knows. A guest's ticket belongs to the one account that has verified its phone number."""
    if actor.id is not None:
        account = (await tx.exec(ACCOUNT, {"customer": actor.id})).one()
        known = {name: getattr(account, name) for name in FROM_ACCOUNT if getattr(submission, name) is None}
        submission = replace(submission, language=account.preferred_language, **known)
    phone_number = check_contact(submission.name, submission.phone_number)
    if actor.id is not None:
        return Draft(submission, phone_number, actor.id)
    owner = await ticket_links.lock_owner(tx, phone_number)
    return Draft(submission, phone_number, owner, linked_when_sent=owner is not None)


async def submit(tx: Transaction, actor: Viewer, draft: Draft, limits: Mapping[str, int]) -> tuple[UUID, str]:
    """Create the ticket; gives its id and its reference. `limits` are the allowed tickets an hour, by counter key.

    Whether a guest's ticket was linked to an account is recorded, and does not show in what the guest gets.
    """
    if draft.submission.requested_solver_id and draft.customer_id:
        await _check_favorite(tx, draft.customer_id, draft.submission.requested_solver_id)
    await rate_limits.count(tx, TOO_MANY, HOUR, limits)
    ticket_id, reference = await _insert(tx, draft)
    if actor.id is None and draft.customer_id:
        await ticket_links.record_links(tx, ticket_id, customer_id=draft.customer_id, actor_id=None, by="phone")
    return ticket_id, reference


async def _check_favorite(tx: Transaction, customer_id: UUID, solver_id: UUID) -> None:
    chosen = favorite.customer_id == customer_id, favorite.solver_id == solver_id
    shown = select(favorite.solver_id).join(Solver, policy.solvers.solver.id == favorite.solver_id)
    shown = shown.where(*chosen, policy.solvers.solver_cards(ViewerKind.CUSTOMER))
    if await fetch_first(tx, shown, viewer=customer_id) is None:
        raise errors.NotFound("favorite solver", ids.encode("Solver", solver_id), "requestedSolverId")


async def _insert(tx: Transaction, draft: Draft) -> tuple[UUID, str]:
    """Insert the ticket under the first reference that is free."""
    values: dict[str, Any] = {field.name: getattr(draft.submission, field.name) for field in fields(Submission)}
    values |= {"customer_id": draft.customer_id, "linked_when_sent": draft.linked_when_sent}
    for _ in range(REFERENCES_TO_TRY):
        ticket_id, reference = uuid7(), references.generate()
        if (await tx.exec(INSERT, {"id": ticket_id, "reference": reference, **values})).first() is not None:
            await record_change(tx, ticket_id, None, TicketStatus.OPEN)
            return ticket_id, reference
    message = f"no free reference in {REFERENCES_TO_TRY} tries"
    raise RuntimeError(message)
