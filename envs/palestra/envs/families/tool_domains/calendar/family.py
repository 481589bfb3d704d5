"""The desk of a calendar."""

from __future__ import annotations

from typing import ClassVar

from palestra.envs.families.tool_domains.calendar.desk import CalendarTools
from palestra.envs.families.tool_domains.calendar.goals import WISHES, who_i_am
from palestra.envs.families.tool_domains.calendar.records import NOW, CalendarDraft
from palestra.envs.families.tool_domains.calendar.refusals import REFUSALS
from palestra.envs.stateful import Domain, Goal
from palestra.verifiers.keyed_random import KeyedRandom


class CalendarDesk(Domain[CalendarDraft]):
    """Events, series, guests and rooms of somebody in a team over several time zones."""

    id: ClassVar[str] = "palestra/CalendarDesk-v1"
    desk_type: ClassVar[type[CalendarTools]] = CalendarTools
    role: ClassVar[str] = (
        f"You keep the calendar of the members of a team. It is {NOW} UTC, a Monday. The tools speak UTC; people "
        "speak their local time, which is ahead of it by the hours that `list_people` shows."
    )
    wishes = WISHES
    refusals = REFUSALS
    templates = (
        "A member of the team writes:\n\n{request}",
        "You are asked:\n\n{request}",
        "A message for you:\n\n{request}",
        "This is wanted of the calendar:\n\n{request}",
    )
    answer_format = "Work with the tools of the calendar, and call `done` when everything is settled."

    def draft(self, rng: KeyedRandom) -> CalendarDraft:
        """The team and the rooms."""
        return CalendarDraft(rng=rng)

    def opening(self, draft: CalendarDraft) -> Goal:
        """Who the customer is."""
        return who_i_am(draft)

    def distract(self, draft: CalendarDraft, count: int) -> None:
        """Events of colleagues whom no wish is about."""
        days = [draft.rng.choice(draft.days or [None]) for _ in range(count)]
        for day in days:
            if day is not None:
                draft.filler(day)
