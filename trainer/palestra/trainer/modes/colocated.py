"""Generator and learner take turns on one device: whoever does not work gives its memory up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, cast

from palestra.agents import Closable, Completion, GenerationRequest, Generator, GeneratorError, Sleeper, Wake
from palestra.agents.generator import SingleGenerator
from palestra.trainer.errors import ConfigError
from palestra.trainer.modes.collected import Collected
from palestra.trainer.modes.collector import Collector, WholeSteps
from palestra.trainer.modes.rollout_log import RolloutLog, StepLog
from palestra.trainer.modes.schedule import InTurn, LearnedStep, Schedule, Steps
from palestra.trainer.modes.workshop import Workshop
from palestra.trainer.objective.staleness import Freshness
from palestra.trainer.require import require
from palestra.trainer.run_folder.run_paths import RunPaths

if TYPE_CHECKING:
    from palestra.trainer.config import TrainConfig
    from palestra.trainer.run.parts import Parts


class WakefulGenerator:
    """A generator that refuses to generate while it sleeps: its weights may be gone, and its cache is."""

    def __init__(self, generator: Generator, sleeper: Sleeper) -> None:
        """Guard a generator.

        Args:
            generator: Awake.
            sleeper: Puts it to sleep and wakes it up.
        """
        self.generator = generator
        self._sleeper = sleeper
        self._missing = ""

    async def generate(self, requests: Sequence[GenerationRequest]) -> list[Completion]:
        """One completion for each request, in their order.

        Raises:
            GeneratorError: It sleeps, or cannot serve at all.
        """
        self.check()
        return await self.generator.generate(requests)

    def check(self) -> None:
        """Make sure that it is awake.

        Raises:
            GeneratorError: It sleeps.
        """
        if self._missing:
            raise GeneratorError(
                f"the generator sleeps: {self._missing}\n\nhint: in colocated mode nothing is generated between the "
                "end of a step's rollouts and the push of its weights"
            )

    async def sleep(self, level: int) -> None:
        """Put it to sleep."""
        self._missing = "neither its weights nor its cache are there"
        await self._sleeper.sleep(level)

    async def wake(self, part: Wake) -> None:
        """Give a part of its memory back."""
        await self._sleeper.wake(part)
        self._missing = "" if part is Wake.CACHE else "its cache is not there"

    async def aclose(self) -> None:
        """Close the generator."""
        if isinstance(self.generator, Closable):
            await self.generator.aclose()


class WakefulSingleGenerator(WakefulGenerator):
    """The same for a generator that is asked for one completion at a time."""

    def __init__(self, generator: SingleGenerator, sleeper: Sleeper) -> None:
        """Guard a generator.

        Args:
            generator: Awake.
            sleeper: Puts it to sleep and wakes it up.
        """
        super().__init__(cast(Generator, generator), sleeper)
        self._single = generator

    async def complete(self, request: GenerationRequest) -> Completion:
        """One completion, as soon as it is there.

        Raises:
            GeneratorError: It sleeps, or cannot serve at all.
        """
        self.check()
        return await self._single.complete(request)


class TakingTurns(InTurn):
    """Collect, sleep, learn, wake the weights, push, wake the cache."""

    def __init__(self, steps: Steps, level: int) -> None:
        super().__init__(steps)
        generator = steps.parts.generator
        assert isinstance(generator, WakefulGenerator), "the mode puts it in its place"
        self._generator = generator
        self._level = level

    async def _learned(self, step: int, collected: Collected) -> LearnedStep:
        await self._generator.sleep(self._level)
        learned = await self._steps.learn(step, collected, apart=False)
        await self._generator.wake(Wake.WEIGHTS)
        await self._steps.push(step)
        await self._generator.wake(Wake.CACHE)
        return learned


@dataclass(frozen=True, kw_only=True, slots=True)
class Colocated:
    """As synchronous, with the generator asleep while the learner works on the same device."""

    kind: ClassVar[str] = "colocated"
    replays_log: ClassVar[bool] = False
    repeats: ClassVar[bool] = True

    sleep_level: int = 2
    """What the generator gives up: 1 its cache, with the weights moved to the host's memory; 2 both, since the push
    brings new weights anyway."""

    def __post_init__(self) -> None:
        require(self.sleep_level in (1, 2), f"sleep_level must be 1 or 2, got {self.sleep_level}")

    def check(self, config: TrainConfig) -> None:
        """Everything goes with it."""

    def fit(self, parts: Parts) -> Parts:
        """The parts with a generator that refuses to work while it sleeps.

        Raises:
            ConfigError: Neither the generator nor the weight sync knows how to sleep.
        """
        if isinstance(parts.generator, WakefulGenerator):
            return parts
        for sleeper in (parts.weight_sync, parts.generator):
            if isinstance(sleeper, Sleeper):
                if isinstance(parts.generator, SingleGenerator):
                    return replace(parts, generator=WakefulSingleGenerator(parts.generator, sleeper))
                return replace(parts, generator=WakefulGenerator(parts.generator, sleeper))
        raise ConfigError(
            f'mode = "colocated" needs a generator that can sleep, and {type(parts.generator).__name__} cannot'
            '\n\nhint: mode = "synchronous"'
        )

    def remark(self, config: TrainConfig) -> str:
        """Nothing to say."""
        return ""

    def freshness(self, version: int) -> Freshness:
        """Tokens of other versions than the learner's are an error."""
        return Freshness(version=version)

    def open_log(self, paths: RunPaths, after: int) -> RolloutLog:
        """A log of whole steps."""
        return StepLog(paths)

    def collector(self, workshop: Workshop) -> Collector:
        """Collects whole steps."""
        return WholeSteps(workshop)

    def schedule(self, steps: Steps) -> Schedule:
        """One half after the other, with a nap between."""
        return TakingTurns(steps, self.sleep_level)
