"""Who may use a field: declared at the field, checked before its resolver, and told in its description."""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, TypeVar

from strawberry.utils.str_converters import to_camel_case

from context import Context, Info
from policy.access import Access, RequiredAccess, roles_with
from policy.audiences import PRIVACY_SETTINGS, Audience, Bit

T = TypeVar("T")
AUDIENCES = {
    Audience.CARD: "",
    Audience.CONTENT: "Visible to the customer, their accepted followers and admins, and to everyone if the account is "
    "public; null for others.",
    Audience.SELF: "Visible to the customer and admins; null for others.",
}


def check_access(context: Context, access: RequiredAccess) -> None:
    """Raise `SignedOut` or `NotAllowed` for a viewer who may not use the field."""
    if access is Access.SIGNED_IN:
        context.require_signed_in()
    elif not isinstance(access, Access):
        context.require_role(access)


def with_access(function: Callable[..., T], access: RequiredAccess) -> Callable[..., T]:
    """Make a function of `info` check the viewer before it does anything else."""
    if access is Access.ANYONE:
        return function

    @wraps(function)
    def check(info: Info, *given: Any, **arguments: Any) -> T:
        check_access(info.context, access)
        return function(info, *given, **arguments)

    return check


def with_access_async(
    function: Callable[..., Coroutine[Any, Any, T]], access: RequiredAccess
) -> Callable[..., Coroutine[Any, Any, T]]:
    """Do the same with a coroutine function; Strawberry looks at which of the two it is."""

    @wraps(function)
    async def check(info: Info, *given: Any, **arguments: Any) -> T:
        check_access(info.context, access)
        return await function(info, *given, **arguments)

    return check


def access_sentence(access: RequiredAccess) -> str:
    """Say in a description who may use the field; nothing where everyone may."""
    if access is Access.ANYONE:
        return ""
    if access is Access.SIGNED_IN:
        return "Requires sign-in."
    *others, last = [role.value for role in roles_with(access)]
    return f"Requires the role {', '.join(others)} or {last}."


def audience_sentence(audience: Audience) -> str:
    """Say who sees a field; nothing for a field of the card, which everyone gets who sees the customer."""
    setting = PRIVACY_SETTINGS.get(Bit[audience.name]) if audience is not Audience.CARD else None
    if setting is None:
        return AUDIENCES[audience]
    name = to_camel_case(str(setting.key))
    return (
        f"Visible to the customer and admins; if `{name}` is true, also to accepted followers, and to everyone if the account "
        "is public; null for others."
    )
