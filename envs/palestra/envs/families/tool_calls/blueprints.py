"""What tools can do: blueprints, from which the tools of a task are made with names of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from palestra.envs.families.tool_calls.values import (
    Amount,
    Chosen,
    Clock,
    Code,
    Day,
    Nested,
    Quoted,
    Several,
    Value,
    Whole,
)

_CITIES = (
    *("Oslo", "Lima", "Porto", "Kyoto", "Tunis", "Riga", "Quito", "Ghent", "Perth", "Turin", "Malmo", "Accra"),
    *("Leeds", "Dakar", "Basel", "Split", "Izmir", "Cork"),
)
_PEOPLE = (
    *("Amara", "Boris", "Chen", "Dalia", "Emil", "Farah", "Goran", "Hana", "Ines", "Jonas", "Kofi", "Lena"),
    *("Mateo", "Nadia", "Omar", "Priya", "Rosa", "Sven", "Tariq", "Yuki"),
)
_GROCERIES = ("rice", "lemons", "butter", "oats", "onions", "yeast", "tea", "salt", "plums", "beans", "honey", "eggs")
_ROOMS = ("kitchen", "study", "hall", "attic", "cellar", "nursery", "porch", "workshop")
_STREETS = ("Mill Lane", "Harbour Road", "Station Street", "Elm Court", "Castle Hill", "Bridge Walk")
_TIMES = (("minutes", 60), ("hours", 3600))
_LENGTHS = (("kilometres", 1000),)
_EUROS = (("euros", 100),)


@dataclass(frozen=True, kw_only=True, slots=True)
class Argument:
    """A parameter: the names that it may have, what it is, and its values."""

    names: tuple[str, ...]
    note: str
    value: Value


@dataclass(frozen=True, kw_only=True, slots=True)
class Blueprint:
    """Something that a tool can do."""

    names: tuple[str, ...]
    """Names of the tool, one for each set of tools."""
    note: str
    arguments: tuple[Argument, ...]
    wordings: tuple[str, ...]
    """Sentences that ask for it; the arguments are slots, by their first name."""
    near: str
    """The blueprint that is taken for this one most easily."""
    level: int
    """0 for plain arguments, 1 for codes and units, 2 for lists and objects."""


def _plain(*names: str, note: str, value: Value) -> Argument:
    return Argument(names=names, note=note, value=value)


_CITY = _plain("city", "place", "location", note="Name of the city", value=Chosen(_CITIES))
_PERSON = _plain("person", "name", "contact", note="First name", value=Chosen(_PEOPLE))
_DATE = _plain("day", "date", "on_date", note="The day", value=Day())
_ROOM = _plain("room", "area", "zone", note="Which room", value=Chosen(_ROOMS))

BLUEPRINTS: Mapping[str, Blueprint] = {
    "weather": Blueprint(
        names=("get_forecast", "weather_report", "fetch_weather"),
        note="Tell the weather that is expected in a city on a day.",
        arguments=(_CITY, _DATE),
        wordings=("Find out what the weather in {city} will be on {day}.", "I need the forecast for {city}, {day}."),
        near="air",
        level=0,
    ),
    "air": Blueprint(
        names=("get_air_quality", "air_report", "fetch_pollution"),
        note="Tell how clean the air in a city is now.",
        arguments=(_CITY,),
        wordings=("Check how clean the air in {city} is.", "How polluted is {city} at the moment?"),
        near="weather",
        level=0,
    ),
    "message": Blueprint(
        names=("send_message", "text_contact", "post_message"),
        note="Send a short message to a person's phone.",
        arguments=(_PERSON, _plain("text", "body", "content", note="What it says", value=Quoted(2, 5))),
        wordings=("Text {person} this: {text}.", "Send the message {text} to {person}."),
        near="letter",
        level=0,
    ),
    "letter": Blueprint(
        names=("mail_letter", "print_and_post", "send_letter"),
        note="Print a text and post it as a letter on paper.",
        arguments=(
            _PERSON,
            _plain("text", "body", "content", note="What it says", value=Quoted(3, 5)),
            _plain(
                "address",
                "recipient_address",
                "destination",
                note="Where it goes",
                value=Nested(
                    {"street": Chosen(_STREETS), "number": Whole(1, 99), "city": Chosen(_CITIES)},
                    "{number} {street} in {city}",
                ),
            ),
        ),
        wordings=("Post a letter to {person} at {address} that says {text}.",),
        near="message",
        level=2,
    ),
    "table": Blueprint(
        names=("book_table", "reserve_table", "make_reservation"),
        note="Book a table at a restaurant.",
        arguments=(
            _plain("guests", "num_guests", "party_size", note="How many people come", value=Whole(2, 12)),
            _DATE,
            _plain("time", "at_time", "start", note="When they come", value=Clock()),
        ),
        wordings=("Book a table for {guests} on {day} at {time}.", "We are {guests}; get us a table, {day}, {time}."),
        near="cancel",
        level=1,
    ),
    "cancel": Blueprint(
        names=("cancel_booking", "drop_reservation", "revoke_booking"),
        note="Cancel a booking by its number.",
        arguments=(_plain("number", "booking_number", "reference", note="The number", value=Whole(1000, 9999)),),
        wordings=("Cancel booking number {number}.", "Please call off booking {number}."),
        near="table",
        level=0,
    ),
    "timer": Blueprint(
        names=("start_timer", "set_countdown", "run_timer"),
        note="Start a timer.",
        arguments=(
            _plain("seconds", "duration_s", "length_seconds", note="How long, in seconds", value=Amount(_TIMES, 2, 50)),
            _plain("label", "title", "caption", note="What it is for", value=Quoted(1, 2)),
        ),
        wordings=("Start a timer of {seconds} called {label}.", "Let me know under {label} when {seconds} are over."),
        near="alarm",
        level=1,
    ),
    "alarm": Blueprint(
        names=("set_alarm", "wake_at", "schedule_alarm"),
        note="Ring at a time of day.",
        arguments=(
            _plain("time", "at_time", "ring_time", note="When it rings", value=Clock()),
            _plain(
                "sound",
                "tone",
                "melody",
                note="B for a bell, C for chimes, D for drums",
                value=Code({"B": "a bell", "C": "chimes", "D": "drums"}),
            ),
        ),
        wordings=("Set an alarm for {time} with {sound}.", "Wake me at {time} with {sound}."),
        near="timer",
        level=1,
    ),
    "heating": Blueprint(
        names=("set_heating", "adjust_thermostat", "heat_room"),
        note="Set how warm a room is to be.",
        arguments=(
            _ROOM,
            _plain("degrees", "target", "celsius", note="Degrees Celsius", value=Whole(14, 27)),
        ),
        wordings=("Heat the {room} to {degrees} degrees.", "I want {degrees} degrees in the {room}."),
        near="light",
        level=0,
    ),
    "light": Blueprint(
        names=("set_light", "switch_lamp", "light_room"),
        note="Set the light of a room.",
        arguments=(
            _ROOM,
            _plain(
                "level",
                "brightness",
                "mode",
                note="off, dim or full",
                value=Code({"off": "off", "dim": "to a faint glow", "full": "as bright as it gets"}),
            ),
        ),
        wordings=("Turn the light in the {room} {level}.", "Put the lamps of the {room} {level}."),
        near="heating",
        level=1,
    ),
    "shopping": Blueprint(
        names=("add_groceries", "extend_shopping_list", "put_on_list"),
        note="Put things on the shopping list.",
        arguments=(_plain("items", "things", "goods", note="What to buy", value=Several(_GROCERIES)),),
        wordings=("Put {items} on the shopping list.", "We have to buy {items}; note that on the list."),
        near="order",
        level=2,
    ),
    "order": Blueprint(
        names=("order_grocery", "buy_now", "purchase_item"),
        note="Order one thing at once and have it brought.",
        arguments=(
            _plain(
                "line",
                "item",
                "position",
                note="What is ordered",
                value=Nested({"name": Chosen(_GROCERIES), "count": Whole(2, 9)}, "{count} packs of {name}"),
            ),
            _plain(
                "speed",
                "delivery",
                "service",
                note="S for standard, X for express",
                value=Code({"S": "in the usual way", "X": "by express"}),
            ),
        ),
        wordings=("Order {line}, to be brought {speed}.",),
        near="shopping",
        level=2,
    ),
    "route": Blueprint(
        names=("find_trail", "search_route", "plan_walk"),
        note="Find a walk near a city.",
        arguments=(
            _CITY,
            _plain("metres", "max_metres", "length_m", note="Longest way in metres", value=Amount(_LENGTHS, 3, 40)),
        ),
        wordings=("Find a walk near {city} of at most {metres}.",),
        near="ride",
        level=1,
    ),
    "ride": Blueprint(
        names=("call_taxi", "order_cab", "request_ride"),
        note="Have a taxi come to a city's station.",
        arguments=(
            _CITY,
            _plain("time", "pickup_time", "at_time", note="When it comes", value=Clock()),
            _plain("seats", "num_seats", "passengers", note="How many go along", value=Whole(1, 6)),
        ),
        wordings=("Order a taxi for {seats} to the station of {city} at {time}.",),
        near="route",
        level=1,
    ),
    "transfer": Blueprint(
        names=("transfer_money", "send_payment", "pay_person"),
        note="Pay a person.",
        arguments=(
            _PERSON,
            _plain(
                "cents",
                "amount_cents",
                "sum_in_cents",
                note="How much, in cents",
                value=Amount(_EUROS, 3, 900),
            ),
            _plain("purpose", "reason", "note", note="What for", value=Quoted(1, 3)),
        ),
        wordings=("Pay {person} {cents} for {purpose}.", "{person} is to get {cents}; the purpose is {purpose}."),
        near="bill",
        level=1,
    ),
    "bill": Blueprint(
        names=("split_bill", "share_cost", "divide_expense"),
        note="Ask several people for equal shares of a sum.",
        arguments=(
            _plain("people", "friends", "members", note="First names", value=Several(_PEOPLE)),
            _plain(
                "cents",
                "amount_cents",
                "total_in_cents",
                note="The sum, in cents",
                value=Amount(_EUROS, 12, 600),
            ),
        ),
        wordings=("Split {cents} among {people}.", "Let {people} share a cost of {cents}."),
        near="transfer",
        level=2,
    ),
}
"""By name."""
