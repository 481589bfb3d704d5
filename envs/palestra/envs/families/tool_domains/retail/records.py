"""What the shop keeps, and the world of a task while it is made up."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import ClassVar

from palestra.envs.families.tool_domains import people
from palestra.envs.stateful import Draft, Record, Schema

TODAY = date(2031, 5, 14)
PENDING, SHIPPED, DELIVERED, CANCELLED = "pending", "shipped", "delivered", "cancelled"
CARD, GIFT_CARD = "card", "gift card"

_COLOURS = ("red", "blue", "green", "black", "white", "yellow", "grey")
_SIZES = ("S", "M", "L", "XL")
_LOOKS = tuple((colour, size) for colour in _COLOURS for size in _SIZES)


@dataclass(frozen=True, kw_only=False, slots=True)
class Customer(Record):
    """Somebody with an account."""

    id: str
    name: str
    email: str
    postcode: str
    address: str


@dataclass(frozen=True, slots=True)
class Payment(Record):
    """A way to pay."""

    id: str
    customer: str
    kind: str
    balance: int
    """Of a gift card; 0 for cards."""


@dataclass(frozen=True, slots=True)
class Variant(Record):
    """A product in a colour and a size."""

    id: str
    product: str
    colour: str
    size: str
    price: int
    stock: int

    @property
    def look(self) -> str:
        """As people say it."""
        return f"{self.colour} in size {self.size}"


@dataclass(frozen=True, slots=True)
class ShopOrder(Record):
    """An order."""

    id: str
    customer: str
    status: str
    placed: str
    delivered: str
    """Empty before it is."""
    address: str
    payment: str
    modified: int
    """How often its items were changed."""


@dataclass(frozen=True, slots=True)
class OrderLine(Record):
    """An item of an order."""

    id: str
    order_id: str
    variant: str
    price: int
    status: str


@dataclass(frozen=True, slots=True)
class Booking(Record):
    """Money that moved: a charge, or, below 0, a refund."""

    free: ClassVar[frozenset[str]] = frozenset({"id"})

    id: str
    order_id: str
    payment: str
    amount: int


@dataclass(frozen=True, slots=True)
class Session(Record):
    """Who was verified."""

    is_tracked: ClassVar[bool] = False

    key: str
    value: str


SCHEMA = Schema.of(Customer, Payment, Variant, ShopOrder, OrderLine, Booking, Session)


def day(days_ago: int) -> str:
    """A date before today."""
    return (TODAY - timedelta(days=days_ago)).isoformat()


@dataclass(kw_only=True)
class ShopDraft(Draft):
    """A shop, the customer, and what nobody has used yet."""

    customer: Customer = field(init=False)
    card: Payment = field(init=False)
    gift_card: Payment = field(init=False)
    products: list[str] = field(default_factory=list)
    """Names that no order of the customer has yet."""
    fillers: list[str] = field(default_factory=list)
    """Names that any order may have; the first is dear. No goal speaks of them."""
    variants: dict[str, list[Variant]] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        rng = self.rng
        names = rng.sample(people.names("products"), 12)
        self.fillers, self.products = names[:4], names[4:]
        for product in names:
            price = (120 if product == names[0] else 10) + rng.below(70)
            looks = rng.sample(_LOOKS, 4)
            self.variants[product] = [
                self.add(Variant(self.fresh("V"), product, colour, size, price + rng.below(12), 1 + rng.below(9)))
                for colour, size in looks[:3]
            ]
            colour, size = looks[3]
            self.variants[product].append(self.add(Variant(self.fresh("V"), product, colour, size, price, 0)))
        self.customer = self.person()
        self.card = self.add(Payment(self.fresh("P"), self.customer.id, CARD, 0))
        self.gift_card = self.add(Payment(self.fresh("P"), self.customer.id, GIFT_CARD, 600 + rng.below(200)))

    def fresh(self, prefix: str) -> str:
        """An id that is not taken."""
        while (made := people.number(prefix, self.rng)) in self.ids:
            pass
        self.ids.add(made)
        return made

    def person(self) -> Customer:
        """Another customer."""
        name = people.person(self.rng)
        return self.add(
            Customer(
                self.fresh("C"),
                name,
                people.email(name, self.rng),
                str(10_000 + self.rng.below(90_000)),
                people.address(self.rng),
            )
        )

    def product(self) -> str:
        """A product that from now on stands for one order of the customer."""
        return self.products.pop()

    def order(
        self, status: str, *items: Variant, days_ago: int = 1, owner: Customer | None = None, modified: int = 0
    ) -> ShopOrder:
        """A new order with these items, placed, or delivered, so many days ago."""
        owner = owner or self.customer
        delivered = day(days_ago) if status == DELIVERED else ""
        placed = day(days_ago + 1 + self.rng.below(9)) if status == DELIVERED else day(days_ago)
        payment = self.card.id if owner is self.customer else f"P-{owner.id}"
        order = ShopOrder(self.fresh("W"), owner.id, status, placed, delivered, owner.address, payment, modified)
        self.add(order)
        for index, item in enumerate(items):
            self.add(OrderLine(f"{order.id}-{index + 1}", order.id, item.id, item.price, "ordered"))
        return order

    def item(self, product: str) -> Variant:
        """A variant that is in stock."""
        return self.variants[product][self.rng.below(3)]

    def others(self, item: Variant) -> list[Variant]:
        """The other variants of the product that are in stock."""
        return [variant for variant in self.variants[item.product] if variant.stock and variant is not item]

    def sold_out(self, product: str) -> Variant:
        """The variant that is not in stock."""
        return self.variants[product][-1]
