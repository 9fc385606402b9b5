"""What the errors of a mutation say about what was stored: `extensions.committed`."""

from collections.abc import Mapping

from database.transactions import Outcome
from transport.answers import Answer

COMMITTED: dict[Outcome, bool | str] = {
    Outcome.NOT_COMMITTED: False,
    Outcome.COMMITTED: True,
    Outcome.UNKNOWN: "unknown",  # counts as true in most languages: whoever only asks "if committed" does not repeat it
}


def with_committed(answer: Answer, outcomes: Mapping[str, Outcome]) -> Answer:
    """Let each error say whether its mutation was committed; an error without a path, whether any of them was.

    What may be stored is not to be sent again as it is.
    """
    if "errors" not in answer.content:
        return answer
    any_of_them = max(outcomes.values(), default=Outcome.NOT_COMMITTED)
    for error in answer.content["errors"]:
        path = error.get("path")
        found = outcomes.get(str(path[0]), Outcome.NOT_COMMITTED) if path else any_of_them
        error["extensions"]["committed"] = COMMITTED[found]
        if any_of_them is not Outcome.NOT_COMMITTED:  # to send the operation again would repeat the others
            error["extensions"]["retryable"] = False
    answer = answer._replace(body=b"")
    if any_of_them is Outcome.NOT_COMMITTED:
        return answer
    return answer._replace(headers=[header for header in answer.headers if header[0] != b"retry-after"])
