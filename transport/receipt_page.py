"""The page of a receipt in each language, right to left where the language is. It loads nothing and runs nothing."""

import base64
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from loaders.receipt_pages import ReceiptPage
from models.money import Money

FOLDER = Path(__file__).parent / "pages"
STYLE = (FOLDER / "receipt.css").read_text("utf-8")
WORDS: Mapping[str, Any] = {
    file.stem: tomllib.loads(file.read_text("utf-8")) for file in sorted((FOLDER / "words").iterdir())
}
LANGUAGES = tuple(WORDS)
STYLE_DIGEST = base64.b64encode(sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{STYLE_DIGEST}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def page(receipt: ReceiptPage, language: str, shop: str) -> str:
    """Write the page of a receipt."""
    return _render(
        language,
        shop=shop,
        receipt=receipt,
        money=lambda minor: Money(minor, receipt.currency).text(language),
        date=lambda at: _date(at, language),
    )


def problem_page(language: str, shop: str, problem: str) -> str:
    """Write the page where there is no receipt to show, with the words for a problem: `missing` or `unavailable`."""
    words = WORDS[language]
    return _render(language, shop=shop, receipt=None, heading=words[problem], hint=words[f"{problem}_hint"])


def _render(language: str, **values: Any) -> str:
    others = {tag: words["language"] for tag, words in WORDS.items() if tag != language}
    style = Markup(STYLE)  # noqa: S704 - ours
    rendered: str = _template().render(language=language, words=WORDS[language], style=style, others=others, **values)
    return rendered


@cache
def _template() -> Any:
    environment = Environment(
        undefined=StrictUndefined,
        autoescape=True,
        loader=FileSystemLoader(FOLDER),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("receipt.html")


def _date(at: datetime, language: str) -> str:
    return str(format_date(at.astimezone(UTC), "long", locale=language))
