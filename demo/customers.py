"""Customers with their profiles, preferences and privacy settings."""

from array import array
from collections.abc import Iterator
from random import Random
from typing import NamedTuple
from uuid import UUID

from demo.draws import DAY, MINUTE, Of, Timeline, ascii_letters, at, dice, identifier, likely, scramble
from demo.names import ARAB, CULTURES, GULF, Culture
from demo.personas import EVERYBODY, SAM, Persona, clerk_id
from demo.stream import Row, Stream
from models.customers import Customer, Role

WEIGHTS = tuple(culture.weight for culture in CULTURES)
SHORTEST, LONGEST = 3, 20
PRIVATE = 60
FAMOUS = 100
ONE_SOLVER_IN = 97
COLUMNS = (
    "id clerk_id username name email phone_number phone_verified picture_url location role is_private "
    "preferred_language push_notifications email_notifications sms_notifications order_updates promotions new_stores "
    "show_profile show_orders show_followers show_activity allow_messages show_location "
    "followers_count following_customers_count following_stores_count "
    "clerk_updated_at onboarding_completed_at last_active_at created_at updated_at"
)
SWITCHES = (88, 71, 22, 94, 31, 64, 94, 14, 90, 86, 84, 37)
"""In how many of a hundred rows each boolean is true, from push_notifications to show_location."""


class Customers:
    """All customers, by number; the personas come first."""

    def __init__(self, count: int, timeline: Timeline) -> None:
        self.count = count
        self.timeline = timeline

    def created(self, number: int) -> int:
        """When the account was created; the ids of personas, which examples name, do not depend on the scale."""
        if number < len(EVERYBODY):
            return self.timeline.start + number * MINUTE
        return self.timeline.nth(number, self.count)

    def id(self, number: int) -> UUID:
        """The id of a customer."""
        return identifier(Of.CUSTOMER, number, self.created(number))

    def is_private(self, number: int) -> bool:
        """Tell whether the account is private."""
        if number < len(EVERYBODY):
            return EVERYBODY[number].is_private
        return scramble(number) % 100 < PRIVATE

    def is_solver(self, number: int) -> bool:
        """Tell whether the customer is a solver."""
        return number == SAM or number % ONE_SOLVER_IN == ONE_SOLVER_IN // 2

    def speaks_arabic(self, number: int) -> bool:
        """Tell whether the preferred language is Arabic."""
        return EVERYBODY[number].language == "ar" if number < len(EVERYBODY) else born(dice("customer", number)).arabic

    def name(self, number: int) -> str:
        """The display name, or None."""
        return EVERYBODY[number].name if number < len(EVERYBODY) else born(dice("customer", number)).name

    def stream(self, followers: "array[int]", following: "array[int]", stores: "array[int]") -> Stream:
        """Return the rows, with their counters."""
        counters = zip(followers, following, stores, strict=True)
        return Stream(Customer, COLUMNS, self._rows(counters), self.count)

    def _rows(self, counters: Iterator[tuple[int, int, int]]) -> Iterator[Row]:
        taken = {persona.username for persona in EVERYBODY}
        for number, counts in enumerate(counters):
            persona = EVERYBODY[number] if number < len(EVERYBODY) else None
            yield self._row(number, persona, counts, taken)

    def _row(self, number: int, persona: Persona | None, counts: tuple[int, int, int], taken: set[str]) -> Row:
        chance = dice("customer", number)
        birth = born(chance, ARAB if persona else None)
        culture = birth.culture
        username = persona.username if persona else username_of(birth.first, birth.family, chance, taken)
        handle = username.lower()
        created = self.created(number)
        active = created + int((self.timeline.end - created) * (1 - chance.random() ** 3))
        switches = [chance.randrange(100) < share for share in SWITCHES]
        switches[6] |= persona is not None or counts[0] > FAMOUS
        phone = phone_of(culture, number, chance) if persona or likely(chance, 80) else None
        if persona:
            name, location, active = persona.name, persona.location, self.timeline.end - chance.randrange(DAY)
        else:
            name = birth.name if likely(chance, 97) else ""
            location = chance.choice(GULF if likely(chance, 60) else culture.cities)
        return (
            self.id(number),
            clerk_id(handle),
            username,
            name or None,
            f"{handle}@example.{chance.choice(('com', 'com', 'org'))}",
            phone,
            phone is not None and (persona is not None or likely(chance, 70)),
            f"https://images.example/people/{handle}.webp" if persona or likely(chance, 75) else None,
            location,
            persona.role if persona else Role.SOLVER if self.is_solver(number) else Role.CUSTOMER,
            self.is_private(number),
            persona.language if persona else "ar" if birth.arabic else "en",
            *switches,
            *counts,
            at(created),
            at(min(created + chance.randrange(2, 30) * MINUTE, self.timeline.end)) if likely(chance, 90) else None,
            at(max(created, active // MINUTE * MINUTE)),
            at(created),
            at(max(created, active - 20 * MINUTE)),
        )


class Born(NamedTuple):
    """A name and its culture; first and family name are in Latin letters."""

    culture: Culture
    first: str
    family: str
    name: str
    arabic: bool


def born(chance: Random, culture: Culture | None = None) -> Born:
    """Choose a name, and whether the customer prefers Arabic."""
    culture = culture or chance.choices(CULTURES, WEIGHTS)[0]
    first, family = chance.choice(chance.choice((culture.women, culture.men))), chance.choice(culture.families)
    arabic = culture is ARAB and likely(chance, 80)
    script = arabic and likely(chance, 55)
    name = " ".join(spelling(word, script=script) for word in (first, family))
    return Born(culture, spelling(first), spelling(family), name, arabic)


def spelling(word: str, *, script: bool = False) -> str:
    """Choose the Latin or the Arabic spelling of a name that may have both."""
    latin, _, arabic = word.partition("|")
    return arabic if script and arabic else latin


def username_of(first: str, family: str, chance: Random, taken: set[str]) -> str:
    """Find a free username: made of the names first, then with a number."""
    one, two = ascii_letters(first), ascii_letters(family)
    low, family_low = one.lower(), two.lower()
    base = chance.choice((one + two, low + family_low, low, low[0] + family_low, family_low + low))
    ending = ""
    for digits in range(1, 20):
        username = base[: LONGEST - len(ending)] + ending
        if len(username) >= SHORTEST and username.lower() not in taken:
            taken.add(username.lower())
            break
        ending = str(chance.randrange(10 ** min(1 + digits // 2, 9)))
    return username


def phone_of(culture: Culture, number: int, chance: Random) -> str:
    """Return a valid, unique phone number in E.164."""
    prefix, digits = chance.choice(culture.phones)
    return f"{prefix}{(number * 7_654_321 + 1_234_567) % 10**digits:0{digits}}"
