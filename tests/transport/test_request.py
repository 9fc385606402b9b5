"""Bodies, headers and JSON: what is read, and with which words the rest is refused."""

import json
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import pytest
from starlette.requests import ClientDisconnect

from transport.bad_request import BadRequest
from transport.media_types import GRAPHQL_JSON, JSON, choose_media_type, require_json
from transport.request import parameters_from_body, parameters_from_url, read_body

LIMIT = 1_000


def chunks(*parts: bytes, gone: bool = False) -> tuple[Callable[[], Awaitable[dict[str, Any]]], list[int]]:
    """Make an ASGI `receive` of these parts, and a list that tells how much of them was taken."""
    taken: list[int] = []
    messages = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    if gone:
        messages.append({"type": "http.disconnect"})
    else:
        messages[-1]["more_body"] = False
    waiting = iter(messages)

    async def receive() -> dict[str, Any]:
        message = next(waiting)
        taken.append(len(message.get("body", b"")))  # type: ignore[arg-type]
        return message

    return receive, taken


async def read(*parts: bytes, declared: bytes | None = None, gone: bool = False) -> bytes:
    receive, _ = chunks(*parts, gone=gone)
    headers = {} if declared is None else {b"content-length": [declared]}
    return await read_body(receive, headers, LIMIT)


def variables(text: bytes) -> bytes:
    return b'{"query":"{ a }","variables":{"v":%s}}' % text


class TestBody:
    @pytest.mark.parametrize("parts", [[b"abc"], [b"a", b"b", b"c"], [b"", b"abc"], [b"abc", b""]])
    async def test_is_read_whole_however_it_is_framed(self, parts: list[bytes]) -> None:
        assert await read(*parts) == b"abc"

    async def test_of_exactly_the_limit_is_read(self) -> None:
        assert len(await read(b"x" * LIMIT, declared=b"%d" % LIMIT)) == LIMIT
        assert len(await read(b"x" * 500, b"x" * 500)) == LIMIT

    @pytest.mark.parametrize("parts", [[b"x" * 1_001], [b"x" * 500] * 3, [b"x"] * 1_001])
    async def test_of_more_is_413(self, parts: list[bytes]) -> None:
        with pytest.raises(BadRequest) as refused:
            await read(*parts)
        assert refused.value.status == 413

    @pytest.mark.parametrize("declared", [b"1001", b"9" * 5_000])
    async def test_that_declares_more_is_413_before_it_is_read(self, declared: bytes) -> None:
        receive, taken = chunks(b"x")
        with pytest.raises(BadRequest) as refused:
            await read_body(receive, {b"content-length": [declared]}, LIMIT)
        assert (refused.value.status, taken) == (413, [])

    async def test_that_never_ends_is_left_at_the_limit(self) -> None:
        receive, taken = chunks(*[b"x" * 100] * 1_000)
        with pytest.raises(BadRequest):
            await read_body(receive, {}, LIMIT)
        assert sum(taken) <= LIMIT + 100

    @pytest.mark.parametrize("parts", [[], [b"half"]])
    async def test_whose_sender_left_is_nobodys(self, parts: list[bytes]) -> None:
        with pytest.raises(ClientDisconnect):
            await read(*parts, declared=b"10", gone=True)


class TestContentType:
    @pytest.mark.parametrize(
        "kind",
        [
            b"application/json",
            b"Application/JSON; Charset=UTF-8",
            b'application/json;charset="utf-8"',
            b"application/json;",
        ],
    )
    def test_json_in_utf8_is_read(self, kind: bytes) -> None:
        require_json({b"content-type": [kind], b"content-encoding": [b"identity"]})

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {b"content-type": [b""]},
            {b"content-type": [b"text/plain"]},
            {b"content-type": [b"application/jsonp"]},
            {b"content-type": [b"multipart/form-data; boundary=x"]},
            {b"content-type": [b"application/json; charset=utf-16"]},
            {b"content-type": [b"application/json; charset=utf-8; charset=latin1"]},
            {b"content-type": [b"application/json", b"application/json"]},
            {b"content-type": [b"application/json"], b"content-encoding": [b"gzip"]},
        ],
    )
    def test_anything_else_is_415(self, headers: dict[bytes, list[bytes]]) -> None:
        with pytest.raises(BadRequest) as refused:
            require_json(headers)
        assert refused.value.status == 415


class TestMediaType:
    @pytest.mark.parametrize(
        ("accept", "chosen"),
        [
            ([], JSON),
            ([b""], JSON),
            ([b"*/*"], JSON),
            ([b"application/*;q=0.1"], JSON),
            ([b"text/html,*/*;q=0.8"], JSON),
            ([b"application/json"], JSON),
            ([b"APPLICATION/JSON; charset=utf-8"], JSON),
            ([b"application/graphql-response+json"], GRAPHQL_JSON),
            ([b"application/json", b"application/graphql-response+json"], GRAPHQL_JSON),
            ([b"application/graphql-response+json, application/json;q=0.9"], GRAPHQL_JSON),
            ([b"application/graphql-response+json;q=0.5, application/json;q=0.9"], JSON),
            ([b"application/graphql-response+json;charset=utf-8;q=0.2, */*;q=0.1"], GRAPHQL_JSON),
            ([b"application/json;q=0, */*"], GRAPHQL_JSON),
            ([b"text/html"], None),
            ([b"*/*;q=0"], None),
            ([b"application/json;q=0"], None),
            ([b";;;,,,=;q=x"], None),
        ],
    )
    def test_is_what_the_client_likes_best(self, accept: Iterable[bytes], chosen: bytes | None) -> None:
        assert choose_media_type(accept) == chosen


class TestJson:
    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            (b"", "empty_body"),
            (b" \n", "empty_body"),
            (b"null", "not_an_object"),
            (b'"x"', "not_an_object"),
            (b"1", "not_an_object"),
            (b"true", "not_an_object"),
            (b"[]", "not_an_object"),
            (b'[{"query":"{ a }"}]', "not_an_object"),
            (b'{"query":"{ a', "not_json"),
            (b'{"query":"{ a }"} x', "not_json"),
            (b'\xef\xbb\xbf{"query":"{ a }"}', "not_json"),
            ('{"query":"{ a }"}'.encode("utf-16"), "not_json"),
            (b'{"query":"\xff"}', "not_json"),
            (b'{"query":"\\ud800"}', "not_json"),
            (b'{"query":"\xed\xa0\x80"}', "not_json"),
            (b'{"query":"\x00"}', "not_json"),
            (b"\x1f\x8b\x08\x00", "not_json"),
            (variables(b"NaN"), "not_json"),
            (variables(b"-Infinity"), "not_json"),
            (variables(b"1e400"), "number_too_large"),
            (variables(b"9" * 5_000), "number_too_large"),
            (variables(b"9" * 300), "integer_too_long"),
            (variables(b"9" * 21), "integer_too_long"),
            (variables(b"99999999999999999999"), "integer_too_long"),
            (variables(b"-9223372036854775809"), "integer_too_long"),
            (variables(b"[" * 63 + b"]" * 63), "too_deep"),
            (variables(b"[" * 1_000 + b"]" * 1_000), "too_deep"),
            (variables(b"[" * 40_000 + b"]" * 40_000), "not_json"),
            (variables(b'{"a":' * 63 + b"1" + b"}" * 63), "too_deep"),
            (variables(b"[" + b"0," * 250 + b"0]"), "list_too_long"),
            (variables(b'"%s"' % (b"x" * 65_536)), "variables_too_large"),
        ],
    )
    def test_what_is_not_plain_is_refused_shortly(self, text: bytes, reason: str) -> None:
        with pytest.raises(BadRequest) as refused:
            parameters_from_body(text)
        assert (refused.value.status, refused.value.reason) == (400, reason)
        assert len(refused.value.message) < 200

    @pytest.mark.parametrize(
        "value",
        [
            18446744073709551615, -9223372036854775808, 1e30, -1.5, "9" * 300, 'a"' + "9" * 30, list(range(250)),
            "e\u0301", "\U0001f3c3", {"q": None, "t": True}, "x" * 65_000,
        ],
    )  # fmt: skip
    def test_what_is_plain_arrives_as_it_was(self, value: Any) -> None:
        text = json.dumps({"query": "{ a }", "variables": {"v": value}}).encode()
        assert parameters_from_body(text).variables == {"v": value}

    def test_an_exact_long_integer_may_stand_beside_a_large_float(self) -> None:
        assert (
            parameters_from_body(variables(b"[18446744073709551615,1e30,1e-99999999999999999999]")).variables
            is not None
        )


class TestParameters:
    @pytest.mark.parametrize("name", ["query", "operationName", "variables", "extensions"])
    def test_of_another_type_are_refused_by_name(self, name: str) -> None:
        for wrong in ({"a": 1}, 0, False, ["x"], 1.5, "text"):
            if isinstance(wrong, dict if name in {"variables", "extensions"} else str):
                continue
            with pytest.raises(BadRequest, match=f"`{name}`"):
                parameters_from_body(json.dumps({"query": "{ a }", name: wrong}).encode())

    def test_a_query_is_needed(self) -> None:
        for body in (b"{}", b'{"qeury":"{ a }"}', b'{"query":null}'):
            with pytest.raises(BadRequest, match="`query` is missing"):
                parameters_from_body(body)

    def test_null_and_unknown_ones_are_nothing(self) -> None:
        text = b'{"query":"{ a }","operationName":null,"variables":null,"extensions":null,"id":[1]}'
        assert parameters_from_body(text)[:4] == ("{ a }", None, None, None)

    def test_of_an_address_are_read_alike(self) -> None:
        url = b"query=%7B%20a%20%7D&variables=%7B%22v%22%3A1%7D&operationName=&extensions=null"
        assert parameters_from_url(url, 1_000)[:4] == ("{ a }", None, {"v": 1}, None)

    @pytest.mark.parametrize(
        "url", [b"", b"query=%FF", b"query=\xff", b"query=a&variables=[]", b"query=a&variables={", b"a=1&" * 30]
    )
    def test_of_a_broken_address_are_refused(self, url: bytes) -> None:
        with pytest.raises(BadRequest) as refused:
            parameters_from_url(url, 1_000)
        assert refused.value.status == 400

    def test_of_a_long_address_are_414(self) -> None:
        with pytest.raises(BadRequest) as refused:
            parameters_from_url(b"query=" + b"a" * 1_000, 1_000)
        assert refused.value.status == 414
