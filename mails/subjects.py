"""What mails can be about. An area registers its kind of subject beside its words: nothing else needs to know it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import sqlalchemy as sa

SUBJECTS: dict[str, "MailSubject"] = {}


@dataclass(frozen=True)
class MailSubject:
    """How the recipient of a mail, and the values of its templates, are found: expressions over `rows`."""

    name: str
    """Such as `Ticket`; it stands in the rows of mails."""
    rows: sa.FromClause
    """The subject's table, joined with what else the expressions are about."""
    id: Any
    customer_id: Any
    """Whom it goes to; null for a guest."""
    address: Any
    """Where it goes; null if they want none."""
    verified: Any
    """Whether it is certain that the address is theirs."""
    language: Any
    codes: Mapping[str, Any] = field(default_factory=dict)
    """Values that we made, such as references. They are read from left to right."""
    texts: Mapping[str, Any] = field(default_factory=dict)
    """Values that people typed, such as names. Only recipients whose address is verified get them."""
    amounts: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    """Amounts of money: the minor units, and the currency."""
    pages: Mapping[str, Any] = field(default_factory=dict)
    """Paths of pages of this server, null if there is none. Only recipients whose address is verified get the links."""

    @cached_property
    def facts(self) -> sa.Select[Any]:
        """The SELECT of all that a mail about the subject `id` needs."""
        values = {**self.codes, **self.texts, **self.pages}
        for name, (minor, currency) in self.amounts.items():
            values |= {name: minor, f"{name}_currency": currency}
        return (
            sa.select(
                self.customer_id.is_not(None).label("owned"), self.address.label("address"),
                self.verified.label("verified"), *(value.label(f"value_{name}") for name, value in values.items()),
            )
            .select_from(self.rows)
            .where(self.id == sa.bindparam("id", type_=sa.Uuid()))
        )  # fmt: skip


def register(subject: MailSubject) -> MailSubject:
    """Make a kind of subject known."""
    if SUBJECTS.setdefault(subject.name, subject) is not subject:
        message = f"there are two kinds of subject named {subject.name}"
        raise ValueError(message)
    return subject
