"""`palestra eval`: what an agent earns on held-out tasks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from palestra.cli.errors import EXIT_FAILED, EXIT_OK, UsageError
from palestra.cli.text import Difficulty, EnvOptions, SplitName, env_config, write, write_json

if TYPE_CHECKING:
    from palestra.agents import Evaluation
    from palestra.agents.loops import AgentLoop
    from palestra.envs import TextEnv

LoopName = Literal["tool-calling", "mini-swe"]
"""The keys of `palestra.agents.loops.LOOPS`, which would load Gymnasium."""


@dataclass(frozen=True, kw_only=True)
class Evaluate:
    """Evaluate an agent or a model on held-out tasks: mean reward with its 95% interval.

    Exit code 1 if no verdict was valid.
    """

    ids: Annotated[tyro.conf.Positional[tuple[str, ...]], tyro.conf.arg(metavar="ID...", help_behavior_hint="")]
    """Ids of environments; `palestra envs list` shows them."""
    agent: Annotated[str | None, tyro.conf.arg(metavar="NAME", help_behavior_hint="")] = None
    """Who answers: oracle (knows the answer), noop (writes nothing), random (guesses), cheater:CHEAT, or cheater:*
    for every cheat that the environment names."""
    model: Annotated[str | None, tyro.conf.arg(metavar="PATH", help_behavior_hint="")] = None
    """Or a model that answers: the folder of a checkpoint, or package:NAME (needs the extra `train`)."""
    base_url: Annotated[tuple[str, ...], tyro.conf.arg(metavar="URL", help_behavior_hint="")] = ()
    """Addresses of vLLM servers that have this model, e.g. http://127.0.0.1:8000: they sample, with the weights that
    they have, and --model gives the tokenizer alone."""
    samples: Annotated[int, tyro.conf.arg(metavar="N")] = 1
    """Responses of the model to each task; more than 1 also gives pass@k."""
    temperature: float = 1.0
    """Of the model's sampling; 0 takes the most probable token everywhere."""
    max_new_tokens: Annotated[int, tyro.conf.arg(metavar="N")] = 128
    """Longest turn of the model."""
    loop: LoopName | None = None
    """How the model works over several turns: tool-calling or mini-swe; the environment's own way if not given."""
    concurrent: Annotated[int, tyro.conf.arg(metavar="N")] = 4
    """Episodes of an agent that hold a sandbox at once."""
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
    """Print one JSON object for each environment, and for each cheat with `cheater:*`."""

    def run(self) -> int:
        """Evaluate each environment in turn."""
        from palestra.envs import ENVS

        if not self.ids:
            raise UsageError("no environment to evaluate\n\nhint: `palestra envs list` shows them")
        if (self.agent is None) == (self.model is None):
            raise UsageError("somebody has to answer\n\nhint: give one of `--agent NAME` and `--model PATH`")
        if self.base_url and self.model is None:
            raise UsageError("--base-url needs a tokenizer\n\nhint: give `--model PATH`, of the model that is served")
        for url in self.base_url:
            if not url.startswith(("http://", "https://")):
                raise UsageError(f"`{url}` is no address of a server\n\nhint: `http://127.0.0.1:8000`")
        options = {} if self.loop is None else dict(_loop(self.loop).options)
        config = options | env_config(self.options, self.difficulty)
        environments = [ENVS.make(env_id, split=self.split, config=config) for env_id in self.ids]
        evaluate = self._evaluate_agent() if self.model is None else self._evaluate_model(self.model)
        code = EXIT_OK
        for env in environments:
            for result in evaluate(env):
                self._show(result, config)
                if result.invalid == result.n * result.samples_per_task:
                    code = EXIT_FAILED
        return code

    def _show(self, result: Evaluation, config: dict[str, str | int | float | bool]) -> None:
        if self.json:
            write_json({**result.to_json(), "split": self.split, "seed": self.seed, "config": config})
            return
        reward = result.mean_reward
        figures = f"reward {reward.value:.4f} [{reward.low:.4f}, {reward.high:.4f}]"
        passed = "".join(f"  pass@{k} {rate.value:.4f}" for k, rate in result.pass_at_k.items() if k > 1)
        statuses = "".join(f"  {status} {count}" for status, count in result.statuses.items())
        write(f"{result.env}  {result.agent}  {figures}{passed}  n {result.n}  invalid {result.invalid}{statuses}")

    def _evaluate_agent(self) -> Callable[[TextEnv], Sequence[Evaluation]]:
        from palestra.agents import AGENTS, Cheater, EpisodeAgent, evaluate_agent, evaluate_cheaters
        from palestra.agents.scripted import CHEATER

        name = str(self.agent)
        loop = None if self.loop is None else _loop(self.loop)
        agent: EpisodeAgent | None = None
        if name != f"{CHEATER}*":
            cheat = name.removeprefix(CHEATER)
            agent = AGENTS[name] if cheat == name else Cheater(cheat=cheat)

        def evaluate(env: TextEnv) -> Sequence[Evaluation]:
            env = env if loop is None else loop.fit(env)
            if agent is not None:
                return [
                    evaluate_agent(env, agent, self.n, split=self.split, seed=self.seed, concurrent=self.concurrent)
                ]
            found = evaluate_cheaters(env, self.n, split=self.split, seed=self.seed, concurrent=self.concurrent)
            if not found:
                raise UsageError(f"`{env.source.id}` names no cheats on these tasks\n\nhint: try more with `--n`")
            return found

        return evaluate

    def _evaluate_model(self, path: str) -> Callable[[TextEnv], Sequence[Evaluation]]:
        from palestra.agents import Closable, Sampling, evaluate_policy
        from palestra.envs import ENVS, Task
        from palestra.trainer.assembly import inference_driver, served_driver

        loop = None if self.loop is None else _loop(self.loop)
        sampling = Sampling(max_new_tokens=self.max_new_tokens, temperature=self.temperature)
        pool: object = None
        if self.base_url:
            driver, pool = served_driver(path, self.base_url, sampling, loop=loop)
        else:
            driver = inference_driver(path, sampling, loop=loop)

        def make(task: Task) -> TextEnv:
            env = ENVS.make(task.id.source, config=task.id.config)
            return env if loop is None else loop.fit(env)

        async def evaluate_one(env: TextEnv) -> Evaluation:
            tasks = [env.source.task(self.split, self.seed, index) for index in range(self.n)]
            try:
                return await evaluate_policy(driver, make, tasks, samples_per_task=self.samples, name=path)
            finally:
                if isinstance(pool, Closable):  # its connections are of this event loop
                    await pool.aclose()

        return lambda env: [asyncio.run(evaluate_one(env))]


def _loop(name: str) -> AgentLoop:
    from palestra.agents.loops import LOOPS

    return LOOPS[name]
