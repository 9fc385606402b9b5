"""References of tickets: unguessable, easy to read out, read back however they are typed (T1)."""

import pytest

from models import references
from models.references import SIGNS

LOOK_ALIKES = ["0O", "1IL", "2Z", "5S", "8B"]


class TestGenerate:
    def test_signs(self) -> None:
        """At least 40 bits, none of which could be taken for another, and no vowels to make words of."""
        assert len(set(SIGNS)) ** 9 > 2**40
        assert not set(SIGNS) & set("".join(LOOK_ALIKES) + "AEIOU")
        made = {references.generate() for _ in range(1_000)}
        assert len(made) == 1_000
        assert set("".join(made)) == set(SIGNS) | set("TK-")

    def test_what_is_made_can_be_read(self) -> None:
        for _ in range(100):
            made = references.generate()
            assert references.read(made) == made


class TestRead:
    @pytest.mark.parametrize(
        "typed",
        [
            "TK-4HW-PQ7-XKC", "tk-4hw-pq7-xkc", "4HWPQ7XKC", " 4hw pq7 xkc\n", "TK4HWPQ7XKC", "T K 4 H W P Q 7 X K C",
            "TK\u20134HW\u2011PQ7\u2212XKC", "\uff34\uff2b-4HW-PQ7-XKC", "TK-\u0664HW-PQ\u0667-XKC", "tk: 4hw.pq7_xkc",
        ],
    )  # fmt: skip
    def test_as_people_type(self, typed: str) -> None:
        assert references.read(typed) == "TK-4HW-PQ7-XKC"

    def test_a_reference_may_begin_like_the_prefix(self) -> None:
        assert references.read("TKT-KTK-TKT") == references.read("TK-TKT-KTK-TKT") == "TK-TKT-KTK-TKT"

    @pytest.mark.parametrize(
        "typed", ["", "TK", "TK-4HW-PQ7-XK", "TK-4HW-PQ7-XKCC", "TK-0HW-PQ7-XKC", "XX-4HW-PQ7-XKC", "%", "TK" * 2_000]
    )
    def test_no_reference(self, typed: str) -> None:
        assert references.read(typed) is None
