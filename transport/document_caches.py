"""The caches of documents of an application: by which rules and limits they are read."""

import strawberry
from graphql import ASTValidationRule, NoSchemaIntrospectionCustomRule
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from execution.documents import Documents
from execution.measure import DocumentLimits


def open_cache(schema: strawberry.Schema, limits: DocumentLimits | None = None, *, development: bool) -> Documents:
    """Make a cache of documents, which has suggestions and introspection in development only."""
    rules: list[type[ASTValidationRule]] = [MaybeNullValidationRule, OneOfInputValidationRule]
    if not development:
        rules.append(NoSchemaIntrospectionCustomRule)
    known = schema._schema  # noqa: SLF001 - graphql-core's own
    return Documents(known, rules, limits or DocumentLimits(), suggestions=development)
