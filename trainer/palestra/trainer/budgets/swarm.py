"""Swarm sampling: a part of a step's groups comes from other nodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from palestra.envs import EnvError
from palestra.envs.curriculum import Draw, Member
from palestra.trainer.budgets.dynamic_sampling import DynamicSampling
from palestra.trainer.budgets.fixed import FixedBudget
from palestra.trainer.budgets.gvm import GvmAllocation
from palestra.trainer.budgets.playground import PlayedPrompt, Playground, Recital
from palestra.trainer.budgets.reinforce_ada import ReinforceAda
from palestra.trainer.errors import BudgetError
from palestra.trainer.run_folder.exchange import Recited, SharedGroup, publish, shared_groups
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class SwarmBudget:
    """Play most groups, publish them, and take the others from what the other nodes published in earlier steps.

    Foreign groups are encoded and judged anew; those whose rewards do not differ are passed over, and of the others
    each is as likely as any. Only tasks of environments and splits that the step itself drew from are taken, so that
    a peer can neither choose what is practised on nor slip in a test. The learner takes its own log-probabilities for
    those of the policy that wrote them: a bias that `topr` bounds. A resumed run equals one that was not as long as
    the other nodes' files are the same.

    Source: "Sharing is Caring: Efficient LM Post-Training with Collective RL Experience Sharing", arXiv:2509.08721.
    """

    kind: ClassVar[str] = "swarm"

    folder: str
    """Folder that the nodes share."""
    node: str
    """Name of this node."""
    external: int = 4
    """Groups that come from others, if they have so many; the rest of the step's are own."""
    window: int = 8
    """Steps before this one whose groups are taken."""
    own: FixedBudget | DynamicSampling | ReinforceAda | GvmAllocation = field(default_factory=FixedBudget)
    """How own samples are spread over tasks: fixed, dynamic, reinforce-ada or gvm."""

    def __post_init__(self) -> None:
        if not self.folder or "\0" in self.folder:
            raise ValueError(f"folder must be a path, got {self.folder!r}")
        if not self.node or "/" in self.node or "\0" in self.node or self.node in (".", ".."):
            raise ValueError(f"node must be a folder's name, got {self.node!r}")
        for name, value in (("external", self.external), ("window", self.window)):
            if value < 1:
                raise ValueError(f"{name} must be at least 1, got {value}")

    @property
    def reads_corrected(self) -> bool:
        """Whether own samples go by rates of verifiers' errors."""
        return getattr(self.own, "reads_corrected", False)

    async def __call__(self, playground: Playground, prompts: int, samples: int) -> Sequence[PlayedPrompt]:
        """Play the tasks of a step.

        Args:
            playground: Draws tasks and plays them.
            prompts: Groups that the learner wants; at least one of them is own.
            samples: Responses of each.

        Returns:
            Own groups, then foreign ones.

        Raises:
            BudgetError: The shared folder cannot be written or read.
        """
        wanted = min(self.external, prompts - 1)
        own = await self.own(playground, prompts - wanted, samples)
        try:
            publish(Path(self.folder), self.node, playground.run_step, [prompt.rollouts for prompt in own])
            found = self._found(playground)
        except OSError as error:
            raise BudgetError(
                f"cannot use the swarm's folder `{self.folder}`: {(error.strerror or str(error)).lower()}"
                "\n\nhint: rollout.budget.folder is a folder that all nodes can write"
            ) from error
        return [*own, *await self._foreign(playground, found, wanted, samples)]

    def _found(self, playground: Playground) -> list[SharedGroup]:
        steps = range(max(1, playground.run_step - self.window), playground.run_step)
        known = {(task.id.source, task.id.split) for task in playground.tasks}
        return [
            group
            for group in shared_groups(Path(self.folder), self.node, steps)
            if (group.task.source, group.task.split) in known
        ]

    async def _foreign(
        self, playground: Playground, found: Sequence[SharedGroup], wanted: int, samples: int
    ) -> list[PlayedPrompt]:
        order = KeyedRandom("swarm", playground.key).sample(found, len(found))
        kept: list[PlayedPrompt] = []
        for number, group in enumerate(order):
            if len(kept) == wanted:
                break
            prompt = await _judged(playground, group, number, samples)
            if prompt is not None and len(set(playground.rewards(prompt))) > 1:
                kept.append(prompt)
        return kept


async def _judged(playground: Playground, group: SharedGroup, number: int, samples: int) -> PlayedPrompt | None:
    """A foreign group as if it had been played here; None if there is no such task."""
    try:
        task = playground.regenerate(group.task)
    except EnvError:
        return None
    recitals = [
        Recital(name=f"swarm/{number}/{place}", task=task, speaker=Recited(responses=responses))
        for place, responses in enumerate(group.responses[:samples])
    ]
    draw = Draw(cell=-1, member=Member(env=task.id.source, config=task.id.config), task=task)
    return PlayedPrompt(number=-1 - number, draw=draw, rollouts=tuple(await playground.recite(recitals)))
