from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, TypeVar

import pytest

from palestra.agents import Completion, FinishReason, GenerationRequest, GeneratorError, Sampling
from palestra.agents.vllm import (
    BreakerLimits,
    PoolLimits,
    TokenRules,
    VersionLabels,
    VllmPool,
    Worker,
    WrongSettingsError,
)
from vllm_server import VOCABULARY, FakeVllm, Fault, sampled, serving

ResultT = TypeVar("ResultT")
RULES = TokenRules(stop_ids=(2,), num_tokens=VOCABULARY)
HURRIED = PoolLimits(
    request_timeout_s=5.0, probe_timeout_s=5.0, join_timeout_s=5.0, start_timeout_s=3.0, lost_timeout_s=0.5
)
BRISK = BreakerLimits(failures=3, first_wait_s=0.05, max_wait_s=0.1)


def request(number: int, *, prompt: tuple[int, ...] = (), temperature: float = 1.0) -> GenerationRequest:
    sampling = Sampling(max_new_tokens=9, temperature=temperature)
    return GenerationRequest(prompt_ids=prompt or (5, number), sampling=sampling, key=f"k{number}")


def pool_of(*urls: str, limits: PoolLimits = HURRIED, rules: TokenRules = RULES) -> VllmPool:
    return VllmPool(urls, rules, limits=limits, breaker=BRISK)


def using(pool: VllmPool, use: Callable[[VllmPool], Coroutine[Any, Any, ResultT]]) -> ResultT:
    async def run() -> ResultT:
        try:
            return await use(pool)
        finally:
            await pool.aclose()

    return asyncio.run(run())


def ask(pool: VllmPool, *requests: GenerationRequest) -> list[Completion]:
    return using(pool, lambda pool: pool.generate(requests))


def expected(asked: Mapping[str, Any]) -> tuple[int, ...]:
    return tuple(sampled(asked["token_ids"], asked["sampling_params"])[0])


def faults(rows: Sequence[Fault | None]) -> Callable[[Mapping[str, Any]], Fault | None]:
    left = iter(rows)
    return lambda _: next(left, None)


def changed(**changes: object) -> Fault:
    choice = FakeVllm().choice([5, 0], {"max_tokens": 3, "temperature": 1.0}) | changes
    return Fault(body=json.dumps({"choices": [choice]}).encode())


def with_logprob(value: object) -> Fault:
    choice = FakeVllm().choice([5, 0], {"max_tokens": 3, "temperature": 1.0})
    choice["logprobs"]["content"][1]["logprob"] = value
    return Fault(body=json.dumps({"choices": [choice]}).encode())


def test_tokens_come_back_in_order_from_several_servers_under_seeds_of_their_keys() -> None:
    with serving() as first, serving() as second:
        pool = pool_of(first.url, second.url)
        found = ask(pool, *map(request, range(40)))
        asked = [*first.requests, *second.requests]
    by_prompt = {tuple(row["token_ids"]): row for row in asked}
    assert [completion.token_ids for completion in found] == [expected(by_prompt[5, n]) for n in range(40)]
    assert first.requests and second.requests and len(asked) == 40
    assert len({row["sampling_params"]["seed"] for row in asked}) == 40
    [sent] = [row for row in asked if row["token_ids"] == [5, 0]]
    wanted = {"n": 1, "temperature": 1.0, "top_p": 1.0, "max_tokens": 9, "stop_token_ids": [2], "detokenize": False}
    assert wanted.items() <= sent["sampling_params"].items() and sent["cache_salt"] == "v0"
    assert {span.version for completion in found for span in completion.versions} == {0}


def test_the_same_key_gives_the_same_tokens_whoever_is_asked() -> None:
    with serving() as first, serving() as second:
        alone = [ask(pool_of(server.url), request(7))[0].token_ids for server in (first, second)]
        beside = ask(pool_of(first.url, second.url), *map(request, range(20)))[7].token_ids
    assert alone == [beside, beside]


def test_samples_of_one_prompt_go_to_the_server_that_read_it_until_it_has_too_much_to_do() -> None:
    limits = PoolLimits(slack=4, start_timeout_s=5.0)
    with serving(FakeVllm(delay_s=0.3)) as first, serving(FakeVllm(delay_s=0.3)) as second:
        prompt = tuple(range(40))
        pool = pool_of(first.url, second.url, limits=limits)

        async def use(pool: VllmPool) -> None:
            await pool.start()
            await pool.generate([request(n, prompt=prompt) for n in range(4)])
            assert {len(first.requests), len(second.requests)} == {0, 4}
            await pool.generate([request(n, prompt=prompt) for n in range(20)])

        using(pool, use)
        assert abs(len(first.requests) - len(second.requests)) <= 10
        assert min(len(first.requests), len(second.requests)) >= 7


def test_no_more_requests_than_allowed_are_under_way_at_a_server() -> None:
    limits = PoolLimits(max_in_flight=3, start_timeout_s=5.0)
    with serving(FakeVllm(delay_s=0.02)) as server:
        pool = pool_of(server.url, limits=limits)
        found = ask(pool, *map(request, range(12)))
        [stats] = pool.take_stats()
    assert all(completion.finish_reason is not FinishReason.ERROR for completion in found)
    assert stats.in_flight_max == 3 and stats.requests == 12


@pytest.mark.parametrize(
    ("fault", "detail"),
    [
        (Fault(status=500, body=b"boom"), "status 500"),
        (Fault(status=400, body=b"too long"), "status 400"),
        (Fault(status=404, body=b"no adapter"), "status 404"),
        (Fault(cut_after=40), "in the middle of a reply"),
        (Fault(body=b"not json"), "no completion of tokens"),
        (Fault(body=b'{"choices": []}'), "no completion of tokens"),
        (Fault(body=b"[" * 100_000), "no completion of tokens"),
        (changed(token_ids=[5, 6]), "3 log-probabilities"),
        (changed(token_ids=[5, 6, 7]), "of other tokens"),
        (changed(token_ids=[5, True, 7]), "no completion of tokens"),
        (changed(token_ids=None), "no completion of tokens"),
        (changed(finish_reason="abort"), "ended by `abort`"),
        (changed(finish_reason="stop"), "ends no turn"),
        (changed(sampling_mask=[[1]]), "sampling mask"),
        (with_logprob(float("nan")), "not finite"),
        (with_logprob(float("-inf")), "not finite"),
        (with_logprob(10**400), "not finite"),
        (with_logprob(0.5), "above 0"),
        (with_logprob(None), "not finite"),
    ],
)
def test_garbage_is_an_error_with_its_reason_and_the_others_stay(fault: Fault, detail: str) -> None:
    with serving(FakeVllm(fault=lambda row: fault if row["token_ids"] == [5, 0] else None)) as server:
        limits = PoolLimits(num_retries=1, start_timeout_s=5.0)
        bad, good = ask(pool_of(server.url, limits=limits), request(0), request(1))
    assert good.finish_reason is not FinishReason.ERROR
    assert bad.finish_reason is FinishReason.ERROR and detail in bad.detail


def test_a_token_beyond_the_vocabulary_is_refused() -> None:
    with serving() as server:
        [found] = ask(
            pool_of(server.url, limits=PoolLimits(num_retries=0), rules=TokenRules(num_tokens=10)), request(1)
        )
    assert "of a vocabulary of 10" in found.detail


def test_what_fails_at_one_server_is_asked_of_another_under_the_same_seed() -> None:
    with serving(FakeVllm(fault=lambda _: Fault(status=500))) as bad, serving() as good:
        pool = pool_of(bad.url, good.url)
        found = ask(pool, *map(request, range(10)))
        stats = {row.url: row for row in pool.take_stats()}
    assert all(completion.finish_reason is not FinishReason.ERROR for completion in found)
    assert len(good.requests) == 10 and stats[bad.url].failures == len(bad.requests) >= 1
    seeds = {tuple(row["token_ids"]): row["sampling_params"]["seed"] for row in good.requests}
    assert all(row["sampling_params"]["seed"] == seeds[tuple(row["token_ids"])] for row in bad.requests)


def test_a_busy_server_is_waited_for_and_is_not_taken_out() -> None:
    busy = Fault(status=429, headers=(("retry-after", "0.01"),))
    with serving(FakeVllm(fault=faults([busy, busy, busy, busy]))) as server:
        pool = pool_of(server.url)
        [found] = ask(pool, request(1))
        [stats] = pool.take_stats()
    assert found.finish_reason is not FinishReason.ERROR and stats.joins == 1 and stats.failures == 4


def test_a_server_that_hangs_is_given_up_and_the_request_goes_elsewhere() -> None:
    limits = PoolLimits(request_timeout_s=0.2, start_timeout_s=5.0)
    with serving(FakeVllm(fault=lambda _: Fault(hangs=True))) as hung, serving() as good:
        found = ask(pool_of(hung.url, good.url, limits=limits), *map(request, range(6)))
        assert all(completion.finish_reason is not FinishReason.ERROR for completion in found)
        assert len(good.requests) == 6


def test_a_cancelled_call_hangs_up_so_that_the_server_gives_up_too() -> None:
    with serving(FakeVllm(fault=lambda _: Fault(hangs=True))) as server:

        async def use(pool: VllmPool) -> None:
            await pool.start()
            call = asyncio.create_task(pool.generate([request(1), request(2)]))
            while len(server.requests) < 2:
                await asyncio.sleep(0.01)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            while server.aborted < 2:
                await asyncio.sleep(0.01)
            assert [worker.in_flight for worker in pool.workers] == [0]

        using(pool_of(server.url), use)


def test_a_worker_gets_no_request_before_it_has_the_current_weights_and_joins_again_after_a_loss() -> None:
    with serving() as stable, ExitStack() as stack:
        lost = stack.enter_context(serving())
        brought: list[str] = []

        async def bring(worker: Worker) -> None:
            assert not worker.is_available
            brought.append(worker.url)

        async def use(pool: VllmPool) -> None:
            pool.on_join = bring
            await pool.start()
            assert sorted(brought) == sorted([stable.url, lost.url])
            pool.take_out(pool.workers[1], "its weights did not arrive")
            assert [worker.is_available for worker in pool.workers] == [True, False]
            while not pool.workers[1].is_available:
                await asyncio.sleep(0.01)
            assert brought[2:] == [lost.url]

        using(pool_of(stable.url, lost.url), use)


def test_a_worker_whose_weights_do_not_arrive_stays_out_and_the_others_serve() -> None:
    with serving() as good, serving() as bad:

        async def bring(worker: Worker) -> None:
            if worker.url == bad.url:
                raise GeneratorError("the disk is full")

        async def use(pool: VllmPool) -> list[Completion]:
            pool.on_join = bring
            await pool.start()
            found = await pool.generate([*map(request, range(5))])
            assert pool.workers[1].breaker.last_failure == "the disk is full"
            return found

        found = using(pool_of(good.url, bad.url), use)
        assert all(completion.token_ids for completion in found) and not bad.requests


def test_all_workers_lost_is_an_error_that_names_each_and_its_failure() -> None:
    with serving() as first, serving() as second:
        pool = pool_of(first.url, second.url, limits=PoolLimits(start_timeout_s=0.3))
    with pytest.raises(GeneratorError, match="no vLLM worker could be used") as caught:
        ask(pool, request(1))
    assert first.url in str(caught.value) and second.url in str(caught.value) and "refused" in str(caught.value)


def test_workers_lost_in_the_middle_are_waited_for_until_the_deadline() -> None:
    with ExitStack() as stack:
        server = stack.enter_context(serving())
        port = int(server.url.rpartition(":")[2])

        async def use(pool: VllmPool) -> Completion:
            await pool.start()
            await asyncio.to_thread(stack.close)
            late = asyncio.create_task(pool.generate([request(3)]))
            await asyncio.sleep(0.1)
            assert not late.done()
            stack.enter_context(serving(port=port))
            return (await late)[0]

        found = using(pool_of(server.url, limits=PoolLimits(lost_timeout_s=20.0)), use)
        assert found.token_ids


def test_a_server_with_raw_log_probabilities_is_refused_with_the_flag_that_mends_it() -> None:
    for has_generate in (True, False):
        fake = FakeVllm(is_processed=False, has_generate=has_generate)
        with serving(fake) as server, pytest.raises(WrongSettingsError, match="processed_logprobs"):
            ask(pool_of(server.url), request(1))


def test_a_server_without_the_route_of_tokens_is_asked_at_completions() -> None:
    with serving(FakeVllm(has_generate=False)) as server:
        [found] = ask(pool_of(server.url), request(1))
    assert found.token_ids and {row["route"] for row in server.requests if "prompt" in row} == {"/v1/completions"}


def test_a_server_that_wants_another_key_stops_the_run() -> None:
    with serving(FakeVllm(fault=lambda _: Fault(status=401))) as server, pytest.raises(GeneratorError, match="refuses"):
        ask(pool_of(server.url), request(1))


def test_versions_come_from_the_server_once_weights_are_pushed() -> None:
    with serving(FakeVllm(version="3")) as server:
        pool = pool_of(server.url)
        pool.relabel(3)
        [found] = ask(pool, request(1))
        assert [(span.version, span.start) for span in found.versions] == [(3, 0)]
        assert server.requests[0]["cache_salt"] == "v3"


@pytest.mark.parametrize(
    ("spans", "detail"),
    [
        (None, "does not say which weights"),
        ([{"version": "default", "start": 0, "end": 3}], "nobody pushed"),
        ([{"version": "1", "start": 0, "end": 2}], "cover 2 of 3"),
        ([{"version": "1", "start": 1, "end": 3}], "do not follow"),
        ([{"version": "1", "start": 0, "end": 2}, {"version": "2", "start": 1, "end": 3}], "do not follow"),
        ([{"version": "1", "start": 0, "end": "3"}], "without places"),
        ([{"version": "9" * 5000, "start": 0, "end": 3}], "no completion"),
    ],
)
def test_spans_that_do_not_cover_the_tokens_are_refused(spans: object, detail: str) -> None:
    with serving(FakeVllm(fault=lambda _: changed(weight_versions=spans))) as server:
        pool = pool_of(server.url, limits=PoolLimits(num_retries=0))
        pool.relabel(1)
        [found] = ask(pool, request(1))
    assert found.finish_reason is FinishReason.ERROR and detail in found.detail


def test_tokens_of_an_adapter_are_of_the_version_that_it_was_sent_under() -> None:
    with serving() as server:
        pool = pool_of(server.url)
        pool.relabel(4, model="policy-v4", labels=VersionLabels.CALLER)
        [found] = ask(pool, request(1))
        assert found.versions[0].version == 4 and server.requests[0]["model"] == "policy-v4"


def test_a_completion_during_which_unlabelled_weights_changed_is_asked_for_again() -> None:
    with serving(FakeVllm(delay_s=0.2)) as server:

        async def use(pool: VllmPool) -> Completion:
            await pool.start()
            call = asyncio.create_task(pool.complete(request(1)))
            while not server.requests:
                await asyncio.sleep(0.01)
            pool.relabel(1, labels=VersionLabels.CALLER)
            return await call

        found = using(pool_of(server.url), use)
        assert found.versions[0].version == 1 and len(server.requests) == 2


def test_a_response_ends_where_the_servers_window_ends_and_a_prompt_that_fills_it_is_an_error() -> None:
    with serving() as server:
        short, none = ask(pool_of(server.url), request(1, prompt=(5,) * 60), request(2, prompt=(5,) * 64))
    assert len(short.token_ids) <= 4 and "leaves no room" in none.detail


def test_replies_in_chunks_are_read() -> None:
    with serving(FakeVllm(is_chunked=True)) as server:
        assert ask(pool_of(server.url), request(1))[0].token_ids


def test_a_pool_can_be_used_in_one_loop_after_another_and_keeps_connections_in_each() -> None:
    with serving() as server:
        pool = pool_of(server.url)
        for _ in range(2):
            assert all(completion.token_ids for completion in ask(pool, *map(request, range(30))))
        assert server.connections <= 66


def test_a_slow_completion_does_not_hold_up_others() -> None:
    with serving(FakeVllm(fault=lambda row: Fault(delay_s=2.0) if row["token_ids"] == [5, 0] else None)) as server:

        async def use(pool: VllmPool) -> float:
            await pool.start()
            slow = asyncio.create_task(pool.complete(request(0)))
            started = time.monotonic()
            await pool.complete(request(1))
            assert not slow.done()
            await slow
            return time.monotonic() - started

        using(pool_of(server.url), use)


@pytest.mark.parametrize("urls", [[], ["http://a:1", "http://a:1"], ["ftp://a"], ["a:1"]])
def test_addresses_that_are_none_are_refused(urls: list[str]) -> None:
    with pytest.raises(ValueError):
        VllmPool(urls, RULES)


def test_prompts_that_no_worker_can_take_break_no_worker() -> None:
    with serving() as server:
        joins: list[str] = []

        async def bring(worker: Worker) -> None:
            joins.append(worker.url)

        pool = pool_of(server.url)
        pool.on_join = bring
        found = ask(pool, *(request(number, prompt=(5,) * 64) for number in range(8)), request(9))
    assert [each.finish_reason is FinishReason.ERROR for each in found] == [True] * 8 + [False]
    assert joins == [server.url]


def test_what_breaks_while_a_worker_joins_comes_through_as_it_is() -> None:
    async def bring(worker: Worker) -> None:
        raise ValueError("the configuration is wrong")

    with serving() as server:
        pool = pool_of(server.url)
        pool.on_join = bring
        with pytest.raises(ValueError, match="the configuration is wrong"):
            ask(pool, request(1))
