"""Scalars say how they are written, and times are written in one way wherever they come from (G4)."""

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from graphql import GraphQLScalarType, is_specified_scalar_type

from inputs.scalars import date_time
from schema.root import build
from tests.people import World

MOMENT = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
EXACTLY_THREE_DIGITS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (MOMENT, "2026-11-21T08:30:00.000Z"),
        (MOMENT.replace(microsecond=1), "2026-11-21T08:30:00.000Z"),
        (MOMENT.replace(microsecond=999_999), "2026-11-21T08:30:00.999Z"),
        (MOMENT.replace(tzinfo=None), "2026-11-21T08:30:00.000Z"),
        (MOMENT.astimezone(timezone(timedelta(hours=5, minutes=30))), "2026-11-21T08:30:00.000Z"),
        (MOMENT.astimezone(timezone(-timedelta(hours=9))).replace(microsecond=20_000), "2026-11-21T08:30:00.020Z"),
        (MOMENT.replace(year=1), "0001-11-21T08:30:00.000Z"),
        (MOMENT.replace(tzinfo=timezone(timedelta(seconds=1))), "2026-11-21T08:29:59.000Z"),
    ],
    ids=str,
)
def test_times_have_milliseconds_and_z(moment: datetime, expected: str) -> None:
    assert date_time(moment) == expected


def test_scalars_say_how_they_are_written() -> None:
    kinds = build()._schema.type_map.values()
    ours = [one for one in kinds if isinstance(one, GraphQLScalarType) and not is_specified_scalar_type(one)]
    assert {"DateTime", "Decimal", "URL"} <= {one.name for one in ours}
    assert [one.name for one in ours if not one.specified_by_url or "example `" not in str(one.description)] == []


async def test_at_first_sight_and_by_the_plan(world: World) -> None:
    """Times of columns, of joined rows, and of lists; and null where there is none."""
    variant = await world.variant()
    owner = await world.person()
    lists = "viewer { createdAt onboardingCompletedAt wishlist { items(first: 5) { nodes { addedAt variant { product { at: updatedAt } } } } } }"
    await world.item(await world.default_list(owner), variant)
    for _ in range(3):
        found = (await owner.graph(f"{{ {lists} }}"))["viewer"]
        assert found.pop("onboardingCompletedAt") is None
        (item,) = found["wishlist"]["items"]["nodes"]
        times = [found["createdAt"], item["addedAt"], item["variant"]["product"]["at"]]
        assert [one for one in times if not EXACTLY_THREE_DIGITS.fullmatch(one)] == []
