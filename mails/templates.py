"""The text of mails in each language, as plain text and as HTML, right to left where the language is.

Texts are made of the words in `en.toml` and its like, and of a few values. A value is set apart from the words around
it, so that a reference keeps its order amid Arabic and a name cannot turn the rest of a line around.
"""

import tomllib
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime, parseaddr
from functools import cache
from html import escape
from pathlib import Path
from string import Template
from typing import Any
from uuid import UUID

from models.mails import MailKind

FOLDER = Path(__file__).parent
DEFAULT = "en"
LANGUAGES = frozenset(file.stem for file in FOLDER.glob("*.toml"))
PAGE = Template((FOLDER / "mail.html").read_text("utf-8"))
SIDES = {"ltr": "left", "rtl": "right"}
LINKS = ("$sign_up", "$site")
LEFT_TO_RIGHT, FIRST_STRONG, END = "\u2066", "\u2068", "\u2069"
ISOLATES = {"reference": LEFT_TO_RIGHT, "name": FIRST_STRONG}
PLAIN: "EmailPolicy[EmailMessage]" = SMTP.clone(cte_type="7bit")
"""No server has to know any extension to carry our mails."""


@dataclass(frozen=True, slots=True)
class MailData:
    """The values in a mail. Text that a user typed goes only to an address that is `verified`."""

    id: UUID
    kind: MailKind
    at: datetime
    ticket_id: UUID
    reference: str
    language: str
    address: str
    verified: bool
    owned: bool
    name: str | None
    sign_up: str
    site: str


def supported_language(tag: str) -> str:
    """Choose the language to write in: the one of a tag, whatever its region, or English."""
    language = tag.replace("_", "-").split("-")[0].lower()
    return language if language in LANGUAGES else DEFAULT


def write(facts: MailData, sender: str) -> EmailMessage:
    """Write the mail. A header with a line break in it is refused by the library (ValueError)."""
    language = supported_language(facts.language)
    words = _words(language)
    own, frame = words[facts.kind], words["frame"]
    hello = "hello_name" if facts.verified and facts.name else "hello"
    lines = [frame[hello], *own["text"], *own.get("owner" if facts.owned else "guest", ())]
    if not facts.verified:
        lines.append(frame["stranger"])
    elif facts.owned:
        lines.append(frame["switch"])
    values = {"reference": facts.reference, "sign_up": facts.sign_up, "site": facts.site}
    values["name"] = " ".join((facts.name or "").split())
    direction = frame["direction"]
    subject = _set(own["subject"], values, direction)

    message = EmailMessage(policy=PLAIN)
    name, address = parseaddr(sender)
    domain = address.rpartition("@")[2]
    message["From"] = Address(name, addr_spec=address)
    message["To"] = facts.address
    message["Subject"] = subject
    message["Date"] = format_datetime(facts.at)
    message["Message-ID"] = f"<{facts.id}@{domain}>"
    message["References"] = f"<ticket.{facts.ticket_id}@{domain}>"  # so that the mails of a ticket are one conversation
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("\n\n".join(_set(line, values, direction) for line in lines) + "\n")
    page = {
        "language": language, "direction": direction, "side": SIDES[direction], "subject": escape(subject),
        "paragraphs": "\n".join(_paragraph(line, values) for line in lines),
    }  # fmt: skip
    message.add_alternative(PAGE.substitute(page), subtype="html")
    message["Content-Language"] = language
    return message


@cache
def _words(language: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8"))


def _set(line: str, values: dict[str, str], direction: str) -> str:
    """Fill in a line of plain text. Links get no direction marks: an invisible mark would become part of the link."""
    marked = {
        name: f"{ISOLATES[name]}{value}{END}" if name in ISOLATES and direction == "rtl" else value
        for name, value in values.items()
    }
    return Template(line).substitute(marked)


def _paragraph(line: str, values: dict[str, str]) -> str:
    """Fill in a paragraph of HTML; nothing in a value is markup."""
    safe = {name: escape(value) for name, value in values.items()}
    marked = {"reference": f'<bdi dir="ltr">{safe["reference"]}</bdi>', "name": f"<bdi>{safe['name']}</bdi>"}
    marked |= {link[1:]: f'<a href="{safe[link[1:]]}" dir="ltr">{safe[link[1:]]}</a>' for link in LINKS}
    return f"<p>{Template(escape(line, quote=False)).substitute(marked)}</p>"
