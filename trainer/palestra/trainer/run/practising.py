"""What a run practises on, and the environments of its tasks."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from palestra.agents.remote import HERE, EnvSpec, EnvWorkers
from palestra.envs import Scalar, Task, TextEnv
from palestra.envs.curriculum import Member
from palestra.trainer.config import TrainConfig
from palestra.trainer.practice.practice import Practice, with_options


def env_of(config: TrainConfig, *, thinks: bool | None = None, workers: EnvWorkers = HERE) -> Callable[[Task], TextEnv]:
    """Makes the environment of a task of the run.

    Args:
        config: Of the run.
        thinks: Whether thinking is asked for where that can be said; None: as the task has it in training.
        workers: Where environments live.
    """
    reasoning, own = config.reasoning, config.env.system_prompt

    def make(task: Task) -> TextEnv:
        prompt = own
        if reasoning is not None:
            prompt = reasoning.system_prompt(own, thinks=reasoning.asks(task) if thinks is None else thinks)
        return workers.env(EnvSpec(id=task.id.source, config=task.id.config, system_prompt=prompt, loop=config.loop))

    return make


def practised(config: TrainConfig, options: Mapping[str, Scalar] | None = None) -> tuple[Member, ...]:
    """The environments of the run, or the same with other options of their families.

    Raises:
        UnknownEnvError: A configured id does not exist.
        palestra.envs.ConfigError: The options do not fit a family.
    """
    practice = practice_of(config)
    if options is not None:
        practice = with_options(practice, options, instead=True)
        practice = with_options(practice, {} if config.loop is None else config.loop.options)
    chosen = practice.members
    for member in chosen:
        member.make()  # a wrong id or option is reported before a model is loaded
    return chosen


def practice_of(config: TrainConfig) -> Practice:
    """What the run practises on, with the options that its loop asks for."""
    return config.env if config.loop is None else with_options(config.env, config.loop.options)
