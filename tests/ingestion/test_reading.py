"""Files that are not what they should be."""

import io
import json
import tracemalloc
from typing import Any

import pytest

from ingestion import reading
from ingestion.checking import parse
from ingestion.lines import Line, LineImage, LineListing, LineProduct, Record
from ingestion.reading import MAX_LINE, raw_lines
from tests.ingestion.lines import at, file, line, listing


class Endless:
    """So many bytes without a line break, then a line."""

    def __init__(self, size: int, last: bytes) -> None:
        self.left, self.last = size, last

    def read(self, size: int, /) -> bytes:
        if not self.left:
            last, self.last = self.last, b""
            return last
        part = min(size, self.left)
        self.left -= part
        return b"x" * part


def read(content: bytes) -> list[tuple[int, bytes | None]]:
    return [(one.number, one.text) for one in raw_lines(io.BytesIO(content))]


class TestLines:
    def test_empty_ones_are_counted_and_left_out(self) -> None:
        assert read(b"a\r\n\n  \t\nb\n") == [(1, b"a"), (4, b"b")]
        assert read(b"") == read(b"\n\r\n") == []

    def test_byte_order_mark_of_the_first(self) -> None:
        assert read(b"\xef\xbb\xbfa\n\xef\xbb\xbfb") == [(1, b"a"), (2, b"\xef\xbb\xbfb")]

    @pytest.mark.parametrize("block", [1, 2, 7, 64])
    def test_blocks_may_end_anywhere(self, monkeypatch: pytest.MonkeyPatch, block: int) -> None:
        monkeypatch.setattr(reading, "BLOCK", block)
        assert read("\ufeffأa\nb\r\n\nc".encode()) == [(1, "أa".encode()), (2, b"b"), (4, b"c")]

    def test_longest(self) -> None:
        long = b"x" * MAX_LINE
        assert read(long + b"\n" + long + b"y\nz") == [(1, long), (2, None), (3, b"z")]

    def test_a_gigabyte_in_one_line_is_not_kept(self) -> None:
        tracemalloc.start()
        try:
            found = [(one.number, one.text) for one in raw_lines(Endless(2**30, b"\nnext"))]
            assert tracemalloc.get_traced_memory()[1] < 20 * MAX_LINE
        finally:
            tracemalloc.stop()
        assert found == [(1, None), (2, b"next")]


def reason(value: dict[str, Any] | bytes | None) -> str:
    found = parse(file(value) if value is not None else None)
    assert isinstance(found, str), found
    return found


class TestText:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            (None, "longer than 1024 KiB"),
            (b'{"sku": "caf\xc3', "not UTF-8"),
            (b"\xff\xfe{\x00", "not UTF-8"),
            (b"{", "Invalid JSON"),
            (b"[" * 100_000, "Invalid JSON"),
            (b"[]", "should be an object"),
            (b"NaN", "should be an object"),
            (b"null", "should be an object"),
            (b'{"sku": "\\ud800"}', "Invalid JSON"),
        ],
    )
    def test_no_object(self, text: bytes | None, expected: str) -> None:
        assert expected in reason(text)

    @pytest.mark.parametrize(
        ("old", "new", "expected"),
        [
            (b'"inventory": 12', b'"inventory": 12, "inventory": 13', "same key twice"),
            (b'"slug": "souk"', b'"slug": "souk", "slug": "souk"', "same key twice"),
            (b'"inventory": 12', b'"inventory": NaN', "inventory: "),
            (b'"inventory": 12', b'"inventory": 1e400', "inventory: "),
            (b'"inventory": 12', b'"inventory": ' + b"9" * 5_000, "Invalid JSON"),
            (b'"inventory": 12', b'"inventory": 99999999999999999999', "inventory: "),
            (b'"inventory": 12', b'"inventory": true', "inventory: "),
            (b'"129.00"', b"NaN", "price: "),
            (b'"129.00"', b"Infinity", "price: "),
            (b'"129.00"', b'"NaN"', "price: "),
            (b'"129.00"', b"1e400", "price: "),
        ],
    )
    def test_no_value(self, old: bytes, new: bytes, expected: str) -> None:
        assert expected in reason(file(line()).replace(old, new))

    def test_place_in_the_line(self) -> None:
        """A reason names a column, but not line 1: its number in the file stands before it."""
        assert reason(b'{"sku": 1]').endswith("at column 10.")

    def test_numbers_may_be_prices(self) -> None:
        found = parse(file(line()).replace(b'"129.00"', b"129.5"))
        assert isinstance(found, Line)
        assert found.listings
        assert str(found.listings[0].price) == "129.5"


WRONG_LISTINGS: list[tuple[dict[str, Any], str]] = [
    ({"price": "-1"}, "greater than 0"),
    ({"price": "0"}, "greater than 0"),
    ({"price": "1.001"}, "listings[0]: `price` has more than the 2 decimals of AED"),
    ({"price": "1.5", "currency": "JPY"}, "`price` has decimals, and JPY has none"),
    ({"listPrice": "1.0001", "currency": "KWD"}, "listings[0]: `listPrice` has more than the 3 decimals of KWD"),
    ({"price": "10000000000.01"}, "`price` is more than 10000000000.00 AED"),
    ({"price": "1e999999"}, "price"),
    ({"price": "1." + "0" * 50 + "1"}, "price"),
    ({"currency": "XYZ"}, "ISO 4217"),
    ({"currency": "DEM"}, "currency in use"),
    ({"currency": "aed"}, "currency"),
    ({"url": "javascript:alert(1)"}, "url"),
    ({"url": "https://"}, "http or https"),
    ({"url": "https://a b"}, "http or https"),
    ({"url": "https://x.example\\@y.example"}, "http or https"),
    ({"affiliateUrl": "data:text/html,x"}, "affiliateUrl"),
    ({"url": "https://x.example/" + "x" * 2_000}, "at most 2000"),
    ({"availability": "SOON"}, "availability"),
    ({"observedAt": "2026-11-20T10:00:00"}, "timezone"),
    ({"observedAt": "2999-01-01T00:00:00Z"}, "future"),
    ({"observedAt": "0001-01-01T00:00:00+14:00"}, "before the year 2000"),
    ({"source": {"slug": "Not A Slug"}}, "source.slug"),
    ({"prise": "1"}, "prise"),
]
WRONG_LINES: list[tuple[dict[str, Any], str]] = [
    ({"sku": ""}, "sku"),
    ({"sku": " "}, "cannot be empty"),
    ({"sku": "x" * 101}, "at most 100"),
    ({"sku": "a\u202eb"}, "U+202E"),
    ({"sku": "a\x00b"}, "U+0000"),
    ({"sku": "a\ue000b"}, "U+E000"),
    ({"product": {"title": None}}, "product.title"),
    ({"product": {"slug": "x" * 101}}, "product.slug"),
    ({"product": {"category": [{"slug": "a", "name": "A"}] * 2}}, "below itself"),
    ({"product": {"translations": {"not a tag": {}}}}, "translations"),
    ({"listings": [listing()] * 51}, "at most 50"),
    ({"images": [{"url": "https://images.example/1"}] * 21}, "at most 20"),
    ({"attributes": {str(number): "x" for number in range(51)}}, "at most 50"),
    ({"inventory": -1}, "inventory"),
    ({"listings": None, "unknown": 1}, "unknown"),
    ({"size_label": "38"}, "size_label: Extra inputs"),
]


class TestRules:
    @pytest.mark.parametrize(("values", "expected"), WRONG_LISTINGS)
    def test_listings(self, values: dict[str, Any], expected: str) -> None:
        assert expected in reason(line(listings=[listing(**values)]))

    @pytest.mark.parametrize(("values", "expected"), WRONG_LINES)
    def test_lines(self, values: dict[str, Any], expected: str) -> None:
        assert expected in reason(line(**values))

    def test_values_are_not_repeated(self) -> None:
        assert "secret" not in reason(line(sku="secret" * 100, listings=[listing(price="secret", url="secret")]))
        for long in (line(**{"x" * 10_000: 1}), line(attributes={"x" * 200: "y"})):
            assert "x" * 100 not in reason(long)

    def test_text_is_normalised(self) -> None:
        found = parse(file(line(product={"title": " Cafe\u0301  shirt ", "description": "One.\r\nTwo. \n"})))
        assert isinstance(found, Line)
        assert (found.product.title, found.product.description) == ("Café shirt", "One.\nTwo.")

    def test_null_is_the_same_as_left_out(self) -> None:
        """Null is allowed wherever a field may be left out, and means the same."""
        optional = {
            record: [info.alias for info in record.model_fields.values() if not info.is_required()]
            for record in Record.__subclasses__()
        }
        given = line(listings=[listing() | dict.fromkeys(optional[LineListing])])
        given["images"] = [{"url": "https://images.example/1.webp"} | dict.fromkeys(optional[LineImage])]
        given["product"] |= dict.fromkeys(optional[LineProduct])
        assert isinstance(parse(file(given)), Line)
        assert isinstance(parse(file(given | dict.fromkeys(optional[Line]))), Line)

    @pytest.mark.parametrize("price", ["1_000", " 12 ", "١٢", "1e2", "+1", ".5", "5."])
    def test_prices_are_digits_with_a_point(self, price: str) -> None:
        assert "listings[0].price: " in reason(line(listings=[listing(price)]))

    def test_limits_are_allowed(self) -> None:
        most = listing("10000000000.00", -1, url="HTTPS://souk.example:8443/?q={width}#x")
        assert isinstance(parse(json.dumps(line("x" * 100, listings=[most] * 50)).encode()), Line)
        assert isinstance(parse(file(line(listings=[listing("1.234", currency="KWD")]))), Line)
        assert isinstance(parse(file(line(listings=[listing(observedAt=at(0).replace("+00:00", "+04:00"))]))), Line)
