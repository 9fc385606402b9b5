"""What a username may be, and where new ones come from. Nothing here knows which are taken."""

import re
import secrets
import unicodedata
from enum import StrEnum

from errors.customers import UsernameInvalid, UsernameRule
from models.text_direction import marks_message

SHORTEST, LONGEST = 3, 20
LETTERS_AND_DIGITS = re.compile(r"[A-Za-z0-9]+\Z")
NUMBERED, RANDOM = 9, 6

RESERVED = frozenset(
    """
    about abuse access account accounts admin administrator admins ads affiliate all anon anonymous anybody anyone
    api app apps auth authentication billing blog blocked bot brand brands browse business cart categories category
    ceo checkout clerk client clientele clienteleapi clienteleapp clienteleteam clients community config contact
    cookie cookies copyright customer customers customerservice customersupport dashboard default delete deleted
    demo developer developers dns docs documentation download edit editor email everybody everyone explore export
    false faq favicon feed feedback finance follow followers following forgot ftp ghost graph graphiql graphql
    guest health help helpdesk helpme home host hostmaster html http https imap inbox index info internal invalid
    invite jobs json jwks legal live local localhost login logout mail mailerdaemon manager me media member members
    message messages metrics mod moderator moderators mutation myself nan new news nil nobody node none noreply
    notification notifications null nulls oauth offers official onboarding order orders owner owners page password
    payment payments ping policy pop3 popular post posts postmaster press pricing privacy product products profile
    profiles public query razorpay ready refund refunds register registration report reports reset review reviews
    reward rewards robots root rss sales schema script search secure security self server service services session
    sessions setting settings shop signin signout signup sitemap smtp solver solvers somebody someone staff static
    status store stores style subscribe subscription superuser support svix sysadmin system team teams terms test
    tests ticket tickets token tos trending true undefined unknown unsubscribe update upload uploads user username
    users verified verify viewer void web webhook webhooks webmaster websocket wishlist wishlists www you your
    yourself
    """.split()  # noqa: SIM905 - a list would take a line a word
)

FIRST = tuple(
    """
    amber autumn azure bold brave breezy bright bronze calm cedar cherry clever cloud cobalt copper coral cosmic
    cosy cotton crimson crystal dapper dawn denim eager early easy elm ember fancy fern floral fresh frosty gentle
    ginger glad golden grand happy hazel honest honey indigo ivory jade jolly keen kind lemon light lilac linen
    lively lucky lunar maple marble mellow merry mint misty navy neat nimble noble olive onyx opal orchid patient
    pearl peach pine polite proud quick quiet rapid rosy royal ruby rustic saffron sage sandy scarlet serene
    silk silver simple sky smart snowy solar spring steady sunny swift teal tidy topaz tulip velvet violet vivid
    warm willow wise witty zesty
    """.split()  # noqa: SIM905 - a list would take a line a word
)

SECOND = tuple(
    """
    badger beacon bear bee birch bison breeze bridge brook button canary canyon castle cliff comet compass
    condor coral cove crane creek cricket dahlia daisy deer delta dolphin dove dune eagle falcon feather ferry
    field finch fjord forest fox garden gazelle glacier grove gull harbor hare harp hawk heron hill hollow horizon
    ibex ibis island jasmine jay kestrel kite koala lagoon lake lantern lark leopard lily lion lotus lynx lyric
    magpie maple marten meadow melody meteor moon moose oasis ocean orca oriole osprey otter owl panda parrot
    pebble pelican penguin petal phoenix pine planet plover pony puffin quail rabbit raven reef ribbon river robin
    rocket sail seal shell sparrow sphinx spring star stork stream summit swallow swan tiger trail tulip turtle
    valley voyage walnut wave willow wren zebra
    """.split()  # noqa: SIM905 - a list would take a line a word
)


class UsernameUnavailableReason(StrEnum):
    """Why a customer cannot take a username: another one has it, or it breaks a `UsernameRule`."""

    TAKEN = "TAKEN"
    TOO_SHORT = "TOO_SHORT"
    TOO_LONG = "TOO_LONG"
    BAD_CHARACTERS = "BAD_CHARACTERS"
    RESERVED = "RESERVED"


def check(text: str) -> str:
    """Give the username back, or refuse it by the first rule that it breaks."""
    if len(text) < SHORTEST:
        raise UsernameInvalid(UsernameRule.TOO_SHORT, f"A username has at least {SHORTEST} characters.")
    if len(text) > LONGEST:
        raise UsernameInvalid(UsernameRule.TOO_LONG, f"A username has at most {LONGEST} characters.")
    if not LETTERS_AND_DIGITS.match(text):
        message = marks_message(text) or "A username has only the letters A to Z and the digits 0 to 9."
        raise UsernameInvalid(UsernameRule.BAD_CHARACTERS, message)
    if text.lower() in RESERVED:
        raise UsernameInvalid(UsernameRule.RESERVED, f"The username '{text}' is reserved; choose another one.")
    return text


def candidates(base: str) -> list[str]:
    """Suggest names near `base`, best first; the last of them are so random that one will be free."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", base[:200]) if LETTERS_AND_DIGITS.match(letter))
    if len(plain) < SHORTEST or plain.lower() in RESERVED:
        return [generate() for _ in range(NUMBERED + RANDOM)]
    numbers = [str(number) for number in range(1, NUMBERED + 1)]
    numbers += [str(secrets.randbelow(9 * 10**digits) + 10**digits) for digits in range(1, RANDOM + 1)]
    made = [plain[: LONGEST - len(number)] + number for number in numbers]
    return [name for name in made if name.lower() not in RESERVED]


def generate() -> str:
    """Make up a username for somebody who has not chosen one."""
    return f"{secrets.choice(FIRST)}{secrets.choice(SECOND)}{secrets.randbelow(9000) + 1000}"
