"""Who gets what of wishlists, and for whom a list exists (`LISTS`)."""

from models.wishlists import WishlistVisibility
from tests.privacy.table import ALL, CONTENT, OWNER, ROW, Viewer

LISTS: dict[WishlistVisibility, frozenset[str]] = {
    WishlistVisibility.PRIVATE: frozenset({ALL}),
    WishlistVisibility.LINK: frozenset({ALL}),
    WishlistVisibility.FOLLOWERS: frozenset({ALL, "follows"}),
    WishlistVisibility.PUBLIC: frozenset({ALL, CONTENT}),
}
"""Of what sight of the owner a viewer must be, or how they must stand to the owner, for a list to exist for them."""


def shows_list(viewer: Viewer, sight: str | None, visibility: WishlistVisibility) -> bool:
    """Does a wishlist of somebody of whom the viewer has this sight exist for them? By its link LINK does, at any sight."""
    return sight in LISTS[visibility] or (sight is not None and bool(viewer.facts & LISTS[visibility]))


FIELDS: dict[str, dict[str, str]] = {
    "Customer": {"wishlists": "CONTENT", "wishlist": "SELF"},
    "Wishlist": {
        **dict.fromkeys(("id", "name", "isDefault", "visibility", "createdAt", "owner", "items", "itemsCount", "viewerCanEdit", "viewerCanDelete"), ROW),
        "shareUrl": OWNER,
    },
    "WishlistItem": dict.fromkeys(
        ("id", "note", "priority", "addedAt", "priceWhenAdded", "priceChange", "wishlist", "variant", "viewerCanEdit"), ROW
    ),
    "WishlistEdge": {}, "WishlistItemEdge": {},
}  # fmt: skip
PERSONS = frozenset({"Wishlist", "WishlistItem"})
QUERIES = frozenset({"wishlist", "sharedWishlist"})
UPON_LISTS: dict[str, dict[str, str]] = {
    "updateWishlist": {"wishlistId": "Wishlist"},
    "deleteWishlist": {"wishlistId": "Wishlist"},
    "addToWishlist": {"wishlistId": "Wishlist"},
    "removeFromWishlist": {"wishlistId": "Wishlist"},
    "updateWishlistItem": {"itemId": "WishlistItem"},
    "moveWishlistItem": {"itemId": "WishlistItem", "wishlistId": "Wishlist"},
}
"""Mutations upon one's own lists, with the inputs that may name somebody else's. To all others these do not exist."""
MUTATIONS = frozenset({"createWishlist", *UPON_LISTS})
PERSONAL_EDGES = frozenset({
    *("Query." + name for name in QUERIES),
    "Customer.wishlist", "Customer.wishlists", "Wishlist.owner", "Wishlist.items", "WishlistItem.wishlist",
    "AddToWishlistPayload.item", "AddToWishlistPayload.wishlist", "RemoveFromWishlistPayload.wishlist",
    "UpdateWishlistItemPayload.item", "MoveWishlistItemPayload.item", "MoveWishlistItemPayload.previousWishlist",
    "CreateWishlistPayload.wishlist", "UpdateWishlistPayload.wishlist",
})  # fmt: skip
