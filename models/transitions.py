"""The legal moves of tickets: one table, which the check and all that is said of it are made from."""

from enum import StrEnum
from typing import NamedTuple

from models.tickets import TicketStatus

OPEN, CLAIMED, IN_PROGRESS, RESOLVED, CANCELLED = TicketStatus


class Party(StrEnum):
    """Who may make a move, in the words of the documentation."""

    CUSTOMER = "its customer"
    ANY_SOLVER = "any solver"
    HOLDER = "the solver who has it"
    ADMIN = "an admin"
    SERVER = "the server"


class Move(NamedTuple):
    """What a verb makes of a ticket that stands at one of several places."""

    verb: str
    by: Party
    of: tuple[TicketStatus, ...]
    to: TicketStatus
    when: str = ""


MOVES = (
    Move("claimTicket", Party.ANY_SOLVER, (OPEN,), CLAIMED),
    Move("releaseTicket", Party.HOLDER, (CLAIMED, IN_PROGRESS), OPEN),
    Move("releaseTicket", Party.ADMIN, (CLAIMED, IN_PROGRESS), OPEN),
    Move("cancelTicket", Party.CUSTOMER, (OPEN, CLAIMED), CANCELLED),
    Move("cancelTicket", Party.HOLDER, (CLAIMED, IN_PROGRESS), CANCELLED),
    Move("cancelTicket", Party.ADMIN, (OPEN, CLAIMED, IN_PROGRESS), CANCELLED),
    Move("startSession", Party.HOLDER, (CLAIMED,), IN_PROGRESS),
    Move("completeSession", Party.HOLDER, (IN_PROGRESS,), RESOLVED, "where the problem is solved"),
    Move("completeSession", Party.HOLDER, (IN_PROGRESS,), CLAIMED, "where it is not"),
    Move("cancelSession", Party.HOLDER, (IN_PROGRESS,), CLAIMED),
    Move("cancelSession", Party.ADMIN, (IN_PROGRESS,), CLAIMED),
    Move("customerLeaves", Party.SERVER, (OPEN, CLAIMED, IN_PROGRESS), CANCELLED, "when its customer's account goes"),
    Move("solverLeaves", Party.SERVER, (CLAIMED, IN_PROGRESS), OPEN, "when who has it is a solver no more"),
)
"""A move from IN_PROGRESS that no session makes cancels the active session. What is not here cannot happen."""


def moves(verb: str) -> list[Move]:
    """Give all that a verb can do."""
    return [move for move in MOVES if move.verb == verb]


def starts(verb: str, by: frozenset[Party] = frozenset(Party)) -> list[TicketStatus]:
    """Say where a ticket may stand for some of these to do something to it by a verb."""
    return [status for status in TicketStatus if any(status in move.of and move.by in by for move in moves(verb))]


def told(verb: str) -> str:
    """Say what a verb does, in a sentence for each party."""
    parties: dict[str, list[Party]] = {}
    for move in moves(verb):
        way = f"{listed(move.of)} to {move.to}{move.when and f' {move.when}'}"
        parties.setdefault(way, []).append(move.by)
    return " ".join(f"From {way}, by {listed(by)}." for way, by in parties.items())


def table() -> str:
    """Write the table, for the documentation."""
    rows = [(f"`{move.verb}`", move.by, listed(move.of), f"{move.to} {move.when}".strip()) for move in MOVES]
    lines = [("by", "who", "from", "to"), ("---",) * 4, *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def listed(words: tuple[str, ...] | list[str] | list[TicketStatus] | list[Party]) -> str:
    """Write `A, B or C`."""
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else str(last)
