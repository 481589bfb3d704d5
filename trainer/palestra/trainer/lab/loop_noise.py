"""`palestra lab noise --model`: arms of the noise laboratory as configurations of the real training loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from palestra.trainer.advantages import Grpo
from palestra.trainer.errors import ConfigError
from palestra.trainer.lab.experiment import Job, Plan
from palestra.trainer.lab.loop_run import LoopMethod, LoopRun
from palestra.trainer.noise import AuditedRates, NoiseConfig, VerdictAuditor
from palestra.trainer.rewards import InvertedReward, NoisyReward, RandomReward, RewardSource, SubstringReward
from palestra.trainer.rewards.strata import ByLength, StratumRate
from palestra.trainer.shaping import OverlongPenalty
from palestra.verifiers.noise import UniformAppeals

_CLEAN, _GATED = "clean", "gated"
_LENGTHS = (ByLength(edges=(4, 6)),)
"""With their ends, `no` is 3 tokens, `yes` is 4, and a hedge 7."""
_AUDITED = NoiseConfig(
    rates=AuditedRates(
        auditor=VerdictAuditor(),
        appeals=UniformAppeals(share=0.2),
        audits=0.2,
        window=10,
        min_audits=5,
        resamples=20,
    ),
    strata=_LENGTHS,
)
_BRIEF = OverlongPenalty(max_tokens=7, buffer=3)
"""Takes 1 from a hedge and nothing from a single answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LoopSetting:
    """What pays in a run of the loop."""

    reward: RewardSource
    summary: str
    """One line for people."""
    arms: tuple[str, ...]


LOOP_SETTINGS: Mapping[str, LoopSetting] = {
    "injected": LoopSetting(
        reward=NoisyReward(
            fpr=0.05,
            fnr=0.05,
            strata=_LENGTHS,
            rates=(StratumRate(stratum="0-3", fpr=0.05, fnr=0.45), StratumRate(stratum="4-5", fpr=0.45, fnr=0.05)),
        ),
        summary="errors by chance that favour yes: a wrong yes passes in 45 of 100 cases, a right no fails in 45",
        arms=(_CLEAN, "noisy", "backward", "noisy-z", "z-scored"),
    ),
    "substring": LoopSetting(
        reward=SubstringReward(),
        summary="paid where the answer stands anywhere in the response, so that saying both is always paid",
        arms=(_CLEAN, "noisy", "backward", "noisy-z", "z-scored", _GATED),
    ),
    "coin": LoopSetting(reward=RandomReward(), summary="null control: a coin pays", arms=(_CLEAN, "noisy")),
    "inverted": LoopSetting(
        reward=InvertedReward(), summary="null control: wrong responses are paid", arms=(_CLEAN, "noisy")
    ),
}
"""The settings by name. `docs/lab.md` says what each was expected to show before it was run."""


def loop_arms(setting: LoopSetting) -> dict[str, LoopMethod]:
    """The arms of a setting by name."""
    noisy = LoopMethod(reward=setting.reward)
    z = Grpo(ddof=0)
    arms = {
        _CLEAN: LoopMethod(),
        "noisy": noisy,
        "backward": replace(noisy, noise=_AUDITED),
        "noisy-z": replace(noisy, advantage=z),
        "z-scored": replace(noisy, noise=_AUDITED, advantage=z),
        _GATED: replace(noisy, shaping=(_BRIEF,)),
    }
    return {name: arms[name] for name in setting.arms}


def loop_noise_jobs(settings: Sequence[str], arms: Sequence[str], plan: Plan, model: str) -> list[Job[LoopRun]]:
    """The jobs of some settings and arms; none stands for all of them.

    Raises:
        ConfigError: A setting or an arm does not exist.
    """
    known = {arm: None for setting in LOOP_SETTINGS.values() for arm in setting.arms}
    for what, names, table in (("setting", settings, LOOP_SETTINGS), ("arm", arms, known)):
        for name in names:
            if name not in table:
                raise ConfigError(f"with a model there is no {what} `{name}`\n\nhint: there are {', '.join(table)}")
    return [
        Job(setting=name, arm=arm, run=LoopRun(method=method, model=model), plan=plan)
        for name in settings or LOOP_SETTINGS
        for arm, method in loop_arms(LOOP_SETTINGS[name]).items()
        if not arms or arm in (*arms, _CLEAN)
    ]


def loop_remarks(settings: Sequence[str]) -> dict[str, str]:
    """What the report says of each setting."""
    return {
        name: f"{setting.summary[0].upper()}{setting.summary[1:]}; trained by the real loop with Adam."
        for name, setting in LOOP_SETTINGS.items()
        if not settings or name in settings
    }
