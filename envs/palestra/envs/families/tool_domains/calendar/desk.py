"""What an assistant can do with the calendar, and what nobody may do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar

from palestra.envs.families.tool_domains.calendar.records import (
    NOW,
    SCHEMA,
    Event,
    Person,
    Room,
    Session,
    later,
    named,
)
from palestra.envs.families.tool_domains.calendar.rules import RULES, Reason, Topic
from palestra.envs.stateful import DomainDesk, Rule, Schema, plain, read, write
from palestra.envs.tools import ToolError

_MOST_WEEKS = 12
_YEARS = range(2000, 2100)
_FORM = "%Y-%m-%d %H:%M"


class CalendarTools(DomainDesk):
    """The tools of the calendar."""

    schema: ClassVar[Schema] = SCHEMA
    rules: ClassVar[tuple[Rule, ...]] = RULES

    @read
    def list_people(self) -> tuple[Person, ...]:
        """Everybody with the hours that their local time is ahead of UTC."""
        return self.database.all(Person)

    @read
    def list_rooms(self) -> tuple[Room, ...]:
        """All rooms with their seats."""
        return self.database.all(Room)

    @read
    def find_events(self, title: str) -> tuple[Event, ...]:
        """The events with a title.

        Args:
            title: The whole title.
        """
        return self.database.where(Event, "title", title)

    @read
    def list_day(self, day: str) -> list[Event]:
        """All events of a day.

        Args:
            day: YYYY-MM-DD.
        """
        return [event for event in self.database.all(Event) if event.start.startswith(f"{day} ")]

    @write
    def create_event(self, title: str, start: str, minutes: int, people: Sequence[str], room: str = "") -> str:
        """Create an event of the customer, who comes in any case.

        Args:
            title: Its title.
            start: YYYY-MM-DD HH:MM in UTC.
            minutes: How long it takes.
            people: Ids of the others who come.
            room: The room; empty for none.
        """
        return self._create(title, start, minutes, people, room).id

    @write
    def create_series(self, title: str, start: str, minutes: int, people: Sequence[str], weeks: int) -> str:
        """Create an event that comes again every week at the same time.

        Args:
            title: Its title.
            start: The first time, YYYY-MM-DD HH:MM in UTC.
            minutes: How long it takes each time.
            people: Ids of the others who come.
            weeks: How many times.
        """
        if not 1 <= weeks <= _MOST_WEEKS:
            raise ToolError(f"`weeks` must lie in 1..{_MOST_WEEKS}")
        first = _moment(start)
        name = f"series {title}"
        for week in range(weeks):
            event = self._create(title, (first + timedelta(weeks=week)).strftime(_FORM), minutes, people, "")
            self.database.change(replace(event, series=name))
        return name

    @write
    def move_event(self, event_id: str, start: str) -> str:
        """Move an event; it takes as long as before.

        Args:
            event_id: The event.
            start: YYYY-MM-DD HH:MM in UTC.
        """
        event = self._own(event_id)
        minutes = (_moment(event.end) - _moment(event.start)).seconds // 60
        begin = _moment(start).strftime(_FORM)
        moved = replace(event, start=begin, end=later(begin, minutes))
        self._check(moved)
        self.database.change(moved)
        return f"Event {event.id} begins {begin} UTC."

    @write
    def cancel_event(self, event_id: str) -> str:
        """Cancel an event.

        Args:
            event_id: The event.
        """
        event = self._own(event_id)
        self.database.remove(event)
        return f"Event {event.id} is cancelled."

    @write
    def cancel_series(self, series: str, from_day: str) -> str:
        """Cancel the events of a series from a day on.

        Args:
            series: The name of the series.
            from_day: YYYY-MM-DD; events of that day go too.
        """
        events = [event for event in self.database.where(Event, "series", series) if event.start >= from_day]
        if not series or not events:
            raise ToolError("no event of such a series lies there")
        for event in events:
            self.database.remove(self._own(event.id))
        return f"{len(events)} events are cancelled."

    @write
    def invite(self, event_id: str, person_id: str) -> str:
        """Add somebody to an event.

        Args:
            event_id: The event.
            person_id: Who comes too.
        """
        event, person = self._own(event_id), self.need(Person, person_id)
        if person.id in event.who:
            raise ToolError(f"`{person.id}` comes already")
        invited = replace(event, people=named([*event.who, person.id]))
        self._check(invited)
        self.database.change(invited)
        return f"{person.name} comes to {event.id}."

    @write
    def uninvite(self, event_id: str, person_id: str) -> str:
        """Take somebody out of an event.

        Args:
            event_id: The event.
            person_id: Who no longer comes.
        """
        event = self._own(event_id)
        if person_id not in event.who or person_id == event.organiser:
            raise ToolError(f"`{person_id[:80]}` is no guest of `{event.id}`")
        self.database.change(replace(event, people=named([one for one in event.who if one != person_id])))
        return f"{person_id} is out of {event.id}."

    @write
    def set_room(self, event_id: str, room: str) -> str:
        """Give an event a room, or another one.

        Args:
            event_id: The event.
            room: The room.
        """
        event = self._own(event_id)
        placed = replace(event, room=self.need(Room, room).id)
        self._check(placed)
        self.database.change(placed)
        return f"Event {event.id} is in {placed.room}."

    @write
    def tell(self, what: Topic, subject: str, value: int | str) -> str:
        """Tell the customer something that was asked for; it can be told once.

        Args:
            what: What it is.
            subject: The id of the event; for the minutes of a day that day, YYYY-MM-DD.
            value: A number, or the room, or the id of a person.
        """
        if what is not Topic.MINUTES_OF_DAY:
            self.need(Event, subject)
        self.note_answer(what, subject, plain(value))
        return "The customer was told."

    @write
    def decline(self, subject: str, reason: Reason) -> str:
        """Decline a wish that the rules forbid.

        Args:
            subject: The id of the event that it is about, or the title of one that was to be created.
            reason: Why.
        """
        if self.database.where(Event, "title", subject):
            raise ToolError("there is such an event: name it by its id")
        self.note_refusal(subject, reason)
        return "The customer was told that this cannot be done."

    def clues(self, key: str) -> tuple[str, ...]:
        """As for every desk; for a series the titles of its events."""
        return super().clues(key) or tuple(event.title for event in self.database.where(Event, "series", key))

    def _create(self, title: str, start: str, minutes: int, people: Sequence[str], room: str) -> Event:
        if not title.strip() or not 0 < minutes <= 24 * 60:
            raise ToolError("an event has a title, and takes 1 to 1440 minutes")
        me = self._me()
        begin = _moment(start).strftime(_FORM)
        who = named([me, *(self.need(Person, person).id for person in people)])
        number = 1 + len(self.database.query("SELECT id FROM event WHERE id LIKE 'N%'"))
        place = self.need(Room, room).id if room else ""
        event = Event(f"N{number}", title.strip(), me, who, place, begin, later(begin, minutes), "")
        self._check(event)
        while self.database.get(Event, event.id):
            number += 1
            event = replace(event, id=f"N{number}")
        self.database.add(event)
        return event

    def _me(self) -> str:
        session = self.database.get(Session, "customer")
        return session.value if session else ""

    def _own(self, event_id: str) -> Event:
        event = self.need(Event, event_id)
        if event.organiser != self._me():
            raise ToolError(f"event `{event.id}` is organised by `{event.organiser}`")
        if event.start < NOW:
            raise ToolError(f"event `{event.id}` has begun")
        return event

    def _check(self, event: Event) -> None:
        """Nobody is in two events at once, and the room is free and large enough."""
        if event.start < NOW:
            raise ToolError("this time has passed")
        sql = 'SELECT id, people, room FROM event WHERE id <> ? AND start < ? AND "end" > ?'
        for other_id, people, room in self.database.query(sql, event.id, event.end, event.start):
            if busy := set(event.who) & set(str(people).split(",")):
                raise ToolError(f"{', '.join(sorted(busy))} is in event `{other_id}` at that time")
            if room and room == event.room:
                raise ToolError(f"room `{room}` is taken by event `{other_id}` at that time")
        if event.room and self.need(Room, event.room).seats < len(event.who):
            raise ToolError(f"room `{event.room}` has not seats for {len(event.who)}")


def _moment(text: str) -> datetime:
    try:
        found = datetime.strptime(text, _FORM)
    except ValueError:
        raise ToolError(f"`{text[:80]}` is no time\n\nhint: write YYYY-MM-DD HH:MM") from None
    if found.year not in _YEARS:
        raise ToolError(f"the calendar holds the years {_YEARS.start} to {_YEARS.stop - 1}")
    return found
