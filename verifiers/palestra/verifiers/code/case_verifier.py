"""Verifiers that run a response on cases, each in a fresh sandbox."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Generic, Protocol, TypeVar

from palestra.sandboxes import Limits, Sandbox
from palestra.verifiers.code.fields import BUDGET_S
from palestra.verifiers.code.jobs import shared_sandbox
from palestra.verifiers.code.trials import Terms, Trial, arun_trials, run_trials
from palestra.verifiers.traits import Traits
from palestra.verifiers.verdict import Verdict
from palestra.verifiers.verifier import Verifier


class CaseTask(Protocol):
    """A reference that was read."""

    @property
    def limits(self) -> Limits:
        """Of each case."""
        ...


TaskT = TypeVar("TaskT", bound=CaseTask)
CustomT = TypeVar("CustomT")


class CaseVerifier(Verifier[TaskT], Generic[TaskT, CustomT]):
    """Runs the trials that a subclass makes of a response; all must end well, or, where it is graded, a share does."""

    traits: ClassVar[Traits] = Traits(runs_code=True)

    def __init__(
        self, sandbox: Sandbox | None = None, *, budget_s: float = BUDGET_S, custom: CustomT | None = None
    ) -> None:
        """Take the sandbox to run in.

        Args:
            sandbox: None: the strongest that works here, shared by all verifiers.
            budget_s: CPU seconds of all cases of a sample together.
            custom: A checker that takes the place of the references' own.
        """
        self._sandbox, self._budget_s, self._custom = sandbox, budget_s, custom

    @abstractmethod
    def trials(self, response: str, task: TaskT) -> Sequence[Trial]:
        """What to run for each case.

        Raises:
            NoAnswerError: The response holds no program.
        """

    def judge(self, response: str, reference: TaskT) -> Verdict:
        """Run the cases one after the other."""
        trials = self.trials(response, reference)
        return run_trials(self._sandbox or shared_sandbox(), trials, self._terms(reference))

    async def ajudge(self, response: str, reference: TaskT) -> Verdict:
        """Run several cases at once; the verdict is that of `judge`."""
        trials = self.trials(response, reference)
        return await arun_trials(self._sandbox or shared_sandbox(), trials, self._terms(reference))

    def _terms(self, task: TaskT) -> Terms:
        return Terms(limits=task.limits, budget_s=self._budget_s, is_graded=self.traits.is_graded)
