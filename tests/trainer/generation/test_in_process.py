import asyncio

import pytest
import torch

from palestra.agents import Completion, FinishReason, GenerationRequest, GeneratorError
from palestra.trainer.generation.in_process import InProcessGenerator
from palestra.trainer.model.policy import Policy
from policy_cases import STOP, generate, largest_difference, request
from tiny_model import ARCHITECTURES, PLAIN_ARCHITECTURE, tiny_model


def _generator(slots: int = 8, architecture: str = "llama") -> InProcessGenerator:
    policy = Policy.of(tiny_model(ARCHITECTURES[architecture]))
    return InProcessGenerator(policy, [STOP], max_concurrent=slots)


def _tokens(completions: list[Completion]) -> list[tuple[int, ...]]:
    return [done.token_ids for done in completions]


def _mixed() -> list[GenerationRequest]:
    """Mixed lengths, budgets and temperatures; some prompts are shared."""
    temperatures = (1.0, 0.7, 0.0, 1.3)
    return [
        request(f"{i}", 3 + 5 * (i // 3), tokens=1 + 5 * (i % 5), temperature=temperatures[i % 4]) for i in range(14)
    ]


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_logprobs_are_those_of_the_untouched_model_whatever_is_batched(architecture: str) -> None:
    requests = _mixed()
    done = generate(_generator(4, architecture), requests)  # fewer slots than rows
    assert [len(d.token_ids) <= r.sampling.max_new_tokens for r, d in zip(requests, done, strict=True)] == [True] * 14
    assert largest_difference(tiny_model(ARCHITECTURES[architecture]), requests, done) < 1e-4


def test_greedy_takes_the_most_probable_token() -> None:
    asked = request("a", 9, tokens=8, temperature=0.0)
    [done] = generate(_generator(), [asked])
    model, ids = tiny_model(), list(asked.prompt_ids)
    for token in done.token_ids:
        assert int(model(input_ids=torch.tensor([ids])).logits[0, -1].argmax()) == token
        ids.append(token)


@pytest.mark.parametrize("slots", [1, 3, 50])
def test_equal_keys_give_equal_tokens_in_any_company(slots: int) -> None:
    requests = _mixed()
    alone = [generate(_generator(1), [asked])[0].token_ids for asked in requests]
    together = generate(_generator(slots), requests)
    assert [done.token_ids for done in together] == alone
    assert [done.token_ids for done in reversed(generate(_generator(slots), requests[::-1]))] == alone


def test_different_keys_give_different_tokens() -> None:
    requests = [request(key, tokens=12) for key in "abcdef"]
    assert len({done.token_ids for done in generate(_generator(), requests)}) == 6


def test_overlapping_calls_are_batched_together_and_change_nothing() -> None:
    first, second = _mixed()[:7], _mixed()[7:]
    generator = _generator(5)

    async def overlapping() -> list[list[Completion]]:
        return list(await asyncio.gather(generator.generate(first), generator.generate(second)))

    alone = [_tokens(generate(_generator(5), requests)) for requests in (first, second)]
    assert [_tokens(done) for done in asyncio.run(overlapping())] == alone
    one_after_the_other = _generator(5)
    generate(one_after_the_other, first)
    generate(one_after_the_other, second)
    assert generator.decode_steps < one_after_the_other.decode_steps


def test_the_cache_grows_while_rows_are_active() -> None:
    generator = _generator(2)
    requests = [request("short", 3, tokens=40), request("tiny", 3, tokens=2), request("long", 150, tokens=20)]
    done = generate(generator, requests)
    assert largest_difference(tiny_model(), requests, done) < 1e-4
    generator.release()
    assert _tokens(generate(generator, requests)) == _tokens(done)


def test_a_shared_prompt_is_read_once() -> None:
    generator = InProcessGenerator(Policy.of(tiny_model()), [-1], max_concurrent=8)
    generate(generator, [request(key, 400, tokens=3) for key in "abcdefgh"])
    assert generator.decode_steps == 3, "all rows start in the first step: 400 tokens are read, not 3200"


def test_a_stop_token_ends_a_completion_and_is_kept() -> None:
    [free] = generate(InProcessGenerator(Policy.of(tiny_model()), [-1]), [request("a", tokens=10)])
    assert free.finish_reason is FinishReason.LENGTH and len(free.token_ids) == 10
    stop = free.token_ids[4]
    generator = InProcessGenerator(Policy.of(tiny_model()), [STOP, stop])
    [stopped] = generate(generator, [request("a", tokens=10)])
    assert stopped.finish_reason is FinishReason.STOP
    assert stopped.token_ids == free.token_ids[: free.token_ids.index(stop) + 1]


def test_one_token_is_enough() -> None:
    done = generate(_generator(2), [request(str(i), 4 + i, tokens=1) for i in range(5)])
    assert [len(d.token_ids) for d in done] == [1] * 5


def test_no_request_gives_no_completion() -> None:
    assert generate(_generator(), []) == []


def test_every_token_knows_the_version_that_sampled_it() -> None:
    generator = _generator()
    generator.version = 4

    async def with_a_push_in_the_middle() -> Completion:
        task = asyncio.create_task(generator.generate([request("a", tokens=10)]))
        while generator.decode_steps < 3:
            await asyncio.sleep(0)
        generator.version = 5
        [done] = await task
        return done

    versions = asyncio.run(with_a_push_in_the_middle()).versions
    assert [(span.version, span.start, span.end) for span in versions] == [(4, 0, 3), (5, 3, 10)]


def test_a_response_ends_with_the_positions_of_the_model() -> None:
    [done] = generate(_generator(), [request("a", 508, tokens=100, temperature=0.0)])  # of 512
    assert (len(done.token_ids), done.finish_reason) == (4, FinishReason.LENGTH)


@pytest.mark.parametrize("length", [0, 512, 700])
def test_a_prompt_without_room_fails_alone(length: int) -> None:
    broken, served = generate(_generator(), [request("a", length), request("b")])
    assert broken.finish_reason is FinishReason.ERROR and "prompt has" in broken.detail
    assert _tokens([served]) == _tokens(generate(_generator(), [request("b")]))


def test_weights_that_diverged_stop_the_run_with_a_hint_and_leave_no_rows_behind() -> None:
    generator = _generator()
    weight = generator.policy.head.weight_VW
    good = weight.detach().clone()
    weight.data.fill_(torch.nan)
    for temperature in (0.0, 1.0):
        with pytest.raises(GeneratorError, match=r"not finite(.|\n)*hint: "):
            generate(generator, [request("a", temperature=temperature)])
    weight.data.copy_(good)
    assert _tokens(generate(generator, [request("b")])) == _tokens(generate(_generator(), [request("b")]))


def test_a_failure_reaches_overlapping_calls_too() -> None:
    generator = _generator()
    generator.policy.head.weight_VW.data.fill_(torch.nan)

    async def overlapping() -> list[object]:
        calls = [generator.generate([request(key)]) for key in "ab"]
        return list(await asyncio.gather(*calls, return_exceptions=True))

    assert [type(result) for result in asyncio.run(overlapping())] == [GeneratorError, GeneratorError]


def test_a_model_that_takes_no_plans_is_refused() -> None:
    policy = Policy(model=tiny_model(PLAIN_ARCHITECTURE), takes_plans=False)
    with pytest.raises(GeneratorError, match="hint: use PlainGenerator"):
        InProcessGenerator(policy, [STOP])
