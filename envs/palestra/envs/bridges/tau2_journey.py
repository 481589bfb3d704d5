"""What a journey of tau2's airline is made of: airports, flights, passengers and payments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from palestra.envs.tools.tool import ToolError

CITIES: Final = {
    **{"SFO": "San Francisco", "JFK": "New York", "LAX": "Los Angeles", "ORD": "Chicago", "DFW": "Dallas"},
    **{"DEN": "Denver", "SEA": "Seattle", "ATL": "Atlanta", "MIA": "Miami", "BOS": "Boston", "PHX": "Phoenix"},
    **{"IAH": "Houston", "LAS": "Las Vegas", "MCO": "Orlando", "EWR": "Newark", "CLT": "Charlotte"},
    **{"MSP": "Minneapolis", "DTW": "Detroit", "PHL": "Philadelphia", "LGA": "LaGuardia"},
}
"""The airports by their codes."""


@dataclass(frozen=True, slots=True)
class Leg:
    """A flight of a journey."""

    flight_number: str
    date: str


@dataclass(frozen=True, slots=True)
class Passenger:
    """Somebody who flies."""

    first_name: str
    last_name: str
    dob: str


@dataclass(frozen=True, slots=True)
class Payment:
    """What is paid, and how."""

    payment_id: str
    amount: float


def pay(user: Any, payments: Sequence[Payment], price: float) -> None:
    """Take what is paid from gift cards and certificates.

    Raises:
        ToolError: A payment cannot be made, or they do not add up.
    """
    if sum(payment.amount for payment in payments) != price:
        raise ToolError(f"the price is {price:g}, and the payments do not add up to it")
    for payment in payments:
        method = user["payment_methods"].get(payment.payment_id)
        if method is None:
            raise ToolError(f"the customer has no way to pay `{payment.payment_id[:40]}`")
        if method["source"] != "credit_card" and method["amount"] < payment.amount:
            raise ToolError(f"`{payment.payment_id}` does not hold enough")
        if method["source"] == "gift_card":
            method["amount"] -= payment.amount
        elif method["source"] == "certificate":
            user["payment_methods"].pop(payment.payment_id)
