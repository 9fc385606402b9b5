"""What is recorded of a product: P1, P10."""

from uuid import UUID

from models import ids
from models.products import Image, Product
from tests.people import World

RECORD = "baseCode fitInformation suitableBodyTypes averageRating reviewCount ratingHistogram"
FEATURED = "featuredImage { url altText isPrimary }"


class TestRecord:
    """The columns of a product."""

    query = f"query ($id: ID!) {{ product(id: $id) {{ {RECORD} }} }}"

    async def test_what_is_not_known(self, world: World) -> None:
        row = await world.product()
        found = await world.nobody(self.query, id=ids.encode("Product", row.id))
        assert found["product"] == {
            "baseCode": None, "fitInformation": None, "suitableBodyTypes": [],
            "averageRating": None, "reviewCount": 0, "ratingHistogram": [0, 0, 0, 0, 0],
        }  # fmt: skip

    async def test_what_is_known(self, world: World) -> None:
        row = await world.product(
            base_code="ML-1", fit_information="True to size.", suitable_body_types=["hourglass", "pear"],
            average_rating=4.5, review_count=2, rating_histogram=[0, 0, 0, 1, 1],
        )  # fmt: skip
        for _ in range(2):  # once by the reference executor, once by a plan
            found = await world.nobody(self.query, id=ids.encode("Product", row.id))
            assert found["product"] == {
                "baseCode": "ML-1", "fitInformation": "True to size.", "suitableBodyTypes": ["hourglass", "pear"],
                "averageRating": 4.5, "reviewCount": 2, "ratingHistogram": [0, 0, 0, 1, 1],
            }  # fmt: skip


class TestFeaturedImage:
    """`Product.featuredImage`."""

    query = f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on Product {{ {FEATURED} }} }} }}"

    async def product(self, world: World, *images: tuple[int, bool]) -> Product:
        """Make a product with images of these positions, of which some are primary."""
        row = await world.product()
        for position, primary in images:
            url = f"https://a.example/{position}"
            text = f"At {position}"
            await world.save(Image(product_id=row.id, url=url, position=position, is_primary=primary, alt_text=text))
        return row

    async def test_primary_one_else_the_first_of_many_products_in_one_statement(
        self, world: World, statements: list[str]
    ) -> None:
        products = [
            await self.product(world, (0, False), (1, True), (2, False)),
            await self.product(world),
            await self.product(world, (5, False), (3, False)),
        ]
        keys: list[UUID] = [row.id for row in products]
        for chosen in (keys, keys[:1], keys[::-1]):
            statements.clear()
            found = await world.nobody(self.query, ids=[ids.encode("Product", key) for key in chosen])
            expected = {
                keys[0]: {"url": "https://a.example/1", "altText": "At 1", "isPrimary": True},
                keys[1]: None,
                keys[2]: {"url": "https://a.example/3", "altText": "At 3", "isPrimary": False},
            }
            assert [one["featuredImage"] for one in found["nodes"]] == [expected[key] for key in chosen]
            assert len([sql for sql in statements if "FROM image" in sql]) == 1
