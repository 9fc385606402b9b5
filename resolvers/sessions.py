"""Sessions: finding them."""

from context import Context
from loaders.pages import Connected
from loaders.sessions import SessionsByCustomer
from resolvers import pages
from schema import inputs, ticket_inputs


def of_customer(
    context: Context, first: ticket_inputs.FirstFew = None, after: inputs.After = None,
    last: ticket_inputs.LastFew = None, before: inputs.Before = None,
) -> Connected:  # fmt: skip
    """List the sessions on the tickets of customers."""
    return pages.opened(context, SessionsByCustomer, first, after, last, before)
