"""The settings of the noise laboratory and its arms."""

from __future__ import annotations

from dataclasses import dataclass, field

from palestra.trainer.advantages import Coefficients, Grpo
from palestra.trainer.lab.arms import (
    Appealed,
    Arm,
    AuditDifference,
    Clean,
    Corrected,
    Gated,
    Posterior,
    Uncorrected,
)
from palestra.trainer.lab.knowledge import Audited, Oracle
from palestra.trainer.lab.noise_kinds import (
    ByStyle,
    ClassConditional,
    Coin,
    Inverted,
    Rates,
    StrataOf,
    Together,
    WeakVerifier,
    uniform_rates,
)
from palestra.trainer.lab.training import Adam, Condition, MatchedSgd, UpdateRule
from palestra.verifiers.noise import Backward, Forward

ARMS: dict[str, Arm] = {
    arm.name: arm
    for arm in (
        Arm(name="clean", pay=Clean()),
        Arm(name="noisy", pay=Uncorrected()),
        Arm(name="backward", pay=Corrected(correction=Backward())),
        Arm(name="forward", pay=Corrected(correction=Forward()), estimator=Coefficients()),
        Arm(name="appeals", pay=Appealed()),
        Arm(name="z-scored", pay=Corrected(correction=Backward()), estimator=Grpo(ddof=0)),
        Arm(name="gated", pay=Gated()),
        Arm(name="posterior", pay=Posterior()),
        Arm(name="audits", pay=AuditDifference()),
        Arm(name="noisy-z", pay=Uncorrected(), estimator=Grpo(ddof=0)),
    )
}
"""The arms by name; `clean` is what the others are compared with."""

CONTROLS = ("clean", "noisy")
"""The arms of the null controls: there is nothing to correct."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """A condition under which arms are compared."""

    condition: Condition
    summary: str
    """One line for people."""
    update: UpdateRule = field(default_factory=MatchedSgd)
    arms: tuple[str, ...] = tuple(ARMS)


def _rates(together: Together = Together.NONE) -> ClassConditional:
    return ClassConditional(
        small=Rates(fpr=0.45, fnr=0.4),
        large=Rates(fpr=0.05, fnr=0.1),
        fraction=Rates(fpr=0.05, fnr=0.45),
        together=together,
    )


def _oracle(noise: ClassConditional | ByStyle, strata: StrataOf = StrataOf.PROMPT, factor: float = 1.0) -> Condition:
    return Condition(noise=noise, strata=strata, knowledge=Oracle(factor=factor))


def _weak(name: str, strata: StrataOf) -> Condition:
    return Condition(noise=WeakVerifier(name=name), strata=strata, knowledge=Audited())


SETTINGS: dict[str, Setting] = {
    "strata": Setting(condition=_oracle(_rates()), summary="rates that differ by kind of problem, known exactly"),
    "item": Setting(condition=_oracle(_rates(Together.ITEM)), summary="the same, each response judged alike for ever"),
    "group": Setting(condition=_oracle(_rates(Together.GROUP)), summary="the same, samples of a group err together"),
    "style": Setting(condition=_oracle(ByStyle()), summary="rates that follow length and style, known by kind only"),
    "rates-low": Setting(condition=_oracle(_rates(), factor=0.5), summary="as strata, rates taken for half as high"),
    "rates-high": Setting(
        condition=_oracle(_rates(), factor=1.5), summary="as strata, rates taken for half as high again"
    ),
    "last-number-by-prompt": Setting(
        condition=_weak("last-number", StrataOf.PROMPT),
        summary="paid by the last number, audited rates by kind of problem",
    ),
    "last-number": Setting(
        condition=_weak("last-number", StrataOf.RESPONSE),
        summary="paid by the last number, audited rates by kind of problem and shape of the response",
    ),
    "mention-by-prompt": Setting(
        condition=_weak("mention", StrataOf.PROMPT), summary="paid for a mention, audited rates by kind of problem"
    ),
    "mention": Setting(
        condition=_weak("mention", StrataOf.RESPONSE),
        summary="paid for a mention, audited rates by kind of problem and shape of the response",
    ),
    "uniform": Setting(
        condition=_oracle(uniform_rates(0.2, 0.3), StrataOf.NOTHING),
        summary="negative control: one pair of rates, matched steps",
    ),
    "uniform-adam": Setting(
        condition=_oracle(uniform_rates(0.2, 0.3), StrataOf.NOTHING),
        summary="negative control: one pair of rates, Adam on unmatched advantages",
        update=Adam(),
    ),
    "coin": Setting(
        condition=Condition(noise=Coin(), strata=StrataOf.NOTHING, knowledge=Oracle()),
        summary="null control: a coin pays",
        arms=CONTROLS,
    ),
    "inverted": Setting(
        condition=Condition(noise=Inverted(), strata=StrataOf.NOTHING, knowledge=Oracle()),
        summary="null control: wrong responses are paid",
        arms=CONTROLS,
    ),
}
"""The settings by name. `docs/lab.md` says what each was expected to show before it was run."""
