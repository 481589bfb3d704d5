"""Talk or submit: the plain sum of turn rewards stalls, the gated sum learns.

A policy that knows how much it has worked, and not how many turns are left, chooses in each of twenty turns to talk,
which is well-formed and leads nowhere, to work, or to submit what it has. Submitted work is right with a probability
that grows with the turns that were worked on. Every turn has the component `format`, 1 for whatever is well-formed.
GRPO trains the policy with the rewards of the trainer itself: `palestra.trainer.rewards` on rollouts of the real form.

    python benchmarks/talk_or_submit.py    # a minute or two; writes benchmarks/results/talk_or_submit.{json,svg}
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import torch

from palestra.agents import FinishReason, Rollout, TurnRow
from palestra.envs import EndReason, KeyedRandom, Task, TaskId
from palestra.trainer.advantages import DrGrpo
from palestra.trainer.batching import reward_matrix
from palestra.trainer.report.curves import Curve, Point, Series
from palestra.trainer.rewards import VerdictReward, rewards_of
from palestra.trainer.turn_rewards import GatedTurns, NoTurns, SummedTurns, TurnRewards
from palestra.verifiers import Verdict

TURNS, TALK, WORK, SUBMIT = 20, 0, 1, 2
RIGHT_BY_WORK = (0.05, 0.35, 0.6, 0.75)
"""Probability that what is submitted is right, by the turns of work before it; more work does not help further."""
STATES = len(RIGHT_BY_WORK)
SCHEMES: dict[str, TurnRewards] = {"summed": SummedTurns(), "gated": GatedTurns(), "off": NoTurns()}
RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, kw_only=True)
class Step:
    """Means over the episodes of one training step."""

    outcome: float
    submitted: float
    gated: float
    ungated: float
    turns: float


def play(key: str, probabilities: list[list[float]]) -> tuple[Rollout, list[int], list[int]]:
    """One episode, with the state and the action of each turn."""
    rng = KeyedRandom("talk or submit", key)
    actions: list[int] = []
    states: list[int] = []
    while len(actions) < TURNS and SUBMIT not in actions:
        states.append(min(actions.count(WORK), STATES - 1))
        talk, work, _ = probabilities[states[-1]]
        draw = rng.word() / 2**64
        actions.append(TALK if draw < talk else WORK if draw < talk + work else SUBMIT)
    is_submitted = actions[-1] == SUBMIT
    right = RIGHT_BY_WORK[states[-1]]
    is_right = is_submitted and rng.word() / 2**64 < right
    rollout = Rollout(
        key=key,
        task=Task(
            id=TaskId(source="benchmarks/TalkOrSubmit-v1", split="train", seed=0, index=0), prompt="", reference=""
        ),
        segments=(),
        responses=tuple(map(str, actions)),
        verdict=Verdict.passed() if is_right else Verdict.failed(),
        finish_reason=FinishReason.STOP,
        turns=tuple(
            TurnRow(segment=0, start=turn, tokens_in=1, tokens_out=1, components={"format": 1.0})
            for turn in range(len(actions))
        ),
        end=EndReason.SUBMITTED if is_submitted else EndReason.MAX_TURNS,
    )
    return rollout, states, actions


def train(turns: TurnRewards, seed: int, *, steps: int, groups: int = 6, size: int = 8, lr: float = 0.3) -> list[Step]:
    """The curve of one run of GRPO on a table of logits, by work done and action."""
    logits = torch.zeros(STATES, 3)
    logits[:, SUBMIT] = -1.5  # at first, submitting is rare, as it is for models that were never told to
    logits.requires_grad_(True)
    optimizer = torch.optim.Adam([logits], lr=lr / 10)
    source, curve = VerdictReward(turns=turns), []
    for step in range(steps):
        table = logits.detach().softmax(dim=-1).tolist()
        played = [play(f"{seed}/{step}/{number}", table) for number in range(groups * size)]
        rewards = rewards_of([rollout for rollout, _, _ in played], source)
        advantages = DrGrpo()(reward_matrix(rewards, size)).flatten()
        logprobs = logits.log_softmax(dim=-1)
        loss = torch.zeros(())
        for (_, states, actions), advantage in zip(played, advantages, strict=True):
            loss = loss - advantage * logprobs[torch.tensor(states), torch.tensor(actions)].sum() / len(played)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        curve.append(
            Step(
                outcome=fmean(reward.outcome for reward in rewards),
                submitted=fmean(rollout.end is EndReason.SUBMITTED for rollout, _, _ in played),
                gated=fmean(reward.gated for reward in rewards),
                ungated=fmean(reward.ungated for reward in rewards),
                turns=fmean(len(actions) for _, _, actions in played),
            )
        )
    return curve


def main() -> None:
    """Train with every scheme, and write the curves and the figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=120)
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    curves = {
        name: [train(turns, seed, steps=arguments.steps) for seed in range(arguments.seeds)]
        for name, turns in SCHEMES.items()
    }
    print("| rewards of turns | solved, first 10 steps | solved, last 10 | submitted, last 10 | turns, last 10 |")
    print("|---|---|---|---|---|")
    for name, runs in curves.items():
        late = [step for run in runs for step in run[-10:]]
        early = [step for run in runs for step in run[:10]]
        print(
            f"| {name} | {fmean(s.outcome for s in early):.3f} | {fmean(s.outcome for s in late):.3f} | "
            f"{fmean(s.submitted for s in late):.3f} | {fmean(s.turns for s in late):.1f} |"
        )
    RESULTS.mkdir(exist_ok=True)
    means = {name: mean_curve(runs) for name, runs in curves.items()}
    (RESULTS / "talk_or_submit.json").write_text(json.dumps({"seeds": arguments.seeds, "curves": means}) + "\n")
    (RESULTS / "talk_or_submit.svg").write_text(figure(means))


def mean_curve(runs: list[list[Step]]) -> dict[str, list[float]]:
    """Means over the seeds, step by step, to three digits."""
    return {
        field: [round(fmean(getattr(step, field) for step in steps), 3) for steps in zip(*runs, strict=True)]
        for field in ("outcome", "submitted", "gated", "ungated", "turns")
    }


def figure(means: dict[str, dict[str, list[float]]]) -> str:
    """The share of solved episodes over the steps, as a picture of its own."""
    series = tuple(
        Series(label=name, points=tuple(Point(step, value) for step, value in enumerate(curve["outcome"], start=1)))
        for name, curve in means.items()
    )
    svg = str(Curve(title="Solved episodes by the rewards of turns", caption="", series=series).svg())
    colours = ("#c0392b", "#1f6fb2", "#2e8b57")
    style = "".join(f".s{i}{{stroke:{colour}}}" for i, colour in enumerate(colours))
    legend = "".join(
        f'<text x="440" y="{60 + 16 * i}" fill="{colour}" text-anchor="end">{name}</text>'
        for i, (name, colour) in enumerate(zip(means, colours, strict=True))
    )
    head = (
        "<style>text{font:11px sans-serif}.grid{stroke:#ddd}.line{fill:none;stroke-width:1.6}"
        f"{style}</style><rect width='100%' height='100%' fill='white'/>"
    )
    opened = svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    start = opened.index(">") + 1
    return opened[:start] + head + opened[start:].replace("</svg>", legend + "</svg>") + "\n"


if __name__ == "__main__":
    main()
