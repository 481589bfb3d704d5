"""Environments of one question and one answer: a task source and a verifier."""

from __future__ import annotations

from typing import Any

from palestra.envs.source import TaskSource
from palestra.envs.task import Split
from palestra.envs.text_env import EpisodeState, Info, TextEnv, Turn
from palestra.verifiers import Verifier


class SingleTurnEnv(TextEnv):
    """The response to the prompt is judged at once."""

    max_turns = 1

    def __init__(
        self,
        source: TaskSource,
        verifier: Verifier[Any],
        *,
        split: Split = "train",
        system_prompt: str = "",
        render_mode: str | None = None,
    ) -> None:
        super().__init__(source, split=split, system_prompt=system_prompt, render_mode=render_mode)
        self.verifier = verifier

    def respond(self, state: EpisodeState, text: str) -> Turn:
        """Judge the response."""
        return Turn(verdict=self.verifier.verify(text, state.task.reference))

    async def astep(self, action: str) -> tuple[str, float, bool, bool, Info]:
        """Judge without a thread: the verifiers of puzzles take microseconds."""
        return self.step(action)
