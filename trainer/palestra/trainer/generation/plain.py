"""The fallback generator: `transformers.generate` for models whose attention does not follow our plans."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from transformers import GenerationConfig, LogitsProcessor, LogitsProcessorList, PreTrainedModel

from palestra.agents import Completion, FinishReason, GenerationRequest, GeneratorError, VersionSpan
from palestra.trainer.generation.sampler import draw_tokens, greedy_tokens, keyed_uniform
from palestra.trainer.model.policy import Policy
from palestra.trainer.practice.early_rejection import Watch


@dataclass(slots=True)
class _Row:
    request: GenerationRequest
    completion: Completion | None = None

    def read(self) -> Completion:
        if self.completion is None:
            raise GeneratorError("an overlapping call failed and took this one's rows with it")
        return self.completion


class PlainGenerator:
    """Samples with `generate` on padded batches; slower, but for every causal language model.

    The tokens are drawn by our own keyed sampler all the same, so log-probabilities are exact.
    """

    def __init__(
        self, policy: Policy, stop_ids: Sequence[int], *, max_concurrent: int = 64, watch: Watch | None = None
    ) -> None:
        self.policy = policy
        self.version = 0
        self._stop_ids = list(stop_ids)
        self._max_concurrent = max_concurrent
        self._watch = watch
        self._positions = policy.max_positions or math.inf
        self._waiting: list[_Row] = []

    async def generate(self, requests: Sequence[GenerationRequest]) -> list[Completion]:
        """One completion for each request, in their order; calls of the same moment share batches.

        A response ends where the model's positions end; a prompt that leaves no room for one is an error.
        """
        refusals = [self.policy.refusal(request.prompt_ids) for request in requests]
        asked = [request for request, refusal in zip(requests, refusals, strict=True) if not refusal]
        rows = [_Row(request=self._fitting(request)) for request in asked]
        self._waiting += rows
        await asyncio.sleep(0)  # the others put their rows down
        if any(row.completion is None for row in rows):
            waiting, self._waiting = self._waiting, []
            for batch in self._batches(waiting):
                for row, completion in zip(batch, self._batch([row.request for row in batch]), strict=True):
                    row.completion = completion
        found = iter(rows)
        return [Completion.error(refusal) if refusal else next(found).read() for refusal in refusals]

    def reread(self) -> None:
        """Nothing: no row is under way between two calls."""

    def _fitting(self, request: GenerationRequest) -> GenerationRequest:
        """The request, for as many tokens as the model has positions for."""
        sampling, room = request.sampling, self._positions - len(request.prompt_ids)
        if sampling.max_new_tokens <= room:
            return request
        return replace(request, sampling=replace(sampling, max_new_tokens=int(room)))

    def _batches(self, rows: Sequence[_Row]) -> Iterator[list[_Row]]:
        """Rows that are decoded together.

        `generate` reads every row, an ended one too, as long as one of the batch goes on: all need positions for that.
        """
        batch: list[_Row] = []
        for row in rows:
            longer = [*batch, row]
            width = max(len(each.request.prompt_ids) for each in longer)
            is_too_long = width + max(each.request.sampling.max_new_tokens for each in longer) > self._positions
            if batch and (is_too_long or len(longer) > self._max_concurrent):
                yield batch
                longer = [row]
            batch = longer
        if batch:
            yield batch

    @torch.inference_mode()
    def _batch(self, requests: Sequence[GenerationRequest]) -> list[Completion]:
        width = max(len(request.prompt_ids) for request in requests)
        longest = max(request.sampling.max_new_tokens for request in requests)
        device = self.policy.device
        ids = torch.full((len(requests), width), self._stop_ids[0], device=device)
        mask = torch.zeros_like(ids)
        for row, request in enumerate(requests):
            ids[row, width - len(request.prompt_ids) :] = torch.tensor(request.prompt_ids, device=device)
            mask[row, width - len(request.prompt_ids) :] = 1
        draw = _KeyedDraw(requests, width, self._stop_ids, self._watch)
        with _neutral_generation(self.policy.model), self.policy.autocast():
            out = self.policy.model.generate(  # type: ignore[operator]
                input_ids=ids,
                attention_mask=mask,
                max_new_tokens=longest,
                do_sample=False,
                eos_token_id=self._stop_ids,
                pad_token_id=self._stop_ids[0],
                logits_processor=LogitsProcessorList([draw]),
            )
        return [self._completion(requests[i], out[i, width:].tolist(), draw, i) for i in range(len(requests))]

    def _completion(self, request: GenerationRequest, written: list[int], draw: _KeyedDraw, row: int) -> Completion:
        is_rejected = row in draw.rejected
        written = written[: draw.rejected.get(row, request.sampling.max_new_tokens)]
        ends = [i for i, token in enumerate(written) if token in self._stop_ids]
        tokens = written[: ends[0] + 1] if ends else written
        reason = FinishReason.REJECTED if is_rejected else FinishReason.LENGTH
        return Completion(
            token_ids=tuple(tokens),
            logprobs=tuple(draw.logprobs[i][row] for i in range(len(tokens))),
            finish_reason=FinishReason.STOP if ends else reason,
            weight=draw.weights.get(row, 1.0),
            versions=(VersionSpan(version=self.version, start=0, end=len(tokens)),),
        )


@contextmanager
def _neutral_generation(model: PreTrainedModel) -> Iterator[None]:
    """Within the block, the model's own generation settings (penalties, banned tokens) do not touch its logits."""
    own = model.generation_config
    model.generation_config = GenerationConfig()
    try:
        yield
    finally:
        model.generation_config = own


class _KeyedDraw(LogitsProcessor):
    """Draws each row's token itself and leaves `generate` no other choice."""

    def __init__(
        self, requests: Sequence[GenerationRequest], prompt_width: int, stop_ids: Sequence[int], watch: Watch | None
    ) -> None:
        self._requests = requests
        self._prompt_width = prompt_width
        self._stop_ids = stop_ids
        self._watch = watch
        self.logprobs: list[list[float]] = []
        self.rejected: dict[int, int] = {}
        """Tokens that a rejected row had."""
        self.weights: dict[int, float] = {}
        """Of rows that were found hopeless."""

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        position = input_ids.shape[1] - self._prompt_width
        self._reject(input_ids[:, self._prompt_width :])
        tokens, logprobs = [], []
        first = torch.zeros(1, dtype=torch.long, device=scores.device)
        for row, request in enumerate(self._requests):
            logits = scores[row : row + 1].float().clone()
            if request.sampling.temperature == 0.0:
                token, logprob = greedy_tokens(logits, first)
            else:
                uniform = keyed_uniform(request.key, position)
                token, logprob = draw_tokens(logits.div_(request.sampling.temperature), first, [uniform])
            tokens.append(self._stop_ids[0] if row in self.rejected else int(token))
            logprobs.append(float(logprob))
        self.logprobs.append(logprobs)
        forced = torch.full_like(scores, float("-inf"))
        forced[torch.arange(len(tokens)), torch.tensor(tokens)] = 0.0
        return forced

    def _reject(self, written: Tensor) -> None:
        """Give up hopeless rows: a stop token, which is cut off again, ends them."""
        if self._watch is None:
            return
        for row, request in enumerate(self._requests):
            token_ids = written[row].tolist()
            is_over = row in self.weights or not set(token_ids).isdisjoint(self._stop_ids)
            if is_over or len(token_ids) >= request.sampling.max_new_tokens:
                continue
            if self._watch.is_hopeless(request, token_ids):
                is_spared = self._watch.spares(request)
                self.weights[row] = self._watch.weight(is_spared=is_spared)
                if not is_spared:
                    self.rejected[row] = len(token_ids)
