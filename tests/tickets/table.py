"""Who gets what of tickets, sessions and solvers: the one table that their privacy tests are generated from.

A new field, type, root field or path that has no row in the table of any area fails `test_privacy.TestTable`.
"""

from models.tickets import TicketStatus

ROW, CONTACT = "whoever has the row", "whoever gets the contact data"
NOTHING, SEEN, ALL = None, "all but the contact data", "all"
# How somebody stands to a ticket, and what of it exists for them while it is
#                    OPEN     CLAIMED  IN_PROGRESS RESOLVED CANCELLED
SIGHTS: dict[str, tuple[str | None, ...]] = {
    "anonymous":      (NOTHING, NOTHING, NOTHING,  NOTHING, NOTHING),
    "stranger":       (NOTHING, NOTHING, NOTHING,  NOTHING, NOTHING),
    "customer":       (ALL,     ALL,     ALL,      ALL,     ALL),
    "solver":         (SEEN,    NOTHING, NOTHING,  NOTHING, NOTHING),
    "holder":         (SEEN,    ALL,     ALL,      SEEN,    SEEN),
    "former holder":  (SEEN,    SEEN,    SEEN,     SEEN,    SEEN),
    "blocked solver": (NOTHING, NOTHING, NOTHING,  NOTHING, NOTHING),
    "blocked holder": (SEEN,    SEEN,    SEEN,     SEEN,    SEEN),
    "admin":          (ALL,     ALL,     ALL,      ALL,     ALL),
}  # fmt: skip
"""A holder has or had the ticket, and held a session; a former one held a session before. `Blocked` is either way."""


def sight(stands: str, status: TicketStatus) -> str | None:
    """What of a ticket exists for somebody who stands to it so?"""
    return SIGHTS[stands][list(TicketStatus).index(status)]


FIELDS: dict[str, dict[str, str]] = {
    "Customer": {"support": "SELF", "tickets": "SELF", "sessions": "SELF"},
    "Ticket": {
        **dict.fromkeys(("id", "reference", "status", "urgency", "deviceType", "description", "createdAt"), ROW),
        **dict.fromkeys(("updatedAt", "claimedAt", "resolvedAt", "viewerCanClaim", "viewerCanRelease", "viewerCanCancel", "viewerCanStartSession", "claimedBy", "requestedSolver", "sessions"), ROW),
        **dict.fromkeys(("name", "phoneNumber", "email", "customer"), CONTACT),
    },
    "SupportSession": dict.fromkeys(
        ("id", "ticket", "solver", "status", "tier", "startedAt", "endedAt", "durationSeconds", "notes", "rating",
         "price", "payments", "viewerCanComplete", "viewerCanCancel", "viewerCanRate", "viewerCanPay"), ROW
    ),
    "SupportSessionRating": dict.fromkeys(("stars", "comment", "ratedAt"), ROW),
    "Solver": dict.fromkeys(("id", "name", "avatarUrl", "averageRating", "ratingsCount", "completedSessions", "viewerHasFavorited"), ROW),
    "SupportProfile": dict.fromkeys(("totalSessions", "completedSessions", "favoriteSolvers"), ROW),
    "SolverEdge": {"chosenAt": ROW},
    "TicketEdge": {}, "SupportSessionEdge": {},
}  # fmt: skip
"""Types that belong to who asked for help, and the audience of each of their fields."""

PERSONS = frozenset(FIELDS)
QUERIES = frozenset({"ticket", "ticketQueue", "claimedTickets", "guestTicket"})
UPON_TICKETS = {
    "claimTicket": "Ticket", "releaseTicket": "Ticket", "cancelTicket": "Ticket", "startSession": "Ticket",
    "completeSession": "SupportSession", "cancelSession": "SupportSession", "rateSession": "SupportSession",
    "addFavoriteSolver": "Solver", "removeFavoriteSolver": "Solver",
}  # fmt: skip
"""Mutations upon something of theirs, with what they name."""
SENDING = frozenset({"submitTicket", "linkTicket", "linkTicketsByPhone"})
"""Mutations for who does not have the ticket yet."""
MUTATIONS = frozenset(UPON_TICKETS) | SENDING
SUBSCRIPTIONS = frozenset({"guestTicketUpdated", "ticketUpdated", "ticketQueueChanged"})
PERSONAL_EDGES = frozenset({
    *("Query." + name for name in QUERIES),
    *("Subscription." + name for name in SUBSCRIPTIONS),
    "Customer.support", "Customer.tickets", "Customer.sessions", "SupportProfile.favoriteSolvers",
    "Ticket.customer", "Ticket.claimedBy", "Ticket.requestedSolver", "Ticket.sessions",
    "SupportSession.ticket", "SupportSession.solver", "SupportSession.rating", "SupportSession.payments",
    "ClaimTicketPayload.ticket", "ReleaseTicketPayload.ticket", "CancelTicketPayload.ticket",
    *(f"{verb}SessionPayload.session" for verb in ("Start", "Complete", "Cancel", "Rate")),
    "SubmitTicketPayload.ticket", "LinkTicketPayload.ticket", "LinkTicketsByPhonePayload.tickets",
    "AddFavoriteSolverPayload.solver", "RemoveFavoriteSolverPayload.solver",
    "AddFavoriteSolverPayload.support", "RemoveFavoriteSolverPayload.support", "TicketAlreadyClaimedError.claimedBy",
})  # fmt: skip
"""Every field that leads to something of theirs. What leads there anew needs a test of its own, then a row."""
