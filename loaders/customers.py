"""Customers that the viewer may see."""

from typing import Any, ClassVar
from unicodedata import category
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    case,
    false,
    func,
    literal_column,
    not_,
    or_,
    select,
    true,
    type_coerce,
)  # fmt: skip

import policy.audiences
import policy.customers
import policy.follows
import policy.parameters
import policy.relationships
from auth.viewer import Viewer, ViewerKind
from database.reads import Reads
from loaders.batches import TEXT_KEYS, UUID_KEYS, UUID_TABLE, BatchLoader, RowLoader
from loaders.nodes import node_loader
from loaders.page_statements import Branch
from loaders.pages import ConnectionLoader
from models.columns import alias, columns
from models.customers import Customer, CustomerNameWord
from models.follows import Block

block = columns(Block)
customer = columns(Customer)
name_word = columns(CustomerNameWord)
same_name = alias(CustomerNameWord)
same_customer = alias(Customer)

SIMPLE: Any = literal_column("'simple'::regconfig")
LAST_CHARACTER = literal_column("chr(1114111)", Text)
NOT_LOADED = {"clerk_id", "clerk_profile", "clerk_updated_at", "updated_at", "deleted_at"}
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


class PermissionsByCustomer(RowLoader[UUID]):
    """What a signed-in viewer can do to another customer; nothing for themselves. Its columns are mutations."""

    graphql_type = "Customer"

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By customer. OFFSET 0 keeps PostgreSQL from finding each fact anew for each rule that asks for it."""
        columns = [fact.label(name) for name, fact in policy.relationships.FACTS.items()]
        them = customer.id == UUID_KEYS, customer.id != policy.parameters.VIEWER
        facts = select(UUID_TABLE.ordinality, *columns).where(*them).offset(literal_column("0")).subquery("facts").c
        can = policy.relationships.can
        return select(
            facts.ordinality, *(can(mutation, facts).label(mutation) for mutation in policy.relationships.RULES)
        )


class PermissionByCustomer(BatchLoader[UUID, bool]):
    """Whether a mutation of the viewer would change something about a customer: one column of `PermissionsByCustomer`."""

    def __init__(self, reads: Reads, viewer: Viewer, permissions: PermissionsByCustomer, mutation: str) -> None:
        super().__init__(reads, viewer)
        self.permissions = permissions
        self.mutation = mutation

    async def batch_load_fn(self, keys: list[UUID]) -> list[bool]:
        if self.viewer.id is None:
            return [False] * len(keys)
        # Not `load_batch`: other columns may be asked for at the same time.
        return [self._read(row) for row in await self.permissions.load_many(keys)]

    async def load_batch(self, keys: list[UUID]) -> dict[UUID, bool]:
        """Read the column of a whole level."""
        if self.viewer.id is None:
            return dict.fromkeys(keys, False)
        rows = await self.permissions.load_batch(keys)
        return {key: self._read(rows[key]) for key in keys}

    def _read(self, row: Any) -> Any:
        return row if isinstance(row, Exception) else row is not None and row[self.mutation]


class FoundCustomers(ConnectionLoader):
    """Customers by the beginning of their username; then, by word and username, those with the words in their name.

    Each of the two branches reads an index in its order, so a page costs the same whatever the number of matches. Rows
    of the index that the page skips cost, too: those who have the longest word of the term but not the others, those
    whom the viewer cannot see, and, by name, those whose username begins with the term.
    """

    graphql_type = "Customer"
    ascending = True
    max_count = 10_000
    order: ClassVar[dict[str, ColumnElement[Any]]] = {
        "rank": literal_column("rank", Integer), "word": name_word.word, "folded": name_word.username, "id": customer.id,
    }  # fmt: skip

    @classmethod
    def select(cls, viewer: ViewerKind, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """By the filters that `search_filters` returns."""
        by_username = select(same_customer.id).where(_has_prefix(_folded(same_customer)))
        by_name = select(name_word.customer_id).where(_begins_with_word(name_word))
        has_all = or_(_has_prefix(_folded(customer)), _has_words())
        return visible_customers(viewer).where(customer.id.in_(by_username.union(by_name)), has_all)

    @classmethod
    def branches(cls, viewer: ViewerKind, parent: ColumnElement[UUID], given: frozenset[str]) -> list[Branch]:
        """By username and by name."""
        folded, word, username = _folded(customer), name_word.word, name_word.username
        by_username = cls._ranked(viewer, 0, literal_column("''::text", Text), folded).where(_has_prefix(folded))
        by_name = cls._ranked(viewer, 1, word, username).join(CustomerNameWord, name_word.customer_id == customer.id)
        by_name = by_name.where(
            _begins_with_word(name_word),
            not_(_has_prefix(username)),
            # A name may have several words that match; the customer stands at the first of them. It is ">=" since
            # the planner expects few rows of "=", and then prefers to sort all matches. CASE has the same reason.
            select(func.min(same_name.word))
            .where(same_name.customer_id == name_word.customer_id, _begins_with_word(same_name))
            .scalar_subquery()
            >= word,
            case((_has_words(), true()), else_=false()),
        )
        return [
            Branch(by_username, {"folded": folded, "id": customer.id}),
            Branch(by_name, {"word": word, "folded": username, "id": name_word.customer_id}),
        ]

    @classmethod
    def branch_of(cls, position: tuple[Any, ...]) -> int:
        """By the rank, which is counted from 0."""
        return int(position[0]) + 1

    @staticmethod
    def _ranked(viewer: ViewerKind, rank: int, word: Any, folded: Any) -> Select[Any]:
        sort = literal_column(str(rank), Integer).label("rank"), word.label("word"), folded.label("folded")
        return visible_customers(viewer).add_columns(*sort)


def _folded(customers: Any) -> ColumnElement[str]:
    return func.lower(type_coerce(customers.username.collate("C"), Text))


def _has_prefix(folded: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether a username in lower case begins with the term."""
    return and_(folded >= bindparam("prefix", type_=Text), folded < bindparam("prefix_end", type_=Text))


def _begins_with_word(words: Any) -> ColumnElement[bool]:
    """Whether a word of a name begins with the longest word of the term, both as PostgreSQL reads them."""
    term = func.to_tsvector(SIMPLE, bindparam("word", type_=Text))
    word: Any = func.tsvector_to_array(term, type_=ARRAY(Text))[literal_column("1", Integer)]
    return and_(words.word >= word, words.word < word.concat(LAST_CHARACTER))


def _has_words() -> ColumnElement[bool]:
    """Whether each word of the term is the beginning of a word of the name."""
    name = func.to_tsvector(SIMPLE, customer.name)
    return name.op("@@")(func.to_tsquery(SIMPLE, bindparam("words", type_=Text)))


def search_filters(term: str) -> tuple[tuple[str, str], ...]:
    """Turn a search term, which has no operators, into the filters of `FoundCustomers`."""
    folded = term.strip().lower()
    words = _words(folded)
    query, longest = " & ".join(f"'{word}':*" for word in words), max(words, key=len, default="")
    return ("prefix", folded), ("prefix_end", folded and folded + "{"), ("word", longest), ("words", query)


def _words(term: str) -> list[str]:
    """Split at all that is no letter, digit or mark; vowels of Hindi and Arabic are marks."""
    plain = "".join(one if one.isalnum() or category(one).startswith("M") else " " for one in term)
    return [word for word in plain.split() if any(map(str.isalnum, word))]


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
