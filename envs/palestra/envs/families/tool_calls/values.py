"""The values of arguments: their schema, how they are drawn, and how a request words them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from palestra.envs.families.phrasing import listed
from palestra.envs.families.words import words
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.text.json_value import Json

_FIRST_DAY = date(2027, 1, 4)
_NUM_DAYS = 700


@dataclass(frozen=True, slots=True)
class Chosen:
    """One of several texts, such as a city, said as it is written."""

    texts: Sequence[str]

    def schema(self) -> dict[str, Json]:
        """A text."""
        return {"type": "string"}

    def draw(self, rng: KeyedRandom) -> Json:
        """One of them."""
        return rng.choice(self.texts)

    def said(self, value: Json) -> str:
        """The text."""
        return str(value)


@dataclass(frozen=True, slots=True)
class Quoted:
    """A text of some words, in quotes."""

    low: int = 2
    high: int = 4

    def schema(self) -> dict[str, Json]:
        """A text."""
        return {"type": "string"}

    def draw(self, rng: KeyedRandom) -> Json:
        """Words in a row."""
        return " ".join(rng.choice(words()) for _ in range(rng.between(self.low, self.high)))

    def said(self, value: Json) -> str:
        """The words in quotes."""
        return f'"{value}"'


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number."""

    low: int
    high: int

    def schema(self) -> dict[str, Json]:
        """A whole number."""
        return {"type": "integer"}

    def draw(self, rng: KeyedRandom) -> Json:
        """A number of the range."""
        return rng.between(self.low, self.high)

    def said(self, value: Json) -> str:
        """Its digits."""
        return str(value)


@dataclass(frozen=True, slots=True)
class Amount:
    """A whole number of a small unit, which requests tell in a larger one: it has to be converted."""

    spoken: Sequence[tuple[str, int]]
    """Units of requests, and how many of the tool's unit each of them is."""
    low: int
    high: int

    def schema(self) -> dict[str, Json]:
        """A whole number."""
        return {"type": "integer"}

    def draw(self, rng: KeyedRandom) -> Json:
        """So many of one of the spoken units, in the tool's unit."""
        _, factor = rng.choice(self.spoken)
        return rng.between(self.low, self.high) * factor

    def said(self, value: Json) -> str:
        """The number in the largest of the units that divides it."""
        assert isinstance(value, int), "amounts are whole"
        unit, factor = max(((u, f) for u, f in self.spoken if value % f == 0), key=lambda pair: pair[1])
        return f"{value // factor} {unit}"


@dataclass(frozen=True, slots=True)
class Code:
    """One of some codes, each of which stands for words."""

    words_by_code: Mapping[str, str]

    def schema(self) -> dict[str, Json]:
        """The codes."""
        return {"type": "string", "enum": list(self.words_by_code)}

    def draw(self, rng: KeyedRandom) -> Json:
        """A code."""
        return rng.choice(tuple(self.words_by_code))

    def said(self, value: Json) -> str:
        """What it stands for."""
        return self.words_by_code[str(value)]


@dataclass(frozen=True, slots=True)
class Day:
    """A date."""

    def schema(self) -> dict[str, Json]:
        """A date as ISO 8601 writes it."""
        return {"type": "string", "description": "YYYY-MM-DD"}

    def draw(self, rng: KeyedRandom) -> Json:
        """A day of two years."""
        return (_FIRST_DAY + timedelta(days=rng.below(_NUM_DAYS))).isoformat()

    def said(self, value: Json) -> str:
        """Day, month and year, such as `4 January 2027`."""
        day = date.fromisoformat(str(value))
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day in quarters of an hour."""

    def schema(self) -> dict[str, Json]:
        """A time of 24 hours."""
        return {"type": "string", "description": "HH:MM, 24 hours"}

    def draw(self, rng: KeyedRandom) -> Json:
        """A time from 07:00 to 22:45."""
        return f"{rng.between(7, 22):02d}:{15 * rng.below(4):02d}"

    def said(self, value: Json) -> str:
        """The time of 12 hours, such as `7:15 pm`."""
        hour, minute = map(int, str(value).split(":"))
        half = "am" if hour < 12 else "pm"
        return f"{(hour - 1) % 12 + 1}:{minute:02d} {half}"


@dataclass(frozen=True, slots=True)
class Several:
    """A list of different texts."""

    texts: Sequence[str]
    low: int = 2
    high: int = 4

    def schema(self) -> dict[str, Json]:
        """An array of texts."""
        return {"type": "array", "items": {"type": "string"}, "description": "in the order of the request"}

    def draw(self, rng: KeyedRandom) -> Json:
        """Some of them."""
        return rng.sample(self.texts, rng.between(self.low, self.high))

    def said(self, value: Json) -> str:
        """The texts, with `and` before the last."""
        assert isinstance(value, list | tuple), "a list was drawn"
        return listed([str(item) for item in value])


@dataclass(frozen=True, slots=True)
class Nested:
    """An object of several values."""

    fields: Mapping[str, Chosen | Quoted | Whole | Code]
    sentence: str
    """How it is said, with the fields as slots."""

    def schema(self) -> dict[str, Json]:
        """An object with all of the fields."""
        properties = {name: kind.schema() for name, kind in self.fields.items()}
        return {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        }

    def draw(self, rng: KeyedRandom) -> Json:
        """A value for each field."""
        return {name: kind.draw(rng) for name, kind in self.fields.items()}

    def said(self, value: Json) -> str:
        """The sentence."""
        assert isinstance(value, Mapping), "an object was drawn"
        return self.sentence.format_map({name: kind.said(value[name]) for name, kind in self.fields.items()})


Value = Chosen | Quoted | Whole | Amount | Code | Day | Clock | Several | Nested
"""What an argument can be."""
