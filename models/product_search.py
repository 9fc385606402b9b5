"""What the search reads: the words of products, and the vocabulary. Triggers write both."""

from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Index, Text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlmodel import Field

from models.columns import Table, foreign_key


class ProductSearch(Table, table=True):
    """The words of a product in all languages, with weights.

    A: title. B: names of the brand, of the category and of those above it, tags, SKUs and base code. C: colors.
    D: description. It is no column of `product`, where each new price would write its entries in the index again.
    """

    __tablename__ = "product_search"
    __table_args__: Any = (Index("product_search_words_idx", "words", postgresql_using="gin"),)

    product_id: UUID = foreign_key("product.id", primary_key=True)
    words: Any = Field(sa_type=TSVECTOR)


class SearchWord(Table, table=True):
    """A word that some product has, by which typing errors are corrected.

    A word may be there twice, and may stay when no product has it any more, so that writers of products need not wait
    for one another. A timer deletes what is not needed.
    """

    __tablename__ = "search_word"
    __table_args__: Any = (
        Index("search_word_stem_idx", "stem"),
        Index("search_word_trigrams_idx", "trigrams", postgresql_using="gin"),
    )

    word: str = Field(sa_type=Text(collation="C"), primary_key=True)
    product_id: UUID = Field(primary_key=True)
    """A product that had the word when it was the first one."""
    stem: str = Field(sa_type=Text(collation="C"))
    trigrams: list[str] = Field(sa_type=ARRAY(Text))
