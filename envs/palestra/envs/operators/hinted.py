"""Tasks that may be tried again: the policy is told how an attempt was judged, never the answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from palestra.envs.errors import ConfigError
from palestra.envs.operators.operator import Named, Rewording, symbols_of
from palestra.envs.source import QuestionSource
from palestra.envs.task import Split, Task
from palestra.envs.text_env import TextEnv
from palestra.envs.turn import EpisodeState, Turn
from palestra.verifiers import Outcome, Verdict
from palestra.verifiers.keyed_random import KeyedRandom

_MOST = 20
_HINTS = {
    Outcome.FAIL: "That is wrong.",
    Outcome.PARTIAL: "Part of that is right.",
    Outcome.UNPARSED: "No answer was found. Mind the form in which to answer.",
    Outcome.TIMEOUT: "That took too long.",
}
"""By outcome alone: the detail of a verdict may quote the answer."""


@dataclass(frozen=True, kw_only=True)
class Hinted(Rewording):
    """Several attempts at each task; every further one multiplies what it earns by `discount`.

    The best attempt counts. An undecided or broken verdict ends the episode and is masked.
    """

    id: ClassVar[str] = "palestra/Hinted-v1"
    inner: QuestionSource = field(default_factory=Named("palestra/RandomCalculation-v1"))
    """Whose tasks are shown."""
    attempts: int = 3
    """How many attempts, 2..20."""
    discount: float = 0.5
    """What an attempt earns, as a share of what the one before would have earned; above 0, at most 1."""

    def check(self) -> None:
        """The numbers are in range."""
        if not 2 <= self.attempts <= _MOST:
            raise ConfigError(f"`attempts` must lie in 2..{_MOST}, got {self.attempts}")
        if not 0 < self.discount <= 1:
            raise ConfigError(f"`discount` must lie above 0 and be at most 1, got {self.discount}")

    def reword(self, task: Task, rng: KeyedRandom) -> str:
        """The task behind the rules."""
        rules = f"You have {self.attempts} attempts and are told whether one is right."
        if self.discount < 1:
            rules += f" Each further attempt is worth {self.discount:.4g} times as much as the one before."
        return f"{rules}\n\n{task.prompt}"

    def symbols(self, task: Task) -> tuple[str, ...]:
        """Those of the source."""
        return symbols_of(self.inner, self.inner_task(task.id))

    def env(self, *, split: Split = "train", system_prompt: str = "", render_mode: str | None = None) -> HintedEnv:
        """An environment of these tasks, with several turns."""
        return HintedEnv(self, split=split, system_prompt=system_prompt, render_mode=render_mode)


class HintedEnv(TextEnv):
    """Asks again until an attempt is right or none is left; `world` is the best verdict so far."""

    def __init__(
        self, source: Hinted, *, split: Split = "train", system_prompt: str = "", render_mode: str | None = None
    ) -> None:
        super().__init__(source, split=split, system_prompt=system_prompt, render_mode=render_mode)
        self._hinted = source

    def turn_limit(self, task: Task) -> int:
        """As many as there are attempts."""
        return self._hinted.attempts

    def begin(self, task: Task) -> object:
        """Nothing has been earned."""
        return Verdict.unparsed("no attempt yet")

    def respond(self, state: EpisodeState, text: str) -> Turn:
        """Judge the attempt; say how it went if there is another."""
        verdict = self._hinted.verifier.verify(text, state.task.reference)
        if not verdict.valid:
            return Turn(verdict=verdict, world=state.world)
        best = state.world
        assert isinstance(best, Verdict)  # `begin` and this method make nothing else
        score = verdict.score * self._hinted.discount**state.turns
        if score > best.score or best.score == 0:
            best = Verdict.partial(score, verdict.detail, verdict.parts) if score else verdict
        num_left = state.turn_limit - state.turns - 1
        if verdict.outcome is Outcome.PASS or num_left == 0:
            return Turn(verdict=best, world=best)
        left = f"{num_left} attempts are" if num_left > 1 else "One attempt is"
        return Turn(reply=f"{_HINTS[verdict.outcome]} {left} left.", world=best)

    def oracle(self) -> str:
        """What solves the task."""
        return self._hinted.oracle(self.task)

    def guess(self, rng: KeyedRandom) -> str:
        """A guess at the task."""
        return self._hinted.guess(self.task, rng)
