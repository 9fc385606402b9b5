"""The text of mails in each language, as plain text and as HTML, right to left where the language is.

Texts are made of the words in `words/`, a folder for each language and a file for each area, and of a few values. A
value is set apart from the words around it, so that a reference keeps its order amid Arabic and a name cannot turn the
rest of a line around.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime, parseaddr
from functools import cache
from html import escape
from pathlib import Path
from typing import Any
from uuid import UUID

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from models.money import Money

FOLDER = Path(__file__).parent
WORDS = FOLDER / "words"
DEFAULT = "en"
LANGUAGES = frozenset(folder.name for folder in WORDS.iterdir())
SIDES = {"ltr": "left", "rtl": "right"}
LEFT_TO_RIGHT, FIRST_STRONG, END = "\u2066", "\u2068", "\u2069"
PLAIN: "EmailPolicy[EmailMessage]" = SMTP.clone(cte_type="7bit")
"""No server has to know any extension to carry our mails."""
TEXT = Environment(undefined=StrictUndefined, autoescape=False)  # noqa: S701 - of plain text
HTML = Environment(
    undefined=StrictUndefined, autoescape=True, loader=FileSystemLoader(FOLDER), trim_blocks=True, lstrip_blocks=True
)


@dataclass(frozen=True, slots=True)
class MailData:
    """The values in a mail. Text that a user typed goes only to an address that is `verified`."""

    id: UUID
    template: str
    at: datetime
    subject_type: str
    subject_id: UUID
    language: str
    address: str
    verified: bool
    owned: bool
    """Whether it goes to a customer, not to a guest."""
    codes: Mapping[str, str]
    texts: Mapping[str, str | None]
    links: Mapping[str, str]
    amounts: Mapping[str, Money] = field(default_factory=dict)
    pages: Mapping[str, str] = field(default_factory=dict)
    """Addresses of pages about the subject: none where there is none, or the address is not `verified`."""


def supported_language(tag: str) -> str:
    """Choose the language to write in: the one of a tag, whatever its region, or English."""
    language = tag.replace("_", "-").split("-")[0].lower()
    return language if language in LANGUAGES else DEFAULT


def write(facts: MailData, sender: str) -> EmailMessage:
    """Write the mail. A header with a line break in it is refused by the library (ValueError)."""
    language = supported_language(facts.language)
    area, _, part = facts.template.partition(".")
    frame, words = _words(language, "frame"), _words(language, area)
    texts = {name: " ".join((text or "").split()) for name, text in facts.texts.items()} if facts.verified else {}
    own, greeting = words[part], "hello_name" if texts.get("name") else "hello"
    lines = [frame[greeting], *own["text"], *own.get("owner" if facts.owned else "guest", ())]
    lines += own.get("linked" if facts.pages else "unlinked", ())
    if not facts.verified:
        lines.append(words["stranger"])
    elif facts.owned:
        lines.append(words.get("switch", frame["switch"]))  # some mails cannot be turned off
    direction = frame["direction"]
    codes = {**facts.codes, **{name: money.text(language) for name, money in facts.amounts.items()}}
    plain = _plain_values(facts, codes, texts, direction)
    subject = _plain(own["subject"]).render(plain)

    message = EmailMessage(policy=PLAIN)
    name, address = parseaddr(sender)
    domain = address.rpartition("@")[2]
    message["From"] = Address(name, addr_spec=address)
    message["To"] = facts.address
    message["Subject"] = subject
    message["Date"] = format_datetime(facts.at)
    message["Message-ID"] = f"<{facts.id}@{domain}>"
    # so that the mails about one thing are one conversation
    message["References"] = f"<{facts.subject_type.lower()}.{facts.subject_id}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("\n\n".join(_plain(line).render(plain) for line in lines) + "\n")
    marked = _marked_values(facts, codes, texts)
    page = HTML.get_template("mail.html").render(
        language=language, direction=direction, side=SIDES[direction], subject=subject,
        paragraphs=[Markup(_paragraph(line).render(marked)) for line in lines],  # noqa: S704 - values are escaped
    )  # fmt: skip
    message.add_alternative(page, subtype="html")
    message["Content-Language"] = language
    return message


def _plain_values(
    facts: MailData, codes: Mapping[str, str], texts: Mapping[str, str], direction: str
) -> dict[str, str]:
    """Give the values in plain text. Links get no direction marks: an invisible mark would become part of the link."""
    opening: Callable[[str], str] = lambda mark: mark if direction == "rtl" else ""  # noqa: E731
    end = opening(END)
    return (
        {name: f"{opening(LEFT_TO_RIGHT)}{code}{end}" for name, code in codes.items()}
        | {name: f"{opening(FIRST_STRONG)}{text}{end}" for name, text in texts.items()}
        | dict(facts.links)
        | dict(facts.pages)
    )


def _marked_values(facts: MailData, codes: Mapping[str, str], texts: Mapping[str, str]) -> dict[str, Markup]:
    """Give the values in HTML; nothing in a value is markup."""
    return (
        {name: Markup('<bdi dir="ltr">{}</bdi>').format(code) for name, code in codes.items()}
        | {name: Markup("<bdi>{}</bdi>").format(text) for name, text in texts.items()}
        | {
            name: Markup('<a href="{0}" dir="ltr">{0}</a>').format(link)
            for name, link in {**facts.links, **facts.pages}.items()
        }
    )


@cache
def _words(language: str, area: str) -> dict[str, Any]:
    return tomllib.loads((WORDS / language / f"{area}.toml").read_text("utf-8"))


@cache
def _plain(line: str) -> Any:
    return TEXT.from_string(line)


@cache
def _paragraph(line: str) -> Any:
    return HTML.from_string(escape(line, quote=False))
