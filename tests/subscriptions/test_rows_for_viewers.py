"""One statement for several viewers gives each the row that they would have been given by themselves."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from auth.viewer import Viewer, ViewerKind
from database.reads import Reads
from loaders import viewers as viewers_loader
from loaders.tickets import QueuedTicketById, TicketById
from loaders.viewers import rows_for_viewers
from models.customers import Role
from tests.people import World

ROLES = {ViewerKind.CUSTOMER: Role.CUSTOMER, ViewerKind.SOLVER: Role.SOLVER, ViewerKind.ADMIN: Role.ADMIN}
COLUMN_SETS = (None, frozenset({"id", "status"}), frozenset({"name", "viewer_can_claim", "viewer_can_cancel"}))


def opened(world: World, loader: Any, role: Role, viewer: UUID, columns: Any) -> Any:
    """A loader of one viewer."""
    reads = Reads(world.database.connections)
    reads.always = {"viewer": viewer, "currency": "AED"}
    made = loader(reads, Viewer(viewer, role))
    return made if columns is None else made.with_columns(columns)


@pytest.mark.parametrize("columns", COLUMN_SETS, ids=["all", "plain", "of the viewer"])
@pytest.mark.parametrize("loader", [TicketById, QueuedTicketById])
@pytest.mark.parametrize("kind", ROLES)
async def test_each_gets_their_own(world: World, kind: ViewerKind, loader: Any, columns: Any) -> None:
    customer, blocked, holder, other = (
        await world.person(),
        await world.solver(),
        await world.solver(),
        await world.solver(),
    )
    await world.block(customer, blocked)
    viewers = [one.key for one in (customer, blocked, holder, other, customer)] + [uuid4()]
    for row in (await world.ticket(customer), await world.ticket(customer, claimed_by=holder)):
        alone = []
        for viewer in viewers:
            own = opened(world, loader, ROLES[kind], viewer, columns)
            alone.append((await own.load_batch([row.id]))[row.id])
            await own.reads.release()
        together = opened(world, loader, ROLES[kind], viewers[0], columns)
        found = await rows_for_viewers(together, row.id, viewers)
        await together.reads.release()
        assert [one and dict(list(one.items())[1:]) for one in found] == [
            one and dict(list(one.items())[1:]) for one in alone
        ]
        assert together.reads.statements == 1


async def test_a_statement_that_would_take_one_viewer_for_all_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewers_loader, "_each_viewer", lambda *_, **__: None)
    loader: Any = type("Unnoticed", (TicketById,), {})
    opening = opened(world, loader, Role.CUSTOMER, uuid4(), None)
    with pytest.raises(TypeError, match="Unnoticed mentions the viewer"):
        await rows_for_viewers(opening, uuid4(), [uuid4(), uuid4()])
    await opening.reads.release()
