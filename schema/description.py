"""The description of the whole schema, which introspection and the SDL show."""

from execution.measure import DocumentLimits
from execution.operation_cost import CostLimits
from loaders.pages import ConnectionLoader

LIMITS, COSTS = DocumentLimits(), CostLimits()

DESCRIPTION = f"""
The API of the shop: customers and their follows, products, wishlists and support tickets.

**Authentication.** Send a Clerk session token in the HTTP header `Authorization: Bearer <token>`; over a WebSocket, in
the payload of `connection_init`. The first request with a new token creates the account. Without a token the viewer is
anonymous: they can read what is public and submit tickets as a guest. A token that is invalid or has expired gives
the error `UNAUTHENTICATED`. The directive `@audience` at a field shows who can see it; for everyone else the field is
null. What the viewer may not see looks the same as what does not exist.

**Errors.** Errors that a user can correct, such as a username that is taken, are in `userErrors` of the payload of a
mutation; the list is empty if the mutation succeeded. All other errors are in `errors` of the response, with a code in
`extensions.code`. `retryable` says whether the same request may succeed later. Errors of a mutation that was started
have `committed`: `false` if nothing was stored, `true` if the change is stored and only its payload could not be
returned, and `"unknown"` if the database did not confirm it. Send such a mutation again only with the same
`idempotencyKey`: then it is done once, and you get its payload.

**Paging.** Fields that return a connection take `first` and `after` to go forward, or `last` and `before` to go back.
Unless the field says otherwise, a page has {ConnectionLoader.default_page_size} rows by default and at most {ConnectionLoader.max_page_size}. Pass `pageInfo.endCursor` of one page as
`after` to get the next one. A cursor is valid only for the connection that returned it. Request `totalCount` only if
you display it: it costs a query of its own.

**Limits.** A document has at most {LIMITS.depth} levels, {LIMITS.aliases} aliases, {LIMITS.root_fields} root fields ({LIMITS.mutation_root_fields} in a mutation) and {LIMITS.characters:,} characters.

**Cost.** Before an operation runs, its cost is added up from its page sizes: each object costs 1; `@cost` shows
other costs, and `@listSize` how many objects a list counts as; scalars cost nothing. An operation may cost at most {COSTS.signed_in:,} ({COSTS.anonymous:,} without a token), and
can return at most {COSTS.objects:,} objects. Beyond that it fails with `TOO_COMPLEX`, and the message names a page size that would
be allowed.

**More.** See the folder `docs` of the project: `docs/front-ends.md` for Apollo Client, urql and Relay, `docs/live.md` for
subscriptions, `docs/tickets.md` for support tickets.
""".strip()
