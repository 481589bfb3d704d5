import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
import torch

from palestra.agents import Completion, GenerationRequest, GeneratorError
from palestra.trainer.config import OptimConfig
from palestra.trainer.errors import DisagreementError, SyncError
from palestra.trainer.generation.in_process import InProcessGenerator
from palestra.trainer.learner.learner import Learner
from palestra.trainer.learner.sync_proof import SyncProof
from palestra.trainer.losses import ReinforceLoss
from palestra.trainer.model.policy import Policy
from palestra.trainer.modes.spot_check import Probe, SpotCheck
from palestra.trainer.objective.objective import Objective
from policy_cases import STOP, request
from tiny_model import tiny_model


class InProcess:
    """A weight sync that has nobody to ask."""

    async def push(self, version: int) -> None: ...


PROOF = SyncProof.of(torch.float32, InProcess())


class Counting:
    """Passes requests on, and remembers their keys."""

    def __init__(self, policy: Policy) -> None:
        self.keys: list[str] = []
        self._inner = InProcessGenerator(policy, [STOP])

    async def generate(self, requests: Sequence[GenerationRequest]) -> list[Completion]:
        self.keys += [each.key for each in requests]
        return await self._inner.generate(requests)


class Failing:
    async def generate(self, requests: Sequence[GenerationRequest]) -> list[Completion]:
        raise GeneratorError("nobody answers")


def _probe(version: int = 0, *, length: int = 5, key: str = "proof") -> Probe:
    asked, other = request("a", length), request("a", length + 1)
    prompts = (asked.prompt_ids, asked.prompt_ids, other.prompt_ids)
    return Probe(version=version, prompts=prompts, sampling=asked.sampling, key=key)


def _learner(policy: Policy) -> Learner:
    return Learner(policy, OptimConfig(), Objective(loss=ReinforceLoss()))


def _check(policy: Policy) -> SpotCheck:
    return SpotCheck(InProcessGenerator(policy, [STOP]), _learner(policy), PROOF)


def test_it_says_nothing_where_all_is_well_and_what_could_not_be_checked() -> None:
    policy = Policy.of(tiny_model())
    assert asyncio.run(_check(policy).judge(_probe())) == ""
    assert policy.max_positions is not None
    assert "could not be checked" in asyncio.run(_check(policy).judge(_probe(length=policy.max_positions)))


def test_a_prompt_that_cannot_be_continued_hides_nothing() -> None:
    policy = Policy.of(tiny_model())
    assert policy.max_positions is not None
    long, fine = request("a", policy.max_positions), request("a")
    probe = Probe(version=3, prompts=(long.prompt_ids, fine.prompt_ids), sampling=fine.sampling, key="proof")
    with pytest.raises(SyncError, match="asked of version 3 are labelled 0"):
        asyncio.run(_check(policy).judge(probe))
    assert asyncio.run(_check(policy).judge(replace(probe, version=0))) == ""


@pytest.mark.parametrize(("prompts", "asked", "tokens"), [(1, 1, 16), (2, 2, 8), (8, 8, 2), (20, 8, 2)])
def test_few_tokens_of_many_prompts_are_asked_for(prompts: int, asked: int, tokens: int) -> None:
    sampling = replace(request("a").sampling, max_new_tokens=50)
    probe = Probe(version=0, prompts=tuple((3, number) for number in range(prompts)), sampling=sampling, key="proof")
    requests = probe.requests()
    assert len(requests) == len({each.key for each in requests}) == asked
    assert {each.sampling.max_new_tokens for each in requests} == {tokens}


def test_tokens_are_of_the_learners_version_or_an_error() -> None:
    with pytest.raises(SyncError, match=r"asked of version 3 are labelled 0(.|\n)*hint: "):
        asyncio.run(_check(Policy.of(tiny_model())).judge(_probe(3)))


def test_tokens_of_other_weights_are_an_error() -> None:
    policy, other = Policy.of(tiny_model()), Policy.of(tiny_model())
    with torch.no_grad():
        for parameter in other.model.parameters():
            parameter.mul_(1.5)
    check = SpotCheck(InProcessGenerator(other, [STOP]), _learner(policy), PROOF)
    with pytest.raises(DisagreementError):
        asyncio.run(check.judge(_probe()))


def test_tokens_that_were_asked_for_ahead_are_the_ones_that_are_judged() -> None:
    policy = Policy.of(tiny_model())
    generator = Counting(policy)

    async def ask_and_judge() -> str:
        check = SpotCheck(generator, _learner(policy), PROOF)
        await check.ask(_probe(key="ahead"))
        return await check.judge(_probe(key="late"))

    assert asyncio.run(ask_and_judge()) == ""
    assert generator.keys == ["ahead/0", "ahead/1"]


def test_tokens_of_another_version_are_asked_for_anew() -> None:
    policy = Policy.of(tiny_model())
    generator = Counting(policy)

    async def ask_and_judge() -> str:
        check = SpotCheck(generator, _learner(policy), PROOF)
        await check.ask(_probe(7, key="of another version"))
        await asyncio.sleep(0)
        return await check.judge(_probe(0, key="proof"))

    assert asyncio.run(ask_and_judge()) == ""
    assert generator.keys[-2:] == ["proof/0", "proof/1"]


def test_what_is_not_judged_is_given_up_and_its_failure_is_told(caplog: pytest.LogCaptureFixture) -> None:
    async def ask_only() -> None:
        check = SpotCheck(Failing(), _learner(Policy.of(tiny_model())), PROOF)
        await check.ask(_probe())
        await asyncio.sleep(0)  # it has failed by now
        await check.aclose()
        await check.aclose()

    asyncio.run(ask_only())
    assert caplog.messages == ["tokens of version 0, to prove the sync, could not be sampled: nobody answers"]


class Reluctant:
    """Needs a while to take requests back."""

    async def generate(self, requests: Sequence[GenerationRequest]) -> list[Completion]:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.05)
        return []


def test_who_gives_up_can_be_cancelled_meanwhile() -> None:
    async def close_and_cancel() -> bool:
        check = SpotCheck(Reluctant(), _learner(Policy.of(tiny_model())), PROOF)
        await check.ask(_probe())
        await asyncio.sleep(0)
        closing = asyncio.create_task(check.aclose())
        await asyncio.sleep(0.01)
        closing.cancel()
        await asyncio.gather(closing, return_exceptions=True)
        return closing.cancelled()

    assert asyncio.run(close_and_cancel())
