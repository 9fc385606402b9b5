"""The texts of demo products in two languages, and the addresses of their images."""

import re

import pytest

from demo import images
from demo.arabic import Words, texts
from demo.arabic_words import ATTRIBUTES, CATEGORIES, MANNERS, MATERIALS, NOUNS, SENTENCES
from demo.categories import Categories
from demo.colors import COLORS
from demo.draws import NOW, Timeline
from demo.families import ATTRIBUTES as NAMES
from demo.families import FAMILIES, FIT
from demo.products import Products
from demo.variants import Variants
from models.images import sized_url

TIMELINE = Timeline(NOW)
PRODUCTS = Products(500, TIMELINE)


class TestArabic:
    """`demo.arabic`."""

    def test_every_word_is_translated(self) -> None:
        categories = Categories(TIMELINE)
        assert {node.name for node in categories.nodes} == set(CATEGORIES)
        assert {kind.noun for kind in categories.kinds} == set(NOUNS)
        assert {manner for family in FAMILIES.values() for manner in family.manners} == set(MANNERS)
        assert {material for family in FAMILIES.values() for material in family.materials} == set(MATERIALS)
        assert set(NAMES) == set(ATTRIBUTES)

    @pytest.mark.parametrize(("words", "title"), [
        (Words("Shirt", "Relaxed", "Linen", "Bahr", False), "قميص مريح من الكتان"),
        (Words("Blouse", "Relaxed", "Linen", "Bahr", False), "بلوزة مريحة من الكتان"),
        (Words("Earrings", "Hammered", "Brass", "Bahr", False), "أقراط مطروقة من النحاس الأصفر"),
        (Words("Evening Dress", "Belted", "Silk", "Bahr", False), "فستان سهرة من الحرير بحزام"),
        (Words("Perfume Oil", "Royal", "Oud", "Bahr", True), "زيت عطري ملكي بالعود"),
    ])  # fmt: skip
    def test_adjective_agrees_and_phrase_follows_the_material(self, words: Words, title: str) -> None:
        assert texts(words, [])["title"] == title

    def test_sentences_agree(self) -> None:
        sentence = "{noun} in {material}, made to be worn often."
        shirt, blouse = (Words(noun, "Classic", "Cotton", "Bahr", False) for noun in ("Shirt", "Blouse"))
        assert texts(shirt, [sentence])["description"] == "قميص من القطن، صُمّم للاستخدام اليومي."
        assert texts(blouse, [sentence])["description"] == "بلوزة من القطن، صُمّمت للاستخدام اليومي."

    def test_every_sentence_is_used_and_translated(self) -> None:
        """All designs can be computed, so no sentence lacks a translation; and no translation is left over."""
        english = " ".join(PRODUCTS.design(number).description for number in range(PRODUCTS.count))
        for sentence in SENTENCES:
            pattern = re.sub(r"\\{\w+\\}", ".+?", re.escape(sentence))
            assert re.search(pattern, english, re.IGNORECASE), sentence

    def test_only_names_of_brands_are_latin(self) -> None:
        for number in range(1, PRODUCTS.count):
            assert not re.search("[A-Za-z]", PRODUCTS.design(number).arabic["title"])


class TestContradictions:
    """What a product says of itself in one place and in another."""

    def test_no_description_repeats_itself_or_speaks_of_sizes(self) -> None:
        """Sizes are what `fit_information` is for."""
        for number in range(PRODUCTS.count):
            text = PRODUCTS.design(number).description.lower()
            assert text.count("finished by hand") < 2
            assert not re.search(r"\bsized?\b", text)

    def test_attributes_agree_with_title_and_tags(self) -> None:
        variants = Variants(PRODUCTS, TIMELINE)
        streams = {stream.name: list(stream.rows) for stream in variants.streams() if "attribute" in stream.name}
        names = {row[0]: row[1] for row in streams["attribute"]}
        designs = {variants.id(variant.number): variant.design for variant in variants.each()}
        seen = set()
        for _, variant, attribute, value in streams["attribute_value"]:
            title, tags, name = designs[variant].title, designs[variant].tags, names[attribute]
            if name == "season" and {"summer", "winter"} & set(tags):
                assert value.lower() in tags or (value == "All year" and {"summer", "winter"} <= set(tags)), title
                seen.add(name)
            if name == "fit" and any(fit in title for fit in FIT):
                assert value in title
                seen.add(name)
        assert seen == {"season", "fit"}


class TestImages:
    """`demo.images`."""

    def test_every_image_has_an_address_that_can_be_drawn(self) -> None:
        variants = Variants(PRODUCTS, TIMELINE)
        stream = next(stream for stream in variants.streams() if stream.name == "image")
        columns = stream.columns.split()
        seen = set()
        for values in stream.rows:
            row = dict(zip(columns, values, strict=True))
            for width in (None, 320):
                picture = images.parse(sized_url(str(row["url"]), images.ORIGINAL_WIDTH, width))
                assert picture is not None
                assert picture.width == (width or images.ORIGINAL_WIDTH)
            assert picture is not None
            assert COLORS[picture.color.capitalize()] == row["dominant_color"]
            assert row["height"] == images.height(picture.ratio, images.ORIGINAL_WIDTH)
            seen.add(picture.form)
        assert seen == set(images.FORMS)

    @pytest.mark.parametrize("path", [
        "/images/dress/a/3x4-0-white-321.webp", "/images/dress/a/3x4-0-white-1920.webp", "/images/dress/a/3x4-0-white-99999.webp",
        "/images/dress/a/9x9-0-white-320.webp", "/images/dress/a/3x4-0-beige-320.webp", "/images/sofa/a/3x4-0-white-320.webp",
        "/images/dress/../3x4-0-white-320.webp", "/images/dress/A/3x4-0-white-320.webp", "/images/dress/a/3x4-0-white-320.png",
        "/images/dress/a/3x4-0-white-320.webp\n", "/images/dress/a/3x4-0-white-0320.webp", "/images/dress/a/3x4-0-white-3\u0662\u0660.webp",
        f"/images/dress/{'a' * 121}/3x4-0-white-320.webp", "/images/dress/3x4-0-white-320.webp", "/images/", "",
    ])  # fmt: skip
    def test_other_addresses_are_of_no_image(self, path: str) -> None:
        assert images.parse(path) is None
