"""The favorite solvers of a customer."""

from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

import errors
import policy.solvers
from actions.queries import fetch_first
from auth.viewer import Viewer
from database.transactions import Transaction
from models import ids
from models.sessions import FavoriteSolver


async def _check_visible(tx: Transaction, actor: Viewer, solver_id: UUID) -> None:
    solver = policy.solvers.solver
    visible = select(solver.id).where(solver.id == solver_id, policy.solvers.visible(actor.kind))
    if await fetch_first(tx, visible, viewer=actor.id) is None:
        raise errors.NotFound("solver", ids.encode("Solver", solver_id), "solverId")


async def add_favorite(tx: Transaction, actor: Viewer, solver_id: UUID) -> None:
    """Make a solver a favorite of the acting customer; one who is a favorite already stays one."""
    await _check_visible(tx, actor, solver_id)
    row = insert(FavoriteSolver).values(customer_id=actor.id, solver_id=solver_id)
    await tx.exec(row.on_conflict_do_nothing())


async def remove_favorite(tx: Transaction, actor: Viewer, solver_id: UUID) -> bool:
    """Remove a solver from the favorites of the acting customer, and say whether they were one."""
    await _check_visible(tx, actor, solver_id)
    own = col(FavoriteSolver.customer_id) == actor.id, col(FavoriteSolver.solver_id) == solver_id
    removed = await tx.exec(delete(FavoriteSolver).where(*own).returning(col(FavoriteSolver.solver_id)))
    return removed.first() is not None
