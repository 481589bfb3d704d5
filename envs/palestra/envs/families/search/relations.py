"""What can be true in a world of facts, and how it is said."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class EntityKind(StrEnum):
    """What a name can be the name of."""

    PERSON = "person"
    TOWN = "town"
    SOCIETY = "society"
    WORK = "work"


@dataclass(frozen=True, kw_only=True, slots=True)
class Relation:
    """A function from entities of one kind to entities of another; {s} and {o} are their names."""

    name: str
    subject: EntityKind
    object: EntityKind
    forward: str
    """A noun phrase for the object, by the subject's phrase {x}."""
    backward: str
    """A noun phrase for the one subject of an object {x}."""
    met: str
    """What stands behind `the <kind> that` where an object {x} tells the subject."""
    sentences: tuple[str, ...]
    """Statements for the document of the subject."""
    mirrored: tuple[str, ...]
    """Statements for the document of the object."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Measure:
    """A number that belongs to every entity of a kind; {n} is the number."""

    name: str
    subject: EntityKind
    question: str
    """Asks for the number of {x}."""
    least: str
    """Asks which of {x} and {y} has the smaller number."""
    most: str
    sentences: tuple[str, ...]


_P, _T, _S, _W = EntityKind.PERSON, EntityKind.TOWN, EntityKind.SOCIETY, EntityKind.WORK

RELATIONS = (
    Relation(
        name="birthplace",
        subject=_P,
        object=_T,
        forward="the town where {x} was born",
        backward="the one person born in {x}",
        met="was born in {x}",
        sentences=("{s} was born in {o}.", "{s} came into the world at {o}.", "The birthplace of {s} is {o}."),
        mirrored=("{s} was born here in {o}.", "Among those born in {o} is {s}."),
    ),
    Relation(
        name="employer",
        subject=_P,
        object=_S,
        forward="the society that {x} works for",
        backward="the one person who works for {x}",
        met="works for {x}",
        sentences=("{s} works for {o}.", "{s} is employed by {o}.", "{o} has {s} on its staff."),
        mirrored=("On the staff of {o} is {s}.", "{o} employs {s}."),
    ),
    Relation(
        name="teacher",
        subject=_P,
        object=_P,
        forward="the teacher of {x}",
        backward="the one student of {x}",
        met="studied under {x}",
        sentences=("{s} studied under {o}.", "The teacher of {s} was {o}.", "{s} learned the craft from {o}."),
        mirrored=("{o} taught {s}.", "{s} was a student of {o}."),
    ),
    Relation(
        name="seat",
        subject=_S,
        object=_T,
        forward="the town where {x} has its seat",
        backward="the one society with its seat in {x}",
        met="has its seat in {x}",
        sentences=("{s} has its seat in {o}.", "The seat of {s} is {o}.", "{s} sits in the town of {o}."),
        mirrored=("{o} is the seat of {s}.", "In {o} sits {s}."),
    ),
    Relation(
        name="founder",
        subject=_S,
        object=_P,
        forward="the founder of {x}",
        backward="the one society founded by {x}",
        met="was founded by {x}",
        sentences=("{s} was founded by {o}.", "The founder of {s} was {o}.", "It was {o} who set up {s}."),
        mirrored=("{o} founded {s}.", "{o} was the founder of {s}."),
    ),
    Relation(
        name="author",
        subject=_W,
        object=_P,
        forward="the author of {x}",
        backward="the one work by {x}",
        met="was written by {x}",
        sentences=("{s} was written by {o}.", "The author of {s} is {o}.", "{s} is a work by {o}."),
        mirrored=("{o} is the author of {s}.", "{o} wrote {s}."),
    ),
    Relation(
        name="keeper",
        subject=_W,
        object=_S,
        forward="the society that keeps {x}",
        backward="the one work kept by {x}",
        met="is kept by {x}",
        sentences=("{s} is kept by {o}.", "The manuscript of {s} is with {o}.", "{o} keeps {s} in its vault."),
        mirrored=("{o} keeps {s}.", "The vault of {o} holds {s}."),
    ),
    Relation(
        name="mayor",
        subject=_T,
        object=_P,
        forward="the mayor of {x}",
        backward="the one town whose mayor is {x}",
        met="has {x} for its mayor",
        sentences=("The mayor of {s} is {o}.", "{s} is governed by its mayor, {o}.", "{o} is the mayor of {s}."),
        mirrored=("{o} is the mayor of {s}.", "{o} holds the office of mayor in {s}."),
    ),
    Relation(
        name="downstream",
        subject=_T,
        object=_T,
        forward="the next town down the river from {x}",
        backward="the next town up the river from {x}",
        met="has {x} for the next town down the river",
        sentences=("The next town down the river from {s} is {o}.", "From {s} the river flows on to {o}."),
        mirrored=("The next town up the river from {o} is {s}.", "The river comes to {o} from {s}."),
    ),
)

MEASURES = (
    Measure(
        name="birth_year",
        subject=_P,
        question="In which year was {x} born?",
        least="Who was born earlier: {x} or {y}?",
        most="Who was born later: {x} or {y}?",
        sentences=("{s} was born in the year {n}.", "The year of birth of {s} is {n}.", "{s} was born in {n}."),
    ),
    Measure(
        name="founding_year",
        subject=_S,
        question="In which year was {x} founded?",
        least="Which was founded earlier: {x} or {y}?",
        most="Which was founded later: {x} or {y}?",
        sentences=("{s} was founded in {n}.", "The founding year of {s} is {n}.", "{s} has existed since {n}."),
    ),
    Measure(
        name="work_year",
        subject=_W,
        question="In which year was {x} finished?",
        least="Which was finished earlier: {x} or {y}?",
        most="Which was finished later: {x} or {y}?",
        sentences=("{s} was finished in {n}.", "The year in which {s} was finished is {n}.", "{s} dates from {n}."),
    ),
    Measure(
        name="population",
        subject=_T,
        question="How many people live in {x}?",
        least="Which has fewer inhabitants: {x} or {y}?",
        most="Which has more inhabitants: {x} or {y}?",
        sentences=("{n} people live in {s}.", "The population of {s} is {n}.", "{s} has {n} inhabitants."),
    ),
)
MEASURE_OF = {measure.subject: measure for measure in MEASURES}
"""The one measure of each kind."""
RELATION = {relation.name: relation for relation in RELATIONS}
