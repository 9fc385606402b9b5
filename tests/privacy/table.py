"""Who gets what: the table that the privacy tests are generated from. It says nothing of how that is done.

Areas have the rows of their own types in `tests/<area>/table.py`; `rows.py` puts them together. A new field, type, root
field or path to a person that has no row in any of them fails `test_privacy.TestTable`.
"""

from typing import NamedTuple

from models.customers import Role

SWITCHES = ("show_orders", "show_followers", "show_activity", "show_location")
KINDS = {
    "public": {"is_private": False, "show_profile": True},
    "private": {"is_private": True, "show_profile": True},
    "hidden public": {"is_private": False, "show_profile": False},
    "hidden private": {"is_private": True, "show_profile": False},
}
"""The kinds of customer that somebody may look at."""

NOTHING, CARD, CONTENT, ALL = None, "card", "content", "all"


class Viewer(NamedTuple):
    """What stands between a viewer and each object, and what of each kind of object exists for them."""

    facts: frozenset[str]
    sights: tuple[str | None, ...]
    role: Role | None = Role.CUSTOMER

    def sight(self, kind: str) -> str | None:
        return self.sights[tuple(KINDS).index(kind)]


def _viewer(facts: str, *sights: str | None, role: Role | None = Role.CUSTOMER) -> Viewer:
    return Viewer(frozenset(facts.split()), sights if len(sights) > 1 else sights * len(KINDS), role)


# Facts are told from the viewer's side: `follows` is "the viewer follows the object", `blocked` "the object blocked the
# viewer", `former` "followed once". Blocks with follows or requests do not come about by the graph; the policy holds anyway.
VIEWERS: dict[str, Viewer] = {
    #                                               public   private  hidden public  hidden private
    "anonymous": _viewer("",                        CONTENT, CARD,    NOTHING,       NOTHING, role=None),
    "stranger": _viewer("",                         CONTENT, CARD,    NOTHING,       NOTHING),
    "solver": _viewer("",                           CONTENT, CARD,    NOTHING,       NOTHING, role=Role.SOLVER),
    "service": _viewer("",                          CONTENT, CARD,    NOTHING,       NOTHING, role=Role.SERVICE),
    "requested": _viewer("requested",               CONTENT, CARD,    NOTHING,       NOTHING),
    "former follower": _viewer("former",            CONTENT, CARD,    NOTHING,       NOTHING),
    "follower": _viewer("follows",                  CONTENT, CONTENT, CONTENT,       CONTENT),
    "followed": _viewer("followed_by",              CONTENT, CARD,    CONTENT,       CARD),
    "asked": _viewer("requested_by",                CONTENT, CARD,    CONTENT,       CARD),
    "blocked": _viewer("blocked",                   NOTHING),
    "blocked follower": _viewer("blocked follows",  NOTHING),
    "blocked followed": _viewer("blocked followed_by", NOTHING),
    "blocked requested": _viewer("blocked requested", NOTHING),
    "blocked solver": _viewer("blocked",            NOTHING, role=Role.SOLVER),
    "blocker": _viewer("blocking",                  NOTHING),
    "blocker follower": _viewer("blocking follows", NOTHING),
    "blocker asked": _viewer("blocking requested_by", NOTHING),
    "admin": _viewer("",                            ALL, role=Role.ADMIN),
    "owner": _viewer("",                            ALL, role=Role.OWNER),
    "blocked admin": _viewer("blocked",             ALL, role=Role.ADMIN),
    "blocker admin": _viewer("blocking",            ALL, role=Role.ADMIN),
    "self": _viewer("self",                         ALL),
}  # fmt: skip

AUDIENCES: dict[str, tuple[frozenset[str], str | None]] = {
    "CARD": (frozenset({CARD, CONTENT, ALL}), None),
    "CONTENT": (frozenset({CONTENT, ALL}), None),
    "ORDERS": (frozenset({CONTENT, ALL}), "show_orders"),
    "FOLLOWERS": (frozenset({CONTENT, ALL}), "show_followers"),
    "ACTIVITY": (frozenset({CONTENT, ALL}), "show_activity"),
    "LOCATION": (frozenset({CONTENT, ALL}), "show_location"),
    "SELF": (frozenset({ALL}), None),
}
"""Of what sight a viewer must be, and which switch of the object must be on for those who are not of all sights."""


def grants(sight: str | None, switches: frozenset[str], audience: str) -> bool:
    """Does a field of this audience answer?"""
    of, switch = AUDIENCES[audience]
    return sight in of and (sight == ALL or switch is None or switch in switches)


ROW, OWNER = "whoever has the row", "the owner of the row"
FIELDS: dict[str, dict[str, str]] = {
    "Customer": {
        "id": "CARD", "username": "CARD", "name": "CARD", "avatarUrl": "CARD", "isPrivate": "CARD", "createdAt": "CARD",
        "followersCount": "CARD", "followingCustomersCount": "CARD", "followingStoresCount": "CARD",
        "relationship": "CARD", "viewerCanSeeContent": "CARD",
        **dict.fromkeys((
            "viewerCanFollow", "viewerCanUnfollow", "viewerCanAcceptFollowRequest", "viewerCanDeclineFollowRequest",
            "viewerCanRemoveFollower", "viewerCanBlock", "viewerCanUnblock", "viewerCanSetRole",
        ), "CARD"),
        "followingStores": "CONTENT",
        "followers": "FOLLOWERS", "followingCustomers": "FOLLOWERS", "mutualFollowers": "FOLLOWERS",
        "lastActiveAt": "ACTIVITY", "location": "LOCATION",
        "email": "SELF", "phoneNumber": "SELF", "phoneVerified": "SELF", "role": "SELF", "preferences": "SELF",
        "privacySettings": "SELF", "onboardingCompletedAt": "SELF", "followRequests": "SELF",
        "sentFollowRequests": "SELF", "blockedCustomers": "SELF",
    },
    "Preferences": dict.fromkeys(
        ("preferredLanguage", "pushNotifications", "emailNotifications", "smsNotifications", "topics"), ROW
    ),
    "NotificationTopics": dict.fromkeys(("orderUpdates", "promotions", "newStores"), ROW),
    "PrivacySettings": dict.fromkeys(
        ("showProfile", "showOrders", "showFollowers", "showActivity", "allowMessages", "showLocation"), ROW
    ),
    "Relationship": {
        **dict.fromkeys(("following", "requested", "followedBy", "requestedBy", "blocking"), ROW),
        "mutualFollowersCount": "FOLLOWERS",
    },
    "FollowRequest": dict.fromkeys(("id", "customer", "requestedAt"), ROW),
    "FollowerEdge": {"followedAt": ROW},
    "FollowedCustomerEdge": {"followedAt": ROW},
    "FollowedStoreEdge": {"followedAt": ROW},
    "CustomerEdge": {}, "FollowRequestEdge": {},
}  # fmt: skip
"""Types that belong to a person, and the audience of each of their fields."""
PERSONS = frozenset({"Customer", "FollowRequest", "Node"})

IMPERSONAL_TYPES = frozenset({
    "AttributeValue", "Brand", "BrandEdge", "Category", "FacetValue", "Image", "Listing", "Money", "Offer", "PageInfo",
    "PricePoint", "PriceRange", "Product", "ProductEdge", "ProductFacet", "ProductVariant", "Source", "Store", "StoreEdge", "UsernameAvailability",
})  # fmt: skip
"""Types that belong to no person."""

PERSONAL_QUERIES = frozenset({"viewer", "customer", "customerByUsername", "searchCustomers", "node", "nodes"})
IMPERSONAL_QUERIES = frozenset({
    "usernameAvailability", "supportedLanguages", "products", "product", "productBySlug", "variantBySku", "brand",
    "brandBySlug", "brands", "category", "categoryBySlug", "categories", "store", "storeBySlug", "stores",
})  # fmt: skip
QUERIES = PERSONAL_QUERIES | IMPERSONAL_QUERIES
OWN = frozenset({
    "registerCustomer", "updateProfile", "updateUsername", "updatePrivacy", "followStore", "unfollowStore",
})  # fmt: skip
"""Mutations that name nobody: they act on the viewer's own account."""

Outcome = dict[str, str | None]
UPON_CUSTOMERS: dict[str, Outcome] = {
    "followCustomer": {},
    "unfollowCustomer": {"follower": "former follower", "requested": "former follower"},
    "acceptFollowRequest": {"asked": "followed"},
    "declineFollowRequest": {"asked": "stranger"},
    "removeFollower": {"followed": "stranger"},
    "blockCustomer": {"blocker": "blocker", "blocker follower": "blocker", "blocker asked": "blocker"},
    "unblockCustomer": {"blocker": "stranger", "blocker follower": "follower", "blocker asked": "asked"},
    "setRole": {},
}
"""Mutations upon a customer, and as whom the viewer stands to them after it where that changes."""

UPON_THE_HIDDEN: dict[str, frozenset[str]] = {
    "blockCustomer": frozenset({"blocking"}),
    "unblockCustomer": frozenset({"blocking"}),
    "unfollowCustomer": frozenset({"requested"}),
}
"""What the viewer has done themselves they may undo or repeat, even where the other is hidden from them by now."""

AS_CUSTOMER = {"admin": "stranger", "owner": "stranger", "blocked admin": "blocked", "blocker admin": "blocker"}
"""Admins see everybody, but follow and block as customers do: as whom."""

MUTATIONS = OWN | UPON_CUSTOMERS.keys()
PERSONAL_EDGES = frozenset({
    *("Query." + name for name in PERSONAL_QUERIES),
    "Customer.followers", "Customer.followingCustomers", "Customer.mutualFollowers", "Customer.blockedCustomers",
    "Customer.followRequests", "Customer.sentFollowRequests", "FollowRequest.customer",
    "FollowCustomerPayload.followRequest", "SetRolePayload.reopenedTickets",
    *(f"{name[0].upper()}{name[1:]}Payload.customer" for name in (*UPON_CUSTOMERS, *OWN) if name.endswith(
        ("Customer", "Request", "Follower", "Role", "Profile", "Username", "Privacy"))),
})  # fmt: skip
"""Every field that leads to something of a person. What leads there anew needs a test of its own, then a row."""
