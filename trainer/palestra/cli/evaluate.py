"""`palestra eval`: what an agent earns on held-out tasks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import tyro

from palestra.cli.errors import EXIT_FAILED, EXIT_OK
from palestra.cli.text import Difficulty, EnvOptions, SplitName, env_config, write, write_json


@dataclass(frozen=True, kw_only=True)
class Evaluate:
    """Evaluate an agent on held-out tasks: mean reward with its 95% interval.

    Exit code 1 if no verdict was valid.
    """

    ids: Annotated[tyro.conf.Positional[tuple[str, ...]], tyro.conf.arg(metavar="ID...", help_behavior_hint="")]
    """Ids of environments; `palestra envs list` shows them."""
    agent: Annotated[str, tyro.conf.arg(metavar="NAME")]
    """Who answers: oracle (knows the answer), noop (writes nothing) or random (guesses)."""
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
        from palestra.agents import AGENTS, evaluate_agent
        from palestra.cli.errors import UsageError
        from palestra.envs import ENVS

        if not self.ids:
            raise UsageError("no environment to evaluate\n\nhint: `palestra envs list` shows them")
        agent = AGENTS[self.agent]
        config = env_config(self.options, self.difficulty)
        environments = [ENVS.make(env_id, split=self.split, config=config) for env_id in self.ids]
        code = EXIT_OK
        for env in environments:
            result = evaluate_agent(env, agent, self.n, split=self.split, seed=self.seed)
            if self.json:
                write_json({**result.to_json(), "split": self.split, "seed": self.seed, "config": config})
            else:
                reward = result.mean_reward
                figures = f"reward {reward.value:.4f} [{reward.low:.4f}, {reward.high:.4f}]"
                write(f"{result.env}  {result.agent}  {figures}  n {result.n}  invalid {result.invalid}")
            if result.invalid == result.n:
                code = EXIT_FAILED
        return code
