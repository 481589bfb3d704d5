"""The description of a world, of which tools, rules, policy text and goals are made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from palestra.envs.families.coined import coined_names
from palestra.envs.stateful import Cell, Rule
from palestra.verifiers.keyed_random import KeyedRandom

NUM_KINDS = 3
COLUMNS = ("c0", "c1", "c2", "c3")
_NUM_CHOICES = 3
_CAP_LOW, _CAP_SPAN = 40, 160


@dataclass(frozen=True, kw_only=True, slots=True)
class NumberField:
    """A whole number of 0 or more."""

    name: str
    column: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ChoiceField:
    """One of a few words."""

    name: str
    column: str
    choices: tuple[str, ...]


Field = NumberField | ChoiceField


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """A kind of things. Each has a title, fields and, if there is a kind above, a link to one of those."""

    name: str
    place: int
    numbers: tuple[NumberField, ...]
    choices: tuple[ChoiceField, ...]
    link: str
    """The name of the link to the kind above; empty for the topmost."""

    @property
    def fields(self) -> tuple[Field, ...]:
        """All fields."""
        return (*self.numbers, *self.choices)

    @property
    def many(self) -> str:
        """Several of them."""
        return f"{self.name}{'es' if self.name.endswith('s') else 's'}"

    def field(self, name: str) -> Field:
        """The field of a name."""
        return next(field for field in self.fields if field.name == name)


@dataclass(frozen=True, kw_only=True, slots=True)
class Frozen:
    """Things of a kind that have a certain choice never change."""

    name: str
    kind: Kind
    field: ChoiceField
    choice: str

    @property
    def text(self) -> str:
        """As the policy reads it."""
        kind, field = self.kind.name, self.field.name
        return f"{self.name}: A {kind} whose {field} is `{self.choice}` is neither updated nor linked nor removed."


@dataclass(frozen=True, kw_only=True, slots=True)
class Capped:
    """A number has an upper bound."""

    name: str
    kind: Kind
    field: NumberField
    most: int

    @property
    def text(self) -> str:
        """As the policy reads it."""
        return f"{self.name}: The {self.field.name} of a {self.kind.name} is {self.most} at most."

    @property
    def broken_by(self) -> str:
        """Finds what lies above the bound."""
        return f"SELECT 1 FROM entry WHERE kind = '{self.kind.name}' AND {self.field.column} > {self.most}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Closed:
    """Nothing is linked to what has a certain choice."""

    name: str
    kind: Kind
    """Of what must not be linked."""
    above: Kind
    field: ChoiceField
    choice: str

    @property
    def text(self) -> str:
        """As the policy reads it."""
        return (
            f"{self.name}: No {self.kind.name} is linked to a {self.above.name} whose {self.field.name} is "
            f"`{self.choice}`, be it new or old."
        )

    @property
    def broken_by(self) -> str:
        """Finds such links."""
        return f"""
            SELECT 1 FROM entry AS below JOIN entry AS above ON below.link = above.id
            WHERE below.kind = '{self.kind.name}' AND above.{self.field.column} = '{self.choice}'"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Crowded:
    """Only so many are linked to one."""

    name: str
    kind: Kind
    above: Kind
    most: int

    @property
    def text(self) -> str:
        """As the policy reads it."""
        return f"{self.name}: At most {self.most} {self.kind.many} are linked to the same {self.above.name}."

    @property
    def broken_by(self) -> str:
        """Finds what has too many."""
        return f"SELECT 1 FROM entry WHERE kind = '{self.kind.name}' GROUP BY link HAVING COUNT(*) > {self.most}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Blueprint:
    """A world: the topmost kind first."""

    kinds: tuple[Kind, ...]
    frozen: Frozen
    capped: Capped
    closed: Closed
    crowded: Crowded

    @property
    def rule_names(self) -> tuple[str, ...]:
        """The names of the rules in the order in which the policy reads them."""
        return tuple(sorted(rule.name for rule in (self.frozen, self.capped, self.closed, self.crowded)))

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules of the house; the tools see to the first."""
        open_ = [
            Rule(name=rule.name, text=rule.text, broken_by=rule.broken_by)
            for rule in (self.capped, self.closed, self.crowded)
        ]
        frozen = Rule(name=self.frozen.name, text=self.frozen.text, broken_by="SELECT 1 WHERE 0")
        return tuple(sorted([frozen, *open_], key=lambda rule: rule.name))

    @property
    def by_name(self) -> Mapping[str, Kind]:
        """The kinds by their names."""
        return {kind.name: kind for kind in self.kinds}

    def above(self, kind: Kind) -> Kind:
        """The kind that a kind is linked to."""
        return self.kinds[kind.place - 1]

    def overview(self) -> str:
        """What there is, as the policy reads it."""
        lines = []
        for kind in self.kinds:
            fields = [f"{field.name} (a number)" for field in kind.numbers]
            fields += [f"{field.name} ({' | '.join(field.choices)})" for field in kind.choices]
            link = f"; its {kind.link} is a {self.above(kind).name}" if kind.link else ""
            lines.append(f"- {kind.name}: a title, {', '.join(fields)}{link}")
        return "\n".join(lines)


@lru_cache(maxsize=256)
def drawn(seed: int) -> Blueprint:
    """The blueprint of a seed. All names in it are made up."""
    rng = KeyedRandom("blueprint", seed)
    names = [name.lower() for name in coined_names(rng, 40)]
    kinds = tuple(_kind(rng, names, place) for place in range(NUM_KINDS))
    rule_names = rng.sample([f"rule-{number + 1}" for number in range(4)], 4)
    frozen_kind, capped_kind = rng.choice(kinds), rng.choice(kinds)
    closed_kind, crowded_kind = rng.choice(kinds[1:]), rng.choice(kinds[1:])
    above = kinds[closed_kind.place - 1]
    closing = rng.choice(above.choices)
    freezing = rng.choice(frozen_kind.choices)
    return Blueprint(
        kinds=kinds,
        frozen=Frozen(name=rule_names[0], kind=frozen_kind, field=freezing, choice=freezing.choices[0]),
        capped=Capped(
            name=rule_names[1],
            kind=capped_kind,
            field=rng.choice(capped_kind.numbers),
            most=_CAP_LOW + rng.below(_CAP_SPAN),
        ),
        closed=Closed(name=rule_names[2], kind=closed_kind, above=above, field=closing, choice=closing.choices[-1]),
        crowded=Crowded(
            name=rule_names[3], kind=crowded_kind, above=kinds[crowded_kind.place - 1], most=3 + rng.below(3)
        ),
    )


def _kind(rng: KeyedRandom, names: list[str], place: int) -> Kind:
    name, link = names.pop(), names.pop()
    num_numbers, num_choices = 1 + rng.below(2), 1 + rng.below(2)
    numbers = tuple(NumberField(name=names.pop(), column=column) for column in COLUMNS[:num_numbers])
    choices = tuple(
        ChoiceField(name=names.pop(), column=column, choices=tuple(names.pop() for _ in range(_NUM_CHOICES)))
        for column in COLUMNS[num_numbers : num_numbers + num_choices]
    )
    return Kind(name=name, place=place, numbers=numbers, choices=choices, link=link if place else "")


def cells_of(kind: Kind, values: Mapping[str, Cell]) -> dict[str, Cell]:
    """The columns of a thing by the names of its fields."""
    return {field.column: values[field.name] for field in kind.fields}
