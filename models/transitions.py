"""How the status of a ticket can change: one table, which the checks, descriptions and docs are made from."""

from enum import StrEnum
from typing import NamedTuple

from models.sessions import SupportSessionStatus
from models.tickets import TicketStatus

OPEN, CLAIMED, IN_PROGRESS, RESOLVED, CANCELLED = TicketStatus


class Actor(StrEnum):
    """Who may change a status, in the words of the documentation."""

    CUSTOMER = "the customer of the ticket"
    ANY_SOLVER = "any solver"
    HOLDER = "the solver who claimed the ticket"
    ADMIN = "an admin"
    SERVER = "the server"


class Transition(NamedTuple):
    """The status that a verb gives to a ticket that has one of several statuses."""

    verb: str
    by: Actor
    of: tuple[TicketStatus, ...]
    to: TicketStatus
    when: str = ""


class SessionRule(NamedTuple):
    """Which status a support session must have for a verb, and who may apply it."""

    status: SupportSessionStatus
    by: frozenset[Actor]


TRANSITIONS = (
    Transition("claimTicket", Actor.ANY_SOLVER, (OPEN,), CLAIMED),
    Transition("releaseTicket", Actor.HOLDER, (CLAIMED, IN_PROGRESS), OPEN),
    Transition("releaseTicket", Actor.ADMIN, (CLAIMED, IN_PROGRESS), OPEN),
    Transition("cancelTicket", Actor.CUSTOMER, (OPEN, CLAIMED), CANCELLED),
    Transition("cancelTicket", Actor.HOLDER, (CLAIMED, IN_PROGRESS), CANCELLED),
    Transition("cancelTicket", Actor.ADMIN, (OPEN, CLAIMED, IN_PROGRESS), CANCELLED),
    Transition("startSession", Actor.HOLDER, (CLAIMED,), IN_PROGRESS),
    Transition("completeSession", Actor.HOLDER, (IN_PROGRESS,), RESOLVED, "if the problem is solved"),
    Transition("completeSession", Actor.HOLDER, (IN_PROGRESS,), CLAIMED, "if it is not"),
    Transition("cancelSession", Actor.HOLDER, (IN_PROGRESS,), CLAIMED),
    Transition("cancelSession", Actor.ADMIN, (IN_PROGRESS,), CLAIMED),
    Transition(
        "customerDeleted",
        Actor.SERVER,
        (OPEN, CLAIMED, IN_PROGRESS),
        CANCELLED,
        "when the customer's account is deleted",
    ),
    Transition("solverRemoved", Actor.SERVER, (CLAIMED, IN_PROGRESS), OPEN, "when the solver is no longer a solver"),
)
"""A change from IN_PROGRESS by a verb of tickets cancels the active session. What is not here cannot happen."""


def transitions_of(verb: str) -> list[Transition]:
    """Give all changes that a verb can make."""
    return [move for move in TRANSITIONS if move.verb == verb]


def allowed_from(verb: str, by: frozenset[Actor] = frozenset(Actor)) -> list[TicketStatus]:
    """Give the statuses in which one of these actors may apply a verb to a ticket."""
    return [
        status for status in TicketStatus if any(status in move.of and move.by in by for move in transitions_of(verb))
    ]


def _ending(verb: str) -> SessionRule:
    """Write the rule of a verb that ends an active session, and changes its ticket by the table."""
    return SessionRule(SupportSessionStatus.ACTIVE, frozenset(move.by for move in transitions_of(verb)))


SESSION_RULES = {
    "completeSession": _ending("completeSession"),
    "cancelSession": _ending("cancelSession"),
    "rateSession": SessionRule(SupportSessionStatus.COMPLETED, frozenset({Actor.CUSTOMER})),
}
"""The verbs of support sessions that exist. Whoever held a session is its `HOLDER`."""


def describe(verb: str) -> str:
    """Write who can apply a verb when, and what becomes of the ticket."""
    results = dict.fromkeys(f"{move.to} {move.when}".strip() for move in transitions_of(verb))
    allowed: dict[str, list[Actor]] = {}
    for by in dict.fromkeys(move.by for move in transitions_of(verb)):
        allowed.setdefault(listed(allowed_from(verb, frozenset({by}))), []).append(by)
    sentences = (f"{listed(by)} can do this while the ticket is {status}." for status, by in allowed.items())
    conditions = " ".join(sentence[0].upper() + sentence[1:] for sentence in sentences)
    return f"{conditions} The ticket becomes {listed(list(results))}."


def table() -> str:
    """Write the table in Markdown, for the documentation."""
    rows = [(_named(move), move.by, listed(move.of), f"{move.to} {move.when}".strip()) for move in TRANSITIONS]
    lines = [("mutation", "who", "from", "to"), ("---",) * 4, *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _named(move: Transition) -> str:
    return "none" if move.by is Actor.SERVER else f"`{move.verb}`"


def listed(words: tuple[str, ...] | list[str] | list[TicketStatus] | list[Actor]) -> str:
    """Write `A, B or C`."""
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else str(last)
