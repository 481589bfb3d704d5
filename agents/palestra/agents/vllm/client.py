"""Tokens from one vLLM server: token ids in, token ids and their log-probabilities out, never text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from palestra.agents.completions_client import completions_body, read_completion, seed_of
from palestra.agents.generator import Completion, FinishReason, GenerationRequest, VersionSpan
from palestra.agents.patience import Failure, failure_of_status
from palestra.agents.token_replies import Expected, TokenReply, completion_of
from palestra.agents.vllm.connections import Connections

GENERATE_ROUTE, COMPLETIONS_ROUTE = "/inference/v1/generate", "/v1/completions"


class VersionLabels(StrEnum):
    """Who knows which weights sampled a token."""

    SERVER = "server"
    """The reply says it, token by token."""
    CALLER = "caller"
    """All tokens are of the version under which the request was sent: nobody changes the weights, or an adapter has
    the version in its name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Serving:
    """What a pool serves now."""

    version: int = 0
    model: str = ""
    """The name of model or adapter at the servers; empty: the first that a server names."""
    labels: VersionLabels = VersionLabels.CALLER


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenRules:
    """How every request is sampled, besides its own settings."""

    stop_ids: tuple[int, ...] = ()
    """Tokens that end a turn; kept as the last token of a completion."""
    num_tokens: int | None = None
    """Tokens of the vocabulary: larger ids are refused. None: not checked."""
    is_seeded: bool = True
    """Whether the request's key decides its random numbers. vLLM on CPU dies of a seed where prompts are read in
    parts: start it with `--no-enable-chunked-prefill`, or set this to false."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ServerFacts:
    """What a server said when it joined."""

    model: str
    max_model_len: int
    """Tokens of a prompt and its completion together."""
    has_generate: bool = True
    """Whether it has the route of tokens; otherwise it is asked at `/v1/completions`."""


class VllmClient:
    """Asks one server. Every reply is checked: what cannot be trained on is a completion of ERROR."""

    def __init__(self, connections: Connections, rules: TokenRules) -> None:
        self.facts = ServerFacts(model="", max_model_len=1 << 30)
        """Set when the server joins."""
        self._connections = connections
        self._rules = rules
        self._expected = Expected(stop_ids=frozenset(rules.stop_ids), num_tokens=rules.num_tokens)

    async def complete(self, request: GenerationRequest, serving: Serving, timeout_s: float) -> Completion | Failure:
        """One completion.

        Each request is a call of its own, also those of one prompt: its seed follows from its key alone, so that the
        same key gives the same tokens whoever is asked and whatever is asked beside it. With `n` in one call a
        sample's seed would follow from its neighbours'; and all would have to wait for the longest.
        """
        room = self.facts.max_model_len - len(request.prompt_ids)
        if room < 1:
            return Failure(
                what=f"a prompt of {len(request.prompt_ids)} tokens leaves no room in {self.facts.max_model_len}",
                may_pass=False,
            )
        max_tokens = min(request.sampling.max_new_tokens, room)
        if not self.facts.has_generate:
            return await self._complete_plainly(request, serving, timeout_s, max_tokens)
        body = json.dumps(self._body(request, serving, max_tokens), separators=(",", ":")).encode()
        reply = await self.ask("POST", GENERATE_ROUTE, body, timeout_s)
        return reply if isinstance(reply, Failure) else read_generate(reply, request, self._expected, serving)

    async def ask(self, method: str, route: str, body: bytes, timeout_s: float) -> bytes | Failure:
        """A reply's body, or what went wrong."""
        response = await self._connections.request(method, route, body, timeout_s)
        if isinstance(response, Failure):
            return response
        return failure_of_status(response.status, response.headers, response.body) or response.body

    def close(self) -> None:
        """Close what is idle."""
        self._connections.close()

    def _body(self, request: GenerationRequest, serving: Serving, max_tokens: int) -> dict[str, object]:
        sampling: dict[str, object] = {
            "n": 1,
            "temperature": request.sampling.temperature,
            "top_p": 1.0,
            "top_k": 0,
            "min_p": 0.0,
            "max_tokens": max_tokens,
            "logprobs": 0,
            "stop_token_ids": self._rules.stop_ids,
            "ignore_eos": bool(self._rules.stop_ids),  # else it stops at tokens of its own too
            "detokenize": False,
        }
        if self._rules.is_seeded:
            sampling["seed"] = seed_of(request.key)
        return {
            "model": serving.model or self.facts.model,
            "token_ids": request.prompt_ids,
            "sampling_params": sampling,
            "cache_salt": f"v{serving.version}",  # a prefix that other weights read is no prefix
        }

    async def _complete_plainly(
        self, request: GenerationRequest, serving: Serving, timeout_s: float, max_tokens: int
    ) -> Completion | Failure:
        if serving.labels is VersionLabels.SERVER:
            return Failure(what=f"it has no {GENERATE_ROUTE}, so its tokens have no versions", may_pass=False)
        body = completions_body(request, serving.model or self.facts.model, self._rules.stop_ids)
        body["max_tokens"] = max_tokens
        if not self._rules.is_seeded:
            del body["seed"]
        reply = await self.ask("POST", COMPLETIONS_ROUTE, json.dumps(body).encode(), timeout_s)
        if isinstance(reply, Failure):
            return reply
        return read_completion(reply, request, serving.version, self._expected)


def read_generate(body: bytes, request: GenerationRequest, expected: Expected, serving: Serving) -> Completion:
    """The completion of a reply of the route of tokens; ERROR for one that cannot be trained on."""
    try:
        [choice] = json.loads(body)["choices"]
        content = choice["logprobs"]["content"]
        ids = choice["token_ids"]
        reply = TokenReply(
            token_ids=ids,
            logprobs=[entry["logprob"] for entry in content],
            finish_reason=choice["finish_reason"],
            versions=_spans(choice.get("weight_versions")) if serving.labels is VersionLabels.SERVER else None,
        )
        is_other = [entry["token_id"] for entry in content] != ids
        has_mask = choice.get("sampling_mask") is not None
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        return Completion.error(f"no completion of tokens ({type(error).__name__}: {error}): {body[:200]!r}")
    if has_mask:
        return Completion.error("the server cut the distribution (it gives a sampling mask): training needs all of it")
    completion = completion_of(reply, request, expected, serving.version)
    if is_other and completion.finish_reason is not FinishReason.ERROR:
        return Completion.error("the log-probabilities are of other tokens")
    return completion


def _spans(rows: Any) -> tuple[VersionSpan, ...]:
    """The versions of a reply, as numbers.

    Raises:
        ValueError: Some weights have no number: nobody pushed them.
    """
    if not isinstance(rows, Sequence) or not rows:
        raise ValueError("the reply does not say which weights sampled it")
    return tuple(_span(row) for row in rows)


def _span(row: Mapping[str, Any]) -> VersionSpan:
    label, start, end = row["version"], row["start"], row["end"]
    if type(start) is not int or type(end) is not int:
        raise ValueError("weight versions without places")
    if not (isinstance(label, str) and label.isascii() and label.isdigit()):
        raise ValueError(f"tokens of weights that nobody pushed (`{label}`)")
    return VersionSpan(version=int(label), start=start, end=end)
