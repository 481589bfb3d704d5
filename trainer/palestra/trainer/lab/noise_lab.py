"""`palestra lab noise`: what noisy rewards do to learning, and which remedies help against which noise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from palestra.trainer.errors import ConfigError
from palestra.trainer.lab.arms import Arm, Corrected
from palestra.trainer.lab.experiment import Job, Plan, reported_seed
from palestra.trainer.lab.knowledge import Audited, Observed, Oracle
from palestra.trainer.lab.noise_kinds import Strata, StrataOf
from palestra.trainer.lab.policy import SoftmaxPolicy
from palestra.trainer.lab.settings import ARMS, SETTINGS, Setting
from palestra.trainer.lab.training import Adam, Condition, Run
from palestra.trainer.lab.world import make_world
from palestra.verifiers.noise import (
    Composition,
    Effective,
    Spread,
    effect_of,
)

REFERENCE = "clean"
"""The arm that all others are compared with."""
MAIN = (
    "strata",
    "style",
    "last-number-by-prompt",
    "last-number",
    "mention",
    "uniform",
    "uniform-adam",
    "coin",
    "inverted",
)
"""The settings that run when none are named."""


def noise_jobs(
    settings: Sequence[str],
    arms: Sequence[str],
    plan: Plan,
    *,
    rates: Sequence[float] = (),
    estimate_every: int | None = None,
) -> list[Job[Run]]:
    """The jobs of some settings and arms; no arms stands for each setting's own.

    Args:
        settings: Names.
        arms: Names.
        plan: How often and how long.
        rates: Learning rates to choose from; those of the setting's update rule if empty.
        estimate_every: Steps between two estimates of audited rates; as the setting has it if None.

    Raises:
        ConfigError: A setting or an arm does not exist.
    """
    for name in settings:
        _require(name, SETTINGS, "setting")
    for name in arms:
        _require(name, ARMS, "arm")
    return [
        Job(
            setting=name,
            arm=arm,
            run=Run(
                condition=_estimating(SETTINGS[name].condition, estimate_every),
                arm=ARMS[arm],
                seed="",
                lr=0.0,
                update=replace(SETTINGS[name].update, grid=tuple(rates) or SETTINGS[name].update.grid),
            ),
            plan=plan,
        )
        for name in settings
        for arm in SETTINGS[name].arms
        if not arms or arm in (*arms, REFERENCE)
    ]


def _estimating(condition: Condition, every: int | None) -> Condition:
    if every is None or not isinstance(condition.knowledge, Audited):
        return condition
    return replace(condition, knowledge=replace(condition.knowledge, every_steps=every))


def declared_effects(setting: Setting) -> dict[str, str]:
    """What the toolkit says, before anything is run, that becomes of each correcting arm's correction."""
    return {name: _effect(setting, ARMS[name]) for name in setting.arms if isinstance(ARMS[name].pay, Corrected)}


def _effect(setting: Setting, arm: Arm) -> str:
    assert isinstance(arm.pay, Corrected)
    spread = {
        StrataOf.NOTHING: Spread.NONE,
        StrataOf.PROMPT: Spread.BETWEEN_GROUPS,
        StrataOf.RESPONSE: Spread.WITHIN_GROUPS,
    }[setting.condition.strata]
    # The matched steps of the laboratory divide by a factor of the whole step, so neither rule sees one.
    effect = effect_of(
        Composition(correction=arm.pay.correction, spread=spread, normalisation=arm.estimator.normalisation)
    )
    return f"effective: {'; '.join(effect.ways)}" if isinstance(effect, Effective) else f"no effect: {effect.reason}"


def remarks(settings: Sequence[str], plan: Plan | None = None) -> dict[str, str]:
    """What the report says of each setting: its summary, what is declared of its arms, and with a plan the rates."""
    found = {}
    for name in settings:
        setting = SETTINGS[name]
        rule = "Adam" if isinstance(setting.update, Adam) else "steps matched by the mean square of advantages"
        effects = "".join(f"\n- `{arm}`: {effect}" for arm, effect in declared_effects(setting).items())
        found[name] = f"{setting.summary[0].upper()}{setting.summary[1:]}; {rule}." + (
            f"\n\nDeclared before the run:\n{effects}" if effects else ""
        )
        if plan is not None:
            found[name] += (
                f"\n\nRates of the policy before training, in the first world:\n\n{rates_at_start(name, plan)}"
            )
    return found


def rates_at_start(name: str, plan: Plan) -> str:
    """A table of the exact rates by stratum of the policy before training, in the first reported world.

    `J` is the factor by which noise scales the gradient of samples of the stratum; where it is near 0 or differs within
    groups, noise changes what is learned and not only how fast.
    """
    condition, seed = SETTINGS[name].condition, reported_seed(plan, 0)
    world = make_world(seed, plan.scale.problems_per_kind)
    channel, batch = condition.noise(world, seed), SoftmaxPolicy(world).sample(seed, 0, 1, 1)
    observed = Observed(
        world=world,
        channel=channel,
        strata=Strata.of(world, condition.strata),
        batch=batch,
        accepted_BG=channel.observe(world, batch),
    )
    rows = [
        f"| {stratum or 'all'} | {known.fpr:.2f} | {known.fnr:.2f} | {1.0 - known.fpr - known.fnr:+.2f} "
        f"| {known.right_accepted:.2f} |"
        for stratum, known in Oracle().start().update(observed).items()
    ]
    return "\n".join(["| stratum | fpr | fnr | J | right of accepted |", "|---|---|---|---|---|", *rows])


def _require(name: str, known: Mapping[str, object], what: str) -> None:
    if name not in known:
        raise ConfigError(f"there is no {what} `{name}`\n\nhint: there are {', '.join(known)}")
