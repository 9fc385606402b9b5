"""The tickets of the personas, which the example operations name. They come first, and their ids do not depend on the scale."""

from typing import NamedTuple

from demo.personas import LAYLA, OMAR
from demo.ticket_words import PROBLEMS, Problem
from models.sessions import SupportSessionStatus
from models.tickets import TicketStatus, TicketUrgency

OPEN, CLAIMED, IN_PROGRESS, RESOLVED, CANCELLED = TicketStatus
ACTIVE, COMPLETED, GIVEN_UP = SupportSessionStatus
HOURS, DAYS = 60, 1_440


class Held(NamedTuple):
    """A session, so many minutes after the ticket; `stars` is None where nobody rated it."""

    start: int
    status: SupportSessionStatus
    notes: str | None = None
    stars: int | None = None
    comment: str | None = None


class Fixed(NamedTuple):
    """A ticket of a persona, or of a guest, that Sam has or finished, unless it is open or was never `held`."""

    customer: int | None
    status: TicketStatus
    problem: Problem
    minutes_ago: int
    work: tuple[Held, ...] = ()
    arabic: bool = False
    held: bool = True
    requested: bool = False
    phone: str | None = None

    @property
    def urgency(self) -> TicketUrgency:
        """How much it hurts."""
        return self.problem.urgency


def _about(words: str) -> Problem:
    """Find a problem by its first words."""
    return next(problem for problem in PROBLEMS if problem.en.startswith(words))


FIXED = (
    Fixed(LAYLA, OPEN, _about("It prints only stripes"), 95, arabic=True, requested=True),
    Fixed(OMAR, CLAIMED, _about("Video calls freeze"), 5 * HOURS),
    Fixed(LAYLA, IN_PROGRESS, _about("The storage is full"), 150, (Held(70, ACTIVE),), arabic=True),
    Fixed(LAYLA, RESOLVED, _about("The screen stays black"), 3 * DAYS,
          (Held(30, COMPLETED, _about("The screen stays black").done),), arabic=True),
    Fixed(LAYLA, RESOLVED, _about("I have a new phone"), 40 * DAYS, (
        Held(25, GIVEN_UP),
        Held(90, COMPLETED, "We ran out of time; goes on tomorrow with the old phone."),
        Held(1 * DAYS, COMPLETED, _about("I have a new phone").done, 5, "ممتاز وسريع، شكرا جزيلا"),
    ), arabic=True),
    Fixed(OMAR, RESOLVED, _about("There is a picture but no sound"), 12 * DAYS,
          (Held(40, COMPLETED, _about("There is a picture but no sound").done, 4, "Good help, but I had to wait."),)),
    Fixed(None, OPEN, _about("No internet in the whole clinic"), 20, phone="+971581234567"),
    Fixed(OMAR, CANCELLED, _about("The remote control"), 60 * DAYS, held=False),
    Fixed(OMAR, OPEN, _about("I would like a network for guests"), 2 * DAYS),
    Fixed(None, CLAIMED, _about("All my photos"), 4 * HOURS, phone="+971587654321"),
    Fixed(OMAR, IN_PROGRESS, _about("The Wi-Fi does not reach"), 110, (Held(60, ACTIVE),)),
    Fixed(None, OPEN, _about("The computer says that the printer"), 50, phone="+971582345678"),
)  # fmt: skip
FAVORITES = (LAYLA, OMAR)
"""Whose favourite solver Sam is."""
