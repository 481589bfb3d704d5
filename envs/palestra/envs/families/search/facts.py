"""A made-up world of facts: people, towns, societies and works that agree with one another."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from palestra.envs.families.coined import coined_names
from palestra.envs.families.search.relations import RELATION, EntityKind
from palestra.verifiers.keyed_random import KeyedRandom

_TOWNS = ("ford", "mere", "wick", "holm", "stead", "combe")
_SOCIETIES = ("Institute", "Press", "Museum", "Archive", "Guild", "Academy")
_FIRST_WORDS = (
    *("Amber", "Silent", "Hollow", "Crooked", "Second", "Winter", "Paper", "Iron", "Distant", "Quiet", "Broken"),
    *("Salt", "Velvet", "Northern", "Idle", "Borrowed", "Copper", "Narrow", "Blind", "Last", "Painted", "Slow"),
)
_LAST_WORDS = (
    *("Harbour", "Lantern", "Orchard", "Mirror", "River", "Clock", "Garden", "Letter", "Bridge", "Winter", "Choir"),
    *("Mill", "Tide", "Feather", "Map", "Tower", "Candle", "Road", "Window", "Comet", "Kettle", "Ladder"),
)
_OLDEST_BIRTH, _YOUNGEST_BIRTH = 1500, 1950
_MOST_PEOPLE = 900_000
_LEAST_PEOPLE = 1_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Entity:
    """Somebody or something with a name of its own."""

    kind: EntityKind
    name: str


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything that is true in a world. Entities are known by their places."""

    entities: tuple[Entity, ...]
    objects: dict[tuple[str, int], int]
    """By relation and subject: the object."""
    measures: dict[int, int]
    """By subject: its number."""
    subjects: dict[tuple[str, int], tuple[int, ...]] = field(init=False)
    """By relation and object: all subjects."""

    def __post_init__(self) -> None:
        found: dict[tuple[str, int], list[int]] = {}
        for (relation, subject), thing in self.objects.items():
            found.setdefault((relation, thing), []).append(subject)
        object.__setattr__(self, "subjects", {key: tuple(all_) for key, all_ in found.items()})


def made_up(rng: KeyedRandom, num_people: int) -> Facts:
    """A world of so many people, and of towns, societies and works in proportion."""
    counts = {
        EntityKind.PERSON: num_people,
        EntityKind.TOWN: 6 + num_people // 6,
        EntityKind.SOCIETY: 6 + num_people // 6,
        EntityKind.WORK: 8 + num_people // 4,
    }
    entities: list[Entity] = []
    places: dict[EntityKind, range] = {}
    for kind, count in counts.items():
        places[kind] = range(len(entities), len(entities) + count)
        entities += [Entity(kind=kind, name=name) for name in _names(rng, kind, count)]
    objects: dict[tuple[str, int], int] = {}
    measures = _measured(rng, places, objects)
    for relation in ("birthplace", "employer", "seat", "keeper", "mayor"):
        targets = places[RELATION[relation].object]
        for subject in places[RELATION[relation].subject]:
            objects[relation, subject] = rng.choice(targets)
    river = list(places[EntityKind.TOWN])
    rng.shuffle(river)
    objects |= {("downstream", upper): lower for upper, lower in pairwise(river)}
    return Facts(entities=tuple(entities), objects=objects, measures=measures)


def _measured(rng: KeyedRandom, places: dict[EntityKind, range], objects: dict[tuple[str, int], int]) -> dict[int, int]:
    """The numbers of all entities; teachers, founders and authors are found with them, since they were born before."""
    people = places[EntityKind.PERSON]
    births = {person: rng.between(_OLDEST_BIRTH, _YOUNGEST_BIRTH) for person in people}
    for person in people:
        teacher = rng.choice(people)
        if births[teacher] + 15 <= births[person] <= births[teacher] + 200:
            objects["teacher", person] = teacher
    measures = dict(births)
    for relation, kind in (("founder", EntityKind.SOCIETY), ("author", EntityKind.WORK)):
        for thing in places[kind]:
            person = rng.choice(people)
            objects[relation, thing] = person
            measures[thing] = births[person] + rng.between(18, 70)
    measures |= {town: rng.between(_LEAST_PEOPLE, _MOST_PEOPLE) for town in places[EntityKind.TOWN]}
    return measures


def _names(rng: KeyedRandom, kind: EntityKind, count: int) -> list[str]:
    """Different names, many of which share a part."""
    match kind:
        case EntityKind.PERSON:
            parts = [coined_names(rng, 4 + count // 5), coined_names(rng, 4 + count // 5)]
        case EntityKind.TOWN:
            parts = [coined_names(rng, 4 + count // 3), list(_TOWNS)]
        case EntityKind.SOCIETY:
            parts = [coined_names(rng, 4 + count // 3), list(_SOCIETIES)]
        case EntityKind.WORK:
            parts = [list(_FIRST_WORDS), list(_LAST_WORDS)]
    firsts, lasts = parts
    chosen = rng.sample(range(len(firsts) * len(lasts)), count)
    pairs = [(firsts[at // len(lasts)], lasts[at % len(lasts)]) for at in chosen]
    form = {EntityKind.TOWN: "{}{}", EntityKind.WORK: "The {} {}"}.get(kind, "{} {}")
    return [form.format(*pair) for pair in pairs]
