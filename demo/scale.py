"""How much demo data there is."""

from dataclasses import dataclass
from math import sqrt


@dataclass(frozen=True, kw_only=True)
class Scale:
    """The numbers of rows that depend on the scale; each is exact. Other numbers follow from them."""

    customers: int = 2_000
    follows: int = 15_000
    products: int = 2_000
    wishlist_items: int = 10_000
    tickets: int = 1_200
    sales: int = 900

    def __post_init__(self) -> None:
        if self.customers < 100 or self.products < 100 or self.wishlist_items < 200 or self.tickets < 50:
            message = (
                "Demo data needs at least 100 customers, 100 products, 200 wishlist items and 50 tickets (--scale 0.05)"
            )
            raise ValueError(message)
        if not 4 * self.customers <= self.follows <= self.customers**2 // 8:
            message = (
                f"{self.customers:,} customers can have {4 * self.customers:,} to {self.customers**2 // 8:,} follows, "
                f"not {self.follows:,}"
            )
            raise ValueError(message)
        if self.wishlist_items > 20 * self.customers:
            message = f"{self.customers:,} customers can have at most {20 * self.customers:,} wishlist items"
            raise ValueError(message)

    @classmethod
    def times(cls, factor: float) -> "Scale":
        """Multiply the default; the catalogue grows more slowly than the number of customers."""
        if not 0.05 <= factor <= 1_000:
            message = f"--scale takes 0.05 to 1000, not {factor:g}"
            raise ValueError(message)
        return cls(
            customers=round(cls.customers * factor),
            follows=round(cls.follows * factor),
            products=round(cls.products * sqrt(factor)),
            wishlist_items=round(cls.wishlist_items * factor),
            tickets=round(cls.tickets * factor),
            sales=round(cls.sales * factor),
        )
