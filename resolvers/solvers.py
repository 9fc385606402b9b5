"""The favorite solvers of the viewer."""

from typing import Any

from actions import solvers
from context import Info
from inputs import tickets as ticket_inputs
from loaders.sessions import SolverAtWork
from resolvers.writes import parse_id


async def add_favorite(info: Info, input: ticket_inputs.AddFavoriteSolverInput) -> dict[str, Any]:
    """Add a favorite."""
    context = info.context
    context.require_signed_in()
    key = parse_id("Solver", "solver", input.solver_id, "solverId")
    async with context.transaction() as tx:
        await solvers.add_favorite(tx, context.viewer, key)
    return {"solver": await context.loader(SolverAtWork).load(key)}


async def remove_favorite(info: Info, input: ticket_inputs.RemoveFavoriteSolverInput) -> dict[str, Any]:
    """Remove a favorite."""
    context = info.context
    context.require_signed_in()
    key = parse_id("Solver", "solver", input.solver_id, "solverId")
    async with context.transaction() as tx:
        removed = await solvers.remove_favorite(tx, context.viewer, key)
    return {"solver": await context.loader(SolverAtWork).load(key), "removed": removed}
