"""What mails say, in each language (T9)."""

import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from jinja2 import Environment, UndefinedError, meta

from mails import templates
from mails.payments import PAYMENT, REFUND, PaymentMail
from mails.templates import MailData
from mails.tickets import TICKET, TicketMail, change
from models.money import Money
from models.tickets import TicketStatus

SENDER = "Help <help@shop.example>"
FACTS = MailData(
    id=UUID(int=1), template="tickets.RECEIVED", at=datetime(2026, 11, 21, 9, tzinfo=UTC), subject_type="Ticket",
    subject_id=UUID(int=2), language="en", address="layla@example.com", verified=True, owned=True,
    codes={"reference": "TK-4HW-PQ7-XKC"}, texts={"name": "Layla"},
    links={"sign_up": "https://shop.example/sign-up?a=1&b=2", "site": "https://shop.example"},
)  # fmt: skip
REFERENCE = FACTS.codes["reference"]
AREAS = sorted(file.stem for file in (templates.WORDS / "en").iterdir())
ISOLATES = "\u2066\u2067\u2068\u2069"


def words(language: str, area: str) -> dict[str, object]:
    return tomllib.loads((templates.WORDS / language / f"{area}.toml").read_text("utf-8"))


def values(part: object) -> object:
    """The names of the values in each text, in the form of the part."""
    if isinstance(part, dict):
        return {name: values(inner) for name, inner in part.items()}
    text = "\n".join(part) if isinstance(part, list) else str(part)
    return sorted(meta.find_undeclared_variables(Environment().parse(text)))


def written(**values: object) -> tuple[str, str, str]:
    """Subject, plain text and HTML as the reader's program gets them."""
    message = templates.write(replace(FACTS, **values), SENDER)  # type: ignore[arg-type]
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain
    assert html
    return message["subject"], plain.get_content(), html.get_content()


class TestWords:
    """Each language says each thing."""

    def test_all_languages_have_the_same_areas(self) -> None:
        assert {"en", "ar"} <= templates.LANGUAGES
        assert set(AREAS) == {"frame", "payments", "tickets"}
        assert set(words("en", "tickets")) == {"stranger", *TicketMail}
        assert set(words("en", "payments")) == {"stranger", "switch", *PaymentMail}
        for language in templates.LANGUAGES:
            assert sorted(file.stem for file in (templates.WORDS / language).iterdir()) == AREAS

    @pytest.mark.parametrize("area", AREAS)
    def test_they_say_the_same_values(self, area: str) -> None:
        for language in templates.LANGUAGES:
            assert values(words(language, area)) == values(words("en", area)), language

    @pytest.mark.parametrize("language", sorted(templates.LANGUAGES))
    @pytest.mark.parametrize("of", TicketMail)
    def test_every_letter_can_be_written(self, language: str, of: TicketMail) -> None:
        for verified, owned, name in ((True, True, "ليلى"), (False, True, None), (False, False, None)):
            subject, plain, html = written(
                template=f"tickets.{of}", language=language, verified=verified, owned=owned, texts={"name": name}
            )
            assert REFERENCE in subject
            assert REFERENCE in plain
            assert REFERENCE in html
            assert "{" not in subject + plain + html.replace('style="', "")

    @pytest.mark.parametrize(
        ("tag", "language"),
        [("ar-EG", "ar"), ("AR", "ar"), ("ar_AE", "ar"), ("en-GB", "en"), ("fr", "en"), ("", "en"), ("../en", "en")],
    )
    def test_language_fallback(self, tag: str, language: str) -> None:
        assert templates.supported_language(tag) == language


class TestDirection:
    """Arabic is read from the right, and what is not Arabic keeps its own order."""

    def test_arabic(self) -> None:
        subject, plain, html = written(language="ar")
        assert '<html lang="ar" dir="rtl">' in html
        assert 'style="direction:rtl;text-align:right' in html
        assert f'<bdi dir="ltr">{REFERENCE}</bdi>' in html
        assert "<bdi>Layla</bdi>" in html
        assert f"\u2066{REFERENCE}\u2069" in subject
        assert f"\u2066{REFERENCE}\u2069" in plain
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
        assert FACTS.links["sign_up"] in plain.splitlines()
        assert 'href="https://shop.example/sign-up?a=1&amp;b=2"' in html


class TestSafety:
    """Values are values."""

    def test_no_markup(self) -> None:
        _, plain, html = written(texts={"name": '<img src=x onerror="alert(1)"> {{ reference }} & co'})
        assert "<img" not in html
        assert "&lt;img src=x onerror=&#34;alert(1)&#34;&gt; {{ reference }} &amp; co" in html
        assert '<img src=x onerror="alert(1)"> {{ reference }} & co' in plain

    @pytest.mark.parametrize("value", ["x\r\nBcc: a@b.example", "x\nBcc: a@b.example", "x\rBcc: a@b.example"])
    def test_no_header(self, value: str) -> None:
        for bad in (replace(FACTS, codes={"reference": value}), replace(FACTS, address=value)):
            with pytest.raises(ValueError, match=r"linefeed|newline|CR"):
                templates.write(bad, SENDER)

    def test_a_value_that_is_missing_is_an_error(self) -> None:
        with pytest.raises(UndefinedError, match="reference"):
            templates.write(replace(FACTS, codes={}), SENDER)

    def test_no_mail_about_tickets_needs_what_was_typed(self) -> None:
        """A stranger's mail is made without it, so a text that has it would be an error."""
        own = {name: part for name, part in words("en", "tickets").items() if name in set(TicketMail)}
        assert not [name for name in TICKET.texts if name in str(values(own))]

    def test_a_stranger_reads_nothing_that_was_typed(self) -> None:
        for of in TicketMail:
            for language in templates.LANGUAGES:
                said = written(template=f"tickets.{of}", language=language, texts={"name": "Canary"}, verified=False)
                assert "Canary" not in " ".join(said)


class TestPayments:
    """Receipts and refunds."""

    @pytest.mark.parametrize("language", sorted(templates.LANGUAGES))
    @pytest.mark.parametrize("of", PaymentMail)
    def test_every_mail_can_be_written(self, language: str, of: PaymentMail) -> None:
        link, amount = "https://api.shop.example/receipts/RC-1/abc", Money(10_050, "AED")
        for pages in ({"receipt": link}, {}):
            facts = {"template": f"payments.{of}", "language": language, "pages": pages, "codes": {"number": "RC-1"}}
            subject, plain, html = written(**facts, amounts={"amount": amount}, verified=bool(pages))
            assert ("RC-1" if of is PaymentMail.RECEIPT else amount.text(language)) in subject
            assert amount.text(language) in plain
            assert amount.text(language).replace("\N{NO-BREAK SPACE}", " ") in html.replace("\N{NO-BREAK SPACE}", " ")
            assert (link in plain.splitlines()) == bool(pages)
            assert (f'href="{link}"' in html) == bool(pages)

    def test_they_do_not_say_that_they_can_be_turned_off(self) -> None:
        said = written(template="payments.RECEIPT", codes={"number": "RC-1"}, amounts={"amount": Money(1, "JPY")})
        assert "turn these e-mails off" not in said[1]
        assert "whatever the settings" in said[1]

    def test_only_the_name_is_text_that_somebody_typed(self) -> None:
        assert PAYMENT.texts.keys() == REFUND.texts.keys() == {"name"}


class TestKind:
    """Which changes are told."""

    def test_each_status_has_its_own(self) -> None:
        assert change(None, TicketStatus.OPEN) is TicketMail.RECEIVED
        assert change(TicketStatus.CLAIMED, TicketStatus.OPEN) is TicketMail.REOPENED
        assert change(TicketStatus.IN_PROGRESS, TicketStatus.CLAIMED) is TicketMail.UNSOLVED
        assert change(TicketStatus.OPEN, TicketStatus.OPEN) is None
        told = {status: change(TicketStatus.OPEN, status) for status in TicketStatus if status is not TicketStatus.OPEN}
        assert told == {status: TicketMail(status) for status in told}
