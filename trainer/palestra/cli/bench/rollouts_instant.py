"""What a rollout costs beside the model: our whole path, with completions that were made in advance."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median, quantiles

from palestra.agents import Completion, Episode, FinishReason, GenerationRequest, RolloutDriver, Sampling, VersionSpan
from palestra.agents.chat import ChatTokenizer
from palestra.cli.errors import UsageError
from palestra.envs import ENVS, AsyncTextEnv, Message, SingleTurnEnv, Task, TextEnv

_GROUP = 8
_BATCH = 64
_THOUGHT = "and so "
_BYTES = 256
_ROLES = {"system": 256, "user": 257, "assistant": 258, "tool": 259}
_END = 260


class ByteTokenizer:
    """Bytes as tokens, for machines without a model; each message is its role's token, its bytes and a last one."""

    def prompt_ids(self, messages: Sequence[Message]) -> tuple[int, ...]:
        """The conversation and the opening of the assistant's turn."""
        told = ((_ROLES[each.role], *each.content.encode(errors="replace"), _END) for each in messages)
        return (*(token for ids in told for token in ids), _ROLES["assistant"])

    def reply_ids(self, messages: Sequence[Message], *, closed: bool) -> tuple[int, ...]:
        """The closing if it is missing, the messages, and the opening of the next turn."""
        return (() if closed else (_END,)) + self.prompt_ids(messages)

    def response_ids(self, text: str) -> tuple[int, ...]:
        """The text's bytes and the stop token."""
        return (*text.encode(errors="replace"), _END)

    def text(self, token_ids: Sequence[int]) -> str:
        """What the bytes say."""
        return bytes([token for token in token_ids if token < _BYTES]).decode(errors="replace")


class InstantGenerator:
    """Gives each request the completion that was made for its key, at once."""

    def __init__(self, completions: Mapping[str, Completion]) -> None:
        self._completions = completions

    async def generate(self, requests: Sequence[GenerationRequest]) -> list[Completion]:
        """The completions, in the requests' order."""
        return [self._completions[request.key] for request in requests]


@dataclass(frozen=True, kw_only=True, slots=True)
class RolloutCost:
    """CPU milliseconds of the process for one rollout, from making its environment to its line of JSON."""

    env: str
    rollouts: int
    prompt_tokens: float
    """Of a rollout, on average."""
    response_tokens: float
    turns: float
    cpu_ms: tuple[float, ...]
    """Of a rollout, in each batch."""

    @property
    def p50_ms(self) -> float:
        """Of the batches."""
        return median(self.cpu_ms)

    @property
    def p95_ms(self) -> float:
        """Of the batches."""
        return quantiles(self.cpu_ms, n=20, method="inclusive")[-1] if len(self.cpu_ms) > 1 else self.cpu_ms[0]

    @property
    def mean_ms(self) -> float:
        """Of all rollouts."""
        return fmean(self.cpu_ms)

    def to_json(self) -> dict[str, object]:
        """As a JSON object."""
        return {
            "env": self.env,
            "rollouts": self.rollouts,
            "batch": _BATCH,
            "prompt_tokens": round(self.prompt_tokens, 1),
            "response_tokens": round(self.response_tokens, 1),
            "turns": round(self.turns, 2),
            "cpu_ms_p50": round(self.p50_ms, 4),
            "cpu_ms_p95": round(self.p95_ms, 4),
            "cpu_ms_mean": round(self.mean_ms, 4),
        }


async def rollout_cost(
    env_id: str, tokenizer: ChatTokenizer, *, rollouts: int, words: int, keep: Callable[[str], object]
) -> RolloutCost:
    """Play batches of 64 rollouts, in groups of 8 as a trainer does, and time each batch; the first one is dropped.

    Args:
        env_id: The environment.
        tokenizer: Makes prompts and texts.
        rollouts: How many; rounded up to whole batches.
        words: Words of thought in front of each answer.
        keep: Takes the line of each rollout.

    Raises:
        UsageError: The environment holds a sandbox.
    """
    batches = -(-rollouts // _BATCH)
    source = ENVS.make(env_id).source
    tasks = [source.task("train", 0, index) for index in range((batches + 1) * _BATCH // _GROUP)]
    completions = {
        key: each for index, task in enumerate(tasks) for key, each in _answers(index, task, tokenizer, words)
    }
    driver = RolloutDriver(InstantGenerator(completions), tokenizer, Sampling(max_new_tokens=1 << 20))
    costs: list[float] = []
    read = written = turns = 0
    for batch in range(batches + 1):
        places = range(batch * _BATCH, (batch + 1) * _BATCH)
        started = time.process_time()
        episodes = [
            Episode(key=_key(*divmod(place, _GROUP)), env=_fresh(task), task=task)
            for place, task in ((place, tasks[place // _GROUP]) for place in places)
        ]
        played = await driver.play(episodes)
        for rollout in played:
            keep(rollout.to_json())
        costs.append(1000 * (time.process_time() - started) / _BATCH)
        read += sum(row.tokens_in for rollout in played for row in rollout.turns)
        written += sum(rollout.policy_tokens for rollout in played)
        turns += sum(len(rollout.turns) for rollout in played)
    total = (batches + 1) * _BATCH
    return RolloutCost(
        env=env_id,
        rollouts=batches * _BATCH,
        prompt_tokens=read / total,
        response_tokens=written / total,
        turns=turns / total,
        cpu_ms=tuple(costs[1:]),
    )


def _fresh(task: Task) -> TextEnv:
    return ENVS.make(task.id.source, config=task.id.config)


def _key(task: int, sample: int) -> str:
    return f"bench/{task}/{sample}"


def _answers(index: int, task: Task, tokenizer: ChatTokenizer, words: int) -> Iterator[tuple[str, Completion]]:
    """The completions of a group: at each turn, what somebody says who knows the answer."""
    env = _fresh(task)
    if isinstance(env, AsyncTextEnv) or (isinstance(env, SingleTurnEnv) and env.verifier.traits.runs_code):
        raise UsageError(f"`{task.id.source}` runs a sandbox\n\nhint: `palestra bench sandbox` measures those")
    env.enter(task)
    while not env.episode.is_over:
        turn, text = env.episode.turns, _THOUGHT * words + "\n" * bool(words) + env.oracle()
        completion = _completion(tokenizer.response_ids(text))
        yield from ((f"{_key(index, sample)}/{turn}", completion) for sample in range(_GROUP))
        env.play(text)


def _completion(token_ids: tuple[int, ...]) -> Completion:
    length = len(token_ids)
    return Completion(
        token_ids=token_ids,
        logprobs=tuple(-(1 + token % 97) / 31 for token in token_ids),  # as many digits as those of a model
        finish_reason=FinishReason.STOP,
        versions=(VersionSpan(version=0, start=0, end=length),),
    )
