"""Who may give which role to whom (A6)."""

from typing import Any

import pytest

from models.customers import Role
from tests.conventions.wrong import names_of_nothing
from tests.graph import only
from tests.people import Person, World

ROLES = ["CUSTOMER", "SOLVER", "ADMIN", "OWNER", "SERVICE"]
BELOW_ADMIN = {"CUSTOMER", "SOLVER"}


async def give(acting: Person, person: Person, role: str) -> Any:
    """Run the mutation and give the payload."""
    return await acting.graph.mutate("setRole", "customer { id role }", customerId=person.id, role=role)


async def role_of(world: World, person: Person) -> str:
    return str(await world.value("SELECT role FROM customer WHERE id = $1", person.key))


class TestSetRole:
    """A6."""

    async def test_anonymous(self, world: World) -> None:
        somebody = await world.person()
        payload = await world.nobody.mutate("setRole", "customer { id }", customerId=somebody.id, role="SOLVER")
        assert (payload["customer"], only(payload)) == (None, "SignedOutError")

    @pytest.mark.parametrize("role", ["CUSTOMER", "SOLVER", "SERVICE"])
    async def test_stranger(self, world: World, role: str) -> None:
        """Whoever is below an admin gives no role to nobody, themselves included."""
        stranger, somebody = await world.person(role=role), await world.person()
        for target in (stranger, somebody):
            for wanted in ROLES:
                payload = await give(stranger, target, wanted)
                problem = payload["userErrors"][0]
                assert (payload["customer"], only(payload)) == (None, "NotAllowedError")
                assert (problem["code"], problem["requiredRole"]) == ("FORBIDDEN", "ADMIN")
        assert [await role_of(world, one) for one in (stranger, somebody)] == [role, "CUSTOMER"]

    @pytest.mark.parametrize("before", ROLES)
    async def test_admin(self, world: World, before: str) -> None:
        """Admins make solvers and unmake them; whatever touches an admin, owner or service takes an owner."""
        admin = await world.person(role="ADMIN")
        for wanted in ROLES:
            somebody = await world.person(role=before)
            payload = await give(admin, somebody, wanted)
            if {before, wanted} <= BELOW_ADMIN:
                assert payload["customer"] == {"id": somebody.id, "role": wanted}
                assert await role_of(world, somebody) == wanted
            else:
                assert (payload["customer"], only(payload)) == (None, "NotAllowedError")
                assert payload["userErrors"][0]["requiredRole"] == "OWNER"
                assert await role_of(world, somebody) == before

    async def test_admin_neither_rises_nor_falls_alone(self, world: World) -> None:
        admin = await world.person(role="ADMIN")
        for wanted in ("OWNER", "CUSTOMER"):
            assert only(await give(admin, admin, wanted)) == "NotAllowedError"
        assert await role_of(world, admin) == "ADMIN"

    @pytest.mark.parametrize("before", ROLES)
    @pytest.mark.parametrize("wanted", ROLES)
    async def test_owner(self, world: World, before: str, wanted: str) -> None:
        owner, somebody = await world.person(role="OWNER"), await world.person(role=before)
        assert (await give(owner, somebody, wanted))["customer"] == {"id": somebody.id, "role": wanted}
        assert await role_of(world, somebody) == wanted

    async def test_new_role_counts_at_once(self, world: World) -> None:
        owner, somebody, other = await world.person(role="OWNER"), await world.person(), await world.person()
        await give(owner, somebody, "ADMIN")
        assert (await give(somebody, other, "SOLVER"))["customer"]["role"] == "SOLVER"
        await give(owner, somebody, "CUSTOMER")
        assert only(await give(somebody, other, "CUSTOMER")) == "NotAllowedError"

    @pytest.mark.parametrize("wanted", ["ADMIN", "SOLVER", "CUSTOMER"])
    async def test_own_role_counts_in_the_payload(self, world: World, wanted: str) -> None:
        """An owner who steps down is not shown in the payload what they cannot see any more."""
        await world.person(role="OWNER")
        query = """mutation ($input: SetRoleInput!) { setRole(input: $input) {
            customer { role viewerCanSetRole } viewer { viewerCanSetRole } reopenedTickets { id name } userErrors { code } } }"""
        for _ in range(3):  # by the reference executor, and by a plan
            owner, customer = await world.solver(role="OWNER"), await world.person()
            ticket = await world.ticket(customer, claimed_by=owner)
            payload = (await owner.graph(query, input={"customerId": owner.id, "role": wanted}))["setRole"]
            assert payload == {
                "customer": {"role": wanted, "viewerCanSetRole": False}, "viewer": {"viewerCanSetRole": False},
                "reopenedTickets": [], "userErrors": [],
            }  # fmt: skip
            assert await world.value("SELECT status FROM ticket WHERE id = $1", ticket.id) == (
                "OPEN" if wanted == "CUSTOMER" else "CLAIMED"
            )

    async def test_last_owner_stays(self, world: World) -> None:
        owner, other = await world.person(role="OWNER"), await world.person(role="OWNER")
        await world.execute(
            "UPDATE customer SET role = 'CUSTOMER' WHERE role = 'OWNER' AND id <> ALL($1)", [owner.key, other.key]
        )
        assert (await give(owner, other, "ADMIN"))["customer"]["role"] == "ADMIN"
        for wanted in ("ADMIN", "CUSTOMER", "SERVICE"):
            payload = await give(owner, owner, wanted)
            problem = payload["userErrors"][0]
            assert (payload["customer"], only(payload)) == (None, "NotAllowedError")
            assert (problem["code"], problem["field"]) == ("CONFLICT", ["input", "role"])
            assert problem["requiredRole"] == "OWNER"
        assert (await give(owner, owner, "OWNER"))["userErrors"] == []
        assert await role_of(world, owner) == "OWNER"
        await give(owner, other, "OWNER")
        assert (await give(owner, owner, "CUSTOMER"))["userErrors"] == []

    async def test_nobody_of_this_id(self, world: World) -> None:
        admin = await world.person(role="ADMIN")
        for wrong in names_of_nothing("Customer"):
            payload = await admin.graph.mutate("setRole", "customer { id }", customerId=wrong, role="SOLVER")
            assert (payload["customer"], only(payload)) == (None, "NotFoundError")
            assert payload["userErrors"][0]["field"] == ["input", "customerId"]
            assert payload["userErrors"][0]["id"] == wrong[:100]

    async def test_unknown_role(self, world: World) -> None:
        owner, somebody = await world.person(role="OWNER"), await world.person()
        query = "mutation ($input: SetRoleInput!) { setRole(input: $input) { customer { id } } }"
        for wrong in ("KING", "owner", "", None, 4):
            problems = await owner.graph.errors(query, input={"customerId": somebody.id, "role": wrong})
            assert problems[0]["extensions"]["code"] == "BAD_USER_INPUT"
        assert await role_of(world, somebody) == "CUSTOMER"


class TestViewerCanSetRole:
    """A6: the field says what `setRole` then does."""

    async def test_is_what_set_role_does(self, world: World) -> None:
        query = "query ($id: ID!) { customer(id: $id) { viewerCanSetRole } }"
        await world.person(role="OWNER")  # so that nobody below is the last one
        for mine in (*Role, None):
            graph = world.nobody if mine is None else (await world.person(role=mine)).graph
            for theirs in Role:
                them = await world.person(role=theirs)
                promised = (await graph(query, id=them.id))["customer"]["viewerCanSetRole"]
                role = "SOLVER" if theirs == "CUSTOMER" else "CUSTOMER"
                payload = await graph.mutate("setRole", "customer { role }", customerId=them.id, role=role)
                assert promised == (payload["userErrors"] == []), (mine, theirs)
