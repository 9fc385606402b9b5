"""Tickets: sending one, with an account or without."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel.ext.asyncio.session import AsyncSession
from uuid_utils.compat import uuid7

import errors
import policy.solvers
from auth.viewer import ViewerKind
from context import Context, Info
from inputs import tickets as ticket_inputs
from loaders.guest_tickets import BY_ID
from loaders.tickets import TicketById
from models import ids, references, rules
from models.columns import columns
from models.sessions import FavoriteSolver, Solver
from models.tickets import Ticket, TicketStatus
from resolvers import attempts, guest_attempts, ticket_links
from resolvers.transitions import changed
from resolvers.writes import fetch_first, idempotency_key, idempotent, lock_customer, parse_id

HOUR = timedelta(hours=1)
TOO_MANY = "This many tickets in an hour are more than we can take from one place or for one phone number."
REFERENCES_TO_TRY = 5
TOLD = ("name", "phone_number", "email")
"""What an account can say of who asks."""

favorite, ticket_row = columns(FavoriteSolver), columns(Ticket)


async def submit(info: Info, input: ticket_inputs.SubmitTicketInput) -> dict[str, Any]:
    """Take a ticket; safe to send twice with a key, for guests too (G6)."""
    context = info.context
    given = _read(context, input)
    key = idempotency_key(info, input.idempotency_key)
    async with context.transaction() as session:
        ticket = await _of_whom(context, session, given)

        async def make() -> UUID:
            if ticket["requested_solver_id"]:
                await _favorite(session, ticket["customer_id"], ticket["requested_solver_id"])
            await attempts.count(session, TOO_MANY, HOUR, _limits(context, ticket["phone_number"]))
            made, reference = await _insert(session, ticket)
            if context.viewer.id is None:
                await _of_guest(context, session, made, reference, ticket)
            return made

        request = {name: str(value) for name, value in given.items()}
        guest = "" if context.viewer.id else ticket["phone_number"]
        made = await idempotent(context, session, "submitTicket", key, request, make, guest=guest)
    return await _answer(context, made, ticket)


def _read(context: Context, input: ticket_inputs.SubmitTicketInput) -> dict[str, Any]:
    """Read what somebody typed, before anything is counted or written."""
    solver = input.requested_solver_id
    if solver is not None:
        context.require_signed_in()
    languages = context.resources.settings.shop.languages
    return {
        "name": None if input.name is None else rules.single_line(input.name, "name", most=rules.NAME),
        "phone_number": None if input.phone_number is None else rules.phone(input.phone_number, "phoneNumber"),
        "email": None if input.email is None else rules.email(input.email, "email"),
        "description": rules.description_text(input.description, "description", most=rules.DESCRIPTION),
        "language": rules.language(input.language, languages, "language") if input.language else "en",
        "device_type": input.device_type,
        "urgency": input.urgency,
        "requested_solver_id": None
        if solver is None
        else parse_id("Solver", "favourite solver", solver, "requestedSolverId"),
    }


async def _of_whom(context: Context, tx: AsyncSession, given: dict[str, Any]) -> dict[str, Any]:
    """Complete a ticket by what the account says. A guest's belongs to the account that has verified its phone number."""
    me = context.viewer.id
    ticket = given | {"customer_id": me}
    if me is not None:
        known = await lock_customer(tx, me, *TOLD, "preferred_language")
        ticket["language"] = known.preferred_language
        ticket |= {name: getattr(known, name) for name in TOLD if given[name] is None}
    if ticket["name"] is None:
        raise errors.InvalidInput("Say what you are called, so that the solver can greet you.", "name")
    if ticket["phone_number"] is None:
        message = "Give a phone number with its country code: it is how you are called back and find the ticket again."
        raise errors.InvalidInput(message, "phoneNumber")
    if me is None:
        owner = await ticket_links.lock_owner(tx, ticket["phone_number"])
        ticket |= {"customer_id": owner, "linked_when_sent": owner is not None}
    return ticket


async def _of_guest(context: Context, tx: AsyncSession, made: UUID, reference: str, ticket: dict[str, Any]) -> None:
    """Record what a guest's ticket has beside an account's. Their answer does not tell whether it was linked."""
    await guest_attempts.remember_sender(context, tx, reference, ticket["phone_number"])
    if ticket["customer_id"]:
        whose = {"customer_id": ticket["customer_id"], "actor": None, "by": "phone"}
        await ticket_links.record_links(tx, made, **whose)


async def _favorite(tx: AsyncSession, customer_id: UUID, solver_id: UUID) -> None:
    chosen = favorite.customer_id == customer_id, favorite.solver_id == solver_id
    shown = select(favorite.solver_id).join(Solver, policy.solvers.solver.id == favorite.solver_id)
    shown = shown.where(*chosen, policy.solvers.solver_cards(ViewerKind.CUSTOMER))
    if await fetch_first(tx, shown, viewer=customer_id) is None:
        raise errors.NotFound("favourite solver", ids.encode("Solver", solver_id), "requestedSolverId")


def _limits(context: Context, phone: str) -> dict[str, int]:
    settings = context.resources.settings
    return {
        attempts.key(context, "ticketsOfAddress", attempts.network(context.address)): settings.rate_limits.tickets_per_hour_and_address,
        attempts.key(context, "ticketsOfPhone", phone): settings.rate_limits.tickets_per_hour_and_phone,
    }  # fmt: skip


async def _insert(tx: AsyncSession, ticket: dict[str, Any]) -> tuple[UUID, str]:
    """Insert the ticket under the first reference that nobody has; gives id and reference."""
    for _ in range(REFERENCES_TO_TRY):
        made, reference = uuid7(), references.generate()
        row = {"id": made, "reference": reference, **ticket}
        new = insert(Ticket).values(row).on_conflict_do_nothing(index_elements=["reference"])
        if (await tx.exec(new.returning(ticket_row.id))).first() is not None:
            await changed(tx, made, None, TicketStatus.OPEN)
            return made, reference
    message = f"no free reference in {REFERENCES_TO_TRY} tries"
    raise RuntimeError(message)


async def _answer(context: Context, made: UUID, ticket: dict[str, Any]) -> dict[str, Any]:
    if context.viewer.id:
        found = await context.loader(TicketById).load(made)
        if found is None:
            raise errors.NotFound("ticket", ids.encode("Ticket", made), "idempotencyKey")
        return {"ticket": found}
    rows = await context.reads.rows(BY_ID, id=made, phone=ticket["phone_number"])
    if not rows:
        raise errors.NotFound("ticket", ids.encode("Ticket", made), "idempotencyKey")
    (sent,) = rows
    return {
        "ticket": sent,
        "sign_up_url": _sign_up_url(
            context.resources.settings.shop.sign_up_url, sent["reference"], ticket["phone_number"]
        ),
    }


def _sign_up_url(base: str, reference: str, phone: str) -> str:
    """Lead to where accounts are made, and from there to the ticket."""
    parts = urlsplit(base)
    carried = [("redirect_url", f"/tickets/{reference}"), ("phone", phone)]
    return urlunsplit(parts._replace(query=urlencode(parse_qsl(parts.query, keep_blank_values=True) + carried)))
