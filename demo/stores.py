"""Sources, stores, and follows of stores."""

from array import array
from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

from demo.customers import Customers
from demo.draws import Of, Timeline, at, dice, identifier
from demo.personas import EVERYBODY, LAYLA, OMAR
from demo.stream import Row, Stream
from models.follows import StoreFollow
from models.stores import Source, Store

DIRECT = 4
SOURCES = (
    ("Souk Online", "souk-online", "https://souk-online.example"),
    ("Chandni Bazaar", "chandni-bazaar", "https://chandni-bazaar.example"),
    ("Trendhaus", "trendhaus", "https://trendhaus.example"),
    ("Wadi Market", "wadi-market", "https://wadi-market.example"),
    ("Direct", "direct", "https://shops.example"),
)
"""Marketplaces; the last stands for the web shops of stores that are on none, since each listing needs a source."""

EVERYTHING = ("women", "men", "kids", "home")


class Seller(NamedTuple):
    """A store. `level` is its price level, 1.0 on average; `fame` is how many of a hundred customers follow it."""

    name: str
    slug: str
    source: int
    currency: str
    departments: tuple[str, ...]
    level: float
    fame: int


STORES = (
    Seller("Souk Central", "souk-central", 0, "AED", EVERYTHING, 0.98, 46),
    Seller("Jumeirah Wardrobe", "jumeirah-wardrobe", 0, "AED", ("women",), 1.06, 28),
    Seller("Corniche Men", "corniche-men", 0, "AED", ("men",), 1.02, 19),
    Seller("Deira Textiles", "deira-textiles", 0, "AED", EVERYTHING, 0.91, 11),
    Seller("Chandni Silks", "chandni-silks", 1, "INR", ("women", "kids"), 0.84, 17),
    Seller("Juhu Edit", "juhu-edit", 1, "INR", ("women", "men"), 0.88, 13),
    Seller("Malabar House", "malabar-house", 1, "INR", ("home", "men"), 0.82, 8),
    Seller("Trendhaus Select", "trendhaus-select", 2, "AED", ("women", "men"), 1.1, 24),
    Seller("Trendhaus Kids", "trendhaus-kids", 2, "AED", ("kids",), 1.04, 9),
    Seller("Nordlicht", "nordlicht", 2, "AED", ("men", "home"), 1.08, 7),
    Seller("Wadi Outlet", "wadi-outlet", 3, "AED", EVERYTHING, 0.86, 21),
    Seller("Oasis & Sons", "oasis-and-sons", 3, "AED", ("men", "home"), 0.95, 6),
    Seller("Noor Atelier", "noor-atelier", DIRECT, "AED", ("women",), 1.0, 33),
    Seller("The Abaya Room", "the-abaya-room", DIRECT, "AED", ("women",), 1.03, 15),
    Seller("Little Falcon", "little-falcon", DIRECT, "AED", ("kids", "home"), 1.0, 10),
    Seller("Al Quoz Makers", "al-quoz-makers", DIRECT, "AED", ("home", "men"), 1.05, 12),
)


class Stores:
    """All sources and stores, and the follows of stores."""

    def __init__(self, customers: Customers, timeline: Timeline) -> None:
        self.customers = customers
        self.timeline = timeline
        self.followers = [0] * len(STORES)
        self.following = array("I")
        self._followed = array("I")
        for number in range(customers.count):
            stores = self._tastes(number)
            for store in stores:
                self.followers[store] += 1
            self.following.append(len(stores))
            self._followed.append(sum(1 << store for store in stores))

    def id(self, number: int) -> UUID:
        """Return the id of a store."""
        return identifier(Of.STORE, number, self.timeline.start)

    def source_id(self, number: int) -> UUID:
        """Return the id of a source."""
        return identifier(Of.SOURCE, number, self.timeline.start)

    def streams(self) -> Iterator[Stream]:
        """Return the rows of the three tables."""
        sources = [(self.source_id(number), *source) for number, source in enumerate(SOURCES)]
        yield Stream(Source, "id name slug base_url", sources, len(sources))
        columns = "id source_id name slug rating review_count followers_count created_at"
        yield Stream(Store, columns, self._rows(), len(STORES))
        yield Stream(StoreFollow, "customer_id store_id created_at", self._follow_rows(), sum(self.followers))

    def _tastes(self, number: int) -> list[int]:
        """Choose the stores that a customer follows."""
        chance = dice("store follows", number)
        eager = chance.betavariate(2, 2) * 2 + (number in {LAYLA, OMAR})
        chosen = [store for store, seller in enumerate(STORES) if chance.random() * 100 < seller.fame * eager]
        return sorted({*chosen, 0, 1, 12}) if number < len(EVERYBODY) else chosen

    def _rows(self) -> Iterator[Row]:
        chance = dice("stores")
        for number, seller in enumerate(STORES):
            source = None if seller.source == DIRECT else self.source_id(seller.source)
            rating, reviews = round(chance.uniform(3.6, 4.9), 1), chance.randrange(40, 9_000)
            followers, created = self.followers[number], at(self.timeline.start)
            yield self.id(number), source, seller.name, seller.slug, rating, reviews, followers, created

    def _follow_rows(self) -> Iterator[Row]:
        chance = dice("store follow moments")
        for number, followed in enumerate(self._followed):
            customer, joined = self.customers.id(number), self.customers.created(number)
            for store in range(len(STORES)):
                if followed >> store & 1:
                    yield customer, self.id(store), at(self.timeline.after(chance, joined))
