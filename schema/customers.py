"""Customers, and the queries and mutations about accounts."""

import strawberry

from errors import InvalidInput, NotAllowed, NotFound
from errors.customers import UnsupportedLanguage, UsernameInvalid, UsernameTaken
from execution.field_metadata import ListSize
from inputs.scalars import LanguageTag
from loaders import customers as found
from models.customers import Role
from models.usernames import UsernameUnavailableReason
from resolvers import customers, roles
from schema import (
    follows,
    orders,
    payments,
    profile,
    sessions,
    tickets,
    wishlists,
)
from schema.connections import Connection, Edge, Node
from schema.costs import SEARCH
from schema.fields import field, lookup, mutation
from schema.mutations import mutations
from schema.profile import CustomerPayload, CustomerRef
from schema.tickets import TicketRef


@strawberry.type(
    description="A customer of the shop. Everyone who can see the customer can see a field, unless its description says who can see it."
)
class Customer(
    Node,
    profile.OnCustomer,
    follows.OnCustomer,
    wishlists.OnCustomer,
    tickets.OnCustomer,
    sessions.OnCustomer,
    orders.OnCustomer,
    payments.OnCustomer,
):
    """Each area adds its own fields."""


@strawberry.type(description="A customer in a list.")
class CustomerEdge(Edge[CustomerRef]):
    """An edge without fields of its own."""


@strawberry.type(description="A page of customers.")
class CustomerConnection(Connection[CustomerEdge, CustomerRef]):
    """A page of customers."""


@strawberry.type(description="Whether the viewer can take a username.")
class UsernameAvailability:
    """The answer of `usernameAvailability`."""

    available: bool = field("Whether the username is valid and not taken. True for the viewer's own username.")
    suggestion: str | None = field("A similar username that is available. Null if the requested one is available.")
    reason: UsernameUnavailableReason | None = field("Why the username is not available. Null if it is.")


@strawberry.type(description="The result of `registerCustomer`.")
class RegisterCustomerPayload(CustomerPayload):
    """The registered customer."""

    existed: bool | None = field("Whether the account existed before this request. Null if the mutation failed.")


@strawberry.type(description="The result of `updatePrivacy`.")
class UpdatePrivacyPayload(CustomerPayload):
    """The customer, and what they have accepted by becoming public."""

    removed_follow_request_ids: list[strawberry.ID] | None = field(
        "The ids of the follow requests that were accepted because the account is public now. If there were more than "
        f"{customers.MAX_ACCEPTED:,}, the others are accepted soon after, and are not in the list. Null if the mutation failed."
    )


@strawberry.type(description="The result of `setRole`.")
class SetRolePayload(CustomerPayload):
    """The customer, and what they had to give back."""

    reopened_tickets: list[TicketRef] | None = field(
        "The tickets that the customer had claimed and that are OPEN again, because they are no longer a solver; at most "
        f"{roles.MAX_SHOWN}. Null if the mutation failed.",
        size=ListSize(roles.MAX_SHOWN),
    )


@strawberry.type
class Queries:
    """Queries about customers."""

    viewer: Customer | None = lookup(
        customers.viewer, "The signed-in customer. Null if the request has no bearer token."
    )
    customer: Customer | None = lookup(
        customers.by_id,
        "Looks up a customer by id. Null if there is no such customer, or if the viewer cannot see them.",
    )
    customer_by_username: Customer | None = lookup(
        customers.by_username,
        "Looks up a customer by username, ignoring case. Null if there is no such customer, or if the viewer cannot see "
        "them.",
    )
    search_customers: CustomerConnection = lookup(
        customers.search,
        "Searches customers by username and name. First come those whose username begins with the term, by username. Then "
        "come those whose name has, for each word of the term, a word that begins with it; they are sorted by the word "
        "that matches the longest word of the term, then by username. Case does not matter. The term has 2 to 100 characters, not counting spaces around it: a "
        "shorter one finds nobody, a longer one is a `BAD_USER_INPUT` error. `totalCount` is at most 10,000, and takes "
        "longer than a page; select it only if you show it.",
        pages_of=found.FoundCustomers,
        cost=SEARCH,
    )
    username_availability: UsernameAvailability = field(
        "Checks whether the viewer can take a username, and suggests a similar one if not.",
        resolver=customers.availability,
        cost=SEARCH,
    )
    supported_languages: list[LanguageTag] = field(
        'The languages that customers can choose, for example `["en", "ar"]`.', resolver=customers.languages
    )


@mutations
class Mutations:
    """Mutations of accounts."""

    register_customer: RegisterCustomerPayload = mutation(
        customers.register,
        "Creates the viewer's account, or sets its language if it exists. The first request with a new bearer token creates the "
        "account too.",
        errors=(UnsupportedLanguage,),
    )
    update_profile: CustomerPayload = mutation(
        customers.update_profile,
        "Changes the viewer's profile. Fields that are left out keep their value; null clears a field.",
        errors=(InvalidInput, UnsupportedLanguage),
    )
    update_username: CustomerPayload = mutation(
        customers.update_username, "Changes the viewer's username.", errors=(UsernameInvalid, UsernameTaken)
    )
    update_privacy: UpdatePrivacyPayload = mutation(
        customers.update_privacy,
        "Changes the viewer's privacy settings. Fields that are left out keep their value. Making the account public "
        "accepts all pending follow requests.",
    )
    set_role: SetRolePayload = mutation(
        roles.set_role,
        "Changes a customer's role. Only owners can grant or take away ADMIN, OWNER and SERVICE.",
        access=Role.ADMIN,
        errors=(NotFound, NotAllowed),
    )
