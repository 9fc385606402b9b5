"""G1, C8, S2, W5: what is hidden looks like what is missing, byte for byte; payloads show what reads show."""

from dataclasses import replace
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from models import ids
from models.wishlists import WishlistVisibility
from tests.people import World
from tests.privacy.reads import CUSTOMER, customer_faults
from tests.privacy.table import (  # fmt: skip
    ALL,
    AS_CUSTOMER,
    CARD,
    NOTHING,
    UPON_CUSTOMERS,
    UPON_THE_HIDDEN,
    VIEWERS,
    Viewer,
)
from tests.privacy.world import Looker, Object, Scene, build_scene, may_meet, met
from tests.wishlists.table import UPON_LISTS

NAMES = [name for name in VIEWERS if name not in {"self", "anonymous"}]
HIDING = [name for name, row in VIEWERS.items() if NOTHING in row.sights]
ERRORS = "userErrors { __typename message code field retryable ... on NotFoundError { id } ... on NotAllowedError { requiredRole } }"
READS = {
    "node": "query ($it: ID!) { node(id: $it) { id ...C } }",
    "nodes": "query ($it: ID!) { nodes(ids: [$it]) { id ...C } }",
    "customer": "query ($it: ID!) { customer(id: $it) { id ...C } }",
}


def unknown(name: str = "Customer") -> str:
    return ids.encode(name, uuid7())


def mutation(verb: str, fields: str = "customer { ...C }", fragment: str = CUSTOMER) -> str:
    return f"mutation ($input: {verb[0].upper()}{verb[1:]}Input!) {{ {verb}(input: $input) {{ {fields} {ERRORS} }} }} {fragment}"


async def told(
    looker: Looker, query: str, it: str, /, **variables: Any
) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
    """Give the whole response but for what was asked for: length and time aside, since ids are not of one length.

    What is left of the points depends on the time as well; `test_cost` sees to what is taken out of them.
    """
    response = await looker.graph.send(query, **variables)
    of_the_moment = {"content-length", "date", "ratelimit-remaining", "ratelimit-reset", "x-request-id"}
    headers = tuple((name, value) for name, value in response.headers.items() if name not in of_the_moment)
    assert "errors" not in response.json(), response.text
    return response.status_code, headers, response.content.replace(it.encode() or b"*", b"*")


async def cost(looker: Looker, query: str, **variables: Any) -> Any:
    answer = (await looker.graph.send(query, {"graphql-cost": "report"}, **variables)).json()
    return answer["extensions"]["cost"]


@pytest.fixture(scope="module")
async def scene(world: World) -> Scene:
    """People whom nothing here changes."""
    return await build_scene(world, settings=("",))


@pytest.fixture(params=[name for name in HIDING if name != "anonymous"])
def looker(request: pytest.FixtureRequest, scene: Scene) -> Looker:
    return scene.lookers[request.param]


def hidden_from(scene: Scene, looker: Looker) -> list[Object]:
    return [one for one in scene.objects if looker.sight(one) is NOTHING]


class TestHiddenIsMissing:
    """A hidden id, an unknown one, one of another type and a malformed one have one answer."""

    @pytest.mark.parametrize("path", READS)
    @pytest.mark.parametrize("name", HIDING)
    async def test_customers(self, name: str, path: str, scene: Scene) -> None:
        looker, query = scene.lookers[name], f"{READS[path]} {CUSTOMER}"
        missing = [await told(looker, query, key, it=key) for key in (unknown(), "no id", "")]
        assert len(set(missing)) == 1
        for one in hidden_from(scene, looker):
            for key in (one.person.id, ids.encode("Store", one.person.key)):
                assert await told(looker, query, key, it=key) == missing[0], f"{name}, {one}, {path}, {ids.decode(key)}"

    @pytest.mark.parametrize("path", READS)
    @pytest.mark.parametrize("name", HIDING)
    async def test_cost(self, name: str, path: str, scene: Scene) -> None:
        """As many rows and statements for somebody who is hidden as for nobody, so that points tell nothing either."""
        looker, query = scene.lookers[name], f"{READS[path]} {CUSTOMER}"
        missing = await cost(looker, query, it=unknown())
        for one in hidden_from(scene, looker):
            assert await cost(looker, query, it=one.person.id) == missing, f"{name}, {one}, {path}"

    @pytest.mark.parametrize("name", HIDING)
    async def test_cost_of_searches(self, name: str, scene: Scene) -> None:
        looker = scene.lookers[name]
        for query in (
            "query ($it: String!) { customerByUsername(username: $it) { id } }",
            "query ($it: String!) { searchCustomers(term: $it) { totalCount nodes { id } } }",
        ):
            missing = await cost(looker, query, it="nobodyatall")
            for one in hidden_from(scene, looker):
                assert await cost(looker, query, it=one.person.username) == missing, f"{name}, {one}, {query}"

    @pytest.mark.parametrize("name", HIDING)
    async def test_usernames_and_searches(self, name: str, scene: Scene) -> None:
        looker = scene.lookers[name]
        for query in (
            "query ($it: String!) { customerByUsername(username: $it) { id } }",
            "query ($it: String!) { searchCustomers(term: $it) { totalCount edges { cursor node { id } } pageInfo { hasNextPage endCursor } } }",
        ):
            missing = await told(looker, query, "nobodyatall", it="nobodyatall")
            for one in hidden_from(scene, looker):
                for word in (one.person.username.upper(), one.secrets["name"]):
                    assert await told(looker, query, word, it=word) == missing, f"{name}, {one}, {query}"

    @pytest.mark.parametrize("name", [name for name in VIEWERS if VIEWERS[name].sights != (ALL,) * 4])
    async def test_lists_items_requests_and_links(self, name: str, scene: Scene) -> None:
        looker, node = scene.lookers[name], "query ($it: ID!) { node(id: $it) { __typename id } }"
        by_type = {
            kind: await told(looker, node, key, it=key)
            for kind in ("Wishlist", "WishlistItem", "FollowRequest")
            if (key := unknown(kind))
        }
        assert len(set(by_type.values())) == 1
        missing = by_type["Wishlist"]
        lists, other = "query ($it: ID!) { wishlist(id: $it) { id } }", unknown("Wishlist")
        no_list = await told(looker, lists, other, it=other)
        link = "query ($it: String!) { sharedWishlist(token: $it) { id } }"
        no_link = await told(looker, link, "wrong", it="wrong")
        for one in scene.objects:
            requests = [row.id for key, row in one.requests.items() if key != name or looker.sight(one) is NOTHING]
            unseen = [visibility for visibility in WishlistVisibility if not looker.shows(one, visibility)]
            hidden = {"FollowRequest": requests[-1]}
            hidden |= {"Wishlist": one.lists[unseen[-1]].id, "WishlistItem": one.items[unseen[-1]].id} if unseen else {}
            for kind, row_id in hidden.items():
                key = ids.encode(kind, row_id)
                assert await told(looker, node, key, it=key) == missing, f"{name}, {one}, {kind}"
                if kind == "Wishlist":
                    assert await told(looker, lists, key, it=key) == no_list, f"{name}, {one}, {unseen[-1]}"
            for visibility, row in one.lists.items():
                if visibility is not WishlistVisibility.LINK or not looker.may_open_link(one):
                    token = row.share_token or str(row.id)
                    assert await told(looker, link, token, it=token) == no_link, f"{name}, {one}, link of {visibility}"

    @pytest.mark.parametrize("verb", UPON_CUSTOMERS)
    async def test_verbs_upon_customers(self, verb: str, looker: Looker, scene: Scene) -> None:
        query, role = mutation(verb, "customer { id }", ""), {"role": "CUSTOMER"} if verb == "setRole" else {}

        async def tried(key: str) -> Any:
            return await told(looker, query, key, input={"customerId": key, **role})

        missing = await tried(unknown())
        assert (b"NotFoundError" if verb != "setRole" else b"NotAllowedError") in missing[2]
        assert await tried("no id") == missing
        assert await tried(ids.encode("Store", scene.objects[0].person.key)) == missing
        for one in hidden_from(scene, looker):
            if not looker.facts(one) & UPON_THE_HIDDEN.get(verb, frozenset()):
                assert await tried(one.person.id) == missing, f"{looker.name}, {one}, {verb}"

    @pytest.mark.parametrize("verb", UPON_CUSTOMERS)
    async def test_the_anonymous_are_told_the_same_of_everybody(self, verb: str, scene: Scene) -> None:
        nobody, role = scene.lookers["anonymous"], {"role": "CUSTOMER"} if verb == "setRole" else {}
        keys = [unknown(), *(one.person.id for one in scene.objects)]
        found = {await told(nobody, mutation(verb), key, input={"customerId": key, **role}) for key in keys}
        assert len(found) == 1
        assert b"SignedOutError" in found.pop()[2]

    @pytest.mark.parametrize("name", ["stranger", "follower", "blocked", "requested", "admin"])
    @pytest.mark.parametrize("verb", UPON_LISTS)
    async def test_lists_of_others_are_missing_to_verbs(self, verb: str, name: str, scene: Scene) -> None:
        looker = scene.lookers[name]
        mine = (await looker.graph.mutate("createWishlist", "wishlist { id }", name="mine"))["wishlist"]["id"]
        item = (await looker.graph.mutate("addToWishlist", "item { id }", variantId=scene.variant, wishlistId=mine))[
            "item"
        ]["id"]
        own = {"itemId": item, "wishlistId": mine, "variantId": scene.variant}
        needed = {
            "addToWishlist": {"variantId"}, "removeFromWishlist": {"variantId"}, "moveWishlistItem": {"itemId", "wishlistId"},
            "updateWishlistItem": {"itemId"},
        }.get(verb, set())  # fmt: skip
        for field, kind in UPON_LISTS[verb].items():

            async def tried(key: str, field: str = field) -> Any:
                given = {name: own[name] for name in needed} | {field: key}
                return await told(looker, mutation(verb, "__typename", ""), key, input=given)

            missing = await tried(unknown(kind))
            assert b"NotFoundError" in missing[2]
            for one in scene.objects:
                for row in (one.lists if kind == "Wishlist" else one.items).values():
                    key = ids.encode(kind, row.id)
                    assert await tried(key) == missing, f"{name}, {one}, {verb}, {row.id}"


def refused(verb: str, looker: Looker, one: Object) -> str | None:
    """Say by which error a mutation fails."""
    if verb == "setRole":
        return None if looker.sight(one) == ALL else "NotAllowedError"
    acting = VIEWERS[AS_CUSTOMER.get(looker.name, looker.name)].sight(one.kind)
    unseen = acting is NOTHING and not looker.row.facts & UPON_THE_HIDDEN.get(verb, frozenset())
    unasked = verb == "acceptFollowRequest" and looker.name not in {"asked", "followed"}
    return "NotFoundError" if unseen or unasked else None


def after(verb: str, looker: Looker, one: Object) -> Viewer:
    """Say as whom the viewer stands to the object after a mutation."""
    row, admin = looker.row, looker.sight(one) == ALL
    if verb == "blockCustomer":
        return Viewer(frozenset({"blocking"}), (ALL if admin else CARD,) * len(row.sights))
    if verb == "unblockCustomer" and admin:
        return row._replace(facts=row.facts - {"blocking"})
    if verb == "followCustomer" and "private" not in one.kind:
        return row._replace(facts=row.facts | {"follows"}, sights=row.sights if admin else VIEWERS["follower"].sights)
    if verb == "followCustomer" and "follows" not in row.facts:
        return row._replace(facts=row.facts | {"requested"})
    return VIEWERS[UPON_CUSTOMERS[verb].get(looker.name) or looker.name]


class TestPayloads:
    """What a mutation answers with is what the viewer sees from then on, and nothing more."""

    @pytest.mark.parametrize("verb", UPON_CUSTOMERS)
    async def test_verbs_upon_customers(self, verb: str, world: World) -> None:
        scene, found = await build_scene(world, settings=("",)), []
        for looker in (scene.lookers[name] for name in NAMES):
            for one in scene.objects:
                if verb == "followCustomer" and looker.name == "requested" and one.kind.endswith("public"):
                    continue  # public accounts are not asked; becoming public accepts who had
                role = {"role": "CUSTOMER"} if verb == "setRole" else {}
                response = await looker.graph.send(mutation(verb), input={"customerId": one.person.id, **role})
                where = f"{looker.name}: {verb}: {one}"
                assert "errors" not in response.json(), f"{where}: {response.text}"
                payload = response.json()["data"][verb]
                failed, due = [error["__typename"] for error in payload["userErrors"]], refused(verb, looker, one)
                if due:
                    found += [f"{where}: {payload}"] if failed != [due] or payload["customer"] else []
                    continue
                now = replace(looker, row=after(verb, looker, one))
                if failed or (payload["customer"] is None) is not (now.sight(one) is NOTHING):
                    found.append(f"{where}: {payload}")
                elif payload["customer"]:
                    found += customer_faults(scene, now, where, one, now.sight(one), payload["customer"])
                words = met(response.text.replace(one.person.id, "")) & scene.canaries.names.keys()
                found += [
                    f"{where}: {word}" for word in words if not may_meet(now, scene.canaries.names[word], "payload")
                ]
        assert not found, f"{len(found)} faults:\n" + "\n".join(found[:25])

    async def test_verbs_upon_oneself(self, scene: Scene) -> None:
        for looker in scene.lookers.values():
            if looker.own is None:
                continue
            inputs: dict[str, dict[str, Any]] = {
                "registerCustomer": {}, "updateProfile": {}, "updatePrivacy": {"showOrders": True},
                "updateUsername": {"username": looker.own.person.username},
            }  # fmt: skip
            for verb, given in inputs.items():
                payload = (await looker.graph(mutation(verb), input=given))[verb]
                assert not payload["userErrors"], payload
                assert not customer_faults(
                    scene, looker, f"{looker.name}: {verb}", looker.own, ALL, payload["customer"]
                )
