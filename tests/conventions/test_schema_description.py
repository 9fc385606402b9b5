"""The description of the schema, which GraphiQL shows as the front page of the documentation."""

import re

from errors import Code
from schema.description import CODES, DESCRIPTION
from tests.people import World


def test_every_code_is_explained() -> None:
    assert list(CODES) == list(Code)
    lines = re.findall(r"^- `([A-Z_]+)`: .+$", DESCRIPTION, re.MULTILINE)
    assert lines == [code.value for code in Code]


def test_it_begins_with_a_sentence_and_goes_on_in_chapters() -> None:
    introduction, *chapters = re.split(r"^## ", DESCRIPTION, flags=re.MULTILINE)
    assert re.fullmatch(r"Clientele.s GraphQL API: [^.]+\.\n\n", introduction)
    titles = [chapter.partition("\n")[0] for chapter in chapters]
    assert titles[:4] == ["Sign in", "Ids", "Pages", "Errors"]
    assert len(titles) == len(set(titles))


async def test_introspection_gives_it(world: World) -> None:
    assert (await world.nobody("{ __schema { description } }"))["__schema"]["description"] == DESCRIPTION


async def test_what_it_says_of_limits_is_enforced(world: World) -> None:
    found = re.search(r"(\d+) aliases", DESCRIPTION)
    assert found
    aliases = int(found[1])
    fields = " ".join(f"a{number}: __typename" for number in range(aliases + 1))
    (error, *_) = await world.nobody.errors(f"{{ viewer {{ {fields} }} }}")
    assert error["extensions"]["code"] == "TOO_COMPLEX"
