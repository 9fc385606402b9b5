"""Why an operation cannot be executed, for programs: an app that is too old, or a value that is wrong (X9)."""

from typing import Any

import httpx2
import pytest

NEEDS = "query Named($id: ID!) { customer(id: $id) { id } }"


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        ({"query": "{ viewer { id }"}, "parse_failed"),
        ({"query": "{ viewer { id } } type A { a: Int }"}, "validation_failed"),
        ({"query": "{ viewer { noSuchField } }"}, "validation_failed"),
        ({"query": "{ customer { id } }"}, "validation_failed"),
        ({"query": "{ customer(id: 1.5) { id } }"}, "validation_failed"),
        ({"query": NEEDS}, "bad_variables"),
        ({"query": NEEDS, "variables": {"id": ["a", "b"]}}, "bad_variables"),
        ({"query": NEEDS, "variables": {"id": "a"}, "operationName": "Other"}, "operation_name"),
        ({"query": f"{NEEDS} query Other {{ viewer {{ id }} }}", "variables": {"id": "a"}}, "operation_name"),
    ],
)
async def test_reason(http: httpx2.AsyncClient, request_: dict[str, Any], reason: str) -> None:
    for _ in range(3):  # the errors of invalid documents are kept
        (error,) = (await http.post("/graphql", json=request_)).json()["errors"]
        assert error["extensions"] == {"code": "BAD_USER_INPUT", "retryable": False, "reason": reason}


async def test_limits_have_a_code_of_their_own(http: httpx2.AsyncClient) -> None:
    deep = "{ __schema { types { " + "fields { type { " * 20 + "name" + " } }" * 20 + " } } }"
    errors = (await http.post("/graphql", json={"query": deep})).json()["errors"]
    assert {error["extensions"]["code"] for error in errors} == {"TOO_COMPLEX"}
