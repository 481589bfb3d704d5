"""The parts of a run, and what they remember between steps."""

from __future__ import annotations

from dataclasses import dataclass

from palestra.agents import Closable, Conduct, Generator, RolloutDriver, Sampling, WeightSync
from palestra.agents.remote import HERE, EnvWorkers
from palestra.envs.curriculum import TaskSampler
from palestra.trainer.alarms import AlarmWatch
from palestra.trainer.checkpoints.checkpoint import Checkpoint, Memory, Stateful
from palestra.trainer.crew.orders import Restore
from palestra.trainer.learner.learned import Learned
from palestra.trainer.learner.learner import Learner
from palestra.trainer.learner.reference import Reference
from palestra.trainer.learner.resets import PlateauWatch
from palestra.trainer.model.chat_tokenizer import HfChatTokenizer
from palestra.trainer.model.policy import Policy
from palestra.trainer.noise import NoiseLoop


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """What a run is made of."""

    tokenizer: HfChatTokenizer
    policy: Policy
    generator: Generator
    weight_sync: WeightSync
    learner: Learner
    sampler: TaskSampler
    conduct: Conduct
    noise: NoiseLoop
    """What is known of the errors of verdicts."""
    watch: AlarmWatch
    """Says what goes wrong."""
    reference: Reference | None = None
    """What the KL penalty, if there is one, keeps the policy near to."""
    plateau: PlateauWatch | None = None
    """Says when the reference and the optimizer are reset, if they are."""
    env_workers: EnvWorkers = HERE
    """Where environments live."""

    def driver(self, sampling: Sampling) -> RolloutDriver:
        """A driver on this run's generator."""
        return RolloutDriver(self.generator, self.tokenizer, sampling, self.conduct)

    async def aclose(self) -> None:
        """Give back what generator, weight sync and environments hold outside of this process."""
        for part in (self.weight_sync, self.generator, self.env_workers):
            if isinstance(part, Closable):
                await part.aclose()

    @property
    def stateful(self) -> dict[str, Stateful]:
        """The parts that remember something between steps, by name: a checkpoint holds the state of each."""
        found: dict[str, Stateful | None] = {
            "sampler": self.sampler,
            "noise": self.noise,
            "alarms": self.watch,
            "plateau": self.plateau,
        }
        return {name: part for name, part in found.items() if part is not None}

    def memory(self) -> Memory:
        """What the parts remember besides the policy's weights."""
        states = {name: part.state() for name, part in self.stateful.items()}
        return Memory(states=states, tensors=self.learned.tensors(), crew=self.policy.crew)

    @property
    def learned(self) -> Learned:
        """What every rank has its part of."""
        return Learned(policy=self.policy, learner=self.learner, reference=self.reference)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Have weights and parts go on from a checkpoint; a part that it does not know starts anew.

        Raises:
            CheckpointError: What a part remembered is of a part that is configured otherwise.
        """
        states = checkpoint.states()
        for name, part in self.stateful.items():
            if name in states:
                with checkpoint.fitting(name):
                    part.restore(states[name])
        with self.policy.crew.lead(Restore(folder=str(checkpoint.folder))):
            self.learned.restore(checkpoint)
