"""What the goals over a calendar have in common."""

from __future__ import annotations

from collections.abc import Sequence

from palestra.envs.families.phrasing import listed
from palestra.envs.families.tool_domains.calendar.records import CalendarDraft, Event, Person, later, moment
from palestra.envs.stateful import Lookup, called
from palestra.verifiers.tools.call import ToolCall

ONE_EVENT = "SELECT id FROM event WHERE title = ?"
MORNING, AFTERNOON = range(9 * 60, 11 * 60 + 1, 30), range(13 * 60, 13 * 60 + 31, 30)
"""When events of goals begin, in minutes of UTC."""
DAY_STARTS, HOUR = 9 * 60, 60
_NO_EVENT = "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM event WHERE title = ?)"


def meeting(draft: CalendarDraft, guests: Sequence[Person] = (), room: str = "") -> Event:
    """An event of the customer on a day of its own."""
    start = moment(draft.days.pop(), draft.rng.choice(MORNING))
    return draft.event(draft.titles.pop(), start, 30, guests or draft.colleagues(2), room=room)


def two_times(draft: CalendarDraft) -> tuple[str, str]:
    """Two times of one new day."""
    day = draft.days.pop()
    first, second = draft.rng.sample((*MORNING, *AFTERNOON), 2)
    return moment(day, first), moment(day, second)


def created(title: str, start: str, minutes: int, guests: Sequence[Person], room: str = "") -> ToolCall:
    """The call that creates an event."""
    people = [guest.id for guest in guests]
    if room:
        return called("create_event", title=title, start=start, minutes=minutes, people=people, room=room)
    return called("create_event", title=title, start=start, minutes=minutes, people=people)


def new(title: str) -> Lookup:
    """Finds a row as long as no event has the title."""
    return Lookup(sql=_NO_EVENT, values=(title,))


def at(draft: CalendarDraft, start: str) -> str:
    """A time as the customer says it."""
    day, _, hour = later(start, HOUR * draft.me.zone).partition(" ")
    return f"on {day} at {hour}"


def names(guests: Sequence[Person]) -> str:
    """People as the customer says it."""
    return listed([guest.name for guest in guests])
