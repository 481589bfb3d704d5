"""`palestra eval`: what an agent earns on held-out tasks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import tyro

from palestra.cli.errors import EXIT_FAILED, EXIT_OK, UsageError
from palestra.cli.text import Difficulty, EnvOptions, SplitName, env_config, write, write_json

if TYPE_CHECKING:
    from palestra.agents import Evaluation
    from palestra.envs import TextEnv


@dataclass(frozen=True, kw_only=True)
class Evaluate:
    """Evaluate an agent or a model on held-out tasks: mean reward with its 95% interval.

    Exit code 1 if no verdict was valid.
    """

    ids: Annotated[tyro.conf.Positional[tuple[str, ...]], tyro.conf.arg(metavar="ID...", help_behavior_hint="")]
    """Ids of environments; `palestra envs list` shows them."""
    agent: Annotated[str | None, tyro.conf.arg(metavar="NAME", help_behavior_hint="")] = None
    """Who answers: oracle (knows the answer), noop (writes nothing) or random (guesses)."""
    model: Annotated[str | None, tyro.conf.arg(metavar="PATH", help_behavior_hint="")] = None
    """Or a model that answers: the folder of a checkpoint, or package:NAME (needs the extra `train`)."""
    samples: Annotated[int, tyro.conf.arg(metavar="N")] = 1
    """Responses of the model to each task; more than 1 also gives pass@k."""
    temperature: float = 1.0
    """Of the model's sampling; 0 takes the most probable token everywhere."""
    max_new_tokens: Annotated[int, tyro.conf.arg(metavar="N")] = 128
    """Longest turn of the model."""
    n: Annotated[int, tyro.conf.arg(metavar="N")] = 500
    """Number of tasks."""
    split: SplitName = "test"
    """Which tasks; test is the held-out split."""
    seed: Annotated[int, tyro.conf.arg(metavar="N")] = 0
    """Stream of the tasks."""
    difficulty: Difficulty = None
    """Difficulty; the environment's default if it is not given."""
    options: EnvOptions = ()
    """An option of the environment; may be repeated. `palestra envs show ID` lists them."""
    json: bool = False
    """Print one JSON object per environment."""

    def run(self) -> int:
        """Evaluate each environment in turn."""
        from palestra.envs import ENVS

        if not self.ids:
            raise UsageError("no environment to evaluate\n\nhint: `palestra envs list` shows them")
        if (self.agent is None) == (self.model is None):
            raise UsageError("somebody has to answer\n\nhint: give one of `--agent NAME` and `--model PATH`")
        config = env_config(self.options, self.difficulty)
        environments = [ENVS.make(env_id, split=self.split, config=config) for env_id in self.ids]
        evaluate = self._evaluate_agent() if self.model is None else self._evaluate_model(self.model)
        code = EXIT_OK
        for env in environments:
            result = evaluate(env)
            if self.json:
                write_json({**result.to_json(), "split": self.split, "seed": self.seed, "config": config})
            else:
                reward = result.mean_reward
                figures = f"reward {reward.value:.4f} [{reward.low:.4f}, {reward.high:.4f}]"
                passed = "".join(f"  pass@{k} {rate.value:.4f}" for k, rate in result.pass_at_k.items() if k > 1)
                write(f"{result.env}  {result.agent}  {figures}{passed}  n {result.n}  invalid {result.invalid}")
            if result.invalid == result.n:
                code = EXIT_FAILED
        return code

    def _evaluate_agent(self) -> Callable[[TextEnv], Evaluation]:
        from palestra.agents import AGENTS, evaluate_agent

        agent = AGENTS[str(self.agent)]
        return lambda env: evaluate_agent(env, agent, self.n, split=self.split, seed=self.seed)

    def _evaluate_model(self, path: str) -> Callable[[TextEnv], Evaluation]:
        from palestra.agents import Sampling, evaluate_policy
        from palestra.envs import ENVS, Task
        from palestra.trainer.assembly import inference_driver

        driver = inference_driver(path, Sampling(max_new_tokens=self.max_new_tokens, temperature=self.temperature))

        def make(task: Task) -> TextEnv:
            return ENVS.make(task.id.source, config=task.id.config)

        def evaluate(env: TextEnv) -> Evaluation:
            tasks = [env.source.task(self.split, self.seed, index) for index in range(self.n)]
            return asyncio.run(evaluate_policy(driver, make, tasks, samples_per_task=self.samples, name=path))

        return evaluate
