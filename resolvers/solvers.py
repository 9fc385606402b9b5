"""The favorite solvers of the viewer."""

from typing import Any
from uuid import UUID

import strawberry

from actions import solvers
from context import Context, Info
from database.statements import Row
from execution.field_metadata import reads
from inputs import tickets as ticket_inputs
from inputs.ids import parse_id
from loaders.sessions import FavoriteOfViewer, SolverAtWork, SupportByCustomer


@reads("id")
async def viewer_has_favorited(root: strawberry.Parent[Any], info: Info) -> bool | None:
    """Tell whether a solver is a favorite of the viewer."""
    if info.context.viewer.id is None:
        return None
    return await info.context.loader(FavoriteOfViewer).load(root["id"]) is not None


async def add_favorite(info: Info, input: ticket_inputs.SolverIdInput) -> dict[str, Any]:
    """Add a favorite."""
    context = info.context
    me = context.require_signed_in()
    key = parse_id("Solver", "solver", input.solver_id, "solverId")
    await context.act(solvers.add_favorite, key)
    return {"solver": await context.loader(SolverAtWork).load(key), "support": await _support(context, me)}


async def remove_favorite(info: Info, input: ticket_inputs.SolverIdInput) -> dict[str, Any]:
    """Remove a favorite."""
    context = info.context
    me = context.require_signed_in()
    key = parse_id("Solver", "solver", input.solver_id, "solverId")
    removed = await context.act(solvers.remove_favorite, key)
    solver = await context.loader(SolverAtWork).load(key)
    return {"solver": solver, "removed": removed, "support": await _support(context, me)}


async def _support(context: Context, customer_id: UUID) -> Row | None:
    return await context.loader(SupportByCustomer).load(customer_id)
