"""Data sets of reasoning-gym as tasks."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Self

from palestra.envs.bridges import tagged_json
from palestra.envs.bridges.containment import RandomState, contained
from palestra.envs.bridges.peer import Options, Peer, Streams, no_difficulty, peer_value
from palestra.envs.bridges.scorers import EVALUATING, InProcess, Sandboxed, Scorer
from palestra.envs.errors import ConfigError, NoOracleError
from palestra.envs.single_turn import SingleTurnEnv
from palestra.envs.task import Scalar, Split, Task, TaskId
from palestra.verifiers import Verdict, Verifier
from palestra.verifiers.answer import after_thinking, last_tagged
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.traits import Traits

PEER = Peer(module="reasoning_gym", package="reasoning-gym")
_OURS = ("seed", "size")  # options of the peer that the bridge sets


class EntryVerifier(Verifier[dict[str, Any]]):
    """Judges by the peer's scorer.

    Reference: an entry of reasoning-gym as `palestra.envs.bridges.tagged_json` writes it. What stands in the
    last `<answer>` is scored, without blanks around it, as the peer's own trainers do; without one, the whole
    response after its thinking. A scorer that raises, or gives no number in 0..1, makes an ERROR verdict.
    """

    name = "reasoning_gym"
    traits = Traits(is_graded=True)

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer

    def parse_reference(self, reference: str) -> dict[str, Any]:
        """Read the entry."""
        entry = tagged_json.load(reference)
        if not isinstance(entry, dict) or "answer" not in entry:
            raise ValueError("an entry of reasoning-gym has an `answer`")
        return entry

    def judge(self, response: str, reference: dict[str, Any]) -> Verdict:
        """What the peer's scorer says."""
        text = after_thinking(response)
        tagged = last_tagged(text)
        answer = text if tagged is None else tagged.strip()
        # A copy, since nothing keeps a scorer from changing the entry.
        return Verdict.partial(self._scorer.score(answer, copy.deepcopy(reference)), "the peer's score")


class ReasoningGym:
    """The tasks of a data set of reasoning-gym, each made of a seed of its own.

    Options: `name`; `release`, which is refused unless it is the installed one; `sandboxed` to score in a
    sandbox; `allow_unsafe` to let a scorer that runs responses as code do so in this process. All others
    are fields of the data set's configuration, those that are no scalars as JSON text.

    Splits are streams of seeds: the peer cannot prove that two of them share no puzzle.
    """

    id = "palestra/ReasoningGym-v1"

    def __init__(self, options: Mapping[str, Scalar]) -> None:
        factory = PEER.load("factory")
        taken = Options(self.id, options)
        self.name = taken.take_name(set(factory.DATASETS) - {"composite"}, "data set of reasoning-gym")
        release = taken.take_release(PEER)
        self._is_sandboxed, allow_unsafe = taken.take("sandboxed", False), taken.take("allow_unsafe", False)
        if self.name in EVALUATING and not (self._is_sandboxed or allow_unsafe):
            raise ConfigError(
                f"the scorer of `{self.name}` runs the response as Python code ({EVALUATING[self.name]})\n\n"
                "hint: sandboxed=True scores in a sandbox, where an answer may forge its score but touches "
                "nothing; allow_unsafe=True runs it here"
            )
        self._make = factory.create_dataset
        self._options = _peer_options(factory.DATASETS[self.name][1], taken.rest)
        self._streams = Streams(self.id, {**taken.given, "name": self.name, "release": release})

    @classmethod
    def configured(cls, options: Mapping[str, Scalar]) -> Self:
        """The source with these options.

        Raises:
            ConfigError: An option is unknown or refused.
            MissingPackageError: reasoning-gym is not installed.
        """
        return cls(options)

    @cached_property
    def verifier(self) -> EntryVerifier:
        """The peer's scorer."""
        if self._is_sandboxed:
            return EntryVerifier(Sandboxed(self.name, self._options))
        return EntryVerifier(InProcess(self._make(self.name, seed=0, size=1, **self._options)))

    def task(self, split: Split, seed: int, index: int) -> Task:
        """The task number `index` of stream `seed`."""
        task_id = self._streams.task_id(split, seed, index)
        entry = self._entry(self._streams.peer_seed(task_id))
        return Task(id=task_id, prompt=str(entry["question"]), reference=tagged_json.dump(entry))

    def regenerate(self, task_id: TaskId) -> Task:
        """The task that an id names, made again.

        Raises:
            TaskIdError: The id belongs to another source.
            ConfigError: It belongs to another release of the peer.
        """
        self._streams.check_source(task_id)
        return self.configured(task_id.config).task(task_id.split, task_id.seed, task_id.index)

    def with_difficulty(self, difficulty: float) -> Self:
        """Nothing: the peer has no such scale.

        Raises:
            ConfigError: Always.
        """
        raise no_difficulty(self.id)

    def oracle(self, task: Task) -> str:
        """The peer's own answer.

        Raises:
            NoOracleError: The peer's entry has none.
        """
        answer = tagged_json.load(task.reference)["answer"]
        if answer is None:
            raise NoOracleError(f"`{self.name}` of reasoning-gym tells no answer")
        return str(answer)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """The answer to another task; 0 where the peer tells none."""
        other = self._entry(rng.below(2**31))["answer"]
        return "0" if other is None else str(other)

    def env(self, *, split: Split = "train", system_prompt: str = "", render_mode: str | None = None) -> SingleTurnEnv:
        """An environment of these tasks."""
        return SingleTurnEnv(self, split=split, system_prompt=system_prompt, render_mode=render_mode)

    def _entry(self, seed: int) -> dict[str, Any]:
        # `codeio` runs programs to make its tasks: they print, and draw from the global generators.
        with contained(RandomState.seeded(seed)):
            entry: dict[str, Any] = self._make(self.name, seed=seed, size=1, **self._options)[0]
        return entry


def _peer_options(config_type: Any, options: Mapping[str, Scalar]) -> dict[str, object]:
    defaults = {field.name: field.default for field in dataclasses.fields(config_type) if field.name not in _OURS}
    for name in options:
        if name not in defaults:
            raise ConfigError(f"no option `{name}`\n\nhint: the options are {', '.join(defaults)}")
    values = {name: peer_value(value, defaults[name]) for name, value in options.items()}
    try:
        config = config_type(**values)
        config.validate()
    except (AssertionError, TypeError, ValueError) as error:
        raise ConfigError(f"reasoning-gym refuses {dict(options)}: {error}") from None
    return values
