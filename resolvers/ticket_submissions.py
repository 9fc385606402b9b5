"""Submitting a ticket, with an account or without."""

from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from uuid import UUID

import errors
from actions import rate_limits, ticket_submissions
from actions.idempotency import run_once
from actions.ticket_submissions import Submission
from context import Context, Info
from database.transactions import Transaction
from errors.collection import collect
from inputs import tickets as ticket_inputs
from inputs.ids import parse_id
from loaders.guest_tickets import BY_ID
from loaders.tickets import TicketById
from models import ids, rules
from models.languages import DEFAULT_LANGUAGE
from resolvers import guest_attempts


async def submit(info: Info, input: ticket_inputs.SubmitTicketInput) -> dict[str, Any]:
    """Submit a ticket; safe to send twice with an idempotency key, for guests too."""
    context = info.context
    submission = _read(context, input)
    async with context.transaction() as tx:
        draft = await ticket_submissions.draft(tx, context.viewer, submission)

        async def make(tx: Transaction) -> UUID:
            limits = _limits(context, draft.phone_number)
            made, reference = await ticket_submissions.submit(tx, context.viewer, draft, limits)
            if context.viewer.id is None:
                await guest_attempts.remember_sender(context, tx, reference, draft.phone_number)
            return made

        owner = context.viewer.id or context.resources.secrets.hmac_digest("guest", draft.phone_number)
        made = await run_once(tx, owner, context.keyed_request, make)
    return await _answer(context, made, draft.phone_number)


def _read(context: Context, input: ticket_inputs.SubmitTicketInput) -> Submission:
    """Check and normalize what somebody typed, before anything is counted or written."""
    if input.requested_solver_id is not None:
        context.require_signed_in()
    languages = context.resources.settings.shop.languages
    solver_id = partial(parse_id, "Solver", "favorite solver")
    with collect() as check:
        submission = Submission(
            name=check(rules.name, input.name, "name"),
            phone_number=check(rules.phone, input.phone_number, "phoneNumber"),
            email=check(rules.email, input.email, "email"),
            description=check(rules.description_text, input.description, "description", most=rules.DESCRIPTION),
            language=check(rules.language, input.language or None, languages, "language") or DEFAULT_LANGUAGE,
            device_type=input.device_type,
            urgency=input.urgency,
            requested_solver_id=check(solver_id, input.requested_solver_id, "requestedSolverId"),
        )
        if context.viewer.id is None:
            ticket_submissions.check_contact(input.name, input.phone_number)
    return submission


def _limits(context: Context, phone: str) -> dict[str, int]:
    settings, network = context.resources.settings, rate_limits.network(context.address)
    return {
        rate_limits.counter_key(
            context.resources.secrets, "ticketsOfAddress", network
        ): settings.rate_limits.tickets_per_hour_and_address,
        rate_limits.counter_key(
            context.resources.secrets, "ticketsOfPhone", phone
        ): settings.rate_limits.tickets_per_hour_and_phone,
    }


async def _answer(context: Context, made: UUID, phone: str) -> dict[str, Any]:
    if context.viewer.id:
        found = await context.loader(TicketById).load_one(made)
        if found is None:
            raise errors.NotFound("ticket", ids.encode("Ticket", made), "idempotencyKey")
        return {"ticket": found}
    rows = await context.reads.rows(BY_ID, id=made, phone=phone)
    if not rows:
        raise errors.NotFound("ticket", ids.encode("Ticket", made), "idempotencyKey")
    return {
        "ticket": rows[0],
        "sign_up_url": _sign_up_url(context.resources.settings.shop.sign_up_url, rows[0]["reference"], phone),
    }


def _sign_up_url(base: str, reference: str, phone: str) -> str:
    """The URL where a guest can create an account and then continue to the ticket."""
    parts = urlsplit(base)
    carried = [("redirect_url", f"/tickets/{reference}"), ("phone", phone)]
    return urlunsplit(parts._replace(query=urlencode(parse_qsl(parts.query, keep_blank_values=True) + carried)))
