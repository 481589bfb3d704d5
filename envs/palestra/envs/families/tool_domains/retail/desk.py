"""What an employee of the shop can do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from palestra.envs.families.tool_domains.retail.records import (
    CANCELLED,
    DELIVERED,
    PENDING,
    SCHEMA,
    Booking,
    Customer,
    OrderLine,
    Payment,
    Session,
    ShopOrder,
    Variant,
)
from palestra.envs.families.tool_domains.retail.rules import RULES, Reason, Topic
from palestra.envs.stateful import DomainDesk, Rule, Schema, read, write
from palestra.envs.tools import ToolError


@dataclass(frozen=True, kw_only=True, slots=True)
class Swap:
    """An item of an order, and the variant that it becomes."""

    line_id: str
    variant_id: str


class RetailTools(DomainDesk):
    """The tools of the shop."""

    schema: ClassVar[Schema] = SCHEMA
    rules: ClassVar[tuple[Rule, ...]] = RULES

    @write
    def verify(self, email: str, postcode: str) -> dict[str, str]:
        """Verify who the customer is, once and before anything else.

        Args:
            email: The e-mail address of the account.
            postcode: The postcode of the account.
        """
        found = [one for one in self.database.where(Customer, "email", email) if one.postcode == postcode]
        if not found:
            raise ToolError("no account has this e-mail address and postcode")
        if self.database.get(Session, "customer") is not None:
            raise ToolError("a customer is verified already")
        self.database.add(Session("customer", found[0].id))
        return {"customer_id": found[0].id, "name": found[0].name, "address": found[0].address}

    @read
    def list_orders(self) -> list[dict[str, object]]:
        """The orders of the verified customer, with the names of their products."""
        orders = self.database.where(ShopOrder, "customer", self._customer())
        return [
            {"order_id": one.id, "status": one.status, "placed": one.placed, "products": self._products(one)}
            for one in orders
        ]

    @read
    def show_order(self, order_id: str) -> dict[str, object]:
        """All about an order of the verified customer.

        Args:
            order_id: The order.
        """
        order = self._order(order_id)
        lines = []
        for line in self._lines(order):
            variant = self.need(Variant, line.variant)
            lines.append(
                {"line_id": line.id, "product": variant.product, "look": variant.look, "variant_id": variant.id}
                | {"price": line.price, "status": line.status}
            )
        return {
            "order_id": order.id,
            "status": order.status,
            "placed": order.placed,
            "delivered": order.delivered,
            "address": order.address,
            "payment_id": order.payment,
            "times_modified": order.modified,
            "lines": lines,
        }

    @read
    def list_payments(self) -> tuple[Payment, ...]:
        """The payments of the verified customer: cards, and gift cards with their balance."""
        return self.database.where(Payment, "customer", self._customer())

    @read
    def list_variants(self, product: str) -> tuple[Variant, ...]:
        """The variants of a product, with price and units in stock.

        Args:
            product: The name of the product.
        """
        return self.database.where(Variant, "product", product)

    @write
    def cancel_order(self, order_id: str) -> str:
        """Cancel a pending order; all its money goes back to its payment.

        Args:
            order_id: The order.
        """
        order = self._pending(order_id)
        lines = self._lines(order)
        for line in lines:
            self.database.change(replace(line, status=CANCELLED))
            self._restock(line.variant, 1)
        self.database.change(replace(order, status=CANCELLED))
        self._book(order, order.payment, -sum(line.price for line in lines))
        return f"Order {order.id} is cancelled."

    @write
    def change_address(self, order_id: str, address: str) -> str:
        """Send a pending order elsewhere.

        Args:
            order_id: The order.
            address: Number and street, a comma, and the town.
        """
        order = self._pending(order_id)
        written = " ".join(address.split()).rstrip(".")
        self.database.change(replace(order, address=written))
        return f"Order {order.id} goes to {written[:200]}."

    @write
    def change_payment(self, order_id: str, payment_id: str) -> str:
        """Have a pending order paid otherwise.

        Args:
            order_id: The order.
            payment_id: Another payment of the customer.
        """
        order = self._pending(order_id)
        payment = self._payment(payment_id)
        total = sum(line.price for line in self._lines(order))
        self._book(order, payment.id, total)
        self.database.change(replace(order, payment=payment.id))
        return f"Order {order.id} is paid with {payment.id}."

    @write
    def modify_items(self, order_id: str, changes: Sequence[Swap]) -> str:
        """Change items of a pending order to other variants of the same product; its payment settles the price.

        Args:
            order_id: The order.
            changes: All the items that change.
        """
        order = self._pending(order_id)
        self._swap(order, changes, "ordered")
        self.database.change(replace(order, modified=order.modified + 1))
        return f"Order {order.id} is modified."

    @write
    def return_items(self, order_id: str, line_ids: Sequence[str], payment_id: str) -> str:
        """Take items of a delivered order back.

        Args:
            order_id: The order.
            line_ids: Its items that go back.
            payment_id: The payment that gets the money.
        """
        order = self._delivered(order_id)
        payment = self._payment(payment_id)
        lines = [self._line(order, line_id) for line_id in line_ids]
        if not lines or len({line.id for line in lines}) < len(lines):
            raise ToolError("name each item once, and one at least")
        for line in lines:
            self.database.change(replace(line, status="returned"))
        self._book(order, payment.id, -sum(line.price for line in lines))
        return f"{len(lines)} items of {order.id} go back."

    @write
    def exchange_items(self, order_id: str, changes: Sequence[Swap]) -> str:
        """Exchange items of a delivered order for other variants of the same product; its payment settles the price.

        Args:
            order_id: The order.
            changes: All the items that are exchanged.
        """
        order = self._delivered(order_id)
        self._swap(order, changes, "exchanged")
        return f"{len(changes)} items of {order.id} are exchanged."

    @write
    def tell(self, what: Topic, subject: str, value: int) -> str:
        """Tell the customer a figure that was asked for; it can be told once.

        Args:
            what: What the figure is.
            subject: The id of the order or of the gift card, or the name of the product (units of all its variants).
            value: The figure.
        """
        self._customer()
        match what:
            case Topic.UNITS_IN_STOCK:
                if not self.database.where(Variant, "product", subject):
                    raise ToolError(f"there is no product `{subject[:80]}`")
            case Topic.GIFT_CARD_BALANCE:
                self._payment(subject)
            case Topic.ORDER_TOTAL | Topic.DAYS_SINCE_DELIVERY:
                self._order(subject)
        self.note_answer(what, subject, value)
        return "The customer was told."

    @write
    def decline(self, subject: str, reason: Reason) -> str:
        """Decline a wish that the rules forbid.

        Args:
            subject: The id of the order that it is about.
            reason: Why.
        """
        self._customer()
        self.note_refusal(self.need(ShopOrder, subject).id, reason)
        return "The customer was told that this cannot be done."

    def _customer(self) -> str:
        session = self.database.get(Session, "customer")
        if session is None:
            raise ToolError("the customer is not verified yet")
        return session.value

    def _order(self, order_id: str) -> ShopOrder:
        customer = self._customer()
        order = self.need(ShopOrder, order_id)
        if order.customer != customer:
            raise ToolError(f"order `{order.id}` is not the customer's")
        return order

    def _pending(self, order_id: str) -> ShopOrder:
        order = self._order(order_id)
        if order.status != PENDING:
            raise ToolError(f"order `{order.id}` is {order.status}, not pending")
        return order

    def _delivered(self, order_id: str) -> ShopOrder:
        order = self._order(order_id)
        if order.status != DELIVERED:
            raise ToolError(f"order `{order.id}` is {order.status}, not delivered")
        return order

    def _payment(self, payment_id: str) -> Payment:
        payment = self.need(Payment, payment_id)
        if payment.customer != self._customer():
            raise ToolError(f"payment `{payment.id}` is not the customer's")
        return payment

    def _lines(self, order: ShopOrder) -> tuple[OrderLine, ...]:
        return self.database.where(OrderLine, "order_id", order.id)

    def _line(self, order: ShopOrder, line_id: str) -> OrderLine:
        line = self.need(OrderLine, line_id)
        if line.order_id != order.id or line.status != "ordered":
            raise ToolError(f"item `{line.id}` is not one of order `{order.id}`, or was settled before")
        return line

    def _products(self, order: ShopOrder) -> list[str]:
        return [self.need(Variant, line.variant).product for line in self._lines(order)]

    def _swap(self, order: ShopOrder, changes: Sequence[Swap], status: str) -> None:
        if not changes or len({change.line_id for change in changes}) < len(changes):
            raise ToolError("name each item once, and one at least")
        difference = 0
        for change in changes:
            line, new = self._line(order, change.line_id), self.need(Variant, change.variant_id)
            old = self.need(Variant, line.variant)
            if new.product != old.product or new.id == old.id:
                raise ToolError(f"`{new.id}` is no other variant of the {old.product}")
            if not new.stock:
                raise ToolError(f"`{new.id}` is sold out")
            difference += new.price - line.price
            self._restock(new.id, -1)
            self._restock(old.id, 1)
            self.database.change(replace(line, variant=new.id, price=new.price, status=status))
        if difference:
            self._book(order, order.payment, difference)

    def _restock(self, variant_id: str, by: int) -> None:
        variant = self.need(Variant, variant_id)
        self.database.change(replace(variant, stock=variant.stock + by))

    def _book(self, order: ShopOrder, payment_id: str, amount: int) -> None:
        count = len(self.database.query("SELECT id FROM booking"))
        self.database.add(Booking(f"B{count + 1}", order.id, payment_id, amount))
