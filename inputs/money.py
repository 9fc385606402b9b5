"""Amounts of money in inputs."""

from decimal import Decimal

import strawberry

import errors
from inputs.arguments import input_field
from inputs.scalars import CurrencyCode
from models.money import CURRENCIES_IN_USE, Money
from models.payment_amounts import check_payable, to_minor


@strawberry.input(description="An amount of money.")
class MoneyInput:
    """An amount in units of its currency."""

    amount: Decimal = input_field(
        'The amount in units of the currency, for example `"129.50"`. It can have as many decimal places as the currency has.'
    )
    currency_code: CurrencyCode = input_field("The currency of the amount, for example `AED`.")


def read_payable(given: MoneyInput, field: str) -> Money:
    """Read an amount that can be paid through Razorpay."""
    if given.currency_code not in CURRENCIES_IN_USE:
        message = "Give the code of a currency in use, in capital letters, for example AED."
        raise errors.InvalidInput(message, field, "currencyCode")
    currency = str(given.currency_code)
    money = Money(to_minor(given.amount, currency, field, "amount"), currency)
    check_payable(money, field)
    return money
