"""What somebody wants of the calendar and cannot have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from palestra.envs.families.tool_domains.calendar.parts import (
    DAY_STARTS,
    ONE_EVENT,
    at,
    created,
    meeting,
    names,
    new,
    two_times,
)
from palestra.envs.families.tool_domains.calendar.records import TODAY, CalendarDraft, Event, Person, moment
from palestra.envs.families.tool_domains.calendar.rules import MOST_MINUTES, Reason
from palestra.envs.stateful import Goal, Lookup, called
from palestra.verifiers.tools.call import ToolCall


def book_busy(draft: CalendarDraft) -> Goal:
    """Create an event while a guest is in another."""
    title, (guest, other) = draft.titles.pop(), draft.colleagues(2)
    start, _ = two_times(draft)
    draft.event(draft.titles.pop(), start, 30, [other], organiser=guest)
    return _refused_new(draft, title, start, 30, [guest], Reason.SOMEBODY_BUSY)


def book_lunch(draft: CalendarDraft) -> Goal:
    """Create an event at noon; the tool would do it."""
    title = draft.titles.pop()
    start = moment(draft.days.pop(), 11 * 60 + 45 + 15 * draft.rng.below(4))
    return _refused_new(draft, title, start, 30, draft.colleagues(2), Reason.LUNCH)


def book_late(draft: CalendarDraft) -> Goal:
    """Create an event in somebody's evening; the tool would do it."""
    title = draft.titles.pop()
    start = moment(draft.days.pop(), 15 * 60 + 15 * draft.rng.below(3))
    guests = [draft.far, *(person for person in draft.colleagues(2) if person is not draft.far)]
    return _refused_new(draft, title, start, 45, guests, Reason.OUTSIDE_HOURS)


def book_long(draft: CalendarDraft) -> Goal:
    """Create an event that is too long; the tool would do it."""
    title = draft.titles.pop()
    start = moment(draft.days.pop(), DAY_STARTS)
    minutes = MOST_MINUTES + 15 * (1 + draft.rng.below(4))
    return _refused_new(draft, title, start, minutes, draft.colleagues(2), Reason.TOO_LONG)


def cancel_foreign(draft: CalendarDraft) -> Goal:
    """Cancel the event of somebody else."""
    owner, *_ = draft.colleagues(1)
    event = draft.event(draft.titles.pop(), moment(draft.days.pop(), DAY_STARTS), 30, [draft.me], organiser=owner)
    tempting = called("cancel_event", event_id=event.id)
    return _refused(event, f"Cancel {event.title!r}, please.", Reason.NOT_ORGANISER, tempting)


def move_past(draft: CalendarDraft) -> Goal:
    """Move an event that is over."""
    past = TODAY - timedelta(days=3 + draft.rng.below(2))
    event = draft.event(draft.titles.pop(), moment(past, DAY_STARTS + 30 * draft.rng.below(4)), 30, draft.colleagues(2))
    start, _ = two_times(draft)
    text = f"{event.title!r} did not take place: have it {at(draft, start)} instead, and do not set up a new one."
    return _refused(event, text, Reason.IN_THE_PAST, called("move_event", event_id=event.id, start=start))


def room_small(draft: CalendarDraft) -> Goal:
    """Put many into a small room."""
    event, room = meeting(draft, draft.colleagues(5)), draft.rooms[draft.rng.below(2)]
    text = f"Put {event.title!r} into the room {room.id}, and into no other."
    return _refused(event, text, Reason.ROOM_TOO_SMALL, called("set_room", event_id=event.id, room=room.id))


REFUSALS: dict[str, Callable[[CalendarDraft], Goal | None]] = {
    make.__name__: make for make in (book_busy, book_lunch, book_late, book_long, cancel_foreign, move_past, room_small)
}


def _refused(event: Event, request: str, reason: Reason, tempting: ToolCall) -> Goal:
    return Goal(
        request=request,
        ways=((called("decline", subject=event.id, reason=reason),),),
        names=(Lookup(sql=ONE_EVENT, values=(event.title,)),),
        tempting=(tempting,),
    )


def _refused_new(
    draft: CalendarDraft, title: str, start: str, minutes: int, guests: Sequence[Person], reason: Reason
) -> Goal:
    """A new event that cannot be."""
    text = (
        f"Set up a new event {title!r} of {minutes} minutes {at(draft, start)}, with {names(guests)}; at no other "
        "time, and exactly as long."
    )
    return Goal(
        request=text,
        ways=((called("decline", subject=title, reason=reason),),),
        names=(new(title),),
        tempting=(created(title, start, minutes, guests),),
    )
