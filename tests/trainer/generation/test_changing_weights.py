"""Weights that change, and callers that go away, while the in-process generator is at work."""

from __future__ import annotations

import asyncio
import copy

import pytest
import torch

from palestra.agents import Completion, GeneratorError, Wake
from palestra.trainer.generation.in_process import InProcessGenerator
from palestra.trainer.model.policy import Policy
from palestra.trainer.weight_sync.in_process import CopiedWeights
from policy_cases import STOP, generate, largest_difference, request
from tiny_model import tiny_model


def _changed(policy: Policy) -> None:
    torch.manual_seed(0)
    with torch.no_grad():
        for parameter in policy.model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.05)


@pytest.mark.parametrize("turns", [1, 3, 7])
def test_tokens_behind_a_push_are_those_of_the_new_weights_to_rounding(turns: int) -> None:
    policy = Policy.of(tiny_model())
    generator = InProcessGenerator(Policy.for_generation(copy.deepcopy(policy.model), torch.float32), [STOP])
    sync = CopiedWeights(policy, generator)
    old = tiny_model()
    old.load_state_dict(policy.model.state_dict())
    requests = [request(key) for key in ("a", "b", "c")]

    async def scene() -> list[Completion]:
        call = asyncio.ensure_future(generator.generate(requests))
        for _ in range(turns + 1):
            await asyncio.sleep(0)
        _changed(policy)
        await sync.push(1)
        return await call

    done = asyncio.run(scene())
    new = tiny_model()
    new.load_state_dict(policy.model.state_dict())
    spanning = [each for each in done if len(each.versions) == 2]
    assert spanning, "some rows were under way"
    for asked, each in zip(requests, done, strict=True):
        if len(each.versions) < 2:
            continue
        first, second = each.versions
        assert (first.version, second.version, first.end) == (0, 1, turns)
        ids = torch.tensor([[*asked.prompt_ids, *each.token_ids]])
        for model, span in ((old, first), (new, second)):
            with torch.no_grad():
                logits = model(ids).logits[0].float() / asked.sampling.temperature
            logprobs = logits.log_softmax(-1)
            for place in range(span.start, span.end):
                position = len(asked.prompt_ids) + place - 1
                assert abs(float(logprobs[position, each.token_ids[place]]) - each.logprobs[place]) < 1e-4
    assert largest_difference(new, [request("z")], generate(generator, [request("z")])) < 1e-4


def test_rows_of_a_caller_that_went_away_are_taken_out() -> None:
    generator = InProcessGenerator(Policy.of(tiny_model()), [STOP])
    alone = generate(generator, [request("kept")])

    async def scene() -> list[Completion]:
        lost = asyncio.ensure_future(generator.generate([request(f"lost{i}") for i in range(3)]))
        kept = asyncio.ensure_future(generator.generate([request("kept")]))
        for _ in range(3):
            await asyncio.sleep(0)
        lost.cancel()
        with pytest.raises(asyncio.CancelledError):
            await lost
        return await kept

    [found] = asyncio.run(scene())
    assert found.token_ids == alone[0].token_ids
    assert not (generator._active or generator._waiting), "nothing is left"


def test_it_does_not_sleep_at_work() -> None:
    generator = InProcessGenerator(Policy.of(tiny_model()), [STOP])

    async def scene() -> None:
        call = asyncio.ensure_future(generator.generate([request("a")]))
        await asyncio.sleep(0)
        with pytest.raises(GeneratorError, match="cannot sleep while it is generating"):
            await generator.sleep(2)
        await call
        await generator.sleep(2)
        await generator.wake(Wake.WEIGHTS)
        await generator.wake(Wake.CACHE)

    asyncio.run(scene())
