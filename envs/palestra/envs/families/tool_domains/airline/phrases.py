"""What the wishes of travellers have in common: the objects they name, and how."""

from __future__ import annotations

from palestra.envs.families.tool_domains.airline.records import (
    FLEX,
    LIGHT,
    ON_TIME,
    STANDARD,
    AirlineDraft,
    Flight,
    Reservation,
)
from palestra.envs.families.tool_domains.airline.rules import (
    NOTICE_DAYS,
    Reason,
)
from palestra.envs.stateful import Fact, Goal, Lookup, called
from palestra.verifiers.tools.call import ToolCall

FIND = """
    SELECT reservation.id FROM reservation JOIN flight ON flight.id = reservation.flight
    WHERE traveller = ? AND destination = ?"""
FARES = (LIGHT, STANDARD, FLEX)
CLAIM = "I want to be compensated for what happened to {trip}."


def flight_of_its_own(draft: AirlineDraft, *, status: str = ON_TIME, delay: int = 0) -> tuple[str, Flight]:
    """A flight to a town of its own, far enough ahead to be changed."""
    town = draft.towns.pop()
    return town, draft.flight(town, NOTICE_DAYS + 2 + draft.rng.below(20), status=status, delay=delay)


def later_flights(draft: AirlineDraft, town: str) -> tuple[Flight, Flight]:
    """Two more flights to the town, on days of their own."""
    days = draft.rng.sample(range(30, 60), 2)
    first, second = (draft.flight(town, days_ahead) for days_ahead in days)
    return first, second


def trip(town: str, doing: str, vague: str) -> Fact:
    """The trip to a town, as a fact."""
    return Fact(
        name="trip",
        value=f"my trip to {town}",
        words=("trip", "trips", "flight", "flights", "reservation", "reservations", "booking", "destination"),
        vague=vague,
        about=f"The trip {doing} is",
    )


def refused(
    draft: AirlineDraft, town: str, request: str, reservation: Reservation, reason: Reason, tempting: ToolCall | None
) -> Goal:
    """A goal that must be declined."""
    return Goal(
        request=request,
        facts=(trip(town, "is", ""),),
        ways=((called("decline", subject=reservation.id, reason=reason),),),
        names=(Lookup(sql=FIND, values=(draft.traveller.id, town)),),
        tempting=() if tempting is None else (tempting,),
    )


def about(
    draft: AirlineDraft, town: str, request: str, doing: str, ways: tuple[tuple[ToolCall, ...], ...], *facts: Fact
) -> Goal:
    """A goal about the one reservation to a town."""
    return Goal(
        request=request,
        facts=(trip(town, doing, "one of my trips"), *facts),
        ways=ways,
        names=(Lookup(sql=FIND, values=(draft.traveller.id, town)),),
    )
