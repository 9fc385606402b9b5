"""`Image.url(maxWidth)`: the address of an image in the width that fits."""

from typing import Any

import httpx2
import pytest

from models import ids
from models.images import WIDTHS, offered_widths, sized_url
from models.products import Image
from tests.people import World

TEMPLATE = "https://a.example/{width}/shirt.webp"
QUERY = "query ($id: ID!, $most: Int) { product(id: $id) { images { url(maxWidth: $most) } } }"


async def url(world: World, most: int | None, **image: Any) -> Any:
    row = await world.product()
    await world.save(Image(product_id=row.id, **image))
    found = await world.nobody(QUERY, id=ids.encode("Product", row.id), most=most)
    return found["product"]["images"][0]["url"]


class TestUrl:
    """What the graph answers."""

    @pytest.mark.parametrize(
        ("own", "most", "width"),
        [
            (None, None, 1920), (None, 1, 160), (None, 160, 160), (None, 161, 320), (None, 1_000, 1280),
            (None, 5_000, 1920), (None, 2**31 - 1, 1920),
            (1200, None, 960), (1200, 300, 320), (1200, 1_000, 960), (1280, 1_000, 1280), (100, 90, 160), (100, None, 160),
        ],
    )  # fmt: skip
    async def test_smallest_that_is_wide_enough(self, world: World, own: int | None, most: int, width: int) -> None:
        assert await url(world, most, url=TEMPLATE, width=own, height=own) == f"https://a.example/{width}/shirt.webp"

    async def test_url_of_one_width_stays_as_it_is(self, world: World) -> None:
        for most in (None, 1, 400):
            assert await url(world, most, url="https://a.example/one.jpg") == "https://a.example/one.jpg"

    async def test_own_images_are_found_where_the_client_has_found_the_server(
        self, world: World, http: httpx2.AsyncClient
    ) -> None:
        found = await url(world, 300, url="/images/{width}/shirt.webp")
        assert found == f"{str(http.base_url).rstrip('/')}/images/320/shirt.webp"
        row = await world.product()
        await world.save(Image(product_id=row.id, url="/images/{width}/shirt.webp"))
        by_name = {"host": "192.168.7.9:8123"}
        query = f'{{ product(id: "{ids.encode("Product", row.id)}") {{ featuredImage {{ url(maxWidth: 300) }} }} }}'
        answer = await world.nobody(query, by_name)
        assert answer["product"]["featuredImage"]["url"] == "http://192.168.7.9:8123/images/320/shirt.webp"

    @pytest.mark.parametrize("most", [0, -1, -(2**31)])
    async def test_senseless_width_is_refused(self, world: World, most: int) -> None:
        row = await world.product()
        await world.save(Image(product_id=row.id, url=TEMPLATE))
        (error, *_) = await world.nobody.errors(QUERY, id=ids.encode("Product", row.id), most=most)
        assert error["message"] == f"`maxWidth` must be at least 1, not {most}."
        assert (error["extensions"]["code"], error["extensions"]["reason"]) == ("BAD_USER_INPUT", "bad_width")


class TestWidths:
    """`models.images`."""

    def test_no_image_is_enlarged(self) -> None:
        assert [offered_widths(own) for own in (None, 1920, 700, 160)] == [WIDTHS, WIDTHS, WIDTHS[:3], WIDTHS[:1]]

    def test_every_place_for_the_width_is_filled(self) -> None:
        assert sized_url("https://a.example/{width}/x-{width}.webp", 700, 1) == "https://a.example/160/x-160.webp"
