"""Strata: samples whose verifier errs alike, and the rates that are known or assumed of them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from palestra.agents import Rollout
from palestra.trainer.errors import NoiseError
from palestra.verifiers.noise import NOISELESS, NoiseModel, NoiseTable, Spread


@dataclass(frozen=True, kw_only=True, slots=True)
class ByEnvironment:
    """Each environment is a stratum: all samples of a group share it."""

    kind: ClassVar[str] = "environment"
    spread: ClassVar[Spread] = Spread.BETWEEN_GROUPS

    def __call__(self, rollout: Rollout) -> str:
        """The environment's id."""
        return rollout.task.id.source


@dataclass(frozen=True, kw_only=True, slots=True)
class ByVerifier:
    """Verdicts of rules and verdicts of a judge are two strata: samples of one group may differ."""

    kind: ClassVar[str] = "verifier"
    spread: ClassVar[Spread] = Spread.WITHIN_GROUPS
    names: ClassVar[tuple[str, ...]] = ("rule", "judge")

    def __call__(self, rollout: Rollout) -> str:
        """`judge` where the environment's verdict came from a judge on appeal, else `rule`."""
        return "judge" if "appeal_yes" in rollout.verdict.parts else "rule"


@dataclass(frozen=True, kw_only=True, slots=True)
class ByLength:
    """Lengths between two edges are a stratum: samples of one group may differ."""

    kind: ClassVar[str] = "length"
    spread: ClassVar[Spread] = Spread.WITHIN_GROUPS

    edges: tuple[int, ...] = (256, 1024, 4096)
    """Tokens at which a new stratum begins, rising."""

    def __post_init__(self) -> None:
        if not self.edges or list(self.edges) != sorted(set(self.edges)) or self.edges[0] < 1:
            raise ValueError(f"edges must be positive and rise, got {self.edges}")

    def __call__(self, rollout: Rollout) -> str:
        """Between which edges the policy's tokens lie, e.g. `256-1023`."""
        return self.names[bisect_right(self.edges, rollout.policy_tokens)]

    @property
    def names(self) -> tuple[str, ...]:
        """Of all its strata."""
        bounds = (0, *self.edges)
        return (*(f"{low}-{high - 1}" for low, high in pairwise(bounds)), f"{bounds[-1]}+")


@dataclass(frozen=True, kw_only=True, slots=True)
class ByDifficulty:
    """Each difficulty of a task is a stratum: all samples of a group share it."""

    kind: ClassVar[str] = "difficulty"
    spread: ClassVar[Spread] = Spread.BETWEEN_GROUPS

    option: str = "difficulty"
    """Option of the task family, or fact about the task, that tells its cell."""

    def __call__(self, rollout: Rollout) -> str:
        """The option's value; `unknown` where a task has none."""
        task = rollout.task
        found = task.id.config.get(self.option, task.meta.get(self.option))
        return "unknown" if found is None else f"{self.option} {found}"


StratumRule = ByEnvironment | ByVerifier | ByLength | ByDifficulty
"""What a configuration can name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StratumRate:
    """A verifier's errors in a stratum, as somebody wrote them down."""

    stratum: str = ""
    """Names joined by slashes as the rules give them, slashes in a name being dots; empty: all others."""
    fpr: float = 0.0
    """P(accepted | wrong)."""
    fnr: float = 0.0
    """P(rejected | right)."""

    def __post_init__(self) -> None:
        self.model()

    def model(self) -> NoiseModel:
        """As corrections take it."""
        return NoiseModel(fpr=self.fpr, fnr=self.fnr, stratum=self.stratum)


def stratum_of(rollout: Rollout, rules: Sequence[StratumRule]) -> str:
    """The rollout's stratum: what each rule says, the widest first; empty without rules."""
    return "/".join(rule(rollout).replace("/", ".") for rule in rules)


def check_names(strata: Iterable[str], rules: Sequence[StratumRule], environments: Iterable[str]) -> None:
    """Refuse rates of a stratum that no sample is ever in: they would silently be those of nobody.

    Args:
        strata: Names that have rates.
        rules: Of the run.
        environments: That it practises on.

    Raises:
        NoiseError: One is none of those that the rules make.
    """
    named = {"environment": tuple(environments)}
    levels = [getattr(rule, "names", named.get(rule.kind, ())) for rule in rules]
    known = [[name.replace("/", ".") for name in level] for level in levels]
    for stratum in filter(None, strata):
        parts = stratum.split("/")
        fits = all(not level or part in level for part, level in zip(parts, known, strict=False))
        if len(parts) > len(rules) or not fits:
            shown = "/".join(level[0] if level else "..." for level in known)
            raise NoiseError(
                f"no sample is ever in the stratum `{stratum}`\n\nhint: "
                + (f"with these rules strata have names such as `{shown}`" if rules else "set noise.strata")
            )


def spread_of_rules(rules: Sequence[StratumRule]) -> Spread:
    """How far rates can vary at most."""
    spreads = {rule.spread for rule in rules}
    return next((spread for spread in (Spread.WITHIN_GROUPS, Spread.BETWEEN_GROUPS) if spread in spreads), Spread.NONE)


def model_in(table: NoiseTable, stratum: str) -> NoiseModel:
    """The model of a stratum or the nearest wider one; noiseless where nothing is known."""
    try:
        return table.model_for(stratum)
    except LookupError:
        return NOISELESS
