"""People of whom facts are told in sentences and asked as records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from palestra.envs.families.phrasing import listed
from palestra.verifiers.keyed_random import KeyedRandom

_NAMES = ("Ada", "Bruno", "Carla", "Dev", "Elif", "Femi", "Greta", "Hiro", "Ines", "Jamal", "Katya", "Luis", "Mona",
          "Nico", "Olive", "Priya", "Rafi", "Signe", "Tariq", "Ursula", "Vito", "Wanda", "Yusuf", "Zora")  # fmt: skip
_TOWNS = ("Bergen", "Cadiz", "Derby", "Essen", "Faro", "Ghent", "Halle", "Izmir", "Kielce", "Lund", "Malmo", "Nantes")
_JOBS = ("baker", "dentist", "farmer", "gardener", "judge", "nurse", "painter", "pilot", "plumber", "tailor", "teacher")
_LANGUAGES = ("Arabic", "Danish", "French", "German", "Hindi", "Italian", "Korean", "Polish", "Swahili", "Turkish")
_PETS = ("cat", "dog", "duck", "goat", "hamster", "parrot", "rabbit", "snake")

Value = str | int | bool | list[str] | dict[str, str | int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """Everything that may be told."""

    name: str
    age: int
    job: str
    town: str
    street: str
    number: int
    languages: tuple[str, ...]
    pets: tuple[str, ...]
    has_car: bool


def draw_person(rng: KeyedRandom) -> Person:
    """Somebody."""
    return Person(
        name=rng.choice(_NAMES),
        age=rng.between(18, 80),
        job=rng.choice(_JOBS),
        town=rng.choice(_TOWNS),
        street=rng.choice(("Oak Road", "Mill Lane", "High Street", "Park Row", "Station Road", "Church Walk")),
        number=rng.between(1, 120),
        languages=tuple(rng.sample(_LANGUAGES, rng.between(1, 3))),
        pets=tuple(rng.sample(_PETS, rng.between(0, 2))),
        has_car=rng.below(2) == 1,
    )


def told(person: Person) -> str:
    """All facts, in sentences."""
    pets = f"has {' and '.join(f'a {pet}' for pet in person.pets)}" if person.pets else "has no pets"
    car = "owns a car" if person.has_car else "does not own a car"
    return (
        f"{person.name} is {person.age} years old, works as a {person.job} and lives in {person.town}, "
        f"{person.number} {person.street}. {person.name} speaks {listed(person.languages)}, {pets} and {car}."
    )


_FIELDS: dict[str, tuple[str, Callable[[Person], Value]]] = {
    "name": ("text", lambda person: person.name),
    "age": ("whole number", lambda person: person.age),
    "job": ("text", lambda person: person.job),
    "address": (
        "object with the keys town, street (texts) and number (whole number)",
        lambda person: {"town": person.town, "street": person.street, "number": person.number},
    ),
    "languages": ("array of texts in the order of the text", lambda person: list(person.languages)),
    "pets": ("array of the kinds, such as horse, in the order of the text", lambda person: list(person.pets)),
    "has_car": ("true or false", lambda person: person.has_car),
    "num_languages": ("whole number", lambda person: len(person.languages)),
}
PERSON_FIELDS = tuple(_FIELDS)
"""Names of the fields of a record."""


def value_of(person: Person, field: str) -> Value:
    """What a record holds in a field."""
    return _FIELDS[field][1](person)


def shape_of(fields: tuple[str, ...]) -> str:
    """The fields with their types, for a prompt."""
    return ", ".join(f'"{field}" ({_FIELDS[field][0]})' for field in fields)
