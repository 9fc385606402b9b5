"""The legal moves of tickets: one table, which the check and all that is said of it are made from."""

from enum import StrEnum
from typing import NamedTuple

from models.tickets import TicketStatus

OPEN, CLAIMED, IN_PROGRESS, RESOLVED, CANCELLED = TicketStatus


class Actor(StrEnum):
    """Who may make a move, in the words of the documentation."""

    CUSTOMER = "its customer"
    ANY_SOLVER = "any solver"
    HOLDER = "the solver who has it"
    ADMIN = "an admin"
    SERVER = "the server"


class Transition(NamedTuple):
    """What a verb makes of a ticket that stands at one of several places."""

    verb: str
    by: Actor
    of: tuple[TicketStatus, ...]
    to: TicketStatus
    when: str = ""


TRANSITIONS = (
    Transition("claimTicket", Actor.ANY_SOLVER, (OPEN,), CLAIMED),
    Transition("releaseTicket", Actor.HOLDER, (CLAIMED, IN_PROGRESS), OPEN),
    Transition("releaseTicket", Actor.ADMIN, (CLAIMED, IN_PROGRESS), OPEN),
    Transition("cancelTicket", Actor.CUSTOMER, (OPEN, CLAIMED), CANCELLED),
    Transition("cancelTicket", Actor.HOLDER, (CLAIMED, IN_PROGRESS), CANCELLED),
    Transition("cancelTicket", Actor.ADMIN, (OPEN, CLAIMED, IN_PROGRESS), CANCELLED),
    Transition("startSession", Actor.HOLDER, (CLAIMED,), IN_PROGRESS),
    Transition("completeSession", Actor.HOLDER, (IN_PROGRESS,), RESOLVED, "where the problem is solved"),
    Transition("completeSession", Actor.HOLDER, (IN_PROGRESS,), CLAIMED, "where it is not"),
    Transition("cancelSession", Actor.HOLDER, (IN_PROGRESS,), CLAIMED),
    Transition("cancelSession", Actor.ADMIN, (IN_PROGRESS,), CLAIMED),
    Transition(
        "customerLeaves", Actor.SERVER, (OPEN, CLAIMED, IN_PROGRESS), CANCELLED, "when its customer's account goes"
    ),
    Transition("solverLeaves", Actor.SERVER, (CLAIMED, IN_PROGRESS), OPEN, "when who has it is a solver no more"),
)
"""A move from IN_PROGRESS that no session makes cancels the active session. What is not here cannot happen."""


def transitions_of(verb: str) -> list[Transition]:
    """Give all that a verb can do."""
    return [move for move in TRANSITIONS if move.verb == verb]


def allowed_from(verb: str, by: frozenset[Actor] = frozenset(Actor)) -> list[TicketStatus]:
    """Say where a ticket may stand for some of these to do something to it by a verb."""
    return [
        status for status in TicketStatus if any(status in move.of and move.by in by for move in transitions_of(verb))
    ]


def describe(verb: str) -> str:
    """Say what a verb does, in a sentence for each party."""
    parties: dict[str, list[Actor]] = {}
    for move in transitions_of(verb):
        way = f"{listed(move.of)} to {move.to}{move.when and f' {move.when}'}"
        parties.setdefault(way, []).append(move.by)
    return " ".join(f"From {way}, by {listed(by)}." for way, by in parties.items())


def table() -> str:
    """Write the table, for the documentation."""
    rows = [(f"`{move.verb}`", move.by, listed(move.of), f"{move.to} {move.when}".strip()) for move in TRANSITIONS]
    lines = [("by", "who", "from", "to"), ("---",) * 4, *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def listed(words: tuple[str, ...] | list[str] | list[TicketStatus] | list[Actor]) -> str:
    """Write `A, B or C`."""
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else str(last)
