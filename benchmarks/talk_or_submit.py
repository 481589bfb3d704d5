"""Talk or submit: where the plain sum of turn rewards stalls, and whether the gated sum learns.

A policy that knows how much it has worked, and not how many turns are left, chooses in each turn to talk, which is
well-formed and leads nowhere, to work, or to submit what it has. Submitted work is right with a probability that grows
with the turns that were worked on. Every turn has the component `format`, 1 for whatever is well-formed. The sweep is
over the most turns of an episode: the plain sum pays for each of them. GRPO trains the policy with the rewards of the
trainer itself: `palestra.trainer.rewards` on rollouts of the real form.

    python benchmarks/talk_or_submit.py    # a few minutes; writes benchmarks/results/talk_or_submit.{json,svg}
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
from palestra.trainer.learner.batching import scored_groups
from palestra.trainer.report.curves import Curve, Note, Point, Series, Stroke
from palestra.trainer.rewards import VerdictReward, rewards_of
from palestra.trainer.rewards.turn_rewards import GatedTurns, NoTurns, SummedTurns, TurnRewards
from palestra.verifiers import Verdict

TALK, WORK, SUBMIT = 0, 1, 2
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


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One run of the sweep but for its seed."""

    turns: int
    """Most turns of an episode."""
    scheme: str
    """A key of `SCHEMES`."""


def play(key: str, probabilities: list[list[float]], most_turns: int) -> tuple[Rollout, list[int], list[int]]:
    """One episode, with the state and the action of each turn."""
    rng = KeyedRandom("talk or submit", key)
    actions: list[int] = []
    states: list[int] = []
    while len(actions) < most_turns and SUBMIT not in actions:
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


def train(setting: Setting, seed: int, *, steps: int, groups: int = 6, size: int = 8, lr: float = 0.03) -> list[Step]:
    """The curve of one run of GRPO on a table of logits, by work done and action."""
    logits = torch.zeros(STATES, 3)
    logits[:, SUBMIT] = -1.5  # at first, submitting is rare, as it is for models that were never told to
    logits.requires_grad_(True)
    optimizer = torch.optim.Adam([logits], lr=lr)
    source, curve = VerdictReward(turns=SCHEMES[setting.scheme]), []
    for step in range(steps):
        table = logits.detach().softmax(dim=-1).tolist()
        played = [play(f"{seed}/{step}/{number}", table, setting.turns) for number in range(groups * size)]
        rewards = rewards_of([rollout for rollout, _, _ in played], source)
        advantages = DrGrpo()(scored_groups([rewards[i : i + size] for i in range(0, len(rewards), size)])).flatten()
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
    """Train in every setting, and write the table, the curves and the figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, nargs="+", default=[10, 14, 20, 30])
    parser.add_argument("--steps", type=int, default=120)
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    print("| most turns | rewards of turns | solved, first 10 steps | solved, last 10 (by seed) | submitted | turns |")
    print("|---|---|---|---|---|---|")
    curves: dict[Setting, dict[str, list[float]]] = {}
    for setting in (Setting(turns=turns, scheme=scheme) for turns in arguments.turns for scheme in SCHEMES):
        runs = [train(setting, seed, steps=arguments.steps) for seed in range(arguments.seeds)]
        print(table_row(setting, runs), flush=True)
        curves[setting] = mean_curve(runs)
    RESULTS.mkdir(exist_ok=True)
    rows = [{"most_turns": setting.turns, "rewards": setting.scheme} | curve for setting, curve in curves.items()]
    (RESULTS / "talk_or_submit.json").write_text(json.dumps({"seeds": arguments.seeds, "curves": rows}) + "\n")
    (RESULTS / "talk_or_submit.svg").write_text(figure(curves))


def table_row(setting: Setting, runs: list[list[Step]]) -> str:
    """Where the runs of a setting began and ended."""
    early = [step for run in runs for step in run[:10]]
    late = [step for run in runs for step in run[-10:]]
    by_seed = ", ".join(f"{fmean(step.outcome for step in run[-10:]):.2f}" for run in runs)
    return (
        f"| {setting.turns} | {setting.scheme} | {fmean(s.outcome for s in early):.3f} | "
        f"{fmean(s.outcome for s in late):.3f} ({by_seed}) | "
        f"{fmean(s.submitted for s in late):.3f} | {fmean(s.turns for s in late):.1f} |"
    )


def mean_curve(runs: list[list[Step]]) -> dict[str, list[float]]:
    """Means over the seeds, step by step, to three digits."""
    return {
        field: [round(fmean(getattr(step, field) for step in steps), 3) for steps in zip(*runs, strict=True)]
        for field in ("outcome", "submitted", "gated", "ungated", "turns")
    }


def figure(curves: dict[Setting, dict[str, list[float]]]) -> str:
    """The share of solved episodes over the steps, as a picture of its own; lines are wider for more turns."""
    settings = [setting for setting in curves if setting.scheme != "off"]  # its line is that of the gated turns
    limits = sorted({setting.turns for setting in settings})
    series = tuple(
        Series(
            label=f"{setting.scheme}, {setting.turns} turns",
            points=tuple(Point(step, value) for step, value in enumerate(curves[setting]["outcome"], start=1)),
        )
        for setting in settings
    )
    curve = Curve(title="Solved episodes by the rewards of turns", caption="", series=series)
    colours = {"summed": "#c0392b", "gated": "#1f6fb2"}
    strokes = [Stroke(colours[setting.scheme], width=0.6 + 0.6 * limits.index(setting.turns)) for setting in settings]
    turns = f"{', '.join(map(str, limits))} turns"
    return curve.file(strokes, [Note(f"{name}, {turns}", colour) for name, colour in colours.items()])


if __name__ == "__main__":
    main()
