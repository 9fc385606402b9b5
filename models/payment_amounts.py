"""Which amounts can be paid through Razorpay."""

from decimal import Decimal

import errors
from models.money import Money, exponent

PAYABLE_CURRENCIES = frozenset(
    {
        "AED", "ALL", "AMD", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BGN", "BHD", "BIF", "BMD", "BND", "BOB",
        "BRL", "BSD", "BTN", "BWP", "BZD", "CAD", "CHF", "CLP", "CNY", "COP", "CRC", "CUP", "CVE", "CZK", "DJF", "DKK",
        "DOP", "DZD", "EGP", "ETB", "EUR", "FJD", "GBP", "GHS", "GIP", "GMD", "GNF", "GTQ", "GYD", "HKD", "HNL", "HTG",
        "HUF", "IDR", "ILS", "INR", "IQD", "ISK", "JMD", "JOD", "JPY", "KES", "KGS", "KHR", "KMF", "KRW", "KWD", "KYD",
        "KZT", "LAK", "LKR", "LRD", "LSL", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MUR", "MVR", "MWK", "MXN",
        "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "OMR", "PEN", "PGK", "PHP", "PKR", "PLN", "PYG", "QAR",
        "RON", "RSD", "RUB", "RWF", "SAR", "SCR", "SEK", "SGD", "SOS", "SSP", "SVC", "SZL", "THB", "TND", "TRY", "TTD",
        "TWD", "TZS", "UAH", "UGX", "USD", "UYU", "UZS", "VND", "VUV", "XAF", "XCD", "XOF", "XPF", "YER", "ZAR", "ZMW",
    }
)  # fmt: skip
"""Those that Razorpay takes, unless the account is limited to fewer."""
MAX_PAYMENT_MINOR = 2**31 - 1
"""Razorpay Checkout gets the amount as an `Int` of GraphQL. It is less than `models.money.MAX_MINOR`."""
COARSE = 10
"""Razorpay takes amounts of currencies with three decimal places only where the last one is zero."""


def check_payable(money: Money, *field: str) -> None:
    """Refuse an amount that cannot be paid through Razorpay."""
    minor, currency = money.minor, money.currency_code
    if currency not in PAYABLE_CURRENCIES:
        raise errors.InvalidInput(f"Payments in {currency} are not possible.", *field)
    if minor <= 0:
        raise errors.InvalidInput("The amount must be greater than zero.", *field)
    if minor > MAX_PAYMENT_MINOR:
        most = Money(MAX_PAYMENT_MINOR, currency).amount
        raise errors.InvalidInput(f"One payment can be for at most {most:f} {currency}.", *field)
    if is_too_fine(minor, currency):
        step = Money(COARSE, currency).amount
        raise errors.InvalidInput(f"Amounts in {currency} can be paid only in steps of {step:f}.", *field)


def is_too_fine(minor: int, currency: str) -> bool:
    """Whether an amount has a decimal place that Razorpay does not take."""
    return exponent(currency) > 2 and minor % COARSE != 0  # noqa: PLR2004 - most currencies have two


def to_minor(amount: Decimal, currency: str, *field: str) -> int:
    """Convert an amount in units of a currency to minor units; refuse one that has none, or far too many of them."""
    digits = exponent(currency)
    if not amount.is_finite() or not 0 < amount <= MAX_PAYMENT_MINOR:
        most = Money(MAX_PAYMENT_MINOR, currency).amount
        raise errors.InvalidInput(f"The amount must be greater than zero and at most {most:f} {currency}.", *field)
    minor = int(amount.scaleb(digits))
    if Decimal(minor).scaleb(-digits) != amount:
        places = f"at most {digits}" if digits else "no"
        raise errors.InvalidInput(f"An amount in {currency} can have {places} decimal places.", *field)
    return minor
