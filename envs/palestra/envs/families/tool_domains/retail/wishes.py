"""What customers of the shop want and can have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from palestra.envs.families.tool_domains import people
from palestra.envs.families.tool_domains.retail.phrases import about, changed, others
from palestra.envs.families.tool_domains.retail.records import (
    DELIVERED,
    PENDING,
    SHIPPED,
    TODAY,
    ShopDraft,
)
from palestra.envs.families.tool_domains.retail.rules import LARGE_DAYS, RETURN_DAYS, Topic
from palestra.envs.stateful import Asked, Fact, Goal, Lookup, called


def identity(draft: ShopDraft) -> Goal:
    """Who the customer is."""
    who = draft.customer
    return Goal(
        request=f"I am {who.name}. My e-mail address is {{email}} and my postcode is {{postcode}}.",
        facts=(
            Fact(
                name="email",
                value=who.email,
                words=("mail", "email", "verify", "identity"),
                vague="the usual one",
                about="My e-mail address is",
            ),
            Fact(
                name="postcode",
                value=who.postcode,
                words=("postcode", "zip", "postal", "verify", "identity"),
                vague="on your file",
                about="My postcode is",
            ),
        ),
        ways=((called("verify", email=who.email, postcode=who.postcode),),),
    )


def cancel(draft: ShopDraft) -> Goal:
    """Cancel a pending order, be it small or new."""
    product = draft.product()
    is_large = bool(draft.rng.below(2))
    days_ago = draft.rng.below(LARGE_DAYS) if is_large else draft.rng.below(9)
    order = draft.order(PENDING, draft.item(product), *others(draft, is_large), days_ago=days_ago)
    return about(draft, product, "Please cancel {order}.", "to cancel", (called("cancel_order", order_id=order.id),))


def redirect(draft: ShopDraft) -> Goal:
    """Send a pending order to another address."""
    product = draft.product()
    order = draft.order(PENDING, draft.item(product), *others(draft, False))
    new, other = people.address(draft.rng), people.address(draft.rng)
    fact = Fact(
        name="address",
        value=new,
        words=("address", "street", "where"),
        vague="my new address",
        about=f"The new address for the order with the {product} is",
        mistake=other if other != new else "",
    )
    calls = (called("change_address", order_id=order.id, address=new),)
    return about(draft, product, "Please send {order} to {address}.", "to send elsewhere", calls, fact)


def pay_otherwise(draft: ShopDraft) -> Goal:
    """Pay a pending order with the gift card, which covers it."""
    product = draft.product()
    order = draft.order(PENDING, draft.item(product), *others(draft, False))
    calls = (called("change_payment", order_id=order.id, payment_id=draft.gift_card.id),)
    text = "I want to pay {order} with my gift card that has more than 500 instead."
    goal = about(draft, product, text, "to pay otherwise", calls)
    return replace(goal, names=(*goal.names, _rich_card(draft)))


def modify(draft: ShopDraft) -> Goal:
    """Change one item, or two, of a pending order."""
    return _swap(draft, PENDING, "modify_items", "In {order}, change the {product} to {look}.")


def exchange(draft: ShopDraft) -> Goal:
    """Exchange an item of a delivered order."""
    return _swap(draft, DELIVERED, "exchange_items", "From {order}, exchange the {product} for {look}.")


def give_back(draft: ShopDraft) -> Goal:
    """Return an item, or the whole of a delivered order."""
    product, days_ago = draft.product(), 1 + draft.rng.below(RETURN_DAYS - 1)
    order = draft.order(DELIVERED, draft.item(product), *others(draft, False), days_ago=days_ago)
    is_whole = bool(draft.rng.below(2))
    lines = [f"{order.id}-1", f"{order.id}-2"] if is_whole else [f"{order.id}-1"]
    fact = Fact(
        name="extent",
        value="everything in it" if is_whole else f"only the {product}",
        words=("items", "item", "return", "everything", "which", "part", "whole"),
        vague="something",
        about=f"What goes back from the order with the {product} is",
        mistake=f"only the {product}" if is_whole else "everything in it",
    )
    at_once = (called("return_items", order_id=order.id, line_ids=lines, payment_id=draft.card.id),)
    one_by_one = tuple(
        called("return_items", order_id=order.id, line_ids=[line], payment_id=draft.card.id) for line in lines
    )
    goal = about(draft, product, "From {order} I return {extent}.", "to return from", at_once, fact)
    return replace(goal, ways=(at_once, one_by_one)) if is_whole else goal


def ask_total(draft: ShopDraft) -> Goal:
    """What an order costs."""
    product = draft.product()
    order = draft.order(SHIPPED, draft.item(product), *others(draft, bool(draft.rng.below(2))))
    answer = Lookup(sql="SELECT SUM(price) FROM order_line WHERE order_id = ?", values=(order.id,))
    asked = Asked(what=Topic.ORDER_TOTAL, subject=order.id, answer=answer)
    return about(draft, product, "What is the total of {order}?", "whose total I want", (), asked=asked)


def ask_days(draft: ShopDraft) -> Goal:
    """How long ago an order came."""
    product = draft.product()
    order = draft.order(DELIVERED, draft.item(product), days_ago=1 + draft.rng.below(90))
    sql = f"SELECT CAST(julianday('{TODAY}') - julianday(delivered) AS INTEGER) FROM shop_order WHERE id = ?"
    asked = Asked(what=Topic.DAYS_SINCE_DELIVERY, subject=order.id, answer=Lookup(sql=sql, values=(order.id,)))
    text = "How many days ago was {order} delivered?"
    return about(draft, product, text, "whose delivery I mean", (), asked=asked)


def ask_stock(draft: ShopDraft) -> Goal:
    """How many units there are of a product."""
    product = draft.product()
    answer = Lookup(sql="SELECT SUM(stock) FROM variant WHERE product = ?", values=(product,))
    asked = Asked(what=Topic.UNITS_IN_STOCK, subject=product, answer=answer)
    return Goal(request=f"How many units of the {product} are in stock, of all variants together?", asked=(asked,))


def ask_balance(draft: ShopDraft) -> Goal:
    """What is on the gift card."""
    answer = Lookup(sql="SELECT balance FROM payment WHERE id = ?", values=(draft.gift_card.id,))
    asked = Asked(what=Topic.GIFT_CARD_BALANCE, subject=draft.gift_card.id, answer=answer)
    text = "What is the exact balance of my gift card that has more than 500?"
    return Goal(request=text, asked=(asked,), names=(_rich_card(draft),))


WISHES: dict[str, Callable[[ShopDraft], Goal | None]] = {
    make.__name__: make
    for make in (
        cancel, redirect, pay_otherwise, modify, exchange, give_back, ask_total, ask_days, ask_stock, ask_balance
    )
}  # fmt: skip


def _rich_card(draft: ShopDraft) -> Lookup:
    sql = "SELECT id FROM payment WHERE customer = ? AND kind = 'gift card' AND balance > 500"
    return Lookup(sql=sql, values=(draft.customer.id,))


def _swap(draft: ShopDraft, status: str, tool: str, request: str) -> Goal:
    product = draft.product()
    item = draft.item(product)
    order = draft.order(status, item, *others(draft, False), days_ago=1 + draft.rng.below(9))
    new, other = draft.rng.sample(draft.others(item), 2)
    fact = Fact(
        name="look",
        value=f"the one that is {new.look}",
        words=("colour", "color", "size", "variant", "look", "instead"),
        vague="another one",
        about=f"The {product} that I want instead is",
        mistake=f"the one that is {other.look}",
    )
    calls = (changed(tool, order, new),)
    doing = "to modify" if status == PENDING else "with the exchange"
    return about(draft, product, request.replace("{product}", product), doing, calls, fact)
