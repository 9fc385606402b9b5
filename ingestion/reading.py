"""Lines out of a stream of bytes, in bounded memory whatever the stream holds."""

from collections.abc import Iterator
from typing import NamedTuple, Protocol

BLOCK = 256 * 1024
MAX_LINE = 1024 * 1024
BOM = b"\xef\xbb\xbf"


class Source(Protocol):
    """A file, a pipe or a socket."""

    def read(self, size: int, /) -> bytes:
        """Give at most so many bytes; none at the end."""
        ...


class RawLine(NamedTuple):
    """A line that is not empty, by number from 1; `text` is None if it is too long. `end` is how far it was read."""

    number: int
    text: bytes | None
    end: int


def raw_lines(source: Source) -> Iterator[RawLine]:
    """Read lines; of one that is longer than `MAX_LINE` nothing is kept."""
    number, end, rest, too_long = 1, 0, bytearray(), False
    while block := source.read(BLOCK):
        end += len(block)
        *complete, last = block.split(b"\n")
        for part in complete:
            rest += part
            yield from _line(number, rest, end, too_long=too_long)
            number, too_long = number + 1, False
            rest.clear()
        rest += last
        if len(rest) > MAX_LINE + len(BOM):
            too_long = True
            rest = bytearray()
    yield from _line(number, rest, end, too_long=too_long)


def _line(number: int, text: bytearray, end: int, *, too_long: bool) -> Iterator[RawLine]:
    content = bytes(text).removeprefix(BOM if number == 1 else b"").strip(b" \t\r")
    if too_long or len(content) > MAX_LINE:
        yield RawLine(number, None, end)
    elif content:
        yield RawLine(number, content, end)
