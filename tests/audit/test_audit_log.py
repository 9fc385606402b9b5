"""Reading the audit log (A8): admins only, by actor, target, action and time, page by page."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models import ids
from models.audit import AuditAction
from tests.audit.samples import entry
from tests.conventions.paging import BOTH, FIELDS, GIVEN, Listed, newest, of
from tests.people import Person, World
from tests.tickets.test_queue import role_error

FILTERS = "$actorId: ID, $targetId: ID, $action: AuditAction, $from: DateTime, $to: DateTime"
PASSED = "actorId: $actorId, targetId: $targetId, action: $action, from: $from, to: $to"
LOG = f"""query ({FILTERS}) {{ auditLog({PASSED}) {{
    totalCount nodes {{ id action targetId details createdAt impersonator actor {{ username }} }} }} }}"""
SET_ROLE = (
    "mutation ($id: ID!, $role: Role!) { setRole(input: {customerId: $id, role: $role}) { userErrors { message } } }"
)
DAY = timedelta(days=1)
START = datetime(2020, 1, 1, tzinfo=UTC)


async def read(reader: Person, **filters: Any) -> list[dict[str, Any]]:
    """Give the entries that somebody reads, and check that as many are counted."""
    log = (await reader.graph(LOG, **filters))["auditLog"]
    assert log["totalCount"] == len(log["nodes"])
    return list(log["nodes"])


class TestAuditLog:
    """A8."""

    async def test_anonymous(self, world: World) -> None:
        """They must sign in."""
        assert await role_error(world.nobody, LOG) == "UNAUTHENTICATED"

    @pytest.mark.parametrize("role", ["CUSTOMER", "SOLVER", "SERVICE"])
    async def test_others(self, world: World, role: str) -> None:
        """Not even what is about themselves."""
        me = await world.person(role=role)
        await world.save(entry(me, me))
        assert await role_error(me.graph, LOG) == "FORBIDDEN"

    async def test_what_an_owner_did(self, world: World) -> None:
        """An entry tells who did what to whom."""
        owner, other = await world.person(role="OWNER"), await world.person()
        await owner.graph(SET_ROLE, id=other.id, role="SOLVER")
        (found,) = await read(owner, targetId=other.id)
        assert found | {"id": "", "createdAt": ""} == {
            "id": "", "action": "ROLE_CHANGED", "targetId": other.id, "createdAt": "", "impersonator": None,
            "details": '{"after":"SOLVER","before":"CUSTOMER"}', "actor": {"username": owner.username},
        }  # fmt: skip
        assert await read(owner, targetId=other.id, actorId=owner.id) == [found]
        assert await read(owner, targetId=other.id, actorId=other.id) == []

    async def test_whom_a_ticket_was_linked_to(self, world: World) -> None:
        """Ids in the details are global ids."""
        admin, me, ticket = await world.person(role="ADMIN"), await world.person(), await world.ticket()
        name = ids.encode("Ticket", ticket.id)
        given = {"ticketId": name, "phoneNumber": ticket.phone_number, "reference": ticket.reference}
        assert (await me.graph.mutate("linkTicket", "ticket { id }", **given))["userErrors"] == []
        (found,) = await read(admin, targetId=name)
        assert json.loads(found["details"]) == {"by": "reference", "customerId": me.id}

    async def test_an_account_that_is_gone(self, world: World) -> None:
        """What was done to it, and by it, can be found; the person cannot."""
        admin, gone = await world.person(role="ADMIN"), await world.person()
        await world.save(entry(gone, gone, impersonator="user_2abc"))
        await world.execute("DELETE FROM customer WHERE id = $1", gone.key)
        (found,) = await read(admin, actorId=gone.id)
        assert (found["actor"], found["impersonator"], found["details"]) == (None, "user_2abc", None)
        assert await read(admin, targetId=gone.id) == [found]

    async def test_time_and_action(self, world: World) -> None:
        """`from` is part of the period, `to` is not."""
        admin, target = await world.person(role="ADMIN"), await world.person()
        kinds = [AuditAction.ROLE_CHANGED, AuditAction.ACCOUNT_DELETED, AuditAction.ROLE_CHANGED]
        made = [entry(None, target, action=kind, created_at=START + n * DAY) for n, kind in enumerate(kinds)]
        await world.save(*made)
        names = [ids.encode("AuditEntry", one.id) for one in made]

        async def found(**filters: Any) -> list[str]:
            return [one["id"] for one in await read(admin, targetId=target.id, **filters)]

        assert await found() == names[::-1]
        assert await found(**{"from": "2020-01-02T00:00:00Z"}) == [names[2], names[1]]
        assert await found(to="2020-01-02T00:00:00Z") == [names[0]]
        assert await found(action="ROLE_CHANGED") == [names[2], names[0]]
        assert await found(action="ACCOUNT_DELETED", **{"from": "2020-01-03"}) == []

    @pytest.mark.parametrize("name", ["", "nonsense", "Q3VzdG9tZXI6AZLnp15EcAGVTKVti-YuoA" * 2])
    async def test_ids_that_name_nothing(self, world: World, name: str) -> None:
        """They find nothing."""
        admin = await world.person(role="ADMIN")
        assert await read(admin, actorId=name) == await read(admin, targetId=name) == []

    async def test_an_id_of_another_type_with_the_same_key(self, world: World) -> None:
        """A target is its type and its key."""
        admin, target = await world.person(role="ADMIN"), await world.person()
        await world.save(entry(None, target))
        assert await read(admin, targetId=ids.encode("Ticket", target.key)) == []

    async def test_actions_of_a_newer_release(self, world: World) -> None:
        """What this release has no word for is left out."""
        admin, target = await world.person(role="ADMIN"), await world.person()
        await world.save(entry(None, target, action="customer.praised"), known := entry(None, target))
        assert [one["id"] for one in await read(admin, targetId=target.id)] == [ids.encode("AuditEntry", known.id)]

    async def test_pages(self, world: World) -> None:
        """Forward and backward, also where several have the same time."""
        admin, target = await world.person(role="ADMIN"), await world.person()
        made = [entry(None, target, created_at=START + n // 3 * DAY) for n in range(8)]
        await world.save(*made)
        wanted = newest("AuditEntry", [(one.created_at, one.id) for one in made])
        query = f'query ({BOTH}) {{ auditLog(targetId: "{target.id}", {GIVEN}) {{ {FIELDS} }} }}'
        listed = Listed(admin.graph, query, wanted)
        for backward in (False, True):
            pages = await listed.pages(3, backward=backward)
            found = [of(page) for page in (reversed(pages) if backward else pages)]
            assert [key for page in found for key in page] == wanted
