"""The rules of the shop, and the words in which its desk speaks of them."""

from __future__ import annotations

from enum import StrEnum

from palestra.envs.families.tool_domains.retail.records import (
    CANCELLED,
    PENDING,
    TODAY,
)
from palestra.envs.stateful import Rule

RETURN_DAYS = 30
LARGE_TOTAL, LARGE_DAYS = 200, 3

RULES = (
    Rule(
        name="return_window",
        text=f"Items go back, or are exchanged, within {RETURN_DAYS} days after their delivery and no later.",
        broken_by=f"""
            SELECT 1 FROM order_line JOIN shop_order ON shop_order.id = order_id
            WHERE order_line.status IN ('returned', 'exchanged')
            AND julianday('{TODAY}') - julianday(delivered) > {RETURN_DAYS}""",
    ),
    Rule(
        name="refund_place",
        text="Money goes back to the payment that the order was paid with, and nowhere else.",
        broken_by="""
            SELECT 1 FROM booking JOIN shop_order ON shop_order.id = order_id
            WHERE amount < 0 AND booking.payment <> shop_order.payment""",
    ),
    Rule(
        name="one_modification",
        text="The items of an order are modified once in its life: all changes go into one call. Items become "
        "variants of the same product that are in stock.",
        broken_by="SELECT 1 FROM shop_order WHERE modified > 1",
    ),
    Rule(
        name="large_cancellation",
        text=f"An order of more than {LARGE_TOTAL} in total is cancelled within {LARGE_DAYS} days after it was placed "
        "and no later.",
        broken_by=f"""
            SELECT 1 FROM shop_order WHERE status = '{CANCELLED}'
            AND julianday('{TODAY}') - julianday(placed) > {LARGE_DAYS}
            AND (SELECT SUM(price) FROM order_line WHERE order_id = shop_order.id) > {LARGE_TOTAL}""",
    ),
    Rule(
        name="gift_card_cover",
        text="A gift card pays for an order only if its balance covers the whole total.",
        broken_by=f"""
            SELECT 1 FROM shop_order JOIN payment ON payment.id = shop_order.payment
            WHERE kind = 'gift card' AND status = '{PENDING}'
            AND balance < (SELECT SUM(price) FROM order_line WHERE order_id = shop_order.id)""",
    ),
    Rule(
        name="identity",
        text="Nothing is shown, changed, told or declined before the owner of the account is verified by e-mail and "
        "postcode, and only the orders of that account. Pending orders alone can be cancelled, redirected, paid "
        "otherwise or modified, and delivered ones alone returned or exchanged.",
    ),
)


class Topic(StrEnum):
    """What customers ask about."""

    ORDER_TOTAL = "order_total"
    DAYS_SINCE_DELIVERY = "days_since_delivery"
    UNITS_IN_STOCK = "units_in_stock"
    GIFT_CARD_BALANCE = "gift_card_balance"


class Reason(StrEnum):
    """Why a wish is declined."""

    NOT_PENDING = "not_pending"
    RETURN_WINDOW = "return_window"
    REFUND_PLACE = "refund_place"
    MODIFIED_BEFORE = "modified_before"
    SOLD_OUT = "sold_out"
    NOT_THEIR_ORDER = "not_their_order"
    LARGE_ORDER = "large_order"
    LOW_BALANCE = "low_balance"
