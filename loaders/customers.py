"""Customers, as their viewer may see them."""

import re
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Select, Text, and_, bindparam, case, func, or_, select

import policy
from auth import Standing
from loaders.batches import KEYS, WORDS, One
from loaders.pages import Connected
from models.columns import columns
from models.customers import Customer
from models.follows import Block

block = columns(Block)
customer = columns(Customer)

HELD_BACK = {"clerk_id", "clerk_profile", "clerk_updated_at", "updated_at"}
COLUMNS = [column for column in customer if column.name not in HELD_BACK]


def seen(by: Standing) -> Select[Any]:
    """Select the customers that exist for a viewer, with their audience."""
    return select(*COLUMNS, policy.audience(by).label("audience")).where(policy.customers(by))


class CustomerById(One[UUID]):
    """A customer."""

    graphql_type = "Customer"

    @classmethod
    def select(cls, by: Standing) -> Select[Any]:
        """By id."""
        return seen(by).where(customer.id == KEYS)


class CustomerByUsername(One[str]):
    """A customer, by username in lower case."""

    graphql_type = "Customer"

    @classmethod
    def select(cls, by: Standing) -> Select[Any]:
        """By the folded username."""
        folded = func.lower(customer.username)
        return seen(by).add_columns(folded.label("folded")).where(folded == WORDS)


class TakenUsername(One[str]):
    """Whether somebody has a username, hidden or not: a row if so. Keys are in lower case."""

    @classmethod
    def select(cls, by: Standing) -> Select[Any]:
        """By the folded username."""
        folded = func.lower(customer.username)
        return select(folded.label("folded")).where(folded == WORDS)


class BlockedCustomerById(One[UUID]):
    """The card of somebody whom the viewer has blocked: for the list of blocks and nowhere else."""

    graphql_type = "Customer"

    @classmethod
    def select(cls, by: Standing) -> Select[Any]:
        """By id, among the viewer's blocks."""
        card = select(*COLUMNS, policy.blocked_audience(by).label("audience"))
        return card.where(customer.id == KEYS, policy.blocks(policy.VIEWER, customer.id))


class RelationshipByCustomer(One[UUID]):
    """How the viewer and a customer stand to each other; nothing for oneself and for the anonymous."""

    graphql_type = "Relationship"

    @classmethod
    def select(cls, by: Standing) -> Select[Any]:
        """By customer, with the audience that the viewer is of."""
        them = customer.id
        return select(
            them,
            policy.follows(policy.VIEWER, them).label("following"),
            policy.asked(policy.VIEWER, them).label("requested"),
            policy.follows(them, policy.VIEWER).label("followed_by"),
            policy.asked(them, policy.VIEWER).label("requested_by"),
            policy.blocks(policy.VIEWER, them).label("blocking"),
            policy.relationship_audience(by).label("audience"),
        ).where(them == KEYS, them != policy.VIEWER)


class FoundCustomers(Connected):
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
    def select(cls, by: Standing, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By what `search_filters` made of the term."""
        sort = [cls.order[name].label(name) for name in ("rank", "folded")]
        return seen(by).add_columns(*sort).where(or_(cls._prefix, cls._words))


def search_filters(term: str) -> tuple[tuple[str, str], ...]:
    """Turn what somebody typed into the parameters of `FoundCustomers`; every character is literal."""
    folded = term.strip().lower()
    words = " & ".join(f"'{word}':*" for word in re.findall(r"\w+", folded))
    return ("prefix", folded), ("prefix_end", folded and folded + "{"), ("words", words)


class BlockedCustomers(Connected):
    """Whom the viewer has blocked, as cards, the latest first."""

    graphql_type = "Customer"
    order: ClassVar[dict[str, ColumnElement[Any]]] = {"blocked_at": block.created_at, "id": block.blocked_id}

    @classmethod
    def select(cls, by: Standing, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By blocker."""
        card = select(*COLUMNS, policy.blocked_audience(by).label("audience"), block.created_at.label("blocked_at"))
        return card.join(Block, block.blocked_id == customer.id).where(block.blocker_id == parent)
