"""The text of an exception in the log."""

from transport.tracebacks import format_traceback


def test_names_each_line_and_marks_no_part_of_it() -> None:
    try:
        int("no number") + int("nor this")
    except ValueError as error:
        text = format_traceback(error, messages=False)
    assert 'int("no number") + int("nor this")' in text
    assert text.endswith("ValueError\n")
    assert "^" not in text
