"""What the bank keeps, and the world of a task while it is made up."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import ClassVar

from palestra.envs.families.tool_domains import people
from palestra.envs.stateful import Draft, Record, Schema

TODAY = date(2031, 9, 18)
CURRENT, SAVINGS, DEPOSIT = "current", "savings", "deposit"
ACTIVE, LOST = "active", "lost"
RUNNING, STOPPED = "running", "stopped"
BOOKED, DISPUTED = "booked", "disputed"

_CARDS = ("everyday card", "travel card", "online card", "family card", "fuel card")


@dataclass(frozen=True, slots=True)
class Holder(Record):
    """Somebody with accounts."""

    id: str
    name: str
    email: str
    born: str


@dataclass(frozen=True, slots=True)
class Account(Record):
    """An account in whole euros."""

    id: str
    holder: str
    kind: str
    balance: int


@dataclass(frozen=True, slots=True)
class Payee(Record):
    """Somebody to whom a customer sends money."""

    id: str
    holder: str
    name: str
    is_blocked: int
    """1 where fraud is suspected."""


@dataclass(frozen=True, slots=True)
class Transfer(Record):
    """Money that left an account."""

    free: ClassVar[frozenset[str]] = frozenset({"id", "is_confirmed"})

    id: str
    account: str
    target: str
    """A payee, or another account of the customer."""
    amount: int
    is_confirmed: int
    """1 where the customer's code came with it."""


@dataclass(frozen=True, slots=True)
class StandingOrder(Record):
    """A transfer every month."""

    free: ClassVar[frozenset[str]] = frozenset({"id"})

    id: str
    account: str
    payee: str
    amount: int
    day: int
    status: str


@dataclass(frozen=True, slots=True)
class Card(Record):
    """A card of an account."""

    free: ClassVar[frozenset[str]] = frozenset({"id"})

    id: str
    account: str
    label: str
    daily_limit: int
    status: str


@dataclass(frozen=True, slots=True)
class Charge(Record):
    """What was paid by card."""

    id: str
    card: str
    merchant: str
    amount: int
    day: str
    status: str


@dataclass(frozen=True, slots=True)
class Session(Record):
    """Who was verified, and the code of the day."""

    is_tracked: ClassVar[bool] = False

    key: str
    value: str


SCHEMA = Schema.of(Holder, Account, Payee, Transfer, StandingOrder, Card, Charge, Session)


@dataclass(kw_only=True)
class BankDraft(Draft):
    """A customer with accounts and cards, and what nobody has used yet."""

    holder: Holder = field(init=False)
    current: Account = field(init=False)
    savings: Account = field(init=False)
    deposit: Account = field(init=False)
    """No goal moves anything on it."""
    code: str = field(init=False)
    """What the customer's app shows."""
    cards: list[Card] = field(default_factory=list)
    """Cards that no goal is about."""
    merchants: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        rng = self.rng
        self.merchants = rng.sample(people.names("merchants"), len(people.names("merchants")))
        self.holder = self.person()
        self.current = self.account(self.holder, CURRENT, 6_000 + rng.below(3_000))
        self.savings = self.account(self.holder, SAVINGS, 10_000 + rng.below(20_000))
        self.deposit = self.account(self.holder, DEPOSIT, 1_000 + rng.below(50_000))
        self.code = str(100_000 + rng.below(900_000))
        self.add(Session("code", self.code))
        labels = rng.sample(_CARDS, len(_CARDS))
        self.cards = [self.add(self._card(label)) for label in labels]

    def fresh(self, prefix: str) -> str:
        """An id that is not taken."""
        while (made := people.number(prefix, self.rng)) in self.ids:
            pass
        self.ids.add(made)
        return made

    def name(self) -> str:
        """The name of somebody who was not named yet."""
        while (name := people.person(self.rng)) in self.names:
            pass
        self.names.add(name)
        return name

    def person(self) -> Holder:
        """Another customer."""
        name = self.name()
        born = date(1940 + self.rng.below(70), 1 + self.rng.below(12), 1 + self.rng.below(28))
        return self.add(Holder(self.fresh("H"), name, people.email(name, self.rng), born.isoformat()))

    def account(self, holder: Holder, kind: str, balance: int) -> Account:
        """Another account."""
        return self.add(Account(self.fresh("A"), holder.id, kind, balance))

    def payee(self, *, holder: Holder | None = None, is_blocked: int = 0) -> Payee:
        """Another payee."""
        owner = holder or self.holder
        return self.add(Payee(self.fresh("P"), owner.id, self.name(), is_blocked))

    def standing(self, payee: Payee, *, status: str = RUNNING, account: Account | None = None) -> StandingOrder:
        """A standing order for a payee."""
        account = account or self.current
        amount, day = 20 + self.rng.below(300), 1 + self.rng.below(28)
        return self.add(StandingOrder(self.fresh("S"), account.id, payee.id, amount, day, status))

    def charge(self, card: Card, merchant: str, days_ago: int) -> Charge:
        """Something paid by card."""
        day = (TODAY - timedelta(days=days_ago)).isoformat()
        return self.add(Charge(self.fresh("X"), card.id, merchant, 5 + self.rng.below(400), day, BOOKED))

    def card(self) -> Card:
        """A card that from now on one goal is about."""
        return self.cards.pop()

    def lose(self, card: Card) -> Card:
        """The card as one that was reported lost before."""
        lost = Card(card.id, card.account, card.label, card.daily_limit, LOST)
        self.records[self.records.index(card)] = lost
        return lost

    def _card(self, label: str) -> Card:
        return Card(self.fresh("K"), self.current.id, label, 100 * (1 + self.rng.below(15)), ACTIVE)
