"""What can go wrong with accounts."""

from enum import StrEnum

from errors import Code, UserErrorException


class UsernameRule(StrEnum):
    """The rules of usernames, by what breaks them."""

    TOO_SHORT = "TOO_SHORT"
    TOO_LONG = "TOO_LONG"
    BAD_CHARACTERS = "BAD_CHARACTERS"
    RESERVED = "RESERVED"


class UnsupportedLanguage(UserErrorException):
    """A language that this shop is not translated to."""

    graphql_type = "UnsupportedLanguageError"

    def __init__(self, language: str, supported: tuple[str, ...], *field: str) -> None:
        super().__init__(
            f"'{language[:35]}' is not a supported language; choose one of {', '.join(supported)}.", *field
        )
        self.supported_languages = list(supported)


class UsernameTaken(UserErrorException):
    """Somebody has the name, in whatever letter case. `suggestion` is free."""

    graphql_type = "UsernameTakenError"
    code = Code.CONFLICT

    def __init__(self, username: str, suggestion: str) -> None:
        super().__init__(f"The username '{username}' is taken; '{suggestion}' is free.", "username")
        self.suggestion = suggestion


class UsernameInvalid(UserErrorException):
    """A name that breaks the rules of usernames; `rule` says which."""

    graphql_type = "UsernameInvalidError"

    def __init__(self, rule: UsernameRule, message: str) -> None:
        super().__init__(message, "username")
        self.rule = rule


class LastOwner(UserErrorException):
    """The shop must keep one owner."""

    graphql_type = "NotAllowedError"
    code = Code.CONFLICT
    required_role = "OWNER"

    def __init__(self) -> None:
        super().__init__("This is the last owner. Make somebody else an owner first.", "role")
