"""Arguments that many fields share, and how input fields are described."""

from typing import Annotated, Any

import strawberry
from strawberry import ID, argument

from inputs import enums


def input_field(description: str, **options: Any) -> Any:
    """Make an input field."""
    return strawberry.field(description=description, **options)


def sent_values(source: object, *names: str) -> dict[str, Any]:
    """Collect the values of `Maybe` fields: those that were not sent are left out, null is None."""
    sent = {name: getattr(source, name) for name in names}
    return {name: maybe.value for name, maybe in sent.items() if maybe is not None}


Id = Annotated[ID, argument(description="The global id, as the field `id` of an object gives it.")]
Ids = Annotated[list[ID], argument(description="Global ids. They may be of different types.")]
Slug = Annotated[str, argument(description="The unique name in URLs, as the field `slug` of an object gives it.")]
Sku = Annotated[str, argument(description="The stock keeping unit. Case matters.")]
Username = Annotated[str, argument(description="A username. Case does not matter.")]
Term = Annotated[str, argument(description="The text to search for. There are no operators or wildcards.")]
Search = Annotated[
    str | None, argument(description="Return only stores whose name contains this text. Case does not matter.")
]
Token = Annotated[str, argument(description="The token: the last part of `Wishlist.shareUrl`.")]
Size = Annotated[
    enums.AvatarSize | None,
    argument(description="The size of the picture. Pictures from other providers than Clerk have one size only."),
]
MaxWidth = Annotated[
    int | None,
    argument(
        description="How wide the image is displayed, in pixels of the screen, for example 320. The smallest available width "
        "that is not below it is chosen; if there is none, the largest. Without it, the largest."
    ),
]


@strawberry.input
class EmptyInput:
    """For mutations without a choice; like every input, it has an idempotency key in the graph."""
