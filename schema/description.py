"""The description of the whole schema, in Markdown: the front page of the documentation."""

from errors import Code
from execution.measure import DocumentLimits
from execution.operation_cost import CostLimits
from loaders.pages import ConnectionLoader

LIMITS, COSTS = DocumentLimits(), CostLimits()
CODES = {
    Code.UNAUTHENTICATED: "the token is invalid or has expired, or the field requires sign-in",
    Code.FORBIDDEN: "the field requires another role",
    Code.NOT_FOUND: "an id names nothing that the viewer can see",
    Code.BAD_USER_INPUT: "the document, a variable or an argument is wrong",
    Code.CONFLICT: "the idempotency key belongs to another request",
    Code.RATE_LIMITED: "too many requests; `extensions.retryAfter`, if present, says how many seconds to wait",
    Code.TOO_COMPLEX: "the operation is too large, or costs too much",
    Code.PERSISTED_QUERY_NOT_FOUND: "no document has this hash or id: send its text",
    Code.PERSISTED_QUERY_NOT_SUPPORTED: "this server takes no hashes: send the text",
    Code.TIMEOUT: "the operation took too long",
    Code.UNAVAILABLE: "the server is too busy, or cannot reach its database",
    Code.INTERNAL: "a bug of the server: report `extensions.reference`",
}
"""What each code of a GraphQL error means to a front end."""

DESCRIPTION = f"""
Clientele's GraphQL API: customers and follows, products and prices, wishlists, support tickets, orders and payments.

## Sign in

Send a Clerk session token in the header `Authorization: Bearer <token>`, or, over a WebSocket, in the payload of
`connection_init`. The first request with a new token creates the account. `viewer` is the customer who is signed in.
Without a token `viewer` is null: you read what is public, and can submit tickets as a guest.

Descriptions say who sees a field, and who can use a query or a mutation. What the viewer may not see looks the same as
what does not exist.

## Ids

Every object with an `id` implements `Node`. Ids are opaque, never change, and are unique over all types, so that caches
can use them as keys. `node(id:)` finds each object again.

## Pages

Lists that can become long are connections. They take `first` and `after` to go forward, `last` and `before` to go back.
Unless the arguments say otherwise, a page has {ConnectionLoader.default_page_size} rows, and at most {ConnectionLoader.max_page_size}. Pass `pageInfo.endCursor` as `after` to get
the next page; a cursor is valid only in the list that it came from. Select `totalCount` only where you show it, since it
costs a query of its own.

## Errors

What a user can correct, such as a username that is taken, is in `userErrors` of the payload of a mutation. The list is
empty if the mutation succeeded; otherwise it has changed nothing. The description of each mutation lists the types.

All other errors are in `errors` of the response, and any operation can give them. `extensions.code` is one of:

{"".join(f"- `{code}`: {meaning}{chr(10)}" for code, meaning in CODES.items())}
`extensions.retryable` says whether the same request may succeed later. An error of a mutation that was started has
`extensions.committed`: `false` if nothing was stored, `true` if only the payload could not be read, `"unknown"` if the
database did not confirm it.

## Sending a mutation again

Give it an `idempotencyKey`: then it is done once, and each request with this key within 24 hours gets the same result.

## Limits

- An operation has at most {LIMITS.depth} levels, {LIMITS.aliases} aliases, {LIMITS.root_fields} root fields ({LIMITS.mutation_root_fields} in a mutation) and {LIMITS.characters:,} characters.
- It costs at most {COSTS.signed_in:,} points, or {COSTS.anonymous:,} without a token. Each object costs 1, so a page costs as many as it can have
  rows; `@cost` and `@listSize` in the SDL show what is different. The message of a `TOO_COMPLEX` names a page size that
  would be allowed.
- The points that a client has come back with time: see the headers `RateLimit-Limit`, `RateLimit-Remaining` and
  `RateLimit-Reset`.

## Live data

Subscriptions use the same address, over a WebSocket (`graphql-transport-ws`) or as server-sent events. If events were
missed, the next answer has `"extensions": {{"resync": true}}`: query again what you show.

## More

The folder `docs` of the project has a guide for Apollo Client, urql and Relay (`front-ends.md`), the rules in detail
(`api.md`), and pages about live data, products, mutations and tickets.
""".strip()
