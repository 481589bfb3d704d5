"""What a server's reply of tokens must be before anybody trains on it."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import Any

from palestra.agents.generator import Completion, FinishReason, GenerationRequest, VersionSpan

_ABOVE_ONE = 1e-3
"""Log-probabilities that are larger are no rounding."""
_FINITE = 1e9
"""JSON has whole numbers that no float can hold."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenReply:
    """A reply as it came: nothing in it is trusted."""

    token_ids: Any
    logprobs: Any
    finish_reason: Any
    versions: tuple[VersionSpan, ...] | None = None
    """None: all tokens are of the version that the caller names."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Expected:
    """What every reply must keep to."""

    stop_ids: Set[int] = frozenset()
    """Tokens that end a turn; a reply that says it stopped must end with one. Empty: not checked."""
    num_tokens: int | None = None
    """Tokens of the vocabulary; None: not checked."""


def completion_of(reply: TokenReply, request: GenerationRequest, expected: Expected, version: int) -> Completion:
    """The completion of a reply; ERROR with a reason for one that cannot be trained on, never an exception."""
    problem = _problem(reply, request, expected)
    if problem:
        return Completion.error(problem)
    count = len(reply.token_ids)
    return Completion(
        token_ids=tuple(reply.token_ids),
        logprobs=tuple(map(float, reply.logprobs)),
        finish_reason=FinishReason(reply.finish_reason),
        versions=(VersionSpan(version=version, start=0, end=count),) if reply.versions is None else reply.versions,
    )


def _problem(reply: TokenReply, request: GenerationRequest, expected: Expected) -> str:
    ids, logprobs, reason = reply.token_ids, reply.logprobs, reply.finish_reason
    if reason == "error":
        return "the server says that it failed"
    if not isinstance(reason, str) or reason not in ("stop", "length"):
        return f"no completion of tokens: it ended by `{str(reason)[:40] if isinstance(reason, str) else 'nothing'}`"
    if not isinstance(ids, list) or not all(type(token) is int and token >= 0 for token in ids):
        return "no completion of tokens: token ids are integers"
    if not ids:
        return "a completion without tokens"
    if not isinstance(logprobs, list) or len(logprobs) != len(ids):
        return f"{len(ids)} tokens but {len(logprobs) if isinstance(logprobs, list) else 'no'} log-probabilities"
    if not all(type(value) in (int, float) and abs(value) < _FINITE for value in logprobs):
        return "a log-probability is not finite"
    if max(logprobs) > _ABOVE_ONE:
        return f"a log-probability of {max(logprobs):.3g} is above 0"
    return _misfit(ids, reason, request, expected) or _uncovered(reply.versions, len(ids))


def _misfit(ids: list[int], reason: str, request: GenerationRequest, expected: Expected) -> str:
    if len(ids) > request.sampling.max_new_tokens:
        return f"{len(ids)} tokens where {request.sampling.max_new_tokens} were asked for"
    if expected.num_tokens is not None and max(ids) >= expected.num_tokens:
        return f"token {max(ids)} of a vocabulary of {expected.num_tokens}"
    if reason == "stop" and expected.stop_ids and ids[-1] not in expected.stop_ids:
        return f"it says that it stopped, at token {ids[-1]}, which ends no turn"
    return ""


def _uncovered(spans: tuple[VersionSpan, ...] | None, count: int) -> str:
    if spans is None:
        return ""
    end = 0
    for span in spans:
        if span.start != end or span.end <= end:
            return f"weight versions do not follow each other: [{span.start}, {span.end}) after {end}"
        end = span.end
    return "" if end == count else f"weight versions cover {end} of {count} tokens"
