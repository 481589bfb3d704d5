"""Ways to pay of tau2's customers: what they hold, and what is noted of payments."""

from __future__ import annotations

from typing import Any

from palestra.envs.tools.tool import ToolError


def method_of(user: Any, method_id: str) -> Any:
    """A customer's way to pay.

    Raises:
        ToolError: The customer has no such one.
    """
    if method_id not in user["payment_methods"]:
        raise ToolError(f"the customer has no way to pay `{method_id[:40]}`")
    return user["payment_methods"][method_id]


def check_funds(user: Any, method_id: str, amount: float) -> None:
    """Check that an amount can be paid.

    Raises:
        ToolError: It cannot.
    """
    method = method_of(user, method_id)
    if method["source"] == "gift_card" and method["balance"] < amount:
        raise ToolError("the gift card does not hold enough")


def payment(kind: str, amount: float, method_id: str) -> dict[str, object]:
    """What is noted of a payment or a refund."""
    return {"transaction_type": kind, "amount": round(amount, 2), "payment_method_id": method_id}


def add(user: Any, method_id: str, amount: float) -> None:
    """Put an amount onto a gift card, negative ones too; other ways to pay hold nothing."""
    method = user["payment_methods"].get(method_id)
    if method is not None and method["source"] == "gift_card":
        method["balance"] = round(method["balance"] + amount, 2)
