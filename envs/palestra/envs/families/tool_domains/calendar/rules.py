"""What nobody may do with the calendar, what can be told, and why a wish is declined."""

from __future__ import annotations

from enum import StrEnum

from palestra.envs.stateful import Rule

FIRST_HOUR, LAST_HOUR = 8, 18
MOST_MINUTES = 120
_LOCAL = "(60 * (substr({0}, 12, 2) + person.zone) + substr({0}, 15, 2))"  # minutes; ten times faster than strftime

RULES = (
    Rule(
        name="lunch",
        text="No event lies between 12:00 and 13:00 UTC, not even in part.",
        broken_by="SELECT 1 FROM event WHERE substr(start, 12) < '13:00' AND substr(\"end\", 12) > '12:00'",
    ),
    Rule(
        name="hours",
        text=f"No event begins before {FIRST_HOUR}:00 or ends after {LAST_HOUR}:00 in the local time of anybody who "
        "comes.",
        broken_by=f"""
            SELECT 1 FROM event JOIN person ON instr(',' || people || ',', ',' || person.id || ',')
            WHERE {_LOCAL.format("start")} < {60 * FIRST_HOUR} OR {_LOCAL.format("start")} > {60 * LAST_HOUR}
            OR {_LOCAL.format('"end"')} > {60 * LAST_HOUR}""",
    ),
    Rule(
        name="length",
        text=f"No event takes longer than {MOST_MINUTES} minutes.",
        broken_by=f"""
            SELECT 1 FROM event WHERE (julianday("end") - julianday(start)) * 1440 > {MOST_MINUTES} + 0.5""",
    ),
    Rule(
        name="organiser",
        text="Events are changed for their organiser only, and never once they have begun. Nobody is in two events at "
        "once, and no room holds two events or more people than it has seats.",
        broken_by="SELECT 1 WHERE 0",  # the tools see to that
    ),
)


class Topic(StrEnum):
    """What customers ask about."""

    MINUTES_OF_DAY = "minutes_of_day"
    ROOM_OF_EVENT = "room_of_event"
    ORGANISER_OF_EVENT = "organiser_of_event"
    NUMBER_OF_PEOPLE = "number_of_people"


class Reason(StrEnum):
    """Why a wish is declined."""

    SOMEBODY_BUSY = "somebody_busy"
    LUNCH = "lunch"
    OUTSIDE_HOURS = "outside_hours"
    TOO_LONG = "too_long"
    NOT_ORGANISER = "not_organiser"
    IN_THE_PAST = "in_the_past"
    ROOM_TOO_SMALL = "room_too_small"
