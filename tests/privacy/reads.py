"""Every path to a person, asked as one viewer: what came, and what should have come."""

from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from models import ids
from models.wishlists import WishlistVisibility
from tests.privacy.rows import FIELDS
from tests.privacy.table import ALL, CARD, NOTHING, grants
from tests.privacy.world import PRIVATE_COLUMNS, Looker, Object, Scene, selection

CUSTOMER = f"fragment C on Customer {{ __typename {selection('Customer')} }}"
SLIM = f"""fragment S on Customer {{ __typename {selection("Customer", lists=False)}
    followers(first: 0) {{ __typename }} followingStores(first: 0) {{ __typename }} }}"""
LIST = f"fragment L on Wishlist {{ __typename id visibility shareUrl items {{ totalCount }} owner {{ ...S }} }} {SLIM}"
WISHLIST = f"""fragment W on Wishlist {{ __typename {selection("Wishlist", skip=("owner", "items"))} owner {{ ...C }}
    items {{ totalCount nodes {{ {selection("WishlistItem")} }} }} }} {CUSTOMER}"""
ITEM = f"""fragment I on WishlistItem {{ __typename {selection("WishlistItem", skip=("wishlist",))}
    wishlist {{ id owner {{ ...S }} }} }} {SLIM}"""
REQUEST = f"fragment R on FollowRequest {{ __typename {selection('FollowRequest', skip=('customer',))} customer {{ ...S }} }} {SLIM}"
ROOTS = 4
PAGE = 8
"""How many customers are asked for at once with all their fields: more would cost more than an operation may."""
OWNERS = {"Wishlist": "owner", "FollowRequest": "customer"}


@dataclass
class Reading:
    """One response: the rows by their ids, as which sight they should be answered, and the count if one was given."""

    path: str
    body: bytes
    rows: dict[str, Any]
    due: dict[str, tuple[Object, str | None]]
    total: int | None = None


async def _ask(looker: Looker, query: str, **variables: Any) -> tuple[bytes, Any]:
    response = await looker.graph.send(query, **variables)
    answer = orjson.loads(response.content)
    assert "errors" not in answer, f"{looker.name}: {answer['errors']} for {query[:200]}"
    return response.content, answer["data"]


def _by_id(rows: Iterable[Any]) -> dict[str, Any]:
    return {row["id"]: row for row in rows if row is not None}


async def _nodes(looker: Looker, keys: list[str], fragment: str) -> tuple[bytes, dict[str, Any]]:
    """Read objects by their ids, some at a time; give all bodies and the rows."""
    bodies, rows = [], dict[str, Any]()
    for some in (keys[at : at + PAGE] for at in range(0, len(keys), PAGE)):
        body, data = await _ask(looker, f"query ($i: [ID!]!) {{ nodes(ids: $i) {{ {fragment}", i=some)
        bodies.append(body)
        rows |= _by_id(data["nodes"])
    return b"\n".join(bodies), rows


def due(looker: Looker, objects: Iterable[Object]) -> dict[str, tuple[Object, str | None]]:
    """Give those who exist for a viewer, with the sight."""
    sights = {one.person.id: (one, looker.sight(one)) for one in objects}
    return {key: pair for key, pair in sights.items() if pair[1] is not NOTHING}


async def customers(scene: Scene, looker: Looker) -> AsyncIterator[Reading]:
    """Read the objects on every path that names or lists customers."""
    objects = scene.objects
    body, rows = await _nodes(looker, [o.person.id for o in objects], f"...C }} }} {CUSTOMER}")
    yield Reading("nodes", body, rows, due(looker, objects))
    yield await _found(scene, looker)

    for some in (objects[at : at + ROOTS] for at in range(0, len(objects), ROOTS)):
        roots = " ".join(
            f'a{n}: node(id: "{o.person.id}") {{ ...S }} b{n}: customer(id: "{o.person.id}") {{ ...S }} '
            f'c{n}: customerByUsername(username: "{o.person.username.upper()}") {{ ...S }}'
            for n, o in enumerate(some)
        )
        body, data = await _ask(looker, f"{{ {roots} }} {SLIM}")
        for letter, path in (("a", "node"), ("b", "customer"), ("c", "customerByUsername")):
            rows = [row for alias, row in data.items() if alias.startswith(letter)]
            yield Reading(path, body, _by_id(rows), due(looker, some))

    listed: dict[str, tuple[str, Callable[[Looker, Object], bool]]] = {
        "hub.followers": (f'customer(id: "{scene.hub.id}") {{ it: followers(first: 100)', _any),
        "hub.followingCustomers": (f'customer(id: "{scene.hub.id}") {{ it: followingCustomers(first: 100)', _any),
        "hub.mutualFollowers": (f'customer(id: "{scene.hub.id}") {{ it: mutualFollowers(first: 100)', _follows),
        "searchCustomers by name": (f'it: searchCustomers(term: "{scene.surname}", first: 100)', _any),
        "viewer.followingCustomers": ("viewer { it: followingCustomers(first: 100)", _follows),
        "viewer.followers": ("viewer { it: followers(first: 100)", _followed),
    }
    for path, (field, belongs) in listed.items():
        nested = "{" in field
        if path.startswith("viewer") and (looker.person is None or looker.own is not None):
            continue
        query = f"{{ {field} {{ totalCount nodes {{ id }} edges {{ cursor node {{ ...S }} }} }} {'}' if nested else ''} }} {SLIM}"
        body, data = await _ask(looker, query)
        found = next(iter(data.values()))["it"] if nested else data["it"]
        rows = [edge["node"] for edge in found["edges"]]
        assert [row["id"] for row in rows] == [row["id"] for row in found["nodes"]], f"{looker.name}: {path}"
        there = due(looker, [o for o in objects if belongs(looker, o)])
        yield Reading(path, body, _by_id(rows), there, found["totalCount"])


async def _found(scene: Scene, looker: Looker) -> Reading:
    """Search by username, page by page, with all fields."""
    query = f"""query ($term: String!, $after: String) {{ it: searchCustomers(term: $term, first: {PAGE}, after: $after) {{
        totalCount pageInfo {{ hasNextPage endCursor }} nodes {{ id }} edges {{ cursor node {{ ...C }} }} }} }} {CUSTOMER}"""
    bodies, rows, more, after = [], list[Any](), True, None
    while more:
        body, data = await _ask(looker, query, term=scene.prefix, after=after)
        page = data["it"]
        bodies.append(body)
        nodes = [edge["node"] for edge in page["edges"]]
        assert [row["id"] for row in nodes] == [row["id"] for row in page["nodes"]], looker.name
        rows += nodes
        more, after = page["pageInfo"]["hasNextPage"], page["pageInfo"]["endCursor"]
    path = "searchCustomers by username"
    return Reading(path, b"\n".join(bodies), _by_id(rows), due(looker, scene.objects), page["totalCount"])


def _any(_looker: Looker, _one: Object) -> bool:
    return True


def _followed(looker: Looker, one: Object) -> bool:
    return "followed_by" in looker.facts(one)


def _follows(looker: Looker, one: Object) -> bool:
    return "follows" in looker.facts(one)


async def blocks_and_requests(scene: Scene, looker: Looker) -> AsyncIterator[Reading]:
    """Read the viewer's own lists of blocks and requests, and each request by its id."""
    if looker.person is not None and looker.own is None:
        fields = {
            "blockedCustomers": "...S",
            "followRequests": "id customer { ...S }",
            "sentFollowRequests": "id customer { ...S }",
        }
        for path, (name, facts) in {
            "blockedCustomers": (fields["blockedCustomers"], {"blocking"}),
            "followRequests": (fields["followRequests"], {"requested_by"}),
            "sentFollowRequests": (fields["sentFollowRequests"], {"requested"}),
        }.items():
            query = f"{{ viewer {{ it: {path}(first: 100) {{ totalCount nodes {{ {name} }} }} }} }} {SLIM}"
            body, data = await _ask(looker, query)
            found = data["viewer"]["it"]
            belonging = [o for o in scene.objects if facts <= looker.facts(o)]
            if path == "blockedCustomers":
                sight = ALL if looker.sight(scene.objects[0]) == ALL else CARD
                there = {o.person.id: (o, sight) for o in belonging}
            else:
                there = due(looker, belonging)
            rows = [node.get("customer", node) for node in found["nodes"]]
            yield Reading(path, body, _by_id(rows), there, found["totalCount"])
    requests = [(name, one, row) for one in scene.objects for name, row in one.requests.items()]
    keys = [ids.encode("FollowRequest", row.id) for *_, row in requests]
    body, data = await _ask(looker, f"query ($i: [ID!]!) {{ nodes(ids: $i) {{ ...R }} }} {REQUEST}", i=keys)
    expected: dict[str, tuple[Object, str | None]] = {}
    for key, (name, one, _) in zip(keys, requests, strict=True):
        blocked = bool(scene.lookers[name].row.facts & {"blocked", "blocking"})
        if looker.sight(one) == ALL:
            if looker.own is None or not blocked:
                expected[key] = one, ALL
        elif name == looker.name and looker.sight(one) is not NOTHING:
            expected[key] = one, looker.sight(one)
    yield Reading("node of FollowRequest", body, _by_id(data["nodes"]), expected)


async def wishlists(scene: Scene, looker: Looker) -> AsyncIterator[Reading]:
    """Read every list and item by id, on their own and below their owners, and by the secret of their link."""
    with_lists = [one for one in scene.objects if one.lists]
    for path, rows_of, fragment in (
        ("Wishlist", "lists", f"...W }} }} {WISHLIST}"),
        ("WishlistItem", "items", f"...I }} }} {ITEM}"),
    ):
        keyed = {
            ids.encode(path, row.id): (one, visibility)
            for one in with_lists
            for visibility, row in getattr(one, rows_of).items()
        }
        body, rows = await _nodes(looker, list(keyed), fragment)
        there = {
            key: (one, looker.sight(one)) for key, (one, visibility) in keyed.items() if looker.shows(one, visibility)
        }
        yield Reading(f"node of {path}", body, rows, there)
        if path == "Wishlist":
            roots = [f'a{n}: wishlist(id: "{key}") {{ ...L }}' for n, key in enumerate(keyed)]
            asked = [
                await _ask(looker, f"{{ {' '.join(roots[at : at + PAGE])} }} {LIST}")
                for at in range(0, len(roots), PAGE)
            ]
            found = [row for _, data in asked for row in data.values()]
            yield Reading("wishlist", b"\n".join(body for body, _ in asked), _by_id(found), there)
    links = {one: one.lists[WishlistVisibility.LINK] for one in with_lists}
    roots = " ".join(
        f'a{n}: sharedWishlist(token: "{row.share_token}") {{ ...L }}' for n, row in enumerate(links.values())
    )
    body, data = await _ask(looker, f"{{ {roots} }} {LIST}")
    there = {
        ids.encode("Wishlist", row.id): (one, looker.sight(one))
        for one, row in links.items()
        if looker.may_open_link(one)
    }
    yield Reading("sharedWishlist", body, _by_id(data.values()), there)


def faults(scene: Scene, looker: Looker, reading: Reading) -> list[str]:
    """Say whatever a response has that it should not have, or has not that it should."""
    where = f"{looker.name} by {reading.path}"
    found = [f"{where}: sees {_name(scene, key)}" for key in reading.rows.keys() - reading.due.keys()]
    found += [f"{where}: does not see {_name(scene, key)}" for key in reading.due.keys() - reading.rows.keys()]
    if reading.total not in {None, len(reading.due)}:
        found.append(f"{where}: totalCount is {reading.total}, not {len(reading.due)}")
    for key in reading.rows.keys() & reading.due.keys():
        one, sight = reading.due[key]
        row = reading.rows[key]
        if row["__typename"] == "Customer":
            found += customer_faults(scene, looker, f"{where}: {one}", one, sight, row)
            continue
        owner = row[OWNERS[row["__typename"]]] if row["__typename"] in OWNERS else row["wishlist"]["owner"]
        if sight is NOTHING:
            found += [f"{where}: {one}: the owner is {owner}"] * (owner is not None)
        elif row["__typename"] != "FollowRequest" or owner["id"] == one.person.id:
            found += customer_faults(scene, looker, f"{where}: {one}", one, sight, owner)
        if row["__typename"] == "Wishlist":
            expected = row["visibility"] == "LINK" and one is looker.own
            if (row["shareUrl"] is not None) is not expected or row["items"]["totalCount"] != 1:
                found.append(f"{where}: {one}.{row['visibility']}: shareUrl {row['shareUrl']}, items {row['items']}")
    return found


def _name(scene: Scene, key: str) -> str:
    kind, row = ids.decode(key) or ("", key)
    one, name = scene.canaries.names.get(str(row), (row, ""))
    return f"the {kind} of {one} {name.removeprefix('id')}".strip()


def customer_faults(
    scene: Scene, looker: Looker, where: str, one: Object, sight: str | None, row: dict[str, Any]
) -> list[str]:
    """Hold each field of a customer against the table."""
    found = []
    for field in FIELDS["Customer"].keys() & row.keys():
        granted, value = grants(sight, one.switches, FIELDS["Customer"][field]), row[field]
        if field == "relationship":
            granted = looker.person is not None and one is not looker.own
        if granted is not (value is not None):
            found.append(f"{where}.{field} is {value!r}, which {'is' if granted else 'is not'} for them")
    for column in PRIVATE_COLUMNS.keys() - {"clerk_id", "name"}:
        value = row["phoneNumber" if column == "phone_number" else column]
        if value not in {None, one.secrets[column]}:
            found.append(f"{where}.{column} is somebody else's: {value}")
    if row["viewerCanSeeContent"] is not grants(sight, one.switches, "CONTENT"):
        found.append(f"{where}.viewerCanSeeContent is {row['viewerCanSeeContent']}")
    return (
        found + _relationship_faults(looker, where, one, sight, row) + _wishlist_faults(looker, where, one, sight, row)
    )


def _relationship_faults(looker: Looker, where: str, one: Object, sight: str | None, row: dict[str, Any]) -> list[str]:
    if row["relationship"]:
        facts = looker.facts(one)
        names = {
            "following": "follows",
            "requested": "requested",
            "followedBy": "followed_by",
            "requestedBy": "requested_by",
        }
        expected: dict[str, Any] = {name: fact in facts for name, fact in {**names, "blocking": "blocking"}.items()}
        hub = int(looker.own is not None)  # which objects follow and which follows them
        counted = grants(sight, one.switches, FIELDS["Relationship"]["mutualFollowersCount"])
        expected["mutualFollowersCount"] = hub if counted else None
        if row["relationship"] != expected:
            return [f"{where}.relationship is {row['relationship']}"]
    return []


def _wishlist_faults(looker: Looker, where: str, one: Object, sight: str | None, row: dict[str, Any]) -> list[str]:
    if row.get("wishlists") and one.lists:
        lists = {
            ids.encode("Wishlist", wishlist.id)
            for visibility, wishlist in one.lists.items()
            if looker.shows(one, visibility)
        }
        nodes = {edge["node"]["id"] for edge in row["wishlists"]["edges"]} - {(row["wishlist"] or {}).get("id")}
        if nodes != lists or row["wishlists"]["totalCount"] != len(lists) + (sight == ALL):
            return [f"{where}.wishlists are {row['wishlists']}"]
    return []
