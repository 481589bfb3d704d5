"""The in-process generator: our own decode loop with continuous batching, on the learner's machine."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from palestra.agents import Completion, FinishReason, GenerationRequest, GeneratorError, VersionSpan, Wake
from palestra.trainer.generation.kv_cache import KvCache, StepPlan
from palestra.trainer.generation.sampler import draw_tokens, greedy_tokens, keyed_uniform
from palestra.trainer.model.policy import Policy
from palestra.trainer.packing.thin_gemm import thin_gemms
from palestra.trainer.practice.early_rejection import Watch

_PREFILL_TOKENS = 2048  # prompt tokens read in one step beside the active rows


@dataclass(slots=True)
class _Row:
    """A request on its way."""

    request: GenerationRequest
    token_ids: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    versions: list[int] = field(default_factory=list)
    weight: float = 1.0
    is_spared: bool = False
    finish_reason: FinishReason | None = None
    detail: str = ""

    @property
    def position(self) -> int:
        """Where the row's last token stands."""
        return len(self.request.prompt_ids) + len(self.token_ids) - 1

    @property
    def context(self) -> tuple[int, ...]:
        """What is read before its next token when the row is admitted, for the first time or again."""
        return (*self.request.prompt_ids, *self.token_ids) if self.token_ids else self.request.prompt_ids

    def completion(self) -> Completion:
        assert self.finish_reason is not None
        if self.finish_reason is FinishReason.ERROR:
            return Completion.error(self.detail)
        return Completion(
            token_ids=tuple(self.token_ids),
            logprobs=tuple(self.logprobs),
            finish_reason=self.finish_reason,
            versions=_spans(self.versions),
            weight=self.weight,
        )


class InProcessGenerator:
    """Samples from the policy in this process.

    Each step reads the prompts of newly admitted rows and one token of every active row in a single forward
    pass; a finished row's place is taken at once. Samples of one prompt share its reading. Log-probabilities
    are those of the distribution that was sampled from, exactly.
    """

    def __init__(
        self, policy: Policy, stop_ids: Sequence[int], *, max_concurrent: int = 256, watch: Watch | None = None
    ) -> None:
        """Prepare a generator.

        Args:
            policy: Must take plans.
            stop_ids: Tokens that end a completion.
            max_concurrent: Rows that are decoded at one time.
            watch: Ends hopeless completions of requests that allow it; None lets all come to their end.
        """
        if not policy.takes_plans:
            raise GeneratorError(
                f"{type(policy.model).__name__} does not follow our attention\n\nhint: use PlainGenerator"
            )
        self.policy = policy
        self.version = 0
        self.decode_steps = 0
        self._stop_ids = frozenset(stop_ids)
        self._max_concurrent = max_concurrent
        self._watch = watch
        self._max_positions = policy.max_positions
        self._waiting: deque[_Row] = deque()
        self._active: list[_Row] = []
        self._cache = KvCache(max_concurrent)

    async def generate(self, requests: Sequence[GenerationRequest]) -> list[Completion]:
        """One completion for each request, in their order; overlapping calls are batched together.

        A response ends where the model's positions end; a prompt that leaves no room for one is an error.

        Raises:
            GeneratorError: The model gives no distribution to sample from.
        """
        rows = [_Row(request=request) for request in requests]
        for row in rows:
            row.detail = self.policy.refusal(row.request.prompt_ids)
            row.finish_reason = FinishReason.ERROR if row.detail else None
        self._waiting.extend(row for row in rows if row.finish_reason is None)
        while any(row.finish_reason is None for row in rows):
            try:
                await asyncio.sleep(0)  # calls of the same moment put their rows down before the first step
            except asyncio.CancelledError:
                self._forget(rows)
                raise
            if all(row.finish_reason is not None for row in rows):
                break
            if not (self._waiting or self._active):
                raise GeneratorError("an overlapping call failed and took this one's rows with it")
            try:
                self._step()
            except BaseException:
                self._waiting.clear()  # half a step leaves no row that could go on
                self._active.clear()
                raise
        return [row.completion() for row in rows]

    def release(self) -> None:
        """Give the cache's memory back, e.g. while the learner works."""
        if not self._active:
            self._cache.clear()

    def reread(self) -> None:
        """Have rows that are under way read again before their next token, because the weights changed.

        Keys and values of the old weights beside new ones are those of no policy at all.
        """
        self._waiting.extendleft(reversed(self._active))
        self._active.clear()

    async def sleep(self, level: int) -> None:
        """Give the cache's memory back; the weights, which may be the learner's, stay at every level.

        Raises:
            GeneratorError: Something is being generated.
        """
        if self._active or self._waiting:
            raise GeneratorError("the generator cannot sleep while it is generating")
        self.release()

    async def wake(self, part: Wake) -> None:
        """Nothing: the cache takes memory when it is written to."""

    @torch.inference_mode()
    def _forget(self, rows: Sequence[_Row]) -> None:
        """Take rows out that nobody waits for any more."""
        mine = {id(row) for row in rows}
        self._waiting = deque(row for row in self._waiting if id(row) not in mine)
        for slot in range(len(self._active) - 1, -1, -1):
            if id(self._active[slot]) in mine:
                self._take_out(slot)

    @torch.inference_mode()
    def _step(self) -> None:
        admitted = self._admit()
        contexts = [row.context for row in admitted]
        prompts = list(dict.fromkeys(contexts))
        row_prompt = [prompts.index(context) for context in contexts]
        device = self.policy.device
        plan = StepPlan(
            self._cache,
            [len(prompt) for prompt in prompts],
            row_prompt,
            torch.tensor([row.position for row in self._active], dtype=torch.long, device=device),
        )
        ids = [token for prompt in prompts for token in prompt] + [row.token_ids[-1] for row in self._active]
        with thin_gemms(self.policy.model):
            hidden = self.policy.run(torch.tensor(ids, device=device), plan.position_ids_N, plan)
        ends = torch.tensor([len(prompt) for prompt in prompts], device=device).cumsum(0) - 1
        starts = len(ids) - len(self._active)
        rows = self._active + admitted
        distribution = [*range(len(self._active)), *(len(self._active) + p for p in row_prompt)]
        predicting = torch.cat([hidden[starts:], hidden[ends.long()]])
        self._active = rows
        self._draw(rows, predicting, torch.tensor(distribution, device=device))
        self.decode_steps += 1
        self._retire()

    def _admit(self) -> list[_Row]:
        admitted: list[_Row] = []
        tokens = 0
        while self._waiting and len(self._active) + len(admitted) < self._max_concurrent:
            row = self._waiting[0]
            shares = bool(admitted) and admitted[-1].context == row.context
            tokens += 0 if shares else len(row.context)
            if admitted and tokens > _PREFILL_TOKENS:
                break
            admitted.append(self._waiting.popleft())
        lengths = [len(row.request.prompt_ids) + row.request.sampling.max_new_tokens for row in admitted]
        self._cache.reserve(max(lengths, default=0))
        return admitted

    def _draw(self, rows: list[_Row], predicting: Tensor, distribution_R: Tensor) -> None:
        """Draw the next token of every row from the hidden state that predicts it."""
        temperatures = torch.tensor([row.request.sampling.temperature for row in rows])
        for temperature in temperatures.unique().tolist():
            chosen = (temperatures == temperature).nonzero().squeeze(1)
            used, local = distribution_R[chosen].unique(return_inverse=True)
            logits = self.policy.head.logits(predicting[used])
            if temperature == 0.0:
                tokens, logprobs = greedy_tokens(logits, local)
            else:
                uniforms = [keyed_uniform(rows[i].request.key, len(rows[i].token_ids)) for i in chosen.tolist()]
                tokens, logprobs = draw_tokens(logits.div_(temperature), local, uniforms)
            for i, token, logprob in zip(chosen.tolist(), tokens.tolist(), logprobs.tolist(), strict=True):
                rows[i].token_ids.append(token)
                rows[i].logprobs.append(logprob)
                rows[i].versions.append(self.version)

    def _retire(self) -> None:
        """Take finished rows out."""
        for slot in range(len(self._active) - 1, -1, -1):
            row = self._active[slot]
            if row.token_ids[-1] in self._stop_ids:
                row.finish_reason = FinishReason.STOP
            elif len(row.token_ids) >= row.request.sampling.max_new_tokens or row.position + 1 == self._max_positions:
                row.finish_reason = FinishReason.LENGTH
            elif not self._is_rejected(row):
                continue
            self._take_out(slot)

    def _take_out(self, slot: int) -> None:
        """Take an active row out; the last one moves into the hole."""
        last = self._active.pop()
        if slot < len(self._active):
            self._active[slot] = last
            self._cache.move(len(self._active), slot, last.position)

    def _is_rejected(self, row: _Row) -> bool:
        if self._watch is None or row.is_spared or not self._watch.is_hopeless(row.request, row.token_ids):
            return False
        row.is_spared = self._watch.spares(row.request)
        row.weight = self._watch.weight(is_spared=row.is_spared)
        if not row.is_spared:
            row.finish_reason = FinishReason.REJECTED
        return not row.is_spared


def _spans(versions: Sequence[int]) -> tuple[VersionSpan, ...]:
    """Runs of equal versions."""
    edges = [i for i in range(len(versions)) if i == 0 or versions[i] != versions[i - 1]]
    ends = [*edges[1:], len(versions)]
    return tuple(
        VersionSpan(version=versions[start], start=start, end=end) for start, end in zip(edges, ends, strict=True)
    )
