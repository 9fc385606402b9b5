"""Follows, follow requests and blocks.

The graph is drawn first, as numbers in flat arrays (4 bytes for each follow), because customers are written before it
and carry its counts.
"""

from array import array
from collections.abc import Iterator
from itertools import accumulate, pairwise
from random import Random

from demo.customers import Customers
from demo.draws import Of, at, dice, identifier, likely, shares
from demo.personas import AMAL, EVERYBODY, LAYLA, NORA, OMAR, SAM
from demo.stream import Row, Stream
from models.follows import Block, Follow, FollowRequest

STAR_PERCENTS = (66, 52, 40, 31)
STARS = len(STAR_PERCENTS)
FANS_OF_OMAR = 400
FRIENDS_OF_LAYLA = 24
ASKING_LAYLA = 9
FLATNESS = 10
"""How slowly popularity falls with the rank: a customer of rank r is followed with a weight of 1 / (r + this)."""
REQUESTS_PER_CUSTOMER = 2
BLOCKS_PER_CUSTOMER = 1 / 40


class Follows:
    """The social graph of one load."""

    def __init__(self, customers: Customers, total: int) -> None:
        self.customers = customers
        self.count = customers.count
        self.total = total
        self.followers = array("I", bytes(4 * self.count))
        self.following = array("I", bytes(4 * self.count))
        chance = dice("follows")
        self._ranks = array("I", range(len(EVERYBODY), self.count))
        chance.shuffle(self._ranks)
        self._make_stars_public()
        begin, end = -1 - ASKING_LAYLA - FRIENDS_OF_LAYLA, -1 - ASKING_LAYLA
        self._friends, self._asking = self._ranks[begin:end], self._ranks[end:-1]
        self._blocked = self._ranks[-1]
        self.blocks = self._draw_blocks(chance)
        self._targets, self._ends = self._draw_follows(chance)
        self.requests = self._draw_requests(chance)

    def streams(self) -> Iterator[Stream]:
        """Return the rows of the three tables."""
        yield Stream(Follow, "follower_id followee_id created_at", self._follow_rows(), self.total)
        yield Stream(FollowRequest, "id requester_id target_id created_at", self._request_rows(), len(self.requests))
        blocked = sum(len(others) for others in self.blocks.values()) // 2
        yield Stream(Block, "blocker_id blocked_id created_at", self._block_rows(), blocked)

    def _make_stars_public(self) -> None:
        """Move the first public accounts to the top of the ranks."""
        public = (place for place, number in enumerate(self._ranks) if not self.customers.is_private(number))
        for star, place in zip(range(STARS), public, strict=False):
            self._ranks[star], self._ranks[place] = self._ranks[place], self._ranks[star]

    def _draw_blocks(self, chance: Random) -> dict[int, set[int]]:
        """Choose a few blocks; the result has both directions of each."""
        blocks: dict[int, set[int]] = {LAYLA: {self._blocked}, self._blocked: {LAYLA}}
        for _ in range(int(self.count * BLOCKS_PER_CUSTOMER)):
            one, other = (self._ranks[place] for place in chance.sample(range(STARS, len(self._ranks)), 2))
            blocks.setdefault(one, set()).add(other)
            blocks.setdefault(other, set()).add(one)
        return blocks

    def _draw_follows(self, chance: Random) -> "tuple[array[int], array[int]]":
        """Choose whom each customer follows: all targets in one list, and where those of each customer end."""
        fixed, ends = array("I"), array("I", [0])
        for number in range(self.count):
            chosen = self._fixed(number, chance)
            fixed.extend(sorted(chosen - {number} - self.blocks.get(number, set())))
            ends.append(len(fixed))
        weights = array("d", (chance.lognormvariate(0, 0.9) for _ in range(self.count)))
        more = shares(self.total - len(fixed), weights, self.count // 4)
        targets = array("I")
        for number, (begin, end) in enumerate(pairwise(ends)):
            chosen = set(fixed[begin:end])
            self.following[number] = len(chosen) + more[number]
            out = self.blocks.get(number, set()) | {number}
            while len(chosen) < self.following[number]:
                if (somebody := self._somebody(chance)) not in out:
                    chosen.add(somebody)
            targets.extend(sorted(chosen))
            for followee in chosen:
                self.followers[followee] += 1
        return targets, array("I", accumulate(self.following, initial=0))

    def _fixed(self, number: int, chance: Random) -> set[int]:
        """The fixed follows of a customer: popular accounts, and what the personas need."""
        stars = {self._ranks[star] for star, percent in enumerate(STAR_PERCENTS) if likely(chance, percent)}
        if number == LAYLA:
            return {OMAR, NORA, *self._ranks[:2], *self._friends[::2]}
        if number == OMAR:
            return {LAYLA, NORA, *self._ranks[:STARS], *self._friends[:8]}
        if number in self._friends:
            return {LAYLA, OMAR, *stars}
        if number == NORA:
            return {OMAR, AMAL, *stars}
        if chance.random() * self.count < min(FANS_OF_OMAR, self.count / 5):
            stars.add(OMAR)
        return stars

    def _somebody(self, chance: Random) -> int:
        """Choose a customer by popularity: a few have many followers, most have few."""
        others = len(self._ranks) - STARS
        rank = int(FLATNESS * ((others + FLATNESS) / FLATNESS) ** chance.random()) - FLATNESS
        return self._ranks[STARS + min(rank, others - 1)]

    def _draw_requests(self, chance: Random) -> list[tuple[int, int]]:
        """Choose follow requests, as pairs of requester and target."""
        requests = dict.fromkeys((asking, LAYLA) for asking in self._asking)
        # Examples of GraphiQL answer the second and the third, or refuse them.
        requests |= dict.fromkeys(((LAYLA, AMAL), (SAM, LAYLA), (OMAR, SAM)))
        for _ in range(self.count * REQUESTS_PER_CUSTOMER):
            requester, target = self._ranks[chance.randrange(len(self._ranks))], self._somebody(chance)
            if self.customers.is_private(target) and requester != target and not self._related(requester, target):
                requests[requester, target] = None
        return list(requests)

    def _related(self, one: int, other: int) -> bool:
        return other in self.blocks.get(one, ()) or other in self._targets[self._ends[one] : self._ends[one + 1]]

    def _follow_rows(self) -> Iterator[Row]:
        chance = dice("follow moments")
        id_of, created, after = self.customers.id, self.customers.created, self.customers.timeline.after
        for number, (begin, end) in enumerate(pairwise(self._ends)):
            follower, joined = id_of(number), created(number)
            for followee in self._targets[begin:end]:
                yield follower, id_of(followee), at(after(chance, joined, created(followee)))

    def _request_rows(self) -> Iterator[Row]:
        chance = dice("request moments")
        for number, (requester, target) in enumerate(self.requests):
            moment = self._moment(chance, requester, target)
            request = identifier(Of.REQUEST, number, moment)
            yield request, self.customers.id(requester), self.customers.id(target), at(moment)

    def _block_rows(self) -> Iterator[Row]:
        chance = dice("block moments")
        for one, others in self.blocks.items():
            for other in sorted(others):
                if one < other:
                    moment = self._moment(chance, one, other)
                    yield self.customers.id(one), self.customers.id(other), at(moment)

    def _moment(self, chance: Random, one: int, other: int) -> int:
        """Choose when something happened between two customers, after both accounts were created."""
        return self.customers.timeline.after(chance, self.customers.created(one), self.customers.created(other))
