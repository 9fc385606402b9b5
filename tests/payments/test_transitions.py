"""The table of moves, as it is documented and as the enum of attempts orders what is reported."""

from itertools import product

from models.payment_transitions import TRANSITIONS, UNSETTLED, Report, next_status, outweighs, table
from models.payments import AttemptStatus, PaymentStatus, RefundStatus


def test_each_report_and_status() -> None:
    for report, status in product(Report, PaymentStatus):
        moves = [move.to for move in TRANSITIONS if move.report is report and status in move.of]
        assert [next_status(status, report)] == (moves or [status])


def test_only_a_capture_completes() -> None:
    assert {move.report for move in TRANSITIONS if move.to is PaymentStatus.COMPLETED} == {Report.CAPTURED}
    (capture,) = (move for move in TRANSITIONS if move.report is Report.CAPTURED)
    assert set(capture.of) == UNSETTLED


def test_what_outweighs_what() -> None:
    assert not outweighs(AttemptStatus.FAILED, AttemptStatus.AUTHORIZED)
    assert outweighs(AttemptStatus.CAPTURED, AttemptStatus.AUTHORIZED)
    assert not outweighs(AttemptStatus.CAPTURED, AttemptStatus.CAPTURED)
    assert outweighs(RefundStatus.PROCESSED, RefundStatus.FAILED)
    assert outweighs(RefundStatus.PENDING, None)


def test_table_has_a_row_for_each_move() -> None:
    assert len(table().splitlines()) == 2 + len(TRANSITIONS)
