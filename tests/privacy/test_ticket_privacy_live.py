"""T8 for what is live: every viewer, ticket and field by subscription, from the table of `ticket_table`."""

from typing import Any

import orjson
import pytest

from models.tickets import TicketStatus
from tests.people import World
from tests.privacy import test_ticket_privacy
from tests.privacy.test_ticket_privacy import TICKET, VIEWERS, Reading, Scene, Seen, faults
from tests.transport.wires import Wire, change, followed, greeted

scene = test_ticket_privacy.scene
UPDATED = f"subscription ($id: ID!) {{ ticketUpdated(ticketId: $id) {{ ...T }} }} {TICKET}"
QUEUE = f"subscription {{ ticketQueueChanged {{ ...T }} }} {TICKET}"


def _read(scene: Scene, viewer: str, path: str, messages: list[Any], due: list[Seen]) -> list[str]:
    """Compare what was heard with the table. Who watches the queue has met the words of what leaves it before."""
    rows = {row["id"]: row for message in messages for row in message["payload"]["data"].values()}
    met = {f"meets {word}" for seen in due for word in seen.words}
    reading = Reading(path, orjson.dumps(messages).decode(), rows, due)
    return [f"{path}: {fault}" for fault in faults(scene, viewer, reading) if fault not in met]


async def _updates(wire: Wire, app: Any, world: World, scene: Scene, viewer: str) -> list[Any]:
    messages = []
    for seen in scene.tickets:
        asked = wire.ask("1", UPDATED, id=seen.id)
        if scene.sight(viewer, seen):
            await followed(app, 1, asked)
            await change(world, seen.row)
            messages.append(await wire.hear())
            await followed(app, -1, wire.say(type="complete", id="1"))
        else:
            await asked
            refused = await wire.hear()
            assert refused["payload"][0]["extensions"]["code"] == "NOT_FOUND"
    return messages


async def _queue(wire: Wire, app: Any, world: World, scene: Scene, last: str) -> list[Any]:
    """Hear of all tickets as if each had just left the queue or come back to it, and of one that ends the list."""
    await followed(app, 1, wire.ask("2", QUEUE))
    for seen in scene.tickets:
        await change(world, seen.row, was=TicketStatus.OPEN)
    messages = [await wire.hear()]
    await change(world, await world.ticket(description=last))
    while messages[-1]["payload"]["data"]["ticketQueueChanged"]["description"] != last:
        messages.append(await wire.hear())
    return messages[:-1]


@pytest.mark.parametrize("viewer", VIEWERS)
async def test_every_subscription(address: str, app: Any, world: World, scene: Scene, viewer: str) -> None:
    person = scene.people[viewer]
    visible = [seen for seen in scene.tickets if scene.sight(viewer, seen)]
    async with greeted(address, person.graph.token if person else None) as wire:
        found = _read(scene, viewer, "ticketUpdated", await _updates(wire, app, world, scene, viewer), visible)
        if "solver" in viewer or "holder" in viewer or viewer in {"admin", "owner"}:
            due = [seen for seen in scene.tickets if (person, seen.customer) not in scene.blocked]
            messages = await _queue(wire, app, world, scene, f"the end for {viewer}")
            found += _read(scene, viewer, "ticketQueueChanged", messages, due)
        else:
            await wire.ask("2", QUEUE)
            assert (await wire.hear())["payload"][0]["extensions"]["code"] in {"UNAUTHENTICATED", "FORBIDDEN"}
    assert not found, f"{len(found)} faults:\n" + "\n".join(found[:25])
