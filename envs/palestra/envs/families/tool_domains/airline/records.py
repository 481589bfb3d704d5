"""What the airline keeps, and the world of a task while it is made up."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import ClassVar

from palestra.envs.families.tool_domains import people
from palestra.envs.stateful import Draft, Record, Schema

TODAY = date(2031, 9, 20)
ON_TIME, DELAYED, CALLED_OFF = "on time", "delayed", "called off"
LIGHT, STANDARD, FLEX = "light", "standard", "flex"
BOOKED, CANCELLED = "booked", "cancelled"
WINDOW, MIDDLE, AISLE = "window", "middle", "aisle"
SILVER, GOLD = "silver", "gold"

_LETTERS = (("A", WINDOW), ("B", MIDDLE), ("C", AISLE))
_ROWS = (7, 12)


@dataclass(frozen=True, slots=True)
class Traveller(Record):
    """Somebody with an account."""

    id: str
    name: str
    email: str
    born: str
    tier: str
    """Empty for most."""


@dataclass(frozen=True, slots=True)
class Flight(Record):
    """A flight on a day."""

    id: str
    origin: str
    destination: str
    day: str
    departs: str
    price: int
    status: str
    delay_minutes: int


@dataclass(frozen=True, slots=True)
class Seat(Record):
    """A seat of a flight."""

    id: str
    flight: str
    place: str
    reservation: str
    """Who has it; empty while it is free."""


@dataclass(frozen=True, slots=True)
class Reservation(Record):
    """A traveller's place on a flight."""

    id: str
    traveller: str
    flight: str
    fare: str
    booked: str
    bags: int
    insured: str
    """`yes` or `no`."""
    paid: int
    status: str


@dataclass(frozen=True, slots=True)
class Payout(Record):
    """Money, or a voucher, for a reservation."""

    free: ClassVar[frozenset[str]] = frozenset({"id"})

    id: str
    reservation: str
    kind: str
    amount: int


@dataclass(frozen=True, slots=True)
class Session(Record):
    """Who was verified."""

    is_tracked: ClassVar[bool] = False

    key: str
    value: str


SCHEMA = Schema.of(Traveller, Flight, Seat, Reservation, Payout, Session)


def day(days_ahead: int) -> str:
    """A date after today."""
    return (TODAY + timedelta(days=days_ahead)).isoformat()


@dataclass(kw_only=True)
class AirlineDraft(Draft):
    """An airline, the traveller, and the towns that nobody has flown to yet."""

    traveller: Traveller = field(init=False)
    home: str = field(init=False)
    towns: list[str] = field(init=False)
    """Destinations that from now on stand for one reservation each."""
    fillers: list[str] = field(init=False)
    """Destinations that no goal speaks of."""
    is_ranked: bool = False
    """Whether a goal has settled what tier the traveller has."""
    ids: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        towns = self.rng.sample(people.names("towns"), 13)
        self.home, self.fillers, self.towns = towns[0], towns[1:4], towns[4:]
        self.traveller = self.person(self.rng.choice(("", "", SILVER, GOLD)))

    def fresh(self, prefix: str) -> str:
        """An id that is not taken."""
        while (made := people.number(prefix, self.rng)) in self.ids:
            pass
        self.ids.add(made)
        return made

    def person(self, tier: str = "") -> Traveller:
        """Another traveller."""
        name = people.person(self.rng)
        born = date(1950 + self.rng.below(55), 1 + self.rng.below(12), 1 + self.rng.below(28)).isoformat()
        return self.add(Traveller(self.fresh("T"), name, people.email(name, self.rng), born, tier))

    def rank(self, *, has_tier: bool) -> bool:
        """Give the traveller a tier, or none; False where an earlier goal wanted it otherwise."""
        if self.is_ranked:
            return has_tier == bool(self.traveller.tier)
        self.is_ranked = True
        ranked = replace(self.traveller, tier=self.rng.choice((SILVER, GOLD)) if has_tier else "")
        self.records[self.records.index(self.traveller)] = ranked
        self.traveller = ranked
        return True

    def flight(
        self, destination: str, days_ahead: int, *, status: str = ON_TIME, delay: int = 0, price: int = 0
    ) -> Flight:
        """A flight from home, without seats yet."""
        departs = f"{6 + self.rng.below(16):02}:{5 * self.rng.below(12):02}"
        price = price or 60 + self.rng.below(240)
        day_of_flight = day(days_ahead)
        return self.add(Flight(self.fresh("F"), self.home, destination, day_of_flight, departs, price, status, delay))

    def seats(self, flight: Flight, holder: str = "", *, taken: str = "", rows: tuple[int, ...] = _ROWS) -> None:
        """Its seats: one in the middle for the holder of a reservation; all at the place `taken` are somebody's."""
        for row in rows:
            for letter, place in _LETTERS:
                owner = "R0" if place == taken else ""
                if place == MIDDLE and row == rows[0]:
                    owner = holder
                self.add(Seat(f"{flight.id}-{row}{letter}", flight.id, place, owner))

    def reservation(
        self, flight: Flight, fare: str = STANDARD, *, booked_days_ago: int = 9, bags: int = 0, insured: str = "no",
        owner: Traveller | None = None,
    ) -> Reservation:  # fmt: skip
        """A reservation of the traveller on a flight."""
        owner = owner or self.traveller
        return self.add(
            Reservation(
                self.fresh("R"), owner.id, flight.id, fare, day(-booked_days_ago), bags, insured, flight.price, BOOKED
            )
        )
