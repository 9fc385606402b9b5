"""docs/payments.md is true: the table of moves, flags, events, and how the sandbox misbehaves."""

import re

from models.payment_transitions import table
from models.payments import PaymentFlag
from sandbox.behaviour import Behaviour
from tests.architecture.project import ROOT
from transport.checkout import policy
from webhooks import razorpay

PAGE = (ROOT / "docs" / "payments.md").read_text()


def cells(heading: str) -> set[str]:
    """The words in backticks in the first column of the table below a heading."""
    below = PAGE.partition(f"\n{heading}")[2]
    rows = [line for line in below.splitlines() if line.startswith("|")]
    until = next((n for n, line in enumerate(rows[1:], 1) if set(line) <= set("|- ") and n > 1), len(rows) + 1)
    return {name for row in rows[: until - 1] for name in re.findall(r"`([^`]+)`", row.split("|")[1])}


def test_the_table_of_moves() -> None:
    assert table() in PAGE


def test_every_flag() -> None:
    assert cells("Money that is not as it should be") == set(PaymentFlag)


def test_every_event() -> None:
    (listed,) = re.findall(r"Choose these events:\n\n(.*?)\n3\.", PAGE, re.DOTALL)
    assert set(re.findall(r"`([a-z.]+)`", listed)) == set(razorpay.PROVIDER.handlers)


def test_every_misbehaviour() -> None:
    assert cells("The members of `/behaviour`") == set(Behaviour.model_fields)
    reply = next(line for line in PAGE.splitlines() if line.startswith("| `reply`"))
    assert set(re.findall(r"`(\w+)`", reply)) - {"reply"} == {
        *(Behaviour.model_fields["reply"].annotation.__args__)  # type: ignore[union-attr]
    } - {"normal"}


def test_the_policy_for_front_ends() -> None:
    """The one that the page of development has."""
    ours = policy(razorpay=True)
    for part in ("https://checkout.razorpay.com", "https://*.razorpay.com", "'unsafe-inline'"):
        assert part in ours
        assert part in PAGE


def test_pictures_are_small() -> None:
    pictures = [ROOT / "docs" / name for name in re.findall(r"\((images/[\w-]+\.png)\)", PAGE)]
    assert len(pictures) > 1
    assert all(one.stat().st_size <= 250 * 1024 for one in pictures)
