"""Environments of one question and one answer: a task source with its verifier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from palestra.envs.source import HackedSource, QuestionSource
from palestra.envs.task import Split, Task
from palestra.envs.text_env import TextEnv
from palestra.envs.turn import EpisodeState, Turn
from palestra.verifiers.keyed_random import KeyedRandom


class SingleTurnEnv(TextEnv):
    """The response to the prompt is judged at once."""

    def __init__(
        self,
        source: QuestionSource,
        *,
        split: Split = "train",
        system_prompt: str = "",
        render_mode: str | None = None,
    ) -> None:
        super().__init__(source, split=split, system_prompt=system_prompt, render_mode=render_mode)
        self.questions = source
        """Where the tasks come from, as a source of questions."""
        self.verifier = source.verifier
        """Judges the responses."""

    def respond(self, state: EpisodeState, text: str) -> Turn:
        """Judge the response."""
        return Turn(verdict=self.verifier.verify(text, state.task.reference))

    async def aplay(self, action: str) -> str:
        """Judge without a thread, unless programs are run: the verifiers of puzzles take microseconds."""
        return await super().aplay(action) if self.verifier.traits.runs_code else self.play(action)

    def oracle(self) -> str:
        """A response that is judged right."""
        return self.questions.oracle(self.task)

    def cheats(self, task: Task) -> Mapping[str, Sequence[str]]:
        """The wrong responses that the family names (`Question.hacks`), each a policy of its own."""
        hacks = self.questions.hacks(task) if isinstance(self.questions, HackedSource) else ()
        return {**super().cheats(task), **{f"hack-{number}": (text,) for number, text in enumerate(hacks)}}

    def guess(self, rng: KeyedRandom) -> str:
        """A well-formed response that was not thought about."""
        return self.questions.guess(self.task, rng)
