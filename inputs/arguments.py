"""Arguments that many fields share, and how values of inputs are described."""

from typing import Annotated, Any

import strawberry
from strawberry import ID, argument

from inputs import enums


def input_field(description: str, **options: Any) -> Any:
    """Describe a value of an input."""
    return strawberry.field(description=description, **options)


def sent_values(source: object, *names: str) -> dict[str, Any]:
    """Take what was sent out of an input with `Maybe` values: omitted ones are left out, null is None."""
    sent = {name: getattr(source, name) for name in names}
    return {name: maybe.value for name, maybe in sent.items() if maybe is not None}


First = Annotated[int | None, argument(description="How many from the front; 20 if neither is given, at most 100.")]
After = Annotated[str | None, argument(description="Begin behind the row with this cursor.")]
Last = Annotated[int | None, argument(description="How many from the back, at most 100.")]
Before = Annotated[str | None, argument(description="End before the row with this cursor.")]
Id = Annotated[ID, argument(description="The global id.")]
Ids = Annotated[list[ID], argument(description="Global ids, of whatever types.")]
Slug = Annotated[str, argument(description="The name in addresses.")]
Sku = Annotated[str, argument(description="The stock keeping unit, in its exact letter case.")]
Username = Annotated[str, argument(description="A username, in whatever letter case.")]
Term = Annotated[str, argument(description="What somebody typed; every character is literal.")]
Search = Annotated[str | None, argument(description="A part of the name, in whatever letter case.")]
Token = Annotated[str, argument(description="The last part of the secret link.")]
Size = Annotated[enums.AvatarSize | None, argument(description="How large it is wanted.")]
