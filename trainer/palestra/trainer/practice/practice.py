"""What a run trains on: one environment, a mixture of several, or a curriculum over several difficulties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

from palestra.envs import Scalar
from palestra.envs.curriculum import (
    Breeding,
    CurriculumSampler,
    EvolvingSampler,
    Member,
    Mixture,
    Pace,
    Steady,
    TaskSampler,
    Weight,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class EnvConfig:
    """What the model practises on: one environment."""

    kind: ClassVar[str] = "single"

    id: str
    """Environment id, e.g. `palestra/Countdown-v1`; `palestra envs list` shows them."""
    config: Mapping[str, Scalar] = field(default_factory=dict)
    """Options of the task family, e.g. `difficulty`."""
    system_prompt: str = ""
    """First message of every conversation; empty: none."""
    seed: int = 0
    """Stream of training tasks."""

    def __post_init__(self) -> None:
        if not self.id:
            raise ValueError("id must name an environment")

    @property
    def title(self) -> str:
        """What reports call it."""
        return self.id

    @property
    def members(self) -> tuple[Member, ...]:
        """The environment as the only member of a mixture."""
        return (Member(env=self.id, config=self.config),)

    def sampler(self, group_size: int) -> TaskSampler:
        """Draws the tasks of the training steps."""
        return Mixture(self.members, seed=self.seed)


@dataclass(frozen=True, kw_only=True, slots=True)
class MemberConfig:
    """One environment of several."""

    id: str
    """Environment id."""
    config: Mapping[str, Scalar] = field(default_factory=dict)
    """Options of the task family."""
    weight: Weight = field(default_factory=Steady)
    """How often it is drawn, in proportion to the others: steady or drift."""

    def member(self) -> Member:
        """As samplers know it."""
        return Member(env=self.id, config=self.config, weight=self.weight)


@dataclass(frozen=True, kw_only=True, slots=True)
class MixtureConfig:
    """What the model practises on: several environments, by weight."""

    kind: ClassVar[str] = "mixture"

    environments: tuple[MemberConfig, ...]
    """The environments; evaluation takes as many tasks of each."""
    system_prompt: str = ""
    """First message of every conversation; empty: none."""
    seed: int = 0
    """Stream of training tasks."""

    def __post_init__(self) -> None:
        _require_some(self.environments)

    @property
    def title(self) -> str:
        """What reports call it."""
        return f"a mixture of {len(self.environments)} environments"

    @property
    def members(self) -> tuple[Member, ...]:
        """The environments with their weights."""
        return tuple(environment.member() for environment in self.environments)

    def sampler(self, group_size: int) -> TaskSampler:
        """Draws the tasks of the training steps."""
        return Mixture(self.members, seed=self.seed)


@dataclass(frozen=True, kw_only=True, slots=True)
class CurriculumConfig:
    """What the model practises on: environments at several difficulties, where the signal is."""

    kind: ClassVar[str] = "curriculum"

    environments: tuple[MemberConfig, ...]
    """The environments; evaluation takes as many tasks of each, at the member's own difficulty."""
    difficulties: tuple[float, ...] = (0.0, 0.25, 0.5)
    """Difficulties at which each environment is practised, in 0..1."""
    explore: float = 0.1
    """Share of the draws that go to all cells alike."""
    half_life: float = 20.0
    """Steps after which what was seen counts half."""
    sharpness: float = 2.0
    """Exponent of signal per token: 0 draws all cells alike, large values only the best."""
    system_prompt: str = ""
    """First message of every conversation; empty: none."""
    seed: int = 0
    """Stream of training tasks."""

    def __post_init__(self) -> None:
        _require_some(self.environments)
        if not (self.difficulties and all(0 <= d <= 1 for d in self.difficulties)):
            raise ValueError(f"difficulties must lie in 0..1, at least one of them, got {self.difficulties}")
        self.pace()

    @property
    def title(self) -> str:
        """What reports call it."""
        return f"a curriculum over {len(self.environments)} environments x {len(self.difficulties)} difficulties"

    @property
    def members(self) -> tuple[Member, ...]:
        """The environments with their weights."""
        return tuple(environment.member() for environment in self.environments)

    def pace(self) -> Pace:
        """How the curriculum weighs what it has seen."""
        return Pace(explore=self.explore, half_life=self.half_life, sharpness=self.sharpness)

    def sampler(self, group_size: int) -> TaskSampler:
        """Draws the tasks of the training steps."""
        return CurriculumSampler(
            self.members, self.difficulties, group_size=group_size, seed=self.seed, pace=self.pace()
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class EvolutionConfig:
    """What the model practises on: environments whose informative tasks come back harder."""

    kind: ClassVar[str] = "evolution"

    environments: tuple[MemberConfig, ...]
    """The environments, each with a difficulty; evaluation takes as many tasks of each, as they are at first."""
    breeding: Breeding = field(default_factory=Breeding)
    """How tasks evolve."""
    system_prompt: str = ""
    """First message of every conversation; empty: none."""
    seed: int = 0
    """Stream of training tasks."""

    def __post_init__(self) -> None:
        _require_some(self.environments)

    @property
    def title(self) -> str:
        """What reports call it."""
        return f"an evolution of {len(self.environments)} environments"

    @property
    def members(self) -> tuple[Member, ...]:
        """The environments with their weights."""
        return tuple(environment.member() for environment in self.environments)

    def sampler(self, group_size: int) -> TaskSampler:
        """Draws the tasks of the training steps."""
        return EvolvingSampler(self.members, seed=self.seed, breeding=self.breeding)


Practice = EnvConfig | MixtureConfig | CurriculumConfig | EvolutionConfig
"""What a run trains on; without a `kind` it is one environment."""


def with_options(practice: Practice, options: Mapping[str, Scalar], *, instead: bool = False) -> Practice:
    """The practice with more options of the task families, or with these and no others."""

    def merged(config: Mapping[str, Scalar]) -> dict[str, Scalar]:
        return dict(options) if instead else {**config, **options}

    if isinstance(practice, EnvConfig):
        return replace(practice, config=merged(practice.config))
    members = tuple(replace(member, config=merged(member.config)) for member in practice.environments)
    return replace(practice, environments=members)


def _require_some(environments: tuple[MemberConfig, ...]) -> None:
    if not environments:
        raise ValueError("environments must name at least one")
