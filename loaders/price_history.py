"""The price history of variants, day by day or week by week."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Integer, Select, Text, bindparam, column, select, text, true

from auth.viewer import Viewer, ViewerKind
from database.reads import Reads
from database.statements import Row
from loaders.batches import UUID_KEYS, UUID_TABLE, RowsLoader
from models.prices import PriceBucket

HOURS = {PriceBucket.DAY: 24, PriceBucket.WEEK: 7 * 24}
TIME = DateTime(timezone=True)
# A step of hours, unlike one of days, does not depend on the time zone of the connection. What is called a span is the
# time that a listing had a price. It is in each bucket that it shares a moment with; `until` is its end in a bucket.
POINTS = text("""
    SELECT at, currency, min(price_minor) AS minimum, max(price_minor) AS maximum,
           (array_agg(price_minor ORDER BY until DESC, price_minor, listing_id))[1] AS last,
           (array_agg(list_price_minor ORDER BY until DESC, price_minor, listing_id))[1] AS list_price
    FROM (
        SELECT bucket AS at, listing_id, currency, price_minor, list_price_minor,
               least(ended_at, bucket + make_interval(hours => :hours)) AS until
        FROM (
            SELECT change.*, lead(changed_at) OVER (PARTITION BY listing_id ORDER BY changed_at) AS ended_at,
                   first_value(change.currency) OVER (
                       ORDER BY change.price_minor IS NULL, change.currency <> :currency, change.currency
                   ) AS chosen
            FROM listing JOIN price_change change ON change.listing_id = listing.id
            WHERE listing.variant_id = keys.key
        ) span, generate_series(
            greatest(date_trunc(:bucket, changed_at, 'UTC'), :first),
            least(ended_at - interval '1 microsecond', :last, now()), make_interval(hours => :hours)
        ) bucket
        WHERE currency = chosen AND price_minor IS NOT NULL
    ) priced
    GROUP BY at, currency
""").bindparams(
    bindparam("hours", type_=Integer), bindparam("currency", type_=Text), bindparam("bucket", type_=Text),
    bindparam("first", type_=TIME), bindparam("last", type_=TIME),
)  # fmt: skip
POINT = POINTS.columns(
    column("at", TIME), column("currency", Text),
    *(column(name, BigInteger) for name in ("minimum", "maximum", "last", "list_price")),
).lateral("point")  # fmt: skip


class PriceHistoryByVariant(RowsLoader):
    """The prices of a variant in each bucket, from the one that begins at `first` to the one that begins at `last`.

    They are in the shop's own currency if any listing ever had a price in it. Buckets without a price are left out, and
    so are those that have not begun.
    """

    graphql_type = "PricePoint"

    def __init__(
        self, reads: Reads, viewer: Viewer, bucket: PriceBucket = PriceBucket.DAY,
        first: datetime | None = None, last: datetime | None = None,
    ) -> None:  # fmt: skip
        super().__init__(reads, viewer)
        self.bucket = bucket
        self.last = last or datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        self.first = first or self.last - timedelta(89)

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """By variant, the earliest first."""
        points = select(UUID_TABLE.ordinality, *POINT.c).select_from(UUID_KEYS.table.join(POINT, true()))
        return points.order_by(POINT.c.at)

    async def rows(self, keys: Iterable[UUID]) -> list[Row]:
        """Read the prices of these buckets."""
        period = {"bucket": self.bucket.lower(), "hours": HOURS[self.bucket], "first": self.first, "last": self.last}
        return await self.reads.rows(self.statement(self.viewer.kind, self.items), keys=list(keys), **period)
