"""What somebody wants of the calendar."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from palestra.envs.families.tool_domains.calendar.parts import (
    AFTERNOON,
    DAY_STARTS,
    HOUR,
    MORNING,
    ONE_EVENT,
    at,
    created,
    meeting,
    names,
    new,
    two_times,
)
from palestra.envs.families.tool_domains.calendar.records import (
    TODAY,
    CalendarDraft,
    Event,
    Person,
    later,
    moment,
)
from palestra.envs.families.tool_domains.calendar.rules import Topic
from palestra.envs.stateful import Asked, Fact, Goal, Lookup, called
from palestra.verifiers.tools.call import ToolCall

_EARLY, _LATE = 8 * 60, 14 * 60 + 30


def who_i_am(draft: CalendarDraft) -> Goal:
    """Who the customer is; the desk knows them."""
    return Goal(request=f"I am {draft.me.name}. All times that I name are my local time.")


def book(draft: CalendarDraft) -> Goal:
    """Create an event at a time that is free."""
    title, guests = draft.titles.pop(), draft.colleagues(2)
    start, other = two_times(draft)
    call = created(title, start, HOUR // 2, guests)
    text = f"Set up a new event {title!r} of 30 minutes {{when}}, with {names(guests)}."
    return Goal(
        request=text, facts=(_when(draft, start, other, f"{title!r} begins"),), ways=((call,),), names=(new(title),)
    )


def book_early(draft: CalendarDraft) -> Goal:
    """Create an event as early as all are free."""
    title, guests, day = draft.titles.pop(), draft.colleagues(3), draft.days.pop()
    busy: list[tuple[str, str]] = []
    for index, guest in enumerate(guests):
        shift = draft.rng.below(2)
        start, minutes = moment(day, DAY_STARTS + HOUR * index + 30 * shift), 30 * (1 + draft.rng.below(2 - shift))
        event = draft.event(f"{guest.name} away {index + 1}", start, minutes, (), organiser=guest)
        busy.append((event.start, event.end))
    start = next(
        slot
        for slot in (moment(day, minutes) for minutes in (*MORNING, *AFTERNOON))
        if later(slot, HOUR)[11:] <= "12:00" or slot[11:] >= "13:00"
        if all(later(slot, HOUR) <= begin or slot >= end for begin, end in busy)
    )
    earliest = _local(draft, moment(day, DAY_STARTS))
    request = (
        f"I need an hour for {title!r} with {names(guests)} on {day}, {{earliest}}: as early as everybody "
        "is free and the rules allow, on the full or half hour."
    )
    fact = Fact(
        name="earliest",
        value=f"at {earliest} or later",
        words=("early", "earliest", "when", "time", "begin"),
        vague="not too early",
        about=f"{title!r} begins",
    )
    return Goal(request=request, facts=(fact,), ways=((created(title, start, HOUR, guests),),), names=(new(title),))


def book_room(draft: CalendarDraft) -> Goal:
    """Create an event in the smallest room that is free and large enough."""
    title, guests = draft.titles.pop(), draft.colleagues(1 + draft.rng.below(5))
    start, _ = two_times(draft)
    fitting = [room for room in draft.rooms if room.seats > len(guests)]
    num_taken = draft.rng.below(min(3, len(fitting)))
    for room, extra in zip(fitting[:num_taken], draft.extras, strict=False):
        draft.event(f"{extra.name} with clients", start, HOUR // 2, (), organiser=extra, room=room.id)
    call = created(title, start, HOUR // 2, guests, fitting[num_taken].id)
    text = f"Set up a new event {title!r} of 30 minutes {{when}}, with {{guests}}, in the smallest room that will do."
    with_whom = Fact(
        name="guests",
        value=names(guests),
        words=("who", "guests", "people", "whom"),
        vague="the usual people",
        about=f"Besides me, those who come to {title!r} are",
    )
    facts = (_when(draft, start, "", f"{title!r} begins"), with_whom)
    return Goal(request=text, facts=facts, ways=((call,),), names=(new(title),))


def book_weekly(draft: CalendarDraft) -> Goal:
    """Create a series."""
    title, guests = draft.titles.pop(), draft.colleagues(2)
    day = TODAY + timedelta(days=1 + draft.rng.below(4))
    weeks = 2 + draft.rng.below(2)
    start = moment(day, _EARLY)
    call = called(
        "create_series", title=title, start=start, minutes=30, people=[guest.id for guest in guests], weeks=weeks
    )
    count = Fact(
        name="weeks", value=f"{weeks} times", words=("often", "times", "weeks", "many"), vague="a few times",
        about=f"{title!r} is to take place", mistake=f"{weeks + 1} times",
    )  # fmt: skip
    text = f"Set up {title!r} with {names(guests)} every week, {{weeks}}, the first one {at(draft, start)}; 30 minutes."
    return Goal(request=text, facts=(count,), ways=((call,),), names=(new(title),))


def move(draft: CalendarDraft) -> Goal:
    """Move an event to another day."""
    event = meeting(draft)
    start, other = two_times(draft)
    fact = _when(draft, start, other, f"The new time of {event.title!r} is")
    return _about(
        event,
        f"Move {event.title!r}: it is to begin {{when}}.",
        called("move_event", event_id=event.id, start=start),
        fact,
    )


def cancel(draft: CalendarDraft) -> Goal:
    """Cancel an event."""
    event = meeting(draft)
    fact = Fact(
        name="event", value=f"{event.title!r}", words=("event", "meeting", "which", "title"), vague="one of my events",
        about="The event that I cancel is",
    )  # fmt: skip
    return _about(event, "Please cancel {event}.", called("cancel_event", event_id=event.id), fact)


def cancel_rest(draft: CalendarDraft) -> Goal:
    """Cancel the rest of a series."""
    title = draft.titles.pop()
    day = TODAY + timedelta(days=1 + draft.rng.below(4))
    events = draft.series(title, day, _LATE, draft.colleagues(2), 3)
    cut = 1 + draft.rng.below(2)
    call = called("cancel_series", series=events[0].series, from_day=events[cut].start[:10])
    fact = Fact(
        name="day", value=events[cut].start[:10], words=("day", "when", "date", "from"), vague="some day",
        about=f"The first one of {title!r} that I cancel is that of", mistake=events[3 - cut].start[:10],
    )  # fmt: skip
    text = f"Cancel the weekly {title!r} from {{day}} on; what comes before stays."
    sql = "SELECT DISTINCT series FROM event WHERE title = ?"
    return Goal(request=text, facts=(fact,), ways=((call,),), names=(Lookup(sql=sql, values=(title,)),))


def invite(draft: CalendarDraft) -> Goal:
    """Add somebody."""
    event, person, other = _meeting_without(draft)
    fact = _person(person, other, f"Who comes to {event.title!r} too is")
    call = called("invite", event_id=event.id, person_id=person.id)
    return _about(event, f"Invite {{person}} to {event.title!r}.", call, fact)


def uninvite(draft: CalendarDraft) -> Goal:
    """Take somebody out."""
    guests = draft.colleagues(2)
    event = meeting(draft, guests)
    fact = _person(guests[0], guests[1], f"Who no longer comes to {event.title!r} is")
    call = called("uninvite", event_id=event.id, person_id=guests[0].id)
    return _about(event, f"Take {{person}} out of {event.title!r}; they need not come.", call, fact)


def find_room(draft: CalendarDraft) -> Goal:
    """Give an event the smallest room that will do."""
    event = meeting(draft)
    fitting = [room for room in draft.rooms if room.seats >= len(event.who)]
    is_taken = draft.rng.below(2)
    if is_taken:
        extra = draft.rng.choice(draft.extras)
        draft.event(f"{extra.name} with guests", event.start, HOUR // 2, (), organiser=extra, room=fitting[0].id)
    call = called("set_room", event_id=event.id, room=fitting[is_taken].id)
    text = f"{event.title!r} needs a room: the smallest one that is free then and has seats for all of us."
    return _about(event, text, call)


def ask_minutes(draft: CalendarDraft) -> Goal:
    """How much of a day is taken."""
    day = draft.days.pop()
    for index in range(2 + draft.rng.below(2)):
        start = moment(day, (DAY_STARTS, 10 * 60, 13 * 60)[index])
        draft.event(draft.titles.pop(), start, 15 * (1 + draft.rng.below(4)), draft.colleagues(1))
    sql = """SELECT CAST(ROUND(SUM(julianday("end") - julianday(start)) * 1440) AS INTEGER) FROM event
        WHERE substr(start, 1, 10) = ? AND instr(people, ?)"""
    answer = Lookup(sql=sql, values=(day.isoformat(), draft.me.id))
    asked = Asked(what=Topic.MINUTES_OF_DAY, subject=day.isoformat(), answer=answer)
    return Goal(request=f"How many minutes of events do I have on {day}?", asked=(asked,))


def ask_room(draft: CalendarDraft) -> Goal:
    """Where an event is."""
    event = meeting(draft, room=draft.rng.choice(draft.rooms[1:]).id)
    return _question(event, Topic.ROOM_OF_EVENT, "room", f"Which room is {event.title!r} in?")


def ask_organiser(draft: CalendarDraft) -> Goal:
    """Whose event it is."""
    owner, *_ = draft.colleagues(1)
    event = draft.event(draft.titles.pop(), moment(draft.days.pop(), DAY_STARTS), 30, [draft.me], organiser=owner)
    return _question(event, Topic.ORGANISER_OF_EVENT, "organiser", f"Who organises {event.title!r}? Their id will do.")


def ask_size(draft: CalendarDraft) -> Goal:
    """How many come."""
    event = meeting(draft, draft.colleagues(1 + draft.rng.below(5)))
    column = "length(people) - length(replace(people, ',', '')) + 1"
    return _question(event, Topic.NUMBER_OF_PEOPLE, column, f"How many come to {event.title!r}, me included?")


WISHES: dict[str, Callable[[CalendarDraft], Goal | None]] = {
    make.__name__: make
    for make in (
        book, book_early, book_room, book_weekly, move, cancel, cancel_rest, invite, uninvite, find_room, ask_minutes,
        ask_room, ask_organiser, ask_size,
    )
}  # fmt: skip


def _meeting_without(draft: CalendarDraft) -> tuple[Event, Person, Person]:
    """An event, and two who are not in it."""
    person, other, *guests = draft.colleagues(4)
    return meeting(draft, guests), person, other


def _about(event: Event, request: str, call: ToolCall, *facts: Fact) -> Goal:
    names = (Lookup(sql=ONE_EVENT, values=(event.title,)),)
    return Goal(request=request, facts=facts, ways=((call,),), names=names)


def _question(event: Event, what: Topic, column: str, request: str) -> Goal:
    answer = Lookup(sql=f"SELECT {column} FROM event WHERE id = ?", values=(event.id,))
    asked = Asked(what=what, subject=event.id, answer=answer)
    return Goal(request=request, asked=(asked,), names=(Lookup(sql=ONE_EVENT, values=(event.title,)),))


def _when(draft: CalendarDraft, start: str, other: str, about: str) -> Fact:
    return Fact(
        name="when",
        value=at(draft, start),
        words=("when", "time", "day", "date", "begin"),
        vague="at some time",
        about=about,
        mistake=at(draft, other) if other else "",
    )


def _person(person: Person, other: Person, about: str) -> Fact:
    return Fact(
        name="person", value=person.name, words=("who", "whom", "person", "name"), vague="somebody", about=about,
        mistake=other.name,
    )  # fmt: skip


def _local(draft: CalendarDraft, start: str) -> str:
    return later(start, HOUR * draft.me.zone)[11:]
