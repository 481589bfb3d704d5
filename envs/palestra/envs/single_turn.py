"""Environments of one question and one answer: a task source with its verifier."""

from __future__ import annotations

from palestra.envs.source import QuestionSource
from palestra.envs.task import Split
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
        self._questions = source
        self.verifier = source.verifier
        """Judges the responses."""

    def respond(self, state: EpisodeState, text: str) -> Turn:
        """Judge the response."""
        return Turn(verdict=self.verifier.verify(text, state.task.reference))

    async def aplay(self, action: str) -> str:
        """Judge without a thread: the verifiers of puzzles take microseconds."""
        return self.play(action)

    def oracle(self) -> str:
        """A response that is judged right."""
        return self._questions.oracle(self.task)

    def guess(self, rng: KeyedRandom) -> str:
        """A well-formed response that was not thought about."""
        return self._questions.guess(self.task, rng)
