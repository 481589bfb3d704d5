"""Where demonstrations come from: an oracle, rollouts that were judged, an expert's failures, or conversations."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

from palestra.agents import AGENTS, Episode, Generator, Rollout, RolloutDriver, RolloutError, read_rollouts
from palestra.envs import Message, Task, TextEnv
from palestra.trainer.errors import DemonstrationError
from palestra.trainer.run_folder.exchange import Recited
from palestra.trainer.supervised.demonstration import Demonstration, SpeakingTokenizer, of_messages, of_rollout
from palestra.trainer.supervised.expert_failures import ExpertFailures
from palestra.trainer.supervised.scripted_generator import ScriptedGenerator


@dataclass(frozen=True, kw_only=True, slots=True)
class School:
    """What a source may use of a run."""

    tokenizer: SpeakingTokenizer
    make_env: Callable[[Task], TextEnv]
    """A fresh environment of a task's family."""
    draw: Callable[[int], Sequence[Task]]
    """So many tasks that the stage practises on."""
    driver: Callable[[Generator], RolloutDriver]
    """Plays episodes as the stage does, with another generator."""
    policy: Generator
    """Samples from the policy as it is when the stage begins."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OracleSource:
    """Plays of a scripted agent in the stage's environments; only those that were judged right are kept."""

    kind: ClassVar[str] = "oracle"

    demonstrations: int = 60
    """Tasks that are played, drawn as in training."""
    agent: str = "oracle"
    """Who plays."""
    min_score: float = 1.0
    """Least score of a play that is kept."""

    def __post_init__(self) -> None:
        if self.demonstrations < 1:
            raise ValueError(f"demonstrations must be at least 1, got {self.demonstrations}")
        if self.agent not in AGENTS:
            raise ValueError(f"no agent `{self.agent}`\n\nhint: there are {', '.join(AGENTS)}")

    async def __call__(self, school: School) -> list[Demonstration]:
        """The demonstrations.

        Raises:
            DemonstrationError: No play was right.
        """
        agent = AGENTS[self.agent]
        episodes = [
            Episode(key=f"demonstration/{number}", env=school.make_env(task), task=task)
            for number, task in enumerate(school.draw(self.demonstrations))
        ]
        rollouts = await school.driver(ScriptedGenerator(agent, school.tokenizer, episodes)).play(episodes)
        kept = [each for each in rollouts if each.verdict.valid and each.verdict.score >= self.min_score]
        if not kept:
            raise DemonstrationError(
                f"none of the {len(rollouts)} plays of `{self.agent}` scores {self.min_score:g}: "
                f"{rollouts[0].verdict.detail}\n\nhint: rollout.max_new_tokens cuts what the agent says"
            )
        return [demonstration for each in kept for demonstration in of_rollout(each)]


@dataclass(frozen=True, kw_only=True, slots=True)
class RolloutSource:
    """Rollouts of this run or another, filtered by their verdicts: rejection sampling.

    Source: RAFT, "Reward rAnked FineTuning", arXiv:2304.06767.
    """

    kind: ClassVar[str] = "rollouts"

    path: str
    """A JSONL file of rollouts, or a folder of them, e.g. `runs/first/rollouts`."""
    min_score: float = 1.0
    """Least score of a right one; all others with a verdict are wrong ones."""
    best: int | None = None
    """Right ones of each task that are kept, those with the highest scores first; none: all."""

    def __post_init__(self) -> None:
        if not self.path:
            raise ValueError("path must name a file or a folder")
        if self.best is not None and self.best < 1:
            raise ValueError(f"best must be at least 1, got {self.best}")
        if not 0.0 < self.min_score <= 1.0:
            raise ValueError(f"min_score must be above 0 and at most 1, got {self.min_score}")

    async def __call__(self, school: School) -> list[Demonstration]:
        """The demonstrations, right and wrong.

        Raises:
            DemonstrationError: There are no rollouts, another tokenizer made them, or they are an evaluation's.
        """
        found: dict[str, list[Rollout]] = {}
        for rollout in _training_rollouts(Path(self.path)):
            _check_tokenizer(rollout, school.tokenizer)
            if rollout.verdict.valid:
                found.setdefault(str(rollout.task.id), []).append(rollout)
        return [
            demonstration
            for group in found.values()
            for each in self._ranked(group)
            for demonstration in of_rollout(each, is_right=each.verdict.score >= self.min_score)
        ]

    def _ranked(self, group: Sequence[Rollout]) -> list[Rollout]:
        right = [each for each in group if each.verdict.score >= self.min_score]
        wrong = [each for each in group if each.verdict.score < self.min_score]
        return sorted(right, key=lambda each: -each.verdict.score)[: self.best] + wrong


@dataclass(frozen=True, kw_only=True, slots=True)
class ExpertSource:
    """An expert's rollouts: all of those that succeeded, and of failed ones the actions that helped the policy.

    An action is kept if it led to a state from which the policy, as it is when the stage begins, succeeds by itself.
    The expert's responses are said again, turn by turn, in fresh environments, which are copied wherever the policy is
    to go on; so the expert may be any model.

    Source: EEF, "Exploring Expert Failures Improves LLM Agent Tuning", arXiv:2504.13145.
    """

    kind: ClassVar[str] = "expert-failures"

    path: str
    """A JSONL file of the expert's rollouts, or a folder of them."""
    every: int = 1
    """Actions between two states that are tried."""
    branches: int = 4
    """Rollouts of the policy from each of them."""
    threshold: float = 0.0
    """Success rate that is not enough for the actions before it."""

    def __post_init__(self) -> None:
        if not self.path:
            raise ValueError("path must name a file or a folder")
        self._explore()

    async def __call__(self, school: School) -> list[Demonstration]:
        """The demonstrations.

        Raises:
            DemonstrationError: There are no rollouts, or they are an evaluation's.
        """
        explore, driver = self._explore(), school.driver(school.policy)
        found: list[Demonstration] = []
        for number, rollout in enumerate(_training_rollouts(Path(self.path))):
            make_env = partial(school.make_env, rollout.task)
            expert = Recited(responses=rollout.responses)
            found += await explore(expert, (f"expert/{number}", rollout.task), make_env, driver, school.policy)
        return found

    def _explore(self) -> ExpertFailures:
        return ExpertFailures(every=self.every, branches=self.branches, threshold=self.threshold)


@dataclass(frozen=True, kw_only=True, slots=True)
class ChatSource:
    """Conversations of a JSONL file: each line `{"messages": [{"role": ..., "content": ...}, ...]}`."""

    kind: ClassVar[str] = "chat"

    path: str
    """The file; roles are system, user and assistant."""

    def __post_init__(self) -> None:
        if not self.path:
            raise ValueError("path must name a file")

    async def __call__(self, school: School) -> list[Demonstration]:
        """The demonstrations.

        Raises:
            DemonstrationError: The file cannot be read, or a line is no conversation.
        """
        return [of_messages(messages, school.tokenizer) for messages in _conversations(Path(self.path))]


Source = OracleSource | RolloutSource | ExpertSource | ChatSource
"""The sources that a configuration can name."""


def _rollouts(path: Path) -> Iterator[Rollout]:
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    try:
        for file in files:
            yield from read_rollouts(file)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise DemonstrationError(f"cannot read the rollouts `{path}`: {reason}") from None
    except RolloutError as error:
        raise DemonstrationError(str(error)) from error


def _training_rollouts(path: Path) -> Iterator[Rollout]:
    for rollout in _rollouts(path):
        if rollout.task.id.split == "test":
            raise DemonstrationError(
                f"`{path}` holds rollouts of the split `test`, e.g. of `{rollout.task.id}`: a model that "
                "learns them cannot be evaluated any more\n\nhint: name the folder `rollouts` of a run"
            )
        yield rollout


def _check_tokenizer(rollout: Rollout, tokenizer: SpeakingTokenizer) -> None:
    """Refuse tokens that mean something else to the model that would learn them."""
    if not (rollout.turns and rollout.segments):
        return
    turn = rollout.turns[0]
    segment = next(each for each in rollout.segments if each.id == turn.segment)
    start = segment.prompt_length + turn.start
    try:
        said = tokenizer.text(segment.token_ids[start : start + turn.tokens_out])
    except (IndexError, OverflowError, ValueError) as error:
        said = str(error)
    if said != rollout.responses[0]:
        raise DemonstrationError(
            f"the rollout `{rollout.key}` was made with another tokenizer\n\n"
            "hint: export its messages to a chat file, which is encoded anew"
        )


def _conversations(path: Path) -> Iterator[list[Message]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DemonstrationError(f"cannot read the conversations `{path}`: {error}") from None
    for number, line in enumerate(lines, start=1):
        try:
            rows = json.loads(line)["messages"]
            yield [Message(role=row["role"], content=row["content"]) for row in rows]
        except (ValueError, LookupError, TypeError) as error:
            raise DemonstrationError(f"line {number} of `{path}` is no conversation: {line[:80]!r} ({error})") from None
