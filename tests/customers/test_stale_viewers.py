"""What somebody may do whose process has not been told yet that they lost a role or their account: read, not write.

Their rights are changed past the trigger, and the memory's clock stands still, so each request is of a stale viewer.
"""

from collections.abc import AsyncIterator

import pytest

from auth.secrets import Secrets
from settings import Settings
from tests.customers.remembering import ASK, ROLE, Remembering, remembering, untold
from tests.customers.test_acting_customer import FOR_SOLVERS, MUTATIONS, helper, one
from tests.customers.verbs import Verb, outcome
from tests.people import Person


@pytest.fixture(scope="module")
async def server(settings: Settings, credentials: Secrets, empty_database_url: str) -> AsyncIterator[Remembering]:
    async with remembering(settings, credentials, empty_database_url) as made:
        yield made


async def stale(server: Remembering, name: str, sql: str, *values: str) -> tuple[Person, Verb]:
    """Make somebody who may do everything, with a mutation, and change them without telling the server."""
    me = await helper(server.world)
    verb = await one(server.world, me, name)
    await server.meet(me)
    await untold(server.world, sql, me.key, *values)
    return me, verb


class TestDeleted:
    async def test_reads_for_a_moment(self, server: Remembering) -> None:
        me, _ = await stale(server, "createWishlist", ROLE, "CUSTOMER")
        hits = server.viewers.hits
        assert (await server.graph(me)(ASK))["viewer"]["id"] == me.id
        assert server.viewers.hits == hits + 1

    @pytest.mark.parametrize("name", MUTATIONS)
    async def test_writes_nothing(self, server: Remembering, name: str) -> None:
        me, verb = await stale(server, name, "DELETE FROM customer WHERE id = $1")
        hits = server.viewers.hits
        answer = await verb.send(server.graph(me))
        assert server.viewers.hits == hits + 1
        assert outcome(answer) == "UNAUTHENTICATED"
        assert answer["errors"][0]["extensions"]["reason"] == "account_deleted"

    @pytest.mark.parametrize("name", ["registerCustomer", "updateProfile"])
    async def test_nor_succeeds_where_there_is_nothing_to_write(self, server: Remembering, name: str) -> None:
        """These run no transaction then, which would notice it."""
        me, _ = await stale(server, "createWishlist", "DELETE FROM customer WHERE id = $1")
        hits = server.viewers.hits
        answer = await Verb(name, {}).send(server.graph(me))
        assert server.viewers.hits == hits + 1
        assert outcome(answer) == "UNAUTHENTICATED"
        assert answer["errors"][0]["extensions"]["reason"] == "account_deleted"


class TestRevoked:
    @pytest.mark.parametrize("name", [*FOR_SOLVERS, "setRole", "ingestProducts"])
    async def test_does_nothing_that_needs_the_role(self, server: Remembering, name: str) -> None:
        me, verb = await stale(server, name, ROLE, "CUSTOMER")
        hits = server.viewers.hits
        answer = await verb.send(server.graph(me))
        assert server.viewers.hits == hits + 1
        assert outcome(answer) == "NotAllowedError"
        assert answer["data"]["it"]["userErrors"][0]["code"] == "FORBIDDEN"
