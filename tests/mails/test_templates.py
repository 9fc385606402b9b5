"""What mails say, in each language (T9)."""

import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from string import Template
from uuid import UUID

import pytest

from mails import templates
from mails.templates import MailData
from models.mails import MailKind, kind
from models.tickets import TicketStatus

SENDER = "Help <help@shop.example>"
FACTS = MailData(
    id=UUID(int=1), kind=MailKind.RECEIVED, at=datetime(2026, 11, 21, 9, tzinfo=UTC), ticket_id=UUID(int=2),
    reference="TK-4HW-PQ7-XKC", language="en", address="layla@example.com", verified=True, owned=True,
    name="Layla", sign_up="https://shop.example/sign-up?a=1&b=2", site="https://shop.example",
)  # fmt: skip
ISOLATES = "\u2066\u2067\u2068\u2069"


def words(language: str) -> dict[str, dict[str, object]]:
    return tomllib.loads((templates.FOLDER / f"{language}.toml").read_text("utf-8"))


def written(**values: object) -> tuple[str, str, str]:
    """Subject, plain text and HTML as the reader's program gets them."""
    message = templates.write(replace(FACTS, **values), SENDER)  # type: ignore[arg-type]
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain
    assert html
    return message["subject"], plain.get_content(), html.get_content()


class TestWords:
    """Each language says each thing."""

    def test_all_languages_have_the_same_parts(self) -> None:
        assert {"en", "ar"} <= templates.LANGUAGES
        english = words("en")
        assert set(english) == {"frame", *MailKind}
        for language in templates.LANGUAGES:
            theirs = words(language)
            assert {name: set(part) for name, part in theirs.items()} == {name: set(p) for name, p in english.items()}

    def test_they_say_the_same_values(self) -> None:
        def values(part: dict[str, object]) -> list[list[str]]:
            lines = [[line] if isinstance(line, str) else line for line in part.values()]
            return [sorted(Template("\n".join(map(str, line))).get_identifiers()) for line in lines]

        for language in templates.LANGUAGES:
            for name, part in words(language).items():
                assert values(part) == values(words("en")[name]), (language, name)

    @pytest.mark.parametrize("language", sorted(templates.LANGUAGES))
    @pytest.mark.parametrize("of", MailKind)
    def test_every_letter_can_be_written(self, language: str, of: MailKind) -> None:
        for verified, owned, name in ((True, True, "ليلى"), (False, True, None), (False, False, None)):
            subject, plain, html = written(kind=of, language=language, verified=verified, owned=owned, name=name)
            assert FACTS.reference in subject
            assert FACTS.reference in plain
            assert FACTS.reference in html
            assert "$" not in subject + plain + html

    @pytest.mark.parametrize(
        ("tag", "language"),
        [("ar-EG", "ar"), ("AR", "ar"), ("ar_AE", "ar"), ("en-GB", "en"), ("fr", "en"), ("", "en"), ("../en", "en")],
    )
    def test_language_fallback(self, tag: str, language: str) -> None:
        assert templates.supported_language(tag) == language


class TestDirection:
    """Arabic is read from the right, and what is not Arabic keeps its own order."""

    def test_arabic(self) -> None:
        subject, plain, html = written(language="ar", name="Layla")
        assert '<html lang="ar" dir="rtl">' in html
        assert 'style="direction:rtl;text-align:right' in html
        assert f'<bdi dir="ltr">{FACTS.reference}</bdi>' in html
        assert "<bdi>Layla</bdi>" in html
        assert f"\u2066{FACTS.reference}\u2069" in subject
        assert f"\u2066{FACTS.reference}\u2069" in plain
        assert "\u2068Layla\u2069" in plain
        message = templates.write(replace(FACTS, language="ar"), SENDER)
        assert message["content-language"] == "ar"
        assert [part.get_content_charset() for part in message.walk()][1:] == ["utf-8", "utf-8"]
        assert message.as_bytes().isascii()

    def test_english(self) -> None:
        """Nothing invisible is in the way of who copies the reference."""
        subject, plain, html = written()
        assert '<html lang="en" dir="ltr">' in html
        assert not set(ISOLATES) & set(subject + plain + html)

    @pytest.mark.parametrize("language", ["en", "ar"])
    def test_a_link_is_a_line_of_its_own(self, language: str) -> None:
        _, plain, html = written(language=language, owned=False)
        assert FACTS.sign_up in plain.splitlines()
        assert 'href="https://shop.example/sign-up?a=1&amp;b=2"' in html


class TestSafety:
    """Values are values."""

    def test_no_markup(self) -> None:
        _, plain, html = written(name='<img src=x onerror="alert(1)"> $reference & co')
        assert "<img" not in html
        assert "&lt;img src=x onerror=&quot;alert(1)&quot;&gt; $reference &amp; co" in html
        assert '<img src=x onerror="alert(1)"> $reference & co' in plain

    @pytest.mark.parametrize("value", ["x\r\nBcc: a@b.example", "x\nBcc: a@b.example", "x\rBcc: a@b.example"])
    def test_no_header(self, value: str) -> None:
        for field in ("reference", "address"):
            with pytest.raises(ValueError, match=r"linefeed|newline|CR"):
                templates.write(replace(FACTS, **{field: value}), SENDER)

    def test_a_stranger_reads_nothing_that_was_typed(self) -> None:
        for of in MailKind:
            for language in templates.LANGUAGES:
                said = written(kind=of, language=language, name="Canary", verified=False)
                assert "Canary" not in " ".join(said)


class TestKind:
    """Which changes are told."""

    def test_each_status_has_its_own(self) -> None:
        assert kind(None, TicketStatus.OPEN) is MailKind.RECEIVED
        assert kind(TicketStatus.CLAIMED, TicketStatus.OPEN) is MailKind.REOPENED
        assert kind(TicketStatus.IN_PROGRESS, TicketStatus.CLAIMED) is MailKind.UNSOLVED
        assert kind(TicketStatus.OPEN, TicketStatus.OPEN) is None
        told = {status: kind(TicketStatus.OPEN, status) for status in TicketStatus if status is not TicketStatus.OPEN}
        assert told == {status: MailKind(status) for status in told}
