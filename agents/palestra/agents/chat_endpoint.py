"""A policy behind any OpenAI-compatible endpoint of chats, which gives texts and no tokens: for evaluation only.

The rollout driver speaks in tokens. So the conversation goes through it as bytes with a mark for each role
(`TranscriptTokenizer`), and `ChatEndpoint` reads the messages back from them. What comes out has the texts, the
counts that the server gave, and no tokens: nobody can train on it by mistake.

Covered: rate limits, `Retry-After`, time-outs and passing failures; replies without content, without counts or with
a part of their reasoning apart. Not covered: streaming, and tools as the endpoint's own feature: environments with
tools have codecs.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import httpx

from palestra.agents.api_key import bearer
from palestra.agents.completions_client import Endpoint, seed_of
from palestra.agents.errors import GeneratorError
from palestra.agents.generator import UNSAMPLED, Completion, FinishReason, GenerationRequest, VersionSpan
from palestra.agents.patience import Failure, Patience, failure_of
from palestra.agents.rate_meter import RateLimits, RateMeter
from palestra.agents.rollout import Rollout, TurnRow
from palestra.envs import Message

_ROLES = {"system": 256, "user": 257, "assistant": 258, "tool": 259}
_ROLE_OF = {token: role for role, token in _ROLES.items()}
_END = 260
_BYTES_PER_TOKEN = 3
"""Of a prompt, when its place in the rate is reserved: rather too many tokens than too few."""
_MOST_GIVEN_UP = 8
"""Requests in a row without a reply, after all retries, that an endpoint is forgiven."""
_NEWER_FIELD = "max_completion_tokens"


class TranscriptTokenizer:
    """Conversations as bytes with marks, from which the messages can be read back exactly."""

    def prompt_ids(self, messages: Sequence[Message]) -> tuple[int, ...]:
        """The messages, and the mark of the assistant's turn."""
        ids = [token for message in messages for token in (_ROLES[message.role], *_bytes(message.content), _END)]
        return (*ids, _ROLES["assistant"])

    def reply_ids(self, messages: Sequence[Message], *, closed: bool) -> tuple[int, ...]:
        """What is appended after an assistant's turn."""
        return (() if closed else (_END,)) + self.prompt_ids(messages)

    def response_ids(self, text: str) -> tuple[int, ...]:
        """The bytes of a response, and its end."""
        return (*_bytes(text), _END)

    def text(self, token_ids: Sequence[int]) -> str:
        """The text of bytes; marks are left out."""
        return bytes(token for token in token_ids if token < 256).decode("utf-8", "replace")

    def messages(self, token_ids: Sequence[int]) -> list[dict[str, str]]:
        """The conversation that a prompt of `prompt_ids` stands for, as the protocol writes it."""
        rows: list[tuple[str, list[int]]] = []
        for token in token_ids:
            if token in _ROLE_OF:
                rows.append((_ROLE_OF[token], []))
            elif token != _END:
                rows[-1][1].append(token)
        # The last mark opens the turn that is asked for.
        return [{"role": role, "content": self.text(content)} for role, content in rows[:-1]]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Reply:
    text: str
    finish_reason: FinishReason
    prompt_tokens: int | None
    completion_tokens: int | None


class ChatEndpoint:
    """Asks an endpoint for the next message of a conversation; a generator for `TranscriptTokenizer`."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        concurrent: int = 16,
        patience: Patience | None = None,
        rate: RateLimits | None = None,
    ) -> None:
        """A client; its connections belong to the event loop of its first request. Close it with `aclose`.

        Args:
            endpoint: The model.
            concurrent: Requests that are under way at once.
            patience: Time-outs and retries of each.
            rate: What the endpoint allows in a minute.
        """
        self._endpoint = endpoint
        self._url = f"{endpoint.base_url.rstrip('/')}/chat/completions"
        self._patience = patience or Patience(timeout_s=600.0, num_retries=5, first_wait_s=1.0)
        self._meter = RateMeter(rate or RateLimits())
        self._places = asyncio.Semaphore(concurrent)
        self._tokenizer = TranscriptTokenizer()
        self._limit_field = "max_tokens"
        self._client: httpx.AsyncClient | None = None
        self._num_given_up = 0
        self._counts: dict[str, tuple[int | None, int | None]] = {}

    async def generate(self, requests: Sequence[GenerationRequest]) -> list[Completion]:
        """One completion for each request, in their order.

        Raises:
            GeneratorError: The endpoint refuses this client (wrong key, address or model), or is gone.
        """
        return list(await asyncio.gather(*map(self.complete, requests)))

    async def complete(self, request: GenerationRequest) -> Completion:
        """One completion, as soon as it is there.

        Raises:
            GeneratorError: The endpoint refuses this client (wrong key, address or model), or is gone.
        """
        async with self._places:
            outcome = await self._ask(request)
        if isinstance(outcome, Failure):
            if outcome.is_refusal:
                raise GeneratorError(
                    f"`{self._url}` refuses `{self._endpoint.model}`: {outcome.what}"
                    "\n\nhint: check the address, `--model` and `--api-key-env`"
                )
            self._note_failure(outcome)
            return Completion.error(f"no reply from `{self._url}`: {outcome.what}")
        self._num_given_up = 0
        self._counts[request.key] = (outcome.prompt_tokens, outcome.completion_tokens)
        ids = _bytes(outcome.text) + ((_END,) if outcome.finish_reason is FinishReason.STOP else ())
        spans = (VersionSpan(version=UNSAMPLED, start=0, end=len(ids)),)
        return Completion(
            token_ids=ids, logprobs=(0.0,) * len(ids), finish_reason=outcome.finish_reason, versions=spans
        )

    def finish(self, rollout: Rollout) -> Rollout:
        """The rollout with the server's counts of tokens, and without the bytes that stood for them."""
        turns = tuple(self._counted(rollout.key, number, turn) for number, turn in enumerate(rollout.turns))
        return replace(rollout, segments=(), turns=turns)

    async def aclose(self) -> None:
        """Close the connections; another request opens new ones."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def _note_failure(self, failure: Failure) -> None:
        """Give up an endpoint that is gone: hours of retries would end in nothing but masked samples."""
        self._num_given_up += failure.may_pass
        if self._num_given_up >= _MOST_GIVEN_UP:
            raise GeneratorError(
                f"`{self._url}` gave no reply to {self._num_given_up} requests in a row, each tried "
                f"{self._patience.num_retries + 1} times: {failure.what}"
                "\n\nhint: `palestra eval --resume FOLDER` goes on when it is back"
            )

    async def _ask(self, request: GenerationRequest) -> _Reply | Failure:
        """The reply, or the failure that was the last."""
        wait_s = self._patience.first_wait_s
        for attempts_left in range(self._patience.num_retries, -1, -1):
            outcome = await self._attempt(request)
            if isinstance(outcome, _Reply) or not (outcome.may_pass and attempts_left):
                return outcome
            pause_s = outcome.wait_s(wait_s)
            if outcome.retry_after_s is not None:
                self._meter.hold(pause_s)  # the others would be refused as well
            await asyncio.sleep(pause_s)
            wait_s *= 2
        raise AssertionError("the loop returns")

    async def _attempt(self, request: GenerationRequest) -> _Reply | Failure:
        most = request.sampling.max_new_tokens
        reserved = len(request.prompt_ids) // _BYTES_PER_TOKEN + most
        await asyncio.sleep(self._meter.reserve(reserved))
        try:
            async with asyncio.timeout(self._patience.timeout_s):
                response = await self._connected().post(self._url, content=self._body(request))
        except TimeoutError:
            return Failure(what=f"no reply within {self._patience.timeout_s:g} s", may_pass=True)
        except httpx.HTTPError as error:
            return Failure(what=f"{type(error).__name__}: {error}", may_pass=True)
        failure = failure_of(response, response.content)
        if failure is None:
            reply = _read(response.content)
            if isinstance(reply, _Reply) and reply.prompt_tokens is not None and reply.completion_tokens is not None:
                self._meter.settle(reserved, reply.prompt_tokens + reply.completion_tokens)
            return reply
        if self._limit_field != _NEWER_FIELD and _NEWER_FIELD in failure.what:
            self._limit_field = _NEWER_FIELD  # newer models want the limit by this name, and say so
            return replace(failure, may_pass=True)
        return failure

    def _body(self, request: GenerationRequest) -> bytes:
        body = {
            "model": self._endpoint.model,
            "messages": self._tokenizer.messages(request.prompt_ids),
            self._limit_field: request.sampling.max_new_tokens,
            "temperature": request.sampling.temperature,
            "seed": seed_of(request.key),
        }
        return json.dumps(body).encode()

    def _connected(self) -> httpx.AsyncClient:
        if self._client is None:
            headers = {"content-type": "application/json"} | bearer(self._endpoint.api_key)
            self._client = httpx.AsyncClient(headers=headers, timeout=self._patience.timeout_s, trust_env=False)
        return self._client

    def _counted(self, key: str, number: int, turn: TurnRow) -> TurnRow:
        read, wrote = self._counts.get(f"{key}/{number}", (None, None))
        return replace(
            turn,
            segment=0,
            start=0,
            tokens_in=turn.tokens_in // _BYTES_PER_TOKEN if read is None else read,
            tokens_out=turn.tokens_out // _BYTES_PER_TOKEN if wrote is None else wrote,
        )


def _bytes(text: str) -> tuple[int, ...]:
    return tuple(text.encode("utf-8", "replace"))


def _read(body: bytes) -> _Reply | Failure:
    try:
        row = json.loads(body)
        choice = row["choices"][0]
        content = choice["message"]["content"]
        reason = choice.get("finish_reason")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        return Failure(what=f"no chat completion ({type(error).__name__}): {body[:200]!r}", may_pass=False)
    if content is not None and not isinstance(content, str):
        return Failure(what=f"a completion whose content is a {type(content).__name__}", may_pass=False)
    usage = row.get("usage")
    return _Reply(
        text=content or "",  # None: refused, or every token went into reasoning
        finish_reason=FinishReason.LENGTH if reason == "length" else FinishReason.STOP,
        prompt_tokens=_count(usage, "prompt_tokens"),
        completion_tokens=_count(usage, "completion_tokens"),
    )


def _count(usage: Any, name: str) -> int | None:
    value = usage.get(name) if isinstance(usage, dict) else None
    return value if type(value) is int and value >= 0 else None
