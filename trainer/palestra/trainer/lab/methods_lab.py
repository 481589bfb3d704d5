"""`palestra lab methods`: compositions of an advantage, a selection and a loss on one bandit."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

from palestra.trainer.advantages import Advantage, Rloo
from palestra.trainer.config_reader import read_table
from palestra.trainer.errors import ConfigError
from palestra.trainer.lab.arms import Arm, Clean
from palestra.trainer.lab.experiment import Job, Plan
from palestra.trainer.lab.settings import ARMS, SETTINGS
from palestra.trainer.lab.training import Composition, Run
from palestra.trainer.losses import PolicyLoss, ReinforceLoss
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
    loss: PolicyLoss = field(default_factory=ReinforceLoss)
    """As in `palestra train`; a response is one token."""
    updates_per_step: int = 1
    """Updates on the samples of one step; all but the first are off-policy."""
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
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
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


def method_jobs(methods: Sequence[Method], setting: str, plan: Plan) -> list[Job]:
    """One job for each method.

    Raises:
        ConfigError: The setting does not exist, or two methods have one name.
    """
    names = [method.name for method in methods]
    if len(set(names)) < len(names):
        raise ConfigError(f"two methods have one name among `{', '.join(names)}`\n\nhint: give each its own")
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
                    loss=method.loss,
                    updates_per_step=method.updates_per_step,
                ),
            ),
            plan=plan,
        )
        for method in methods
    ]
