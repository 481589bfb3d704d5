"""What is said of a correction's effect is what it does to the advantages of made-up rollouts."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from noise_cases import judged
from palestra.agents import FinishReason, Rollout
from palestra.envs import KeyedRandom
from palestra.trainer.config import TrainConfig
from palestra.trainer.config.reader import parse_config
from palestra.trainer.learner.batching import scored_groups
from palestra.trainer.noise import NoiseLoop
from palestra.trainer.rewards import Objectives, RewardPipeline
from palestra.trainer.run.rewarding import noise_sentence
from palestra.verifiers import Verdict
from palestra.verifiers.errors import IneffectiveCorrectionError

BASE = 'steps = 1\nmodel.path = "m"\nenv.id = "palestra/ChainSum-v1"\n'
RATES = (
    'noise.rates = { kind = "assumed", rates = [{ fpr = 0.1, fnr = 0.2 }] }\n',
    'noise.strata = [{ kind = "length", edges = [64] }]\n'
    'noise.rates = { kind = "assumed", rates = [{ fpr = 0.1, fnr = 0.2 }, { stratum = "64+", fpr = 0.3 }] }\n',
)
OVERLONG = "overlong = { max_tokens = 100, buffer = 60 }\n"
SHAPING = ("", OVERLONG, 'shaping = ["truncated-factor"]\n', OVERLONG + 'components = ["outcome", "overlong"]\n')
CASES = [
    (correction, rates, shaping) for correction in ("backward", "forward") for rates in RATES for shaping in SHAPING
]


def _groups() -> list[list[Rollout]]:
    groups = []
    for prompt in range(12):
        group = []
        for sample in range(6):
            random = KeyedRandom("effect", prompt, sample)
            verdict = Verdict.passed() if random.share() < (prompt % 5 + 1) / 6 else Verdict.failed()
            played = judged(f"0/1/{prompt}/{sample}", verdict, tokens=random.between(1, 120))
            is_cut = random.share() < 0.2
            group.append(replace(played, finish_reason=FinishReason.LENGTH) if is_cut else played)
        groups.append(group)
    return groups


def _advantages(config: TrainConfig, *, corrects: bool) -> Tensor:
    assert config.noise is not None
    loop = NoiseLoop(config.noise, config.reward, 0)
    pay = RewardPipeline(
        source=config.reward,
        correction=config.noise.correction if corrects else None,
        shaping=config.shaping_stages,
        objectives=Objectives(names=config.components),
    )
    return config.advantage(scored_groups([pay(loop.look(group)) for group in _groups()])).double()


def _changes(config: TrainConfig) -> bool:
    """Whether the corrected advantages are more than a multiple of the plain ones."""
    plain, corrected = (_advantages(config, corrects=corrects) for corrects in (False, True))
    factor = (plain * corrected).sum() / plain.square().sum()
    return not (factor > 0 and torch.allclose(factor * plain, corrected, atol=2e-5))


@pytest.mark.parametrize("kind", ["grpo", "dr-grpo", "reinforce++", "reinforce++-baseline", "gdpo", "pass-at-k"])
def test_a_correction_is_accepted_if_and_only_if_it_changes_advantages(kind: str) -> None:
    for correction, rates, shaping in CASES:
        text = f'advantage = "{kind}"\nnoise.correction = "{correction}"\n{rates}{shaping}{BASE}'
        config = parse_config(text)
        try:
            noise_sentence(config)
            is_accepted = True
        except IneffectiveCorrectionError:
            is_accepted = False
        assert is_accepted == _changes(config), text
