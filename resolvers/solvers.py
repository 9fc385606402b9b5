"""Solvers: whom a customer would like again."""

from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

import errors
import policy.solvers
from context import Context, Info
from inputs import tickets as ticket_inputs
from loaders.sessions import SolverAtWork
from models.sessions import FavoriteSolver
from resolvers.writes import fetch_first, parse_id


async def _known(context: Context, tx: AsyncSession, text: str) -> UUID:
    """Read which solver an input names, if they exist for the viewer."""
    key = parse_id("Solver", "solver", text, "solverId")
    seen = select(policy.solvers.solver.id).where(
        policy.solvers.solver.id == key, policy.solvers.visible(context.viewer.kind)
    )
    if await fetch_first(tx, seen, viewer=context.viewer.id) is None:
        raise errors.NotFound("solver", text, "solverId")
    return key


async def add_favorite(info: Info, input: ticket_inputs.AddFavoriteSolverInput) -> dict[str, Any]:
    """Remember whom the viewer would like again; who is a favourite already stays one (T9)."""
    me = info.context.require_signed_in()
    async with info.context.transaction() as session:
        key = await _known(info.context, session, input.solver_id)
        await session.exec(insert(FavoriteSolver).values(customer_id=me, solver_id=key).on_conflict_do_nothing())
    return {"solver": await info.context.loader(SolverAtWork).load(key)}


async def remove_favorite(info: Info, input: ticket_inputs.RemoveFavoriteSolverInput) -> dict[str, Any]:
    """Forget a favourite, and say whether they were one (T9)."""
    me = info.context.require_signed_in()
    async with info.context.transaction() as session:
        key = await _known(info.context, session, input.solver_id)
        mine = col(FavoriteSolver.customer_id) == me, col(FavoriteSolver.solver_id) == key
        gone = await session.exec(delete(FavoriteSolver).where(*mine).returning(col(FavoriteSolver.solver_id)))
        removed = gone.first() is not None
    return {"solver": await info.context.loader(SolverAtWork).load(key), "removed": removed}
