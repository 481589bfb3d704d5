"""What our rollout path costs on a server: against a raw load generator, in interleaved pairs."""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass

import httpx

from palestra.agents import Completion, Episode, GenerationRequest, Generator, RolloutDriver, Sampling
from palestra.agents.chat import ChatTokenizer
from palestra.agents.completions_client import completions_body
from palestra.agents.vllm.client import COMPLETIONS_ROUTE, GENERATE_ROUTE
from palestra.cli.errors import UsageError
from palestra.cli.process_times import cpu_s_of, listener_of
from palestra.envs import ENVS
from palestra.verifiers import Outcome
from palestra.verifiers.keyed_random import KeyedRandom

_DRAWS = 2000


@dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """What both sides ask of the server."""

    url: str
    """Of the server, without `/v1`."""
    model: str
    env: str
    rollouts: int
    """Requests of a run, each with a task of its own."""
    concurrent: int
    max_new_tokens: int
    stop_ids: tuple[int, ...]
    has_generate: bool
    """Whether the server has the route of tokens; it is asked at `/v1/completions` if not."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """One run of one side."""

    tokens: int
    seconds: float
    own_cpu_s: float
    """Of this process."""
    server_cpu_s: float
    """Of the server's process and all below it; NaN if they are not on this machine."""

    @property
    def tokens_per_s(self) -> float:
        """Sampled tokens by the clock."""
        return self.tokens / self.seconds

    def to_json(self) -> dict[str, object]:
        """As a JSON object."""
        facts: dict[str, object] = {"tokens": self.tokens, "seconds": round(self.seconds, 4)}
        facts["own_cpu_s"] = round(self.own_cpu_s, 4)
        facts["server_cpu_s"] = None if math.isnan(self.server_cpu_s) else round(self.server_cpu_s, 2)
        return facts | {"tokens_per_s": round(self.tokens_per_s, 2)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """A run of each side, one right after the other."""

    ours: Run
    raw: Run


@dataclass(frozen=True, kw_only=True, slots=True)
class Interval:
    """A value with its 95% bootstrap interval over pairs."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.4f} [{self.low:.4f}, {self.high:.4f}]"


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """All pairs."""

    load: Load
    pairs: tuple[Pair, ...]

    @property
    def speed_ratio(self) -> Interval:
        """Tokens per second of ours over those of the raw load, the geometric mean over pairs."""
        logs = [math.log(pair.ours.tokens_per_s / pair.raw.tokens_per_s) for pair in self.pairs]
        return _bootstrap(len(logs), lambda drawn: math.exp(math.fsum(logs[i] for i in drawn) / len(drawn)))

    @property
    def cpu_share(self) -> Interval | None:
        """CPU of this process over the server's in our runs; None if the server's is unknown."""
        if any(math.isnan(pair.ours.server_cpu_s) or not pair.ours.server_cpu_s for pair in self.pairs):
            return None
        runs = [pair.ours for pair in self.pairs]

        def share(drawn: Sequence[int]) -> float:
            return math.fsum(runs[i].own_cpu_s for i in drawn) / math.fsum(runs[i].server_cpu_s for i in drawn)

        return _bootstrap(len(runs), share)

    def to_json(self) -> dict[str, object]:
        """As a JSON object."""
        share = self.cpu_share
        return {
            "load": asdict(self.load),
            "tokens_per_s_ratio": asdict(self.speed_ratio),
            "cpu_share": None if share is None else asdict(share),
            "ours": self.total("ours").to_json(),
            "raw": self.total("raw").to_json(),
            "pairs": [{"ours": pair.ours.to_json(), "raw": pair.raw.to_json()} for pair in self.pairs],
        }

    def total(self, side: str) -> Run:
        """All runs of a side, `ours` or `raw`, together."""
        runs: list[Run] = [getattr(pair, side) for pair in self.pairs]
        return Run(
            tokens=sum(run.tokens for run in runs),
            seconds=math.fsum(run.seconds for run in runs),
            own_cpu_s=math.fsum(run.own_cpu_s for run in runs),
            server_cpu_s=math.fsum(run.server_cpu_s for run in runs),
        )


class _Listening:
    """A generator that notes what is asked."""

    def __init__(self, generator: Generator) -> None:
        self._generator = generator
        self.heard: list[GenerationRequest] = []

    async def generate(self, requests: Sequence[GenerationRequest]) -> list[Completion]:
        self.heard += requests
        return await self._generator.generate(requests)


async def compare(
    load: Load, generator: Generator, tokenizer: ChatTokenizer, pairs: int, keep: Callable[[str], object]
) -> Comparison:
    """Run both sides `pairs` times, in the order ABBA, on the same requests; one run of ours before is not counted.

    Both ask greedily, so that they have the same tokens sampled.

    Args:
        load: What is asked.
        generator: Our client of the server.
        tokenizer: Of the server's model.
        pairs: How many.
        keep: Takes the line of each rollout of ours.

    Raises:
        UsageError: The server does not answer the requests.
    """
    source = ENVS.make(load.env).source
    tasks = [source.task("train", 0, index) for index in range(load.rollouts)]
    sampling = Sampling(max_new_tokens=load.max_new_tokens, temperature=0.0)
    listening = _Listening(generator)
    server = listener_of(load.url)

    async def ours(asked: Generator) -> int:
        episodes = [Episode(key=f"bench/{i}", env=ENVS.make(load.env), task=task) for i, task in enumerate(tasks)]
        rollouts = await RolloutDriver(asked, tokenizer, sampling).play(episodes)
        for rollout in rollouts:
            keep(rollout.to_json())
        if failed := next((each for each in rollouts if each.verdict.outcome is Outcome.ERROR), None):
            raise UsageError(f"the server gave no rollout: {failed.verdict.detail}\n\nhint: look at the server's log")
        return sum(rollout.policy_tokens for rollout in rollouts)

    await ours(listening)
    requests = tuple(listening.heard)
    measured: list[Pair] = []
    async with httpx.AsyncClient(timeout=600.0, trust_env=False, limits=httpx.Limits(max_connections=None)) as client:
        await raw_load(client, load, requests)
        for number in range(pairs):
            if number % 2:
                raw = await _timed(raw_load(client, load, requests), server)
                own = await _timed(ours(generator), server)
            else:
                own = await _timed(ours(generator), server)
                raw = await _timed(raw_load(client, load, requests), server)
            measured.append(Pair(ours=own, raw=raw))
    return Comparison(load=load, pairs=tuple(measured))


async def raw_load(client: httpx.AsyncClient, load: Load, requests: Sequence[GenerationRequest]) -> int:
    """Post the requests and nothing else: the sampled tokens.

    Raises:
        UsageError: A reply is none.
    """
    places = asyncio.Semaphore(load.concurrent)
    url = f"{load.url}{GENERATE_ROUTE if load.has_generate else COMPLETIONS_ROUTE}"

    async def post(request: GenerationRequest) -> int:
        body = _body(load, request)
        async with places:
            response = await client.post(url, json=body)
        if response.status_code != httpx.codes.OK:
            raise UsageError(
                f"`{url}` says {response.status_code}: {response.text[:200]}\n\nhint: see the server's log"
            )
        return len(json.loads(response.content)["choices"][0]["token_ids"])

    return sum(await asyncio.gather(*map(post, requests)))


def _body(load: Load, request: GenerationRequest) -> dict[str, object]:
    if not load.has_generate:
        return completions_body(request, load.model, load.stop_ids)
    sampling = {
        "temperature": request.sampling.temperature,
        "max_tokens": request.sampling.max_new_tokens,
        "logprobs": 0,
        "stop_token_ids": load.stop_ids,
        "ignore_eos": bool(load.stop_ids),
        "detokenize": False,
    }
    return {"model": load.model, "token_ids": request.prompt_ids, "sampling_params": sampling, "cache_salt": "v0"}


async def _timed(work: Awaitable[int], server: int | None) -> Run:
    own, theirs, started = time.process_time(), cpu_s_of(server), time.perf_counter()
    tokens = await work
    seconds = time.perf_counter() - started
    return Run(
        tokens=tokens,
        seconds=seconds,
        own_cpu_s=time.process_time() - own,
        server_cpu_s=cpu_s_of(server) - theirs,
    )


def _bootstrap(size: int, statistic: Callable[[Sequence[int]], float]) -> Interval:
    random = KeyedRandom("bench-rollouts", size)
    drawn = sorted(statistic([random.below(size) for _ in range(size)]) for _ in range(_DRAWS))
    return Interval(
        value=statistic(range(size)), low=drawn[round(0.025 * _DRAWS)], high=drawn[round(0.975 * _DRAWS) - 1]
    )
