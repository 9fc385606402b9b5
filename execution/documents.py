"""A cache of documents by their text: parsed, measured and validated once.

A document is kept from the second time it is seen, so that documents that are never sent again evict nothing. The
errors of invalid ones are kept apart.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, TypeVar

from graphql import (
    DocumentNode,
    ExecutableDefinitionNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    ValidationContext,
    ValidationRule,
    parse,
    specified_rules,
    validate,
)
from graphql.execution.collect_fields import FragmentDetails
from graphql.validation import ASTValidationRule, OverlappingFieldsCanBeMergedRule

from execution.cache_hints import max_age
from execution.input_text import clean_literals
from execution.measure import DocumentLimits, excesses
from execution.operation_cost import CostAnalysis, OperationCost
from execution.plain_variables import PlainVariables

MAX_ECHO_CHARS = 80
MAX_MESSAGE_CHARS = 500
TOKEN_BYTES = 600
MAX_ERRORS = 10
"""How many errors a response has; where there are more, the last one says how many."""
MAX_PROBLEMS = 25

VALIDATION_FAILED = "validation_failed"

_NAME = re.compile(r"'[\w.$@!\[\]]{1,60}'", re.ASCII)
_MAYBE = re.compile(r"(Field|Argument) ('\w+' )?of type 'Maybe.*", re.DOTALL)
_VALUE = re.compile(r"""['"\[{]|\d{21}""")

E = TypeVar("E")
K = TypeVar("K")
FormattedError = dict[str, Any]


class Document:
    """A parsed document: its operations, or its errors, ready to be sent."""

    __slots__ = (
        "_costs",
        "_max_age",
        "_operations",
        "_variables",
        "admitted",
        "ast",
        "errors",
        "fragment_definitions",
        "fragments",
        "tokens",
        "weight",
    )

    def __init__(
        self, text: str, ast: DocumentNode | None, errors: Iterable[FormattedError] = (), *, tokens: int = 0
    ) -> None:
        self.errors = tuple(errors)
        self.admitted = False
        """Whether it is in the cache."""
        self.tokens = tokens
        self.ast = None if self.errors else ast
        self.weight = 2 * len(text) + sum(200 + 2 * len(error["message"]) for error in self.errors)
        self._operations: dict[str | None, OperationDefinitionNode] = {}
        self.fragment_definitions: dict[str, FragmentDefinitionNode] = {}
        if self.ast is not None:
            self.weight += TOKEN_BYTES * tokens
            for node in self.ast.definitions:
                if isinstance(node, OperationDefinitionNode):
                    self._operations[node.name.value if node.name else None] = node
                elif isinstance(node, FragmentDefinitionNode):
                    self.fragment_definitions[node.name.value] = node
        self.fragments = {name: FragmentDetails(node) for name, node in self.fragment_definitions.items()}
        self._costs: dict[int, OperationCost] = {}
        self._variables: dict[int, PlainVariables] = {}
        self._max_age: int | None = None

    def max_age(self, schema: GraphQLSchema) -> int:
        """For how many seconds caches may keep an answer to it."""
        if self._max_age is None:
            self._max_age = 0 if self.ast is None else max_age(schema, self.ast)
        return self._max_age

    def analyse(self, schema: GraphQLSchema) -> None:
        """Prepare `cost` and `plain_variables`."""
        self._variables = {id(one): PlainVariables(schema, one) for one in self._operations.values()}
        analysis = CostAnalysis(schema, self.fragment_definitions)
        self._costs = {id(operation): analysis.operation(operation) for operation in self._operations.values()}
        self.weight += analysis.weight

    def cost(self, operation: OperationDefinitionNode) -> OperationCost:
        """The cost of one of its operations."""
        return self._costs[id(operation)]

    def plain_variables(self, operation: OperationDefinitionNode) -> PlainVariables:
        """The variables of one of its operations."""
        return self._variables[id(operation)]

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation of this name, or the only one if no name is given; raises `GraphQLError`."""
        if name is None:
            if len(self._operations) == 1:
                return next(iter(self._operations.values()))
            names = ", ".join(truncate(str(known)) for known in self._operations)
            message = f"The document has several operations; `operationName` must be one of {names}."
        else:
            found = self._operations.get(name)
            if found is not None:
                return found
            message = f"The document has no operation named '{name[:MAX_ECHO_CHARS]}'."
        raise GraphQLError(message, extensions={"code": "BAD_USER_INPUT"})


class Documents:
    """The most recently used documents. `rules` are validated in addition to those of the specification."""

    def __init__(
        self,
        schema: GraphQLSchema,
        rules: Iterable[type[ASTValidationRule]] = (),
        limits: DocumentLimits = DocumentLimits(),  # noqa: B008 - frozen
        *,
        suggestions: bool = False,
    ) -> None:
        self._schema = schema
        self._limits = limits
        self._rules = (*_specification_rules(limits), *rules)
        self._suggestions = suggestions
        self._documents: OrderedDict[str, Document] = OrderedDict()
        self._invalid: OrderedDict[int, Document] = OrderedDict()
        """By the hash of their text, which may be long."""
        self._seen_once: OrderedDict[int, None] = OrderedDict()
        self.weight = self.added_bytes = 0
        self.hits = self.misses = 0
        """How many documents were known, valid or not, and how many were read."""

    def __len__(self) -> int:
        return len(self._documents)

    def cached(self, text: str) -> Document | None:
        """The document of a text, if it is in the cache."""
        document = self._documents.get(text)
        if document is not None:
            self._documents.move_to_end(text)
            self.hits += 1
            return document
        key = hash(text)
        document = self._invalid.get(key)
        if document is not None:
            self._invalid.move_to_end(key)
            self.hits += 1
        return document

    def get(self, text: str) -> Document:
        """The document of a text, from the cache if it is there."""
        document = self.cached(text)
        if document is not None:
            return document
        if len(text) > self._limits.characters:
            return Document("", None, [self._too_long(len(text))])
        document = self._read(text)
        if document.errors:
            _keep(self._invalid, hash(text), document, self._limits.cached_errors)
        return document

    def admit(self, text: str, document: Document, *, at_once: bool = False) -> None:
        """Keep a document that may be executed, if its text was seen before."""
        key = hash(text)
        if key not in self._seen_once and not at_once:
            _keep(self._seen_once, key, None, self._limits.seen_documents)
            return
        self._seen_once.pop(key, None)
        document.admitted = True
        self._documents[text] = document
        self.weight += document.weight
        self.added_bytes += document.weight
        while self.weight > self._limits.cached_bytes and len(self) > 1:
            self.weight -= self._documents.popitem(last=False)[1].weight

    def _read(self, text: str) -> Document:
        limits = self._limits
        self.misses += 1
        try:
            ast = parse(text, max_lexical_tokens=limits.tokens, max_comments=limits.comments)
        except GraphQLSyntaxError as error:
            return Document(text, None, [formatted(error, "parse_failed")])
        if not all(isinstance(node, ExecutableDefinitionNode) for node in ast.definitions):
            found = GraphQLError("Only operations and fragments can be executed.")
            return Document(text, None, [formatted(found, VALIDATION_FAILED)])
        exceeded = [
            too_complex(one.sentence, measured=one.measured, allowed=one.allowed) for one in excesses(ast, limits)
        ]
        if exceeded:
            return Document(text, None, exceeded)
        cleaned, problems = clean_literals(ast)
        problems += validate(self._schema, cleaned, self._rules, MAX_PROBLEMS, hide_suggestions=not self._suggestions)
        found_errors = limit_errors(problems, partial(formatted, reason=VALIDATION_FAILED))
        _unlink_tokens(ast)
        document = Document(text, cleaned, found_errors, tokens=ast.token_count)
        if not document.errors:
            document.analyse(self._schema)
        return document

    def _too_long(self, measured: int) -> FormattedError:
        allowed = self._limits.characters
        sentence = f"The document is {measured} characters long; at most {allowed} are allowed."
        return too_complex(sentence, measured=measured, allowed=allowed)


def _unlink_tokens(ast: DocumentNode) -> None:
    """Undo the list of all tokens, which nobody reads any more: it is one large reference cycle."""
    token = ast.loc.start_token if ast.loc else None
    while token is not None:
        following = token.next
        token.prev = token.next = None
        token = following


def _keep(entries: OrderedDict[int, K], key: int, value: K, most: int) -> None:
    entries[key] = value
    if len(entries) > most:
        entries.popitem(last=False)


def too_complex(
    message: str, measured: int | None = None, allowed: int | None = None, paths: list[dict[str, Any]] | None = None
) -> FormattedError:
    """The error of an exceeded limit."""
    details = {"measured": measured, "allowed": allowed, "paths": paths}
    known = {name: value for name, value in details.items() if value is not None}
    return {"message": message, "extensions": {"code": "TOO_COMPLEX", "retryable": False, **known}}


def formatted(error: GraphQLError, reason: str) -> FormattedError:
    """Format an error of graphql-core about a request, shortened, and without references to nodes and frames.

    `reason` is for programs, as that of `errors.RequestError`.
    """
    if error.message == "Validation aborted.":
        return too_complex("The document is too complex to validate: too many of its fields overlap.")
    if error.message.endswith("Parsing aborted."):
        return too_complex(error.message)
    answer: FormattedError = {"message": truncate(error.message)}
    if error.locations:
        answer["locations"] = [location.formatted for location in error.locations[:5]]
    answer["extensions"] = {"code": "BAD_USER_INPUT", "retryable": False, "reason": reason, **(error.extensions or {})}
    return answer


def limit_errors(found: Sequence[E], format_: Callable[[E], FormattedError]) -> list[FormattedError]:
    """Format errors in their order: those that a response may have, and in place of the rest one that counts them."""
    if len(found) <= MAX_ERRORS:
        return [format_(error) for error in found]
    answers = [format_(error) for error in found[: MAX_ERRORS - 1]]
    more = len(found) - len(answers)
    extensions = {"code": answers[-1]["extensions"]["code"], "retryable": False, "omitted": more}
    return [*answers, {"message": f"There are {more} more errors.", "extensions": extensions}]


def truncate(message: str) -> str:
    """Shorten a message so that it contains fewer than 100 consecutive characters of input.

    Quoted names of ordinary length are kept; the first other quotation or value is cut.
    """
    message = _MAYBE.sub("This may be left out, but it cannot be null.", message)
    if len(message) <= MAX_ECHO_CHARS:
        return message
    masked = _NAME.sub(lambda name: "n" * len(name[0]), message)
    value = _VALUE.search(masked)
    if value is not None and len(message) - value.start() > MAX_ECHO_CHARS:
        message = message[: value.start() + MAX_ECHO_CHARS - 1] + "…"
    return message if len(message) <= MAX_MESSAGE_CHARS else message[: MAX_MESSAGE_CHARS - 1] + "…"


def _specification_rules(limits: DocumentLimits) -> Iterable[type[ASTValidationRule]]:
    """The rules of the specification, with our own budget for the rule that compares overlapping fields."""

    class OverlappingFields(OverlappingFieldsCanBeMergedRule):
        def __init__(self, context: ValidationContext) -> None:
            super().__init__(context)
            self.rule_context.remaining_complexity_budget = limits.comparisons

    replacement: type[ValidationRule] = OverlappingFields
    return (replacement if rule is OverlappingFieldsCanBeMergedRule else rule for rule in specified_rules)
