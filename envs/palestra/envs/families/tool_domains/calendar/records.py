"""What the calendar keeps, and the world of a task while it is made up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import ClassVar

from palestra.envs.families.tool_domains import people
from palestra.envs.stateful import Draft, Record, Schema

TODAY = date(2031, 3, 3)
NOW = "2031-03-03 07:00"

_WEEKS = 3
_WORKDAYS = 5
_ZONES = (0, 1, 2, 3)
_FAR_ZONE = 3
_NUM_CAST, _NUM_EXTRAS = 6, 4
_ROOMS = (("Fern", 3), ("Heron", 5), ("Juniper", 7), ("Lagoon", 9), ("Meadow", 12))
_OTHER_TITLES = ("Focus time", "Desk hour", "Mail hour", "Reading hour", "Coffee chat", "One to one")


@dataclass(frozen=True, slots=True)
class Person(Record):
    """Somebody of the team."""

    id: str
    name: str
    zone: int
    """Hours that the local time is ahead of UTC."""


@dataclass(frozen=True, slots=True)
class Room(Record):
    """A room."""

    id: str
    seats: int


@dataclass(frozen=True, slots=True)
class Event(Record):
    """An event; times are UTC."""

    free: ClassVar[frozenset[str]] = frozenset({"id"})

    id: str
    title: str
    organiser: str
    people: str
    """Ids of all who come, in order, with commas between them."""
    room: str
    """Empty for none."""
    start: str
    end: str
    series: str
    """The name of the weekly series; empty for none."""

    @property
    def who(self) -> tuple[str, ...]:
        """The ids of all who come."""
        return tuple(self.people.split(","))


@dataclass(frozen=True, slots=True)
class Session(Record):
    """For whom the desk works."""

    is_tracked: ClassVar[bool] = False

    key: str
    value: str


SCHEMA = Schema.of(Person, Room, Event, Session)


def moment(day: date, minutes: int) -> str:
    """A time of a day, in minutes behind midnight."""
    return f"{day} {minutes // 60:02}:{minutes % 60:02}"


def later(start: str, minutes: int) -> str:
    """So many minutes behind a time."""
    return (datetime.fromisoformat(start) + timedelta(minutes=minutes)).isoformat(" ", "minutes")


def named(ids: Sequence[str]) -> str:
    """Ids as the calendar keeps them."""
    return ",".join(sorted(set(ids)))


@dataclass(kw_only=True)
class CalendarDraft(Draft):
    """A team, and days and titles that nobody has used yet. Every goal has days of its own, so that none meets another.

    Goals use 9:00 to 14:30 UTC of their days. Weekly series lie at 8:00 or at 14:30. All of it is within the hours
    of every time zone here, and none of it at noon.
    """

    me: Person = field(init=False)
    cast: list[Person] = field(default_factory=list)
    """Colleagues whom goals are about."""
    far: Person = field(init=False)
    """The one whose day ends first; one of the cast."""
    extras: list[Person] = field(default_factory=list)
    rooms: list[Room] = field(default_factory=list)
    """The smallest first."""
    days: list[date] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        rng = self.rng
        names: dict[str, None] = {}
        while len(names) < 1 + _NUM_CAST + _NUM_EXTRAS:
            names[people.person(rng)] = None
        team = [Person(self.fresh("P"), name, rng.choice(_ZONES)) for name in names]
        team[1] = Person(team[1].id, team[1].name, _FAR_ZONE)
        for person in team:
            self.add(person)
        self.me, self.far, self.cast, self.extras = team[0], team[1], team[1 : 1 + _NUM_CAST], team[1 + _NUM_CAST :]
        self.rooms = [self.add(Room(name, seats)) for name, seats in _ROOMS]
        days = [TODAY + timedelta(weeks=week, days=day + 1) for week in range(_WEEKS) for day in range(_WORKDAYS - 1)]
        self.days, self.titles = (
            rng.sample(days, len(days)),
            rng.sample(people.names("events"), len(people.names("events"))),
        )
        self.add(Session("customer", self.me.id))

    def fresh(self, prefix: str) -> str:
        """An id that is not taken."""
        while (made := people.number(prefix, self.rng)) in self.ids:
            pass
        self.ids.add(made)
        return made

    def colleagues(self, count: int) -> list[Person]:
        """Some of the cast."""
        return self.rng.sample(self.cast, count)

    def event(
        self, title: str, start: str, minutes: int, guests: Sequence[Person], *, organiser: Person | None = None,
        room: str = "",
    ) -> Event:  # fmt: skip
        """An event of the customer with guests, or of somebody else with exactly these guests."""
        owner = organiser or self.me
        who = named([owner.id, *(guest.id for guest in guests)])
        return self.add(Event(self.fresh("E"), title, owner.id, who, room, start, later(start, minutes), ""))

    def series(self, title: str, day: date, minutes: int, guests: Sequence[Person], weeks: int) -> list[Event]:
        """A weekly event of the customer, half an hour each."""
        name, who = self.fresh("S"), named([self.me.id, *(guest.id for guest in guests)])
        starts = [moment(day + timedelta(weeks=week), minutes) for week in range(weeks)]
        return [
            self.add(Event(self.fresh("E"), title, self.me.id, who, "", start, later(start, 30), name))
            for start in starts
        ]

    def filler(self, day: date) -> Event:
        """An event that nobody of the cast is in."""
        start = moment(day, 9 * 60 + 30 * self.rng.below(4))
        owner = self.rng.choice(self.extras)
        return self.event(self.rng.choice(_OTHER_TITLES), start, 30, (), organiser=owner)
