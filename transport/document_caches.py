"""What an application has of documents: by which rules and limits they are read, and which can be named instead of sent."""

from collections.abc import Callable

import strawberry
from graphql import ASTValidationRule, NoSchemaIntrospectionCustomRule
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from context import Resources
from execution.documents import Documents
from execution.measure import DocumentLimits
from settings import Settings
from transport.persisted_documents import PersistedDocuments
from transport.persisted_queries import PersistedQueries
from transport.rate_limiter import RateLimiter
from transport.trusted_documents import LIMITS, TrustedDocuments


def open_documents(
    settings: Settings, schema: strawberry.Schema, limiter: RateLimiter, resources: Callable[[], Resources]
) -> PersistedDocuments:
    """Make what the settings ask for. `resources` are known once the application has started."""
    given, cache = settings.documents, open_cache(schema, development=settings.development)
    trusted = None
    if given.trusted_documents != "off":
        trusted = TrustedDocuments(open_cache(schema, LIMITS, development=settings.development), resources)
    queries = PersistedQueries(given, limiter, resources) if given.persisted_queries else None
    return PersistedDocuments(cache, queries, trusted, required=given.trusted_documents == "required")


def open_cache(schema: strawberry.Schema, limits: DocumentLimits | None = None, *, development: bool) -> Documents:
    """Make a cache of documents, which has suggestions and introspection in development only."""
    rules: list[type[ASTValidationRule]] = [MaybeNullValidationRule, OneOfInputValidationRule]
    if not development:
        rules.append(NoSchemaIntrospectionCustomRule)
    known = schema._schema  # noqa: SLF001 - graphql-core's own
    return Documents(known, rules, limits or DocumentLimits(), suggestions=development)
