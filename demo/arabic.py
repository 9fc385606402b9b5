"""The texts of products in Arabic, whose adjectives agree with their nouns."""

from typing import NamedTuple, TypeVar

from demo.arabic_words import MANNERS, MATERIALS, NOUNS, SENTENCES

T = TypeVar("T")
ANCHOR = {
    "title": "قميص نور من الكتان",
    "description": "قميص مريح من الكتان الأوروبي المغسول، القطعة التي بدأت بها Noor Atelier. أزرار من عرق اللؤلؤ، وحاشية "
    "مقوّسة، وأكمام يمكن طيّها.",
}
"""The product of the example operations."""


class Words(NamedTuple):
    """What a product is made from, in English. A scent has its material's smell; other products are made of it."""

    noun: str
    manner: str
    material: str
    brand: str
    is_scent: bool


def texts(words: Words, sentences: list[str]) -> dict[str, str]:
    """Translate the title and the sentences of a description."""
    noun, the_noun, gender = NOUNS[words.noun]
    manner = _agreeing(MANNERS[words.manner], gender)
    material = MATERIALS[words.material]
    of_material = f"ب{material}" if words.is_scent else f"من {material}"
    is_phrase = len(MANNERS[words.manner]) == 1
    title = f"{noun} {of_material} {manner}" if is_phrase else f"{noun} {manner} {of_material}"
    facts = {
        "noun": noun, "the_noun": the_noun, "manner": manner, "material": material, "of_material": of_material,
        "title": title, "brand": words.brand,
    }  # fmt: skip
    description = " ".join(_agreeing(SENTENCES[sentence], gender) for sentence in sentences).format(**facts)
    return {"title": title, "description": description}


def _agreeing(forms: tuple[str] | tuple[str, str], gender: str) -> str:
    """Choose the form for a gender; there may be one for both."""
    return forms[-1] if gender == "f" else forms[0]
