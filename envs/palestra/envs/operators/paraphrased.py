"""The same puzzle in other words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from palestra.envs.errors import ConfigError
from palestra.envs.operators.operator import Named, Rewording, symbols_of
from palestra.envs.question import Question
from palestra.envs.source import QuestionSource
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_OPENINGS = (
    "Here is a task for you.",
    "Please solve the following.",
    "I need your help with this one.",
    "Take your time and get this right.",
    "The next task comes from an exam.",
    "A friend gave me this to solve.",
    "Work on the task below.",
    "Could you do this for me?",
    "Solve this carefully, then answer in the form that is asked for.",
)
"""What may stand before a task without changing it. The last one is for `unseen-template` alone."""


@dataclass(frozen=True, kw_only=True)
class Paraphrased(Rewording):
    """Another wording of each puzzle: another template of its family, behind an opening sentence.

    A source that is no family keeps its wording behind the opening.
    """

    id: ClassVar[str] = "palestra/Paraphrased-v1"
    inner: QuestionSource = field(default_factory=Named("palestra/OrderingDeduction-v1"))
    """Whose tasks are shown."""
    template: int = 0
    """Number of the family's template, from 1; 0 draws one of those in which the family would not show the task."""
    is_opened: bool = True
    """Whether a sentence stands before the task."""

    def check(self) -> None:
        """The template is one that no split keeps for itself."""
        most = len(self.inner.templates) - 1 if isinstance(self.inner, Question) else 0
        if not 0 <= self.template <= most:
            raise ConfigError(
                f"`template` must lie in 0..{most} for `{self.inner.id}`, got {self.template}\n\n"
                "hint: the last template of a family is for the split `unseen-template`"
            )

    def reword(self, task: Task, rng: KeyedRandom) -> str:
        """The task in another wording; in the split `unseen-template` with the family's own last one."""
        is_unseen = task.id.split == "unseen-template"
        prompt = task.prompt
        if isinstance(self.inner, Question) and not is_unseen:
            drawn = self.inner.drawn(task.id.split, task.id.seed, task.id.index)
            others = [text for text in self.inner.templates[:-1] if text != drawn.template]
            template = self.inner.templates[self.template - 1] if self.template else rng.choice(others)
            prompt = self.inner.worded(drawn.content, template)
        if not self.is_opened:
            return prompt
        return f"{_OPENINGS[-1] if is_unseen else rng.choice(_OPENINGS[:-1])}\n\n{prompt}"

    def symbols(self, task: Task) -> tuple[str, ...]:
        """Those of the family."""
        return symbols_of(self.inner, self.inner_task(task.id))
