"""Who may see the cards of solvers."""

from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    and_,
    exists,
    false,
    or_,
    select,
    true,
)  # fmt: skip

from auth.viewer import ViewerKind
from models.columns import alias, columns
from models.sessions import FavoriteSolver, Solver, SupportSession
from models.tickets import Ticket
from policy.follows import not_blocked
from policy.parameters import VIEWER

solver = columns(Solver)


def acting_solver() -> ColumnElement[UUID]:
    """Which solver is the viewer? None, unless they ever claimed a ticket."""
    me = alias(Solver)
    return select(me.id).where(me.customer_id == VIEWER).scalar_subquery()


def solver_cards(viewer: ViewerKind) -> ColumnElement[bool]:
    """Which solvers are shown where a ticket or session names them? All but those with a block between; the gone have none."""
    return true() if viewer in {ViewerKind.ADMIN, ViewerKind.ANONYMOUS} else not_blocked(solver.customer_id)


def visible(viewer: ViewerKind) -> ColumnElement[bool]:
    """Which solvers exist for this viewer? Who was asked for, worked or is a favourite; for each other all. Not across a block."""
    if viewer in {ViewerKind.ADMIN, ViewerKind.SOLVER}:
        return solver_cards(viewer)
    if viewer is ViewerKind.ANONYMOUS:
        return false()
    about, work, favorite = alias(Ticket), alias(SupportSession), alias(FavoriteSolver)
    named = or_(about.solver_id == solver.id, about.requested_solver_id == solver.id)
    met = select(1).where(about.customer_id == VIEWER, work.ticket_id == about.id, work.solver_id == solver.id)
    known = or_(
        solver.customer_id == VIEWER,
        exists(select(1).where(about.customer_id == VIEWER, named)),
        exists(met),
        exists(select(1).where(favorite.customer_id == VIEWER, favorite.solver_id == solver.id)),
    )
    return and_(known, solver_cards(viewer))
