"""Rollouts whose truth is known, and the closed loop over many steps of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from palestra.agents import Rollout
from palestra.envs import KeyedRandom, Task, TaskId
from palestra.trainer.noise import AuditedRates, NoiseConfig, NoiseLoop, VerdictAuditor
from palestra.trainer.rewards import Observation, RewardPipeline, ScoredRollout
from palestra.trainer.rewards.observation import Source
from palestra.verifiers import Verdict
from palestra.verifiers.noise import UniformAppeals
from rollout_cases import rollout, segment


def judged(key: str, verdict: Verdict, *, tokens: int = 3, env: str = "test/Hand-v1", response: str = "") -> Rollout:
    """A rollout of `tokens` tokens of the task that its key names."""
    plain = rollout(key, verdict, segment([1, 2], [3] * tokens))
    group = key.rpartition("/")[0]
    task_id = TaskId(source=env, split="train", seed=0, index=KeyedRandom(group).below(1 << 40))
    task = Task(id=task_id, prompt="?", reference="12")
    return replace(plain, task=task, responses=(response,) if response else plain.responses)


def played_step(step: int, prompts: int, samples: int, accuracy: float = 0.5) -> list[list[Rollout]]:
    """Groups of a made-up policy; a task's difficulty is its own, lengths vary."""
    groups = []
    for prompt in range(prompts):
        difficulty = KeyedRandom("difficulty", step, prompt).share()
        group = []
        for sample in range(samples):
            random = KeyedRandom("truth", step, prompt, sample)
            is_right = random.share() < min(1.0, 2.0 * accuracy * difficulty)
            verdict = Verdict.passed() if is_right else Verdict.failed()
            group.append(judged(f"0/{step}/{prompt}/{sample}", verdict, tokens=random.between(1, 200)))
        groups.append(group)
    return groups


def audited(**changes: object) -> AuditedRates:
    """Rates audited by the truth, with much of it."""
    usual = AuditedRates(
        auditor=VerdictAuditor(), appeals=UniformAppeals(share=0.3), audits=0.3, budget=10_000, window=40, resamples=2
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


async def _steps(
    loop: NoiseLoop, pay: RewardPipeline, steps: Sequence[int], prompts: int, samples: int
) -> list[ScoredRollout]:
    scored: list[ScoredRollout] = []
    for step in steps:
        for group in await loop.observe(step, played_step(step, prompts, samples)):
            scored += pay(group)
    return scored


def run_steps(
    source: Source, noise: NoiseConfig | None, steps: int, *, prompts: int = 50, samples: int = 8
) -> tuple[NoiseLoop, list[ScoredRollout]]:
    """The closed loop over some steps, and all that it paid."""
    loop = NoiseLoop(noise, source, seed=0)
    pay = RewardPipeline(source=source, correction=noise.correction if noise else None)
    scored = asyncio.run(_steps(loop, pay, range(1, steps + 1), prompts, samples))
    return loop, scored


def is_right(scored: ScoredRollout | Observation) -> bool:
    """The truth about a rollout."""
    return scored.rollout.verdict.score == 1.0
