"""The tools of tau2's retail domain, over its database: our own code, by the rules of its policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from palestra.envs.bridges.tau2_desk import Tau2Desk
from palestra.envs.bridges.tau2_purse import add, check_funds, method_of, payment
from palestra.envs.tools.tool import Effect, ToolError, tool

Reason = Literal["no longer needed", "ordered by mistake"]


class RetailDesk(Tau2Desk):
    """Customers, orders and products of a shop."""

    @tool(Effect.READ)
    def find_user_id_by_email(self, email: str) -> str:
        """Find a customer by an e-mail address.

        Args:
            email: The address.
        """
        return self._found(lambda user: user["email"].lower() == email.lower())

    @tool(Effect.READ)
    def find_user_id_by_name_zip(self, first_name: str, last_name: str, zip: str) -> str:
        """Find a customer by name and postal code.

        Args:
            first_name: First name.
            last_name: Last name.
            zip: Postal code.
        """
        wanted = (first_name.lower(), last_name.lower(), zip)

        def is_wanted(user: Mapping[str, Any]) -> bool:
            name = user["name"]
            return (name["first_name"].lower(), name["last_name"].lower(), user["address"]["zip"]) == wanted

        return self._found(is_wanted)

    @tool(Effect.READ)
    def get_user_details(self, user_id: str) -> Mapping[str, object]:
        """A customer with addresses, ways to pay and orders.

        Args:
            user_id: As the tools that find customers give it.
        """
        return self._shown("users", user_id)

    @tool(Effect.READ)
    def get_order_details(self, order_id: str) -> Mapping[str, object]:
        """An order with its items, its state and its payments.

        Args:
            order_id: With the sign `#` in front.
        """
        return self._shown("orders", order_id)

    @tool(Effect.READ)
    def get_product_details(self, product_id: str) -> Mapping[str, object]:
        """A product with all of its variants.

        Args:
            product_id: Of the product, not of an item.
        """
        return self._shown("products", product_id)

    @tool(Effect.READ)
    def list_all_product_types(self) -> Mapping[str, str]:
        """The ids of all products by their names."""
        return {self.record("products", key)["name"]: key for key in self.keys("products")}

    @tool(Effect.WRITE)
    def cancel_pending_order(self, order_id: str, reason: Reason) -> Mapping[str, object]:
        """Cancel an order that is pending; payments go back.

        Args:
            order_id: With the sign `#` in front.
            reason: What the customer says.
        """
        order = self._order(order_id, "pending")
        user = self.change("users", order["user_id"])
        for made in list(order["payment_history"]):
            method = made["payment_method_id"]
            order["payment_history"].append(payment("refund", made["amount"], method))
            add(user, method, made["amount"])
        order |= {"status": "cancelled", "cancel_reason": reason}
        self.keep("users", order["user_id"], user)
        return self._kept(order)

    @tool(Effect.WRITE)
    def modify_pending_order_address(  # noqa: PLR0913  as the tasks say
        self,
        order_id: str,
        address1: str,
        address2: str,
        city: str,
        state: str,
        country: str,
        zip: str,
    ) -> Mapping[str, object]:
        """Send a pending order to another address.

        Args:
            order_id: With the sign `#` in front.
            address1: First line.
            address2: Second line.
            city: City.
            state: State.
            country: Country.
            zip: Postal code.
        """
        order = self._order(order_id, "pending", is_prefix=True)
        order["address"] = _address(address1, address2, city, state, country, zip)
        return self._kept(order)

    @tool(Effect.WRITE)
    def modify_user_address(  # noqa: PLR0913  as the tasks say
        self,
        user_id: str,
        address1: str,
        address2: str,
        city: str,
        state: str,
        country: str,
        zip: str,
    ) -> Mapping[str, object]:
        """Change the address of a customer.

        Args:
            user_id: Of the customer.
            address1: First line.
            address2: Second line.
            city: City.
            state: State.
            country: Country.
            zip: Postal code.
        """
        user = self.change("users", user_id)
        user["address"] = _address(address1, address2, city, state, country, zip)
        self.keep("users", user_id, user)
        return dict(user)

    @tool(Effect.WRITE)
    def modify_pending_order_items(
        self, order_id: str, item_ids: Sequence[str], new_item_ids: Sequence[str], payment_method_id: str
    ) -> Mapping[str, object]:
        """Replace items of a pending order by other variants of the same products; possible once.

        Args:
            order_id: With the sign `#` in front.
            item_ids: What is replaced.
            new_item_ids: By what, in the same order.
            payment_method_id: For the difference in price.
        """
        order = self._order(order_id, "pending")
        pairs = self._pairs(order, item_ids, new_item_ids)
        if any(item["item_id"] == variant["item_id"] for item, variant in pairs):
            raise ToolError("an item can only be replaced by another one")
        owed = sum(variant["price"] - item["price"] for item, variant in pairs)
        user = self.change("users", order["user_id"])
        check_funds(user, payment_method_id, owed)
        order["payment_history"].append(payment("payment" if owed > 0 else "refund", abs(owed), payment_method_id))
        add(user, payment_method_id, -owed)
        for item, variant in pairs:
            item |= {"item_id": variant["item_id"], "price": variant["price"], "options": variant["options"]}
        order["status"] = "pending (item modified)"
        self.keep("users", order["user_id"], user)
        return self._kept(order)

    @tool(Effect.WRITE)
    def modify_pending_order_payment(self, order_id: str, payment_method_id: str) -> Mapping[str, object]:
        """Pay a pending order in another way; the first payment goes back.

        Args:
            order_id: With the sign `#` in front.
            payment_method_id: The new way.
        """
        order = self._order(order_id, "pending", is_prefix=True)
        history = order["payment_history"]
        if len(history) != 1 or history[0]["transaction_type"] != "payment":
            raise ToolError("the order must have exactly one payment")
        old, amount = history[0]["payment_method_id"], history[0]["amount"]
        if old == payment_method_id:
            raise ToolError("it is already paid in this way")
        user = self.change("users", order["user_id"])
        check_funds(user, payment_method_id, amount)
        history += [payment("payment", amount, payment_method_id), payment("refund", amount, old)]
        add(user, payment_method_id, -amount)
        add(user, old, amount)
        self.keep("users", order["user_id"], user)
        return self._kept(order)

    @tool(Effect.WRITE)
    def exchange_delivered_order_items(
        self, order_id: str, item_ids: Sequence[str], new_item_ids: Sequence[str], payment_method_id: str
    ) -> Mapping[str, object]:
        """Ask for the exchange of delivered items by other variants of the same products.

        Args:
            order_id: With the sign `#` in front.
            item_ids: What goes back.
            new_item_ids: What is wanted instead, in the same order.
            payment_method_id: For the difference in price.
        """
        order = self._order(order_id, "delivered")
        pairs = self._pairs(order, item_ids, new_item_ids)
        owed = round(sum(variant["price"] - item["price"] for item, variant in pairs), 2)
        check_funds(self.record("users", order["user_id"]), payment_method_id, owed)
        order |= {
            "status": "exchange requested",
            "exchange_items": sorted(item_ids),
            "exchange_new_items": sorted(new_item_ids),
            "exchange_payment_method_id": payment_method_id,
            "exchange_price_difference": owed,
        }
        return self._kept(order)

    @tool(Effect.WRITE)
    def return_delivered_order_items(
        self, order_id: str, item_ids: Sequence[str], payment_method_id: str
    ) -> Mapping[str, object]:
        """Ask for the return of delivered items.

        Args:
            order_id: With the sign `#` in front.
            item_ids: What goes back.
            payment_method_id: Where the money goes: as it was paid, or a gift card.
        """
        order = self._order(order_id, "delivered")
        method = method_of(self.record("users", order["user_id"]), payment_method_id)
        if method["source"] != "gift_card" and payment_method_id != order["payment_history"][0]["payment_method_id"]:
            raise ToolError("the money goes back as it was paid, or to a gift card")
        self._items(order, item_ids)
        order |= {
            "status": "return requested",
            "return_items": sorted(item_ids),
            "return_payment_method_id": payment_method_id,
        }
        return self._kept(order)

    def _found(self, is_wanted: Any) -> str:
        for key in self.keys("users"):
            if is_wanted(self.record("users", key)):
                return key
        raise ToolError("there is no such customer")

    def _shown(self, table: str, key: str) -> Mapping[str, object]:
        return dict(self.record(table, key))

    def _order(self, order_id: str, status: str, *, is_prefix: bool = False) -> Any:
        order = self.change("orders", order_id)
        if order["status"] != status and not (is_prefix and order["status"].startswith(status)):
            raise ToolError(f"the order is {order['status']}, not {status}")
        return order

    def _kept(self, order: Any) -> Mapping[str, object]:
        self.keep("orders", order["order_id"], order)
        return dict(order)

    def _items(self, order: Any, item_ids: Sequence[str]) -> list[Any]:
        """The items of an order, each of them once."""
        left = list(order["items"])
        found = []
        for item_id in item_ids:
            item = next((one for one in left if one["item_id"] == item_id), None)
            if item is None:
                raise ToolError(f"the order has no such item `{item_id[:40]}`")
            left.remove(item)
            found.append(item)
        return found

    def _pairs(self, order: Any, item_ids: Sequence[str], new_item_ids: Sequence[str]) -> list[tuple[Any, Any]]:
        if len(item_ids) != len(new_item_ids):
            raise ToolError("there must be one new item for each old one")
        pairs = []
        for item, new_id in zip(self._items(order, item_ids), new_item_ids, strict=True):
            variant = self.record("products", item["product_id"])["variants"].get(new_id)
            if variant is None or not variant["available"]:
                raise ToolError(f"`{new_id[:40]}` is no variant of the product, or not available")
            pairs.append((item, variant))
        return pairs


def _address(*lines: str) -> dict[str, str]:
    return dict(zip(("address1", "address2", "city", "state", "country", "zip"), lines, strict=True))
