"""Rollouts and runs for tests of the viewer."""

from __future__ import annotations

import base64
import dataclasses
import gzip
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

from palestra.agents import FinishReason, Rollout, Segment, VersionSpan, write_rollouts
from palestra.agents.rollout import TurnRow
from palestra.envs import EndReason, Task, TaskId
from palestra.trainer.metrics import AlarmMetrics, EvalMetrics, StepMetrics
from palestra.trainer.metrics.metrics_log import MetricsLog
from palestra.trainer.run_folder.vocabulary import Piece, write_vocabulary
from palestra.verifiers import Verdict

HOSTILE = (
    "</pre></script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
    "\x00\x1b[31m\ud800\u202e{{ 7 }}<!-- ' \" \r\n"
)
_TEXT = "so the sum of both is then less than seven and we add nine first minus two over three gives"
WORDS = tuple(_TEXT.split())
PIECES: list[Piece] = [*(f" {word}" for word in WORDS), "\n", "<|end|>", [0xE2], [0x86], [0x92], *map(str, range(10))]


def manifest_of(page: Path) -> str:
    """What the first page of a written page says, as JSON."""
    found = re.search('id="block-manifest">([^<]+)<', page.read_text(encoding="ascii"))
    assert found is not None
    return gzip.decompress(base64.b64decode(found[1])).decode()


def step_row(step: int, **changes: float) -> StepMetrics:
    values = {field.name: 0.5 for field in dataclasses.fields(StepMetrics) if field.type == "float"}
    counts = {field.name: 3 for field in dataclasses.fields(StepMetrics) if field.type == "int"}
    return StepMetrics(**values | counts | {"step": step} | changes)  # type: ignore[arg-type]


def eval_row(step: int, mean: float, name: str = "heldout") -> EvalMetrics:
    return EvalMetrics(
        step=step,
        name=name,
        tasks=500,
        samples=500,
        mean=mean,
        ci95=(mean - 0.04, mean + 0.04),
        pass_at={1: mean, 8: 0.9},
        invalid=0,
        seconds=1.0,
    )


def rollout(key: str, index: int, response: str, verdict: Verdict, *, env: str = "palestra/Test-v1") -> Rollout:
    """A rollout of one turn with a token for each word of its response."""
    drawn = random.Random(f"{key!r} {response!r}")
    ids = tuple(drawn.randrange(len(WORDS)) for _ in response.split() or ["x"])
    return Rollout(
        key=key,
        task=Task(
            id=TaskId(source=env, split="train", seed=0, index=index, config={"difficulty": 0.25}),
            prompt=f"question {index}: how much is it?",
            reference="secret",
            meta={"terms": 2},
        ),
        segments=(
            Segment(
                token_ids=(*range(12), *ids, len(WORDS) + 1),
                prompt_length=12,
                mask=(1,) * (len(ids) + 1),
                logprobs=tuple(-drawn.expovariate(1.5) for _ in range(len(ids) + 1)),
                versions=(VersionSpan(version=0, start=0, end=len(ids) + 1),),
            ),
        ),
        responses=(response,),
        verdict=verdict,
        finish_reason=FinishReason.STOP,
        end=EndReason.JUDGED,
        turns=(TurnRow(segment=0, start=0, tokens_in=12, tokens_out=len(ids) + 1, model_s=0.25),),
        timings={"generate_s": 0.25},
    )


def tool_rollout(key: str, reply: str) -> Rollout:
    """A rollout of two turns: a command, what a terminal answered, and an answer."""
    call = '<tool_call>\n{"name": "bash", "arguments": {"command": "ls -l"}}\n</tool_call>'
    spans = (VersionSpan(version=2, start=0, end=6), VersionSpan(version=3, start=10, end=14))
    mask = (1,) * 6 + (0,) * 4 + (1,) * 4
    return Rollout(
        key=key,
        task=Task(id=TaskId(source="palestra/Tools-v1", split="train", seed=0, index=1), prompt="List.", reference=""),
        segments=(
            Segment(
                token_ids=(*range(8), *range(14)),
                prompt_length=8,
                mask=mask,
                logprobs=tuple(-0.3 * m for m in mask),
                versions=spans,
            ),
        ),
        responses=(call, "There is one file."),
        verdict=Verdict.partial(0.5, "half of it"),
        finish_reason=FinishReason.STOP,
        end=EndReason.SUBMITTED,
        turns=(
            TurnRow(segment=0, start=0, tokens_in=8, tokens_out=6, reply=reply, components={"valid": 1.0}, tool_s=0.1),
            TurnRow(segment=0, start=10, tokens_in=18, tokens_out=4),
        ),
    )


def group(step: int, prompt: int, size: int, env: str, words: int = 60) -> Iterator[Rollout]:
    """A group of rollouts, some of them right."""
    drawn = random.Random(f"{step} {prompt} {env}")
    for sample in range(size):
        text = " ".join(drawn.choice(WORDS) for _ in range(drawn.randrange(words // 2, 2 * words)))
        is_right = drawn.random() < 0.2 + 0.012 * step
        verdict = Verdict.passed("value 10") if is_right else Verdict.failed("the expression is 99, the target 10")
        yield rollout(f"0/{step}/{prompt}/{sample}", prompt, f"{text}\n{drawn.randrange(100)}", verdict, env=env)


def reward_line(of: Rollout, mean: float, tokens: int) -> str:
    score = of.verdict.score
    row = {
        "key": of.key,
        "end": "judged",
        "valid": True,
        "reward": score - 0.05,
        "outcome": score,
        "gated": score,
        "ungated": score,
        "parts": {"verdict": score, "overlong": -0.05},
        "turn_credits": [],
        "observed": str(of.verdict.outcome),
        "credit": {
            "advantage": score - mean,
            "factor": 1.0,
            "copies": 1,
            "turns": [score - mean],
            "update": 1,
            "weight": 1 / tokens,
            "kl_weight": 1.0,
            "tokens": of.policy_tokens,
        },
    }
    return json.dumps(row) + "\n"


def training_run(folder: Path, *, steps: int, prompts: int = 4, size: int = 8, words: int = 60) -> Path:
    """A made-up run: metrics, rollouts of two environments, rewards, evaluations, a vocabulary."""
    for name in ("rollouts", "rewards", "evaluations"):
        (folder / name).mkdir(parents=True)
    (folder / "config.toml").write_text('name = "made-up"\n[advantage]\nkind = "dr-grpo"\n[loss]\nkind = "clipped"\n')
    write_vocabulary(folder / "vocabulary.json.gz", PIECES)
    envs = ("palestra/Countdown-v1", "palestra/KnightsAndKnaves-v1")
    with MetricsLog(folder / "metrics.jsonl") as log:
        log.append(eval_row(0, 0.1))
        for step in range(1, steps + 1):
            groups = [list(group(step, prompt, size, envs[prompt % 2], words)) for prompt in range(prompts)]
            _write_step(folder, step, groups)
            drawn = random.Random(step)
            scores = [each.verdict.score for of_prompt in groups for each in of_prompt]
            log.append(
                step_row(
                    step,
                    reward_mean=sum(scores) / len(scores),
                    samples=len(scores),
                    masked_samples=0,
                    gradient_norm=1 + drawn.random() / (1 + step / 10),
                    loss=drawn.gauss(0, 0.02),
                    response_tokens_mean=words + 10 * drawn.random(),
                    generate_s=3 + drawn.random(),
                )
            )
        log.append(
            AlarmMetrics(step=max(1, steps - 2), name="audit-gap", text="what pays and what is right drift apart")
        )
        log.append(eval_row(steps, 0.65))
        log.append(eval_row(steps, 0.3, "ood"))
    return folder


def _write_step(folder: Path, step: int, groups: list[list[Rollout]]) -> None:
    tokens = sum(each.policy_tokens for of_prompt in groups for each in of_prompt)
    write_rollouts(folder / "rollouts" / f"step-{step:05d}.jsonl", [each for of_prompt in groups for each in of_prompt])
    lines = [
        reward_line(each, sum(other.verdict.score for other in of_prompt) / len(of_prompt), tokens)
        for of_prompt in groups
        for each in of_prompt
    ]
    (folder / "rewards" / f"step-{step:05d}.jsonl").write_text("".join(lines))
