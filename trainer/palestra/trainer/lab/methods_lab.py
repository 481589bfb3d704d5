"""`palestra lab methods`: compositions of an advantage, a selection and a loss, on the bandit or on a model."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import get_args

from palestra.trainer.advantages import Advantage, Rloo
from palestra.trainer.budgets import FixedBudget, SampleBudget
from palestra.trainer.config.reader import read_table
from palestra.trainer.credit import Credit, WholeResponse
from palestra.trainer.errors import ConfigError
from palestra.trainer.lab.arms import Arm, Clean
from palestra.trainer.lab.experiment import Job, Plan
from palestra.trainer.lab.loop_noise import LOOP_SETTINGS, loop_arms
from palestra.trainer.lab.loop_run import LoopMethod, LoopRun
from palestra.trainer.lab.settings import ARMS, SETTINGS
from palestra.trainer.lab.training import Composition, Run
from palestra.trainer.losses import PolicyLoss, ReinforceLoss
from palestra.trainer.reweighting import Reweighting
from palestra.trainer.selection import KeepAll, Selection

NOISELESS = "noiseless"
"""The setting in which the strict verifier pays."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Method:
    """One composition, as a file names it."""

    name: str
    """What it is called in the tables."""
    advantage: Advantage = field(default_factory=Rloo)
    """As in `palestra train`."""
    selection: Selection = field(default_factory=KeepAll)
    """As in `palestra train`."""
    reweighting: tuple[Reweighting, ...] = ()
    """As in `palestra train`."""
    loss: PolicyLoss = field(default_factory=ReinforceLoss)
    """As in `palestra train`; a response of the bandit is one token."""
    credit: Credit = field(default_factory=WholeResponse)
    """As in `palestra train`; with a model alone."""
    budget: SampleBudget = field(default_factory=FixedBudget)
    """As `rollout.budget` in `palestra train`; with a model alone."""
    updates_per_step: int = 1
    """Updates of a step, all but the first off-policy: on the bandit each on all samples, with a model each on its
    share of the groups."""
    pay: str = "noisy"
    """Arm of `palestra lab noise` whose rewards it gets, where the setting has noise."""

    def __post_init__(self) -> None:
        if self.updates_per_step < 1:
            raise ValueError(f"updates_per_step must be at least 1, got {self.updates_per_step}")
        if self.pay not in ARMS:
            raise ValueError(f"there is no arm `{self.pay}`\n\nhint: there are {', '.join(ARMS)}")


@dataclass(frozen=True, kw_only=True, slots=True)
class MethodsFile:
    """A file of compositions."""

    methods: tuple[Method, ...] = ()
    """The compositions, the first of which the others are compared with."""


def read_methods(path: Path) -> list[Method]:
    """The compositions of a TOML file.

    Raises:
        ConfigError: It cannot be read, or something in it is wrong.
    """
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"cannot read the methods in `{path}`: {error}\n\nhint: tables `[[methods]]`") from None
    return list(read_table(MethodsFile, tree).methods)


def named_methods(names: Sequence[str]) -> list[Method]:
    """A method for each kind of an advantage, a loss or a selection, with the defaults of all else.

    Raises:
        ConfigError: There is no such kind, or it cannot be built without options.
    """
    keys = {"advantage": Advantage, "loss": PolicyLoss, "selection": Selection}
    kinds = {member.kind: key for key, union in keys.items() for member in get_args(union) or (union,)}
    methods = []
    for name in names:
        if name not in kinds:
            raise ConfigError(f"there is no method `{name}`\n\nhint: there are {', '.join(sorted(kinds))}")
        # A loss shows what it is by what it does off-policy.
        updates = 4 if kinds[name] == "loss" else 1
        methods.append(read_table(Method, {"name": name, "updates_per_step": updates, kinds[name]: {"kind": name}}))
    return methods


def method_jobs(methods: Sequence[Method], setting: str, plan: Plan) -> list[Job[Run]]:
    """One job on the bandit for each method.

    Raises:
        ConfigError: The setting does not exist, two methods have one name, or one needs a model.
    """
    _require_distinct(methods)
    for method in methods:
        if (method.credit, method.budget) != (WholeResponse(), FixedBudget()):
            raise ConfigError(
                f"`{method.name}` names a credit or a budget, and the bandit has one turn and groups of one size"
                "\n\nhint: `--model tiny`"
            )
    if setting != NOISELESS and setting not in SETTINGS:
        raise ConfigError(f"there is no setting `{setting}`\n\nhint: there are {NOISELESS}, {', '.join(SETTINGS)}")
    of_setting = SETTINGS["strata" if setting == NOISELESS else setting]
    return [
        Job(
            setting=setting,
            arm=method.name,
            run=Run(
                condition=of_setting.condition,
                arm=Arm(name=method.name, pay=Clean() if setting == NOISELESS else ARMS[method.pay].pay),
                seed="",
                lr=0.0,
                update=of_setting.update,
                composition=Composition(
                    name=method.name,
                    advantage=method.advantage,
                    selection=method.selection,
                    reweighting=method.reweighting,
                    loss=method.loss,
                    updates_per_step=method.updates_per_step,
                ),
            ),
            plan=plan,
        )
        for method in methods
    ]


def loop_method_jobs(methods: Sequence[Method], setting: str, plan: Plan, model: str) -> list[Job[LoopRun]]:
    """One job of the real training loop for each method.

    Args:
        methods: With `pay` they get the reward, the correction and the shaping of an arm of the setting.
        setting: `noiseless`, or one of `palestra lab noise --model`.
        plan: How often and how long runs are repeated.
        model: `tiny`, or the folder of a model.

    Raises:
        ConfigError: The setting or an arm does not exist in it, or two methods have one name.
    """
    _require_distinct(methods)
    if setting != NOISELESS and setting not in LOOP_SETTINGS:
        raise ConfigError(
            f"with a model there is no setting `{setting}`\n\nhint: there are {NOISELESS}, {', '.join(LOOP_SETTINGS)}"
        )
    arms = {} if setting == NOISELESS else loop_arms(LOOP_SETTINGS[setting])
    for method in methods:
        if arms and method.pay not in arms:
            raise ConfigError(
                f"`{method.name}` has the pay `{method.pay}`, which `{setting}` does not have with a model\n\n"
                f"hint: there are {', '.join(arms)}"
            )
    return [
        Job(
            setting=setting,
            arm=method.name,
            run=LoopRun(
                method=replace(
                    arms.get(method.pay, LoopMethod()),
                    advantage=method.advantage,
                    selection=method.selection,
                    reweighting=method.reweighting,
                    loss=method.loss,
                    credit=method.credit,
                    budget=method.budget,
                    updates_per_step=method.updates_per_step,
                ),
                model=model,
            ),
            plan=plan,
        )
        for method in methods
    ]


def _require_distinct(methods: Sequence[Method]) -> None:
    names = [method.name for method in methods]
    if len(set(names)) < len(names):
        raise ConfigError(f"two methods have one name among `{', '.join(names)}`\n\nhint: give each its own")
