"""Customers that the viewer may see."""

import re
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Select, Text, and_, bindparam, case, func, or_, select

import policy.audiences
import policy.customers
import policy.follows
import policy.parameters
from auth.viewer import ViewerKind
from loaders.batches import TEXT_KEYS, UUID_KEYS, RowLoader
from loaders.nodes import node_loader
from loaders.pages import ConnectionLoader
from models.columns import columns
from models.customers import Customer
from models.follows import Block

block = columns(Block)
customer = columns(Customer)

NOT_LOADED = {"clerk_id", "clerk_profile", "clerk_updated_at", "updated_at"}
COLUMNS = [column for column in customer if column.name not in NOT_LOADED]


def visible_customers(viewer: ViewerKind) -> Select[Any]:
    """Select the customers that the viewer may see, with the column `audience`."""
    return select(*COLUMNS, policy.audiences.audience(viewer).label("audience")).where(policy.customers.visible(viewer))


@node_loader
class CustomerById(RowLoader[UUID]):
    """A customer."""

    graphql_type = "Customer"

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By id."""
        return visible_customers(viewer).where(customer.id == UUID_KEYS)


class CustomerByUsername(RowLoader[str]):
    """A customer, by username in lower case."""

    graphql_type = "Customer"

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By the folded username."""
        folded = func.lower(customer.username)
        return visible_customers(viewer).add_columns(folded.label("folded")).where(folded == TEXT_KEYS)


class TakenUsername(RowLoader[str]):
    """A row if a customer, hidden or not, has a username, else nothing. Keys are in lower case."""

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By the folded username."""
        folded = func.lower(customer.username)
        return select(folded.label("folded")).where(folded == TEXT_KEYS)


class BlockedCustomerById(RowLoader[UUID]):
    """The card of a customer whom the viewer has blocked. Only lists of blocks and mutations of blocks may use it."""

    graphql_type = "Customer"

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By id, among the viewer's blocks."""
        card = select(*COLUMNS, policy.audiences.blocked_audience(viewer).label("audience"))
        return card.where(customer.id == UUID_KEYS, policy.follows.blocks(policy.parameters.VIEWER, customer.id))


class RelationshipByCustomer(RowLoader[UUID]):
    """The relationship between the viewer and a customer; nothing for themselves and for anonymous viewers."""

    graphql_type = "Relationship"

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By customer, with the column `audience`."""
        them = customer.id
        return select(
            them,
            policy.follows.follows(policy.parameters.VIEWER, them).label("following"),
            policy.follows.has_requested_follow(policy.parameters.VIEWER, them).label("requested"),
            policy.follows.follows(them, policy.parameters.VIEWER).label("followed_by"),
            policy.follows.has_requested_follow(them, policy.parameters.VIEWER).label("requested_by"),
            policy.follows.blocks(policy.parameters.VIEWER, them).label("blocking"),
            policy.audiences.relationship_audience(viewer).label("audience"),
        ).where(them == UUID_KEYS, them != policy.parameters.VIEWER)


class FoundCustomers(ConnectionLoader):
    """Customers by username prefix first, then by words of the name."""

    graphql_type = "Customer"
    _prefix: ClassVar[ColumnElement[bool]] = and_(
        func.lower(customer.username).op("~>=~")(bindparam("prefix", type_=Text)),
        func.lower(customer.username).op("~<~")(bindparam("prefix_end", type_=Text)),
    )
    _words: ClassVar[ColumnElement[bool]] = func.to_tsvector("simple", func.coalesce(customer.name, "")).op("@@")(
        func.to_tsquery("simple", bindparam("words", type_=Text))
    )
    ascending = True
    order: ClassVar[dict[str, ColumnElement[Any]]] = {
        "rank": case((_prefix, 0), else_=1).cast(Integer),
        "folded": func.lower(customer.username),
        "id": customer.id,
    }

    @classmethod
    def select(cls, viewer: ViewerKind, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By the filters that `search_filters` returns."""
        sort = [cls.order[name].label(name) for name in ("rank", "folded")]
        return visible_customers(viewer).add_columns(*sort).where(or_(cls._prefix, cls._words))


def search_filters(term: str) -> tuple[tuple[str, str], ...]:
    """Turn a search term, which has no operators, into the filters of `FoundCustomers`."""
    folded = term.strip().lower()
    words = " & ".join(f"'{word}':*" for word in re.findall(r"\w+", folded))
    return ("prefix", folded), ("prefix_end", folded and folded + "{"), ("words", words)


class BlockedCustomers(ConnectionLoader):
    """The cards of the customers whom the viewer has blocked, the newest block first."""

    graphql_type = "Customer"
    order: ClassVar[dict[str, ColumnElement[Any]]] = {"blocked_at": block.created_at, "id": block.blocked_id}

    @classmethod
    def select(cls, viewer: ViewerKind, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By blocker."""
        card = select(
            *COLUMNS, policy.audiences.blocked_audience(viewer).label("audience"), block.created_at.label("blocked_at")
        )
        return card.join(Block, block.blocked_id == customer.id).where(block.blocker_id == parent)
