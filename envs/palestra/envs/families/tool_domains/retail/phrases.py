"""What the wishes of customers of the shop have in common: the objects they name, and how."""

from __future__ import annotations

from palestra.envs.families.tool_domains.retail.records import (
    ShopDraft,
    ShopOrder,
    Variant,
)
from palestra.envs.families.tool_domains.retail.rules import Reason
from palestra.envs.stateful import Asked, Fact, Goal, Lookup, called
from palestra.verifiers.tools.call import ToolCall

FIND_ORDER = """
    SELECT DISTINCT shop_order.id FROM shop_order JOIN order_line ON order_id = shop_order.id
    JOIN variant ON variant.id = order_line.variant WHERE customer = ? AND product = ?"""


def refused(draft: ShopDraft, product: str, request: str, order: ShopOrder, reason: Reason, tempting: ToolCall) -> Goal:
    """A goal that must be declined."""
    which = Fact(name="order", value=f"the order with the {product}", words=("order",), vague="", about="The order is")
    return Goal(
        request=request,
        facts=(which,),
        ways=((called("decline", subject=order.id, reason=reason),),),
        names=(Lookup(sql=FIND_ORDER, values=(draft.customer.id, product)),),
        tempting=(tempting,),
    )


def others(draft: ShopDraft, is_large: bool) -> tuple[Variant, ...]:
    """More items for an order: two dear ones, or a cheap one."""
    if is_large:
        return tuple(draft.variants[draft.fillers[0]][:2])
    return (draft.item(draft.rng.choice(draft.fillers[1:])),)


def changed(tool: str, order: ShopOrder, new: Variant) -> ToolCall:
    """The call that makes the first item of an order another variant."""
    return called(tool, order_id=order.id, changes=[{"line_id": f"{order.id}-1", "variant_id": new.id}])


def about(
    draft: ShopDraft, product: str, request: str, doing: str, calls: tuple[ToolCall, ...], *facts: Fact,
    asked: Asked | None = None,
) -> Goal:  # fmt: skip
    """A goal about the one order that has a product."""
    which = Fact(
        name="order",
        value=f"the order with the {product}",
        words=("order", "orders"),
        vague="one of my orders",
        about=f"The order {doing} is",
    )
    return Goal(
        request=request,
        facts=(which, *facts),
        ways=(calls,),
        asked=() if asked is None else (asked,),
        names=(Lookup(sql=FIND_ORDER, values=(draft.customer.id, product)),),
    )
