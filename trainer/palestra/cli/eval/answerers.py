"""Who answers in an evaluation: an agent, a model in this process, vLLM servers or a chat endpoint."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from palestra.agents import Closable, Conduct, Generator, Rollout, RolloutDriver, Sampling
from palestra.agents.api_key import api_key_from
from palestra.agents.chat import ChatTokenizer
from palestra.agents.chat_endpoint import ChatEndpoint, TranscriptTokenizer
from palestra.agents.completions_client import Endpoint
from palestra.agents.evaluation import Ledger, Plan, Player, play_plan
from palestra.agents.evaluation.probe import Contamination, probe_contamination
from palestra.agents.loops import LOOPS
from palestra.agents.rate_meter import RateLimits
from palestra.agents.scripted import EpisodeAgent
from palestra.agents.scripted_play import play
from palestra.cli.errors import UsageError
from palestra.cli.eval.command import Evaluate
from palestra.cli.text import SplitName
from palestra.envs import ENVS, Task, TextEnv

_PROBED = "`--probe` needs a model in this process, or vLLM servers and their tokenizer"


@dataclass(frozen=True, kw_only=True)
class Unit:
    """The tasks of one line of the output."""

    env: TextEnv
    tasks: Sequence[Task]
    system: str
    """System prompt of all of them."""
    mode: str
    loop: str | None
    split: SplitName

    def make(self, task: Task) -> TextEnv:
        """The environment of a task."""
        return fitting(self.loop, task, self.system)


class Answerer(Protocol):
    """Plays the tasks of a unit."""

    @property
    def name(self) -> str:
        """What results call it."""
        ...

    @property
    def fingerprint(self) -> str:
        """Changes when the one who answers does."""
        ...

    @property
    def has_known_weights(self) -> bool:
        """Whether the fingerprint tells all that decides its answers."""
        ...

    def play(self, unit: Unit, samples: int, ledgers: Sequence[Ledger]) -> list[Rollout]:
        """So many samples of each task, task by task."""
        ...

    def probe(self, unit: Unit) -> Contamination:
        """Whether it knows the tasks by heart."""
        ...


@dataclass(frozen=True, kw_only=True)
class ScriptedAnswerer:
    """An agent without a model: one sample is all it has."""

    agent: EpisodeAgent
    concurrent: int
    has_known_weights: bool = False

    @property
    def name(self) -> str:
        """What results call it."""
        return self.agent.name

    @property
    def fingerprint(self) -> str:
        """Its name."""
        return self.agent.name

    def play(self, unit: Unit, samples: int, ledgers: Sequence[Ledger]) -> list[Rollout]:
        """One sample of each task."""
        if samples != 1:
            raise UsageError("an agent gives the same answer each time\n\nhint: `--samples` and `--k` are for models")

        def done(rollout: Rollout) -> None:
            for ledger in ledgers:
                # Which also says whether the tasks are the same.
                if ledger.known(f"{rollout.key}{unit.mode}", rollout.task, 0) is None:
                    ledger.note(rollout, 0)

        by_config: dict[str, list[Task]] = {}
        for task in unit.tasks:
            by_config.setdefault(str(sorted(task.id.config.items())), []).append(task)
        return [
            rollout
            for tasks in by_config.values()
            for rollout in play(unit.make(tasks[0]), self.agent, tasks, self.concurrent, done)
        ]

    def probe(self, unit: Unit) -> Contamination:
        """It has read nothing."""
        raise UsageError("an agent without a model knows nothing by heart\n\nhint: `--probe` goes with `--model`")


@dataclass(frozen=True, kw_only=True)
class ModelAnswerer:
    """A model behind a rollout driver."""

    name: str
    fingerprint: str
    has_known_weights: bool
    driver: RolloutDriver
    generator: Generator
    tokenizer: ChatTokenizer | None = None
    """Of the model itself; None where it gives texts."""
    endpoint: ChatEndpoint | None = field(default=None)

    def play(self, unit: Unit, samples: int, ledgers: Sequence[Ledger]) -> list[Rollout]:
        """So many samples of each task, task by task."""
        plan = Plan(tasks=unit.tasks, samples_per_task=samples, suffix=f"/{unit.mode}" if unit.mode else "")
        player = Player(driver=self.driver, make_env=unit.make)
        if self.endpoint is not None:
            player = Player(driver=self.driver, make_env=unit.make, finish=self.endpoint.finish)

        async def run() -> list[Rollout]:
            try:
                return await play_plan(player, plan, ledgers)
            finally:
                await self._close()

        return asyncio.run(run())

    def probe(self, unit: Unit) -> Contamination:
        """Whether it knows the tasks by heart."""
        tokenizer = self.tokenizer
        if tokenizer is None:
            raise UsageError(f"`{self.name}` gives no tokens\n\nhint: {_PROBED}")

        async def run() -> Contamination:
            try:
                return await probe_contamination(unit.env, unit.tasks, self.generator, tokenizer, split=unit.split)
            finally:
                await self._close()

        return asyncio.run(run())

    async def _close(self) -> None:
        if isinstance(self.generator, Closable):  # its connections are of this event loop
            await self.generator.aclose()


def fitting(loop: str | None, task: Task, system: str = "") -> TextEnv:
    """The environment of a task, as a loop wants it."""
    env = ENVS.make(task.id.source, config=task.id.config, system_prompt=system)
    return env if loop is None else LOOPS[loop].fit(env)


def answerer_of(command: Evaluate) -> ModelAnswerer:
    """The model that a command names.

    Raises:
        UsageError: The arguments do not go together.
        ModelError: The model cannot be loaded.
    """
    path = str(command.model)
    sampling = Sampling(max_new_tokens=command.max_new_tokens, temperature=command.temperature)
    if _is_chat(command):
        if command.probe:
            raise UsageError(f"a chat endpoint goes on with no text\n\nhint: {_PROBED}")
        return _endpoint(command, path, sampling)
    if command.requests_per_minute or command.tokens_per_minute:
        raise UsageError("rates are for chat endpoints\n\nhint: `--base-url URL --api chat`")
    if command.api_key_env and not command.base_url:
        raise UsageError("keys are for servers and endpoints\n\nhint: `--base-url URL`")
    from palestra.trainer.model.fingerprint import model_fingerprint
    from palestra.trainer.run.drivers import inference_driver, served_driver

    loop = None if command.loop is None else LOOPS[command.loop]
    if command.base_url:
        urls = [url.rstrip("/").removesuffix("/v1") for url in command.base_url]
        driver, pool = served_driver(path, urls, sampling, loop=loop, api_key=_api_key(command))
        return ModelAnswerer(
            name=path,
            fingerprint=f"{path} at {' '.join(urls)}",
            has_known_weights=False,
            driver=driver,
            generator=pool,
            tokenizer=driver.tokenizer,
        )
    driver = inference_driver(path, sampling, loop=loop)
    return ModelAnswerer(
        name=path,
        fingerprint=model_fingerprint(path),
        has_known_weights=True,
        driver=driver,
        generator=driver.generator,
        tokenizer=driver.tokenizer,
    )


def _is_chat(command: Evaluate) -> bool:
    if not command.base_url:
        if command.api == "chat":
            raise UsageError("`--api chat` needs an endpoint\n\nhint: give `--base-url URL`")
        return False
    if command.api != "auto":
        return command.api == "chat"
    path = str(command.model)
    return not (path.startswith("package:") or Path(path).exists())


def _api_key(command: Evaluate) -> str | None:
    return None if command.api_key_env is None else api_key_from(command.api_key_env)


def _endpoint(command: Evaluate, model: str, sampling: Sampling) -> ModelAnswerer:
    if len(command.base_url) != 1:
        raise UsageError("a chat endpoint has one address\n\nhint: several are for vLLM servers and `--api tokens`")
    url, key = command.base_url[0].rstrip("/"), _api_key(command)
    try:
        rate = RateLimits(requests_per_minute=command.requests_per_minute, tokens_per_minute=command.tokens_per_minute)
    except ValueError as error:
        raise UsageError(f"{error}\n\nhint: leave the limit out where there is none") from error
    endpoint = ChatEndpoint(
        Endpoint(base_url=url if urlsplit(url).path else f"{url}/v1", model=model, api_key=key),
        concurrent=command.concurrent,
        rate=rate,
    )
    loop = None if command.loop is None else LOOPS[command.loop]
    return ModelAnswerer(
        name=model,
        fingerprint=f"{model} at {url}",
        has_known_weights=False,
        # A loop's limit of tokens counts tokens, and here there are bytes: the turns are the limit.
        driver=RolloutDriver(
            endpoint, TranscriptTokenizer(), sampling, Conduct() if loop is None else Conduct(history=loop.history)
        ),
        generator=endpoint,
        endpoint=endpoint,
    )
