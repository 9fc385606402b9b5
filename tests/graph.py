"""Talking to the graph as a front end does."""

from dataclasses import dataclass
from typing import Any

import httpx2


class Failed(AssertionError):
    """The graph answered with errors."""


@dataclass(frozen=True)
class Graph:
    """A front end that is signed in as somebody, or as nobody."""

    http: httpx2.AsyncClient
    token: str | None = None

    async def send(self, query: str, headers: dict[str, str] | None = None, /, **variables: Any) -> httpx2.Response:
        """Post an operation."""
        given = dict(headers or {})
        if self.token:
            given["authorization"] = f"Bearer {self.token}"
        return await self.http.post("/graphql", json={"query": query, "variables": variables}, headers=given)

    async def __call__(self, query: str, headers: dict[str, str] | None = None, /, **variables: Any) -> Any:
        """Give the data of an operation that must succeed."""
        answer = (await self.send(query, headers, **variables)).json()
        if "errors" in answer:
            raise Failed(answer["errors"])
        return answer["data"]

    async def errors(self, query: str, /, **variables: Any) -> list[Any]:
        """Give the GraphQL errors of an operation that must have some."""
        answer = (await self.send(query, **variables)).json()
        return answer["errors"]  # type: ignore[no-any-return]

    async def mutate(self, verb: str, fields: str, headers: dict[str, str] | None = None, /, **values: Any) -> Any:
        """Run a mutation; `fields` select from its payload, to which all facts of `userErrors` are added."""
        name = verb[0].upper() + verb[1:]
        facts = """userErrors { __typename message code field ... on UsernameTakenError { suggestion }
            ... on UsernameInvalidError { rule } ... on NotFoundError { id } ... on NotAllowedError { requiredRole } ... on RateLimitedError { retryAfter }
            ... on TicketAlreadyClaimedError { claimedAt claimedBy { id name } } ... on IllegalTicketTransitionError { from to }
            ... on IllegalSupportSessionTransitionError { sessionFrom: from sessionTo: to }
            ... on SessionAlreadyRatedError { stars ratedAt }
            ... on UnsupportedLanguageError { supportedLanguages }
            ... on PaymentProviderError { provider: reason } ... on ListingUnavailableError { reason available }
            ... on RefundTooHighError { refundable currencyCode } ... on AlreadyPaidError { payment { id status } }
            ... on OrderNotPayableError { status } }"""
        query = f"mutation ($input: {name}Input!) {{ {verb}(input: $input) {{ {fields} {facts} }} }}"
        return (await self(query, headers, input=values))[verb]


def only(payload: Any) -> str:
    """Give the type of the one user error of a payload."""
    assert len(payload["userErrors"]) == 1, payload
    return str(payload["userErrors"][0]["__typename"])
