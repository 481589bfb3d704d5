"""The desk of an airline."""

from __future__ import annotations

from typing import ClassVar

from palestra.envs.families.tool_domains.airline.desk import AirlineTools
from palestra.envs.families.tool_domains.airline.records import (
    CALLED_OFF,
    DELAYED,
    FLEX,
    LIGHT,
    ON_TIME,
    STANDARD,
    TODAY,
    AirlineDraft,
)
from palestra.envs.families.tool_domains.airline.refusals import REFUSALS
from palestra.envs.families.tool_domains.airline.wishes import WISHES, identity
from palestra.envs.stateful import Domain, Goal
from palestra.verifiers.keyed_random import KeyedRandom

_SEATED_ONE_IN = 4


class AirlineDesk(Domain[AirlineDraft]):
    """Reservations, seats, bags and compensation of a traveller, by the rules of the airline."""

    id: ClassVar[str] = "palestra/AirlineDesk-v1"
    desk_type: ClassVar[type[AirlineTools]] = AirlineTools
    role: ClassVar[str] = f"You serve the travellers of an airline. Today is {TODAY}. Prices are whole euros."
    wishes = WISHES
    refusals = REFUSALS
    templates = (
        "A traveller writes:\n\n{request}",
        "You take over this chat:\n\n{request}",
        "The next customer of the airline says:\n\n{request}",
        "A message for the airline has come in:\n\n{request}",
    )
    answer_format = "Work with the tools of the airline, and call `done` when the case is settled."

    def draft(self, rng: KeyedRandom) -> AirlineDraft:
        """The towns, and the traveller."""
        return AirlineDraft(rng=rng)

    def opening(self, draft: AirlineDraft) -> Goal:
        """Who the traveller is."""
        return identity(draft)

    def distract(self, draft: AirlineDraft, count: int) -> None:
        """Other flights and reservations, of the traveller and of others."""
        rng = draft.rng
        others = [draft.person() for _ in range(1 + count // 8)]
        towns = [*draft.fillers, *draft.towns]
        for index in range(count):
            status = rng.choice((ON_TIME, ON_TIME, DELAYED, CALLED_OFF))
            delay = 5 + 5 * rng.below(60) if status == DELAYED else 0
            flight = draft.flight(rng.choice(towns), 1 + rng.below(40), status=status, delay=delay)
            owner = draft.traveller if index % 2 else rng.choice(others)
            fare = rng.choice((LIGHT, STANDARD, FLEX))
            reservation = draft.reservation(flight, fare, booked_days_ago=rng.below(30), owner=owner)
            if index % _SEATED_ONE_IN == 0:
                draft.seats(flight, reservation.id, rows=(7,))
