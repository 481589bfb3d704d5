"""The rules of the airline, and the words in which its desk speaks of them."""

from __future__ import annotations

from enum import StrEnum

from palestra.envs.families.tool_domains.airline.records import (
    CALLED_OFF,
    CANCELLED,
    DELAYED,
    FLEX,
    LIGHT,
    STANDARD,
    TODAY,
)
from palestra.envs.stateful import Rule

LONG_DELAY, LONG_DELAY_VOUCHER, CALLED_OFF_VOUCHER = 180, 60, 120
MAX_BAGS = {LIGHT: 1, STANDARD: 2, FLEX: 3}
BAG_PRICE = 35
NOTICE_DAYS = 2

RULES = (
    Rule(
        name="identity",
        text="Nothing is shown, changed, told or declined before the owner of the account is verified by e-mail and "
        "date of birth, and only the reservations of that account.",
    ),
    Rule(
        name="cancellation",
        text="A reservation is cancelled only if its fare is flex, or it was booked today or yesterday, or it is "
        "insured, or the airline called the flight off.",
        broken_by=f"""
            SELECT 1 FROM reservation JOIN flight ON flight.id = reservation.flight
            WHERE reservation.status = '{CANCELLED}' AND fare <> '{FLEX}' AND insured = 'no'
            AND julianday('{TODAY}') - julianday(booked) > 1 AND flight.status <> '{CALLED_OFF}'""",
    ),
    Rule(
        name="flight_change",
        text="Flights of the fare light are not changed; of other fares only to the same destination, as long as the "
        f"old flight is more than {NOTICE_DAYS} days away, and never to one that is called off.",
        broken_by=f"""
            SELECT 1 FROM payout JOIN reservation ON reservation.id = payout.reservation
            WHERE payout.kind = 'change' AND fare = '{LIGHT}'""",
    ),
    Rule(
        name="compensation",
        text=f"Vouchers are for travellers of the tiers silver and gold alone: {CALLED_OFF_VOUCHER} for a flight that "
        f"was called off, {LONG_DELAY_VOUCHER} for a delay of {LONG_DELAY} minutes or more, one for a reservation.",
        broken_by=f"""
            SELECT 1 FROM payout JOIN reservation ON reservation.id = payout.reservation
            JOIN flight ON flight.id = reservation.flight JOIN traveller ON traveller.id = reservation.traveller
            WHERE kind = 'voucher' AND (tier = '' OR amount <> CASE
                WHEN flight.status = '{CALLED_OFF}' THEN {CALLED_OFF_VOUCHER}
                WHEN flight.status = '{DELAYED}' AND delay_minutes >= {LONG_DELAY} THEN {LONG_DELAY_VOUCHER}
                ELSE 0 END)
            UNION ALL SELECT 1 FROM payout WHERE kind = 'voucher' GROUP BY reservation HAVING COUNT(*) > 1""",
    ),
    Rule(
        name="baggage",
        text=f"At most {MAX_BAGS[LIGHT]} bag goes with light, {MAX_BAGS[STANDARD]} with standard, {MAX_BAGS[FLEX]} "
        f"with flex; a bag costs {BAG_PRICE}. Bags are added, never taken off.",
        broken_by=f"""
            SELECT 1 FROM reservation WHERE bags > CASE fare
            WHEN '{LIGHT}' THEN {MAX_BAGS[LIGHT]} WHEN '{FLEX}' THEN {MAX_BAGS[FLEX]}
            ELSE {MAX_BAGS[STANDARD]} END""",
    ),
    Rule(name="insurance", text="Insurance is taken at the booking and never added later; no tool does it."),
)


class Topic(StrEnum):
    """What travellers ask about."""

    PAID = "paid"
    DELAY_MINUTES = "delay_minutes"
    FREE_SEATS = "free_seats"
    CHEAPEST_FARE = "cheapest_fare"


class Reason(StrEnum):
    """Why a wish is declined."""

    NOT_CANCELLABLE = "not_cancellable"
    LIGHT_FARE = "light_fare"
    SHORT_NOTICE = "short_notice"
    NO_COMPENSATION = "no_compensation"
    TOO_MANY_BAGS = "too_many_bags"
    NO_SUCH_SEAT = "no_such_seat"
    NOT_THEIR_RESERVATION = "not_their_reservation"
    INSURANCE_LATER = "insurance_later"
