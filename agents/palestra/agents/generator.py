"""The contract between whoever asks for tokens and whoever samples them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from palestra.agents.errors import RolloutError

UNSAMPLED = -1
"""The version of tokens that no policy sampled: those of a demonstration, or of somebody else's policy."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sampling:
    """How tokens are drawn. Training uses the whole distribution: no top-k, no top-p."""

    max_new_tokens: int = 128
    temperature: float = 1.0
    """0 takes the most probable token."""
    may_reject: bool = False
    """Whether the generator may end a completion that it finds hopeless, if it has such a rule."""

    def __post_init__(self) -> None:
        if self.max_new_tokens < 1:
            raise ValueError(f"sampling.max_new_tokens must be at least 1, got {self.max_new_tokens}")
        if not 0.0 <= self.temperature < float("inf"):
            raise ValueError(f"sampling.temperature must be 0 or more, got {self.temperature}")


@dataclass(frozen=True, kw_only=True, slots=True)
class GenerationRequest:
    """One continuation to sample."""

    prompt_ids: tuple[int, ...]
    sampling: Sampling
    key: str
    """Decides the random numbers together with the token's position, e.g. `seed/step/prompt/sample`.

    Equal keys, prompts and weights give equal tokens, whatever else is generated beside them."""


class FinishReason(StrEnum):
    """Why a completion ended."""

    STOP = "stop"
    """The policy wrote a stop token (kept as the last token: it is an action too)."""
    LENGTH = "length"
    """`max_new_tokens` were written."""
    REJECTED = "rejected"
    """The generator found it hopeless and ended it."""
    ERROR = "error"
    """The generator failed; the sample is masked."""


@dataclass(frozen=True, kw_only=True, slots=True)
class VersionSpan:
    """Tokens [start, end) of a completion were sampled by weights `version`."""

    version: int
    start: int
    end: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Completion:
    """Sampled tokens with the log-probabilities under the policy that sampled them."""

    token_ids: tuple[int, ...]
    logprobs: tuple[float, ...]
    """Natural logarithms under the distribution sampled from; under temperature 1 for greedy tokens."""
    finish_reason: FinishReason
    versions: tuple[VersionSpan, ...]
    """One after the other over all tokens."""
    detail: str = ""
    """With ERROR: what broke."""
    weight: float = 1.0
    """How many completions it stands for: more than 1 if it was spared where others like it were rejected, and 0 if
    those that were spared stand for it."""

    def __post_init__(self) -> None:
        if len(self.token_ids) != len(self.logprobs):
            raise RolloutError(f"{len(self.token_ids)} tokens but {len(self.logprobs)} log-probabilities")
        end = 0
        for span in self.versions:
            if span.start != end or span.end < end:
                raise RolloutError(f"version spans must follow each other: [{span.start}, {span.end}) after {end}")
            end = span.end
        if end != len(self.token_ids):
            raise RolloutError(f"version spans end at {end}, the tokens at {len(self.token_ids)}")

    @classmethod
    def error(cls, detail: str) -> Completion:
        """The generator failed on this request."""
        return cls(token_ids=(), logprobs=(), finish_reason=FinishReason.ERROR, versions=(), detail=detail)


class Generator(Protocol):
    """Samples continuations of token ids; never sees text."""

    async def generate(self, requests: Sequence[GenerationRequest]) -> list[Completion]:
        """One completion for each request, in their order.

        Calls may overlap: a generator batches whatever is waiting. A request that fails alone is a
        completion with `FinishReason.ERROR`; the caller may ask for it again under the same key.

        Raises:
            GeneratorError: No request can be served: the run must stop.
        """
        ...


@runtime_checkable
class SingleGenerator(Protocol):
    """A generator that gains nothing from being asked for many completions in one call."""

    async def complete(self, request: GenerationRequest) -> Completion:
        """One completion, as soon as it is there; see `Generator`.

        Raises:
            GeneratorError: No request can be served: the run must stop.
        """
        ...


class WeightSync(Protocol):
    """Brings the learner's weights to a generator."""

    async def push(self, version: int) -> None:
        """Make all tokens sampled from now on come from the learner's current weights, labelled `version`.

        Raises:
            GeneratorError: The weights did not arrive, or not whole: the run must stop.
        """
        ...


@runtime_checkable
class Closable(Protocol):
    """A generator or a weight sync that holds connections, processes or files."""

    async def aclose(self) -> None:
        """Give everything back; a second call does nothing."""
        ...
