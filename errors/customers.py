"""What can go wrong with accounts."""

from enum import StrEnum
from typing import Annotated

from errors import Code, GraphType, NotAllowed, UserErrorException


class UsernameRule(StrEnum):
    """The rules of usernames, by what breaks them."""

    TOO_SHORT = "TOO_SHORT"
    TOO_LONG = "TOO_LONG"
    BAD_CHARACTERS = "BAD_CHARACTERS"
    RESERVED = "RESERVED"


class UnsupportedLanguage(UserErrorException):
    """The shop is not translated into this language."""

    supported_languages: Annotated[list[str], "The languages to choose from.", GraphType("LanguageTag")]

    def __init__(self, language: str, supported: tuple[str, ...], *field: str) -> None:
        super().__init__(
            f"'{language[:35]}' is not a supported language; choose one of {', '.join(supported)}.", *field
        )
        self.supported_languages = list(supported)


class UsernameTaken(UserErrorException):
    """Another customer has this username, in any letter case."""

    code = Code.CONFLICT
    suggestion: Annotated[str, "A similar username that is free."]

    def __init__(self, username: str, suggestion: str) -> None:
        super().__init__(f"The username '{username}' is taken; '{suggestion}' is free.", "username")
        self.suggestion = suggestion


class UsernameInvalid(UserErrorException):
    """The username breaks one of the rules for usernames."""

    rule: Annotated[UsernameRule, "The rule that it breaks."]

    def __init__(self, rule: UsernameRule, message: str) -> None:
        super().__init__(message, "username")
        self.rule = rule


class LastOwner(NotAllowed):
    """The shop must keep at least one owner."""

    code = Code.CONFLICT

    def __init__(self) -> None:
        super().__init__("This is the last owner. Make another customer an owner first.", "OWNER", "role")
