"""What travellers want and can have."""

from __future__ import annotations

from collections.abc import Callable

from palestra.envs.families.tool_domains.airline.phrases import (
    CLAIM,
    FARES,
    FIND,
    about,
    flight_of_its_own,
    later_flights,
    trip,
)
from palestra.envs.families.tool_domains.airline.records import (
    AISLE,
    CALLED_OFF,
    DELAYED,
    FLEX,
    LIGHT,
    ON_TIME,
    STANDARD,
    WINDOW,
    AirlineDraft,
)
from palestra.envs.families.tool_domains.airline.rules import (
    CALLED_OFF_VOUCHER,
    LONG_DELAY,
    LONG_DELAY_VOUCHER,
    MAX_BAGS,
    Topic,
)
from palestra.envs.stateful import Asked, Fact, Goal, Lookup, called


def identity(draft: AirlineDraft) -> Goal:
    """Who the traveller is."""
    who = draft.traveller
    return Goal(
        request=f"I am {who.name}. My e-mail address is {{email}}; I was born on {{born}}.",
        facts=(
            Fact(
                name="email",
                value=who.email,
                words=("mail", "email", "verify", "identity"),
                vague="the one that you always write to",
                about="My e-mail address is",
            ),
            Fact(
                name="born",
                value=who.born,
                words=("birth", "born", "birthday", "verify", "identity"),
                vague="a sunny day",
                about="My date of birth is",
            ),
        ),
        ways=((called("verify", email=who.email, born=who.born),),),
    )


def cancel(draft: AirlineDraft) -> Goal:
    """Cancel a reservation, for one of the four reasons that allow it."""
    reason = draft.rng.below(4)
    town, flight = flight_of_its_own(draft, status=CALLED_OFF if reason == 0 else ON_TIME)
    reservation = draft.reservation(
        flight,
        FLEX if reason == 1 else draft.rng.choice((LIGHT, STANDARD)),
        booked_days_ago=draft.rng.below(2) if reason == 2 else 3 + draft.rng.below(20),
        insured="yes" if reason == 3 else "no",
    )
    draft.seats(flight, reservation.id)
    calls = (called("cancel_reservation", reservation_id=reservation.id),)
    return about(draft, town, "Please cancel {trip}.", "to cancel", (calls,))


def change_day(draft: AirlineDraft) -> Goal:
    """Fly on another day."""
    town, flight = flight_of_its_own(draft)
    reservation = draft.reservation(flight, draft.rng.choice((STANDARD, FLEX)))
    draft.seats(flight, reservation.id)
    new, other = later_flights(draft, town)
    fact = Fact(
        name="day",
        value=new.day,
        words=("day", "date", "when"),
        vague="a later day",
        about=f"The day on which I want to fly to {town} is",
        mistake=other.day,
    )
    calls = (called("change_flight", reservation_id=reservation.id, flight_id=new.id),)
    return about(draft, town, "Move {trip} to the flight on {day}.", "to move", (calls,), fact)


def change_seat(draft: AirlineDraft) -> Goal:
    """Sit at the window, or at the aisle: any such seat will do."""
    town, flight = flight_of_its_own(draft)
    reservation = draft.reservation(flight, draft.rng.choice(FARES))
    draft.seats(flight, reservation.id)
    place, other = draft.rng.sample((WINDOW, AISLE), 2)
    letter = "A" if place == WINDOW else "C"
    fact = Fact(
        name="place",
        value=f"at the {place}",
        words=("seat", "place", "window", "aisle", "where"),
        vague="that I like better",
        about=f"The seat that I want on the way to {town} is one",
        mistake=f"at the {other}",
    )
    ways = tuple(
        (called("choose_seat", reservation_id=reservation.id, seat_id=f"{flight.id}-{row}{letter}"),) for row in (7, 12)
    )
    return about(draft, town, "On {trip} I want any free seat {place}.", "on which I want another seat", ways, fact)


def add_bags(draft: AirlineDraft) -> Goal:
    """Take more bags, as many as the fare allows."""
    town, flight = flight_of_its_own(draft)
    fare = draft.rng.choice((STANDARD, FLEX))
    reservation = draft.reservation(flight, fare)
    draft.seats(flight, reservation.id)
    count = 1 + draft.rng.below(MAX_BAGS[fare])
    fact = Fact(
        name="count",
        value=str(count),
        words=("many", "bags", "bag", "number"),
        vague="some",
        about=f"The number of bags that I want to add on the way to {town} is",
        mistake=str(1 + count % MAX_BAGS[fare]),
    )
    calls = (called("add_bags", reservation_id=reservation.id, bags=count),)
    return about(draft, town, "Add to {trip} this many bags: {count}.", "to which I add bags", (calls,), fact)


def claim(draft: AirlineDraft) -> Goal | None:
    """Be compensated."""
    if not draft.rank(has_tier=True):
        return None
    is_off = bool(draft.rng.below(2))
    delay = 0 if is_off else LONG_DELAY + 5 * draft.rng.below(30)
    town, flight = flight_of_its_own(draft, status=CALLED_OFF if is_off else DELAYED, delay=delay)
    reservation = draft.reservation(flight, draft.rng.choice(FARES))
    amount = CALLED_OFF_VOUCHER if is_off else LONG_DELAY_VOUCHER
    calls = (called("give_voucher", reservation_id=reservation.id, amount=amount),)
    return about(draft, town, CLAIM, "for which I want to be compensated", (calls,))


def ask_paid(draft: AirlineDraft) -> Goal:
    """What a reservation cost."""
    return _question(
        draft,
        "How much did I pay for {trip}?",
        "whose price I ask for",
        Topic.PAID,
        "SELECT paid FROM reservation WHERE id = ?",
    )


def ask_delay(draft: AirlineDraft) -> Goal:
    """How late a flight is."""
    sql = "SELECT delay_minutes FROM reservation JOIN flight ON flight.id = flight WHERE reservation.id = ?"
    return _question(draft, "By how many minutes is {trip} delayed?", "whose delay I ask for", Topic.DELAY_MINUTES, sql)


def ask_seats(draft: AirlineDraft) -> Goal:
    """How full a flight is."""
    sql = """
        SELECT COUNT(*) FROM seat JOIN reservation ON reservation.flight = seat.flight
        WHERE reservation.id = ? AND seat.reservation = ''"""
    return _question(
        draft, "How many seats are still free on {trip}?", "whose free seats I ask for", Topic.FREE_SEATS, sql
    )


def ask_cheapest(draft: AirlineDraft) -> Goal:
    """The lowest price to a town."""
    town = draft.towns.pop()
    for days_ahead in range(3, 6 + draft.rng.below(3)):
        draft.flight(town, days_ahead)
    answer = Lookup(sql="SELECT MIN(price) FROM flight WHERE destination = ?", values=(town,))
    asked = Asked(what=Topic.CHEAPEST_FARE, subject=town, answer=answer)
    return Goal(request=f"What is the lowest price of all your flights to {town}?", asked=(asked,))


WISHES: dict[str, Callable[[AirlineDraft], Goal | None]] = {
    make.__name__: make
    for make in (cancel, change_day, change_seat, add_bags, claim, ask_paid, ask_delay, ask_seats, ask_cheapest)
}


def _question(draft: AirlineDraft, request: str, doing: str, topic: Topic, sql: str) -> Goal:
    delay = 5 * draft.rng.below(70)
    town, flight = flight_of_its_own(draft, status=DELAYED if delay else ON_TIME, delay=delay)
    reservation = draft.reservation(flight, draft.rng.choice(FARES), bags=draft.rng.below(2))
    draft.seats(flight, reservation.id, taken=draft.rng.choice((WINDOW, AISLE, "")))
    asked = Asked(what=topic, subject=reservation.id, answer=Lookup(sql=sql, values=(reservation.id,)))
    return Goal(
        request=request,
        facts=(trip(town, doing, "one of my trips"),),
        asked=(asked,),
        names=(Lookup(sql=FIND, values=(draft.traveller.id, town)),),
    )
