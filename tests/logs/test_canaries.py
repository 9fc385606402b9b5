"""The check of the whole suite's logs finds what it is there to find."""

import logging

import pytest
import structlog
from structlog.testing import capture_logs

from tests.canaries import checked
from tests.people import number, private, word

TOKEN = "eyJhbGciOiJSUzI1NiIsImtpZCI6.eyJzdWIiOiJ1c2VyXzEyMzQ1Njc4.c2lnbmF0dXJl"
log = structlog.get_logger("clientele")


@pytest.mark.parametrize(
    "text",
    [private(), f"{word()}@example.com", number(), TOKEN, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    ids=["word", "e-mail", "phone", "token", "secret"],
)
class TestFound:
    """Wherever a canary stands in a line."""

    def test_in_a_fact(self, text: str) -> None:
        with checked() as found:
            log.warning("something_happened", name=f"of {text}.")
            log.warning("something_happened", deep={"rows": [text]})
        assert [text in line for line in found] == [True, True]

    def test_while_a_test_captures_the_log(self, text: str) -> None:
        with checked() as found, capture_logs() as logs:
            log.warning("something_happened", name=text)
        assert (len(found), len(logs)) == (1, 1)

    def test_from_a_library(self, text: str) -> None:
        with checked() as found:
            logging.getLogger("library").error(text)
        assert len(found) == 1


def test_what_production_leaves_out_is_no_hit() -> None:
    with checked() as found:
        error = KeyError(private())
        log.error("something_happened", exc_info=error)
        logging.getLogger("library").error("it failed for %s", private(), exc_info=error)
        logging.getLogger("library").error("a task failed\nfuture: %s", private())
    assert found == []


def test_other_words_are_no_hit() -> None:
    with checked() as found:
        log.warning("something_happened", reference=word(), customer="u" + word(), mail="help@shop.example")
    assert found == []
