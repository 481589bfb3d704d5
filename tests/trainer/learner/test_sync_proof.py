import asyncio
from dataclasses import dataclass, field

import pytest
import torch

from palestra.agents import GeneratorError
from palestra.trainer.config import OptimConfig
from palestra.trainer.errors import DisagreementError, SyncError
from palestra.trainer.generation.in_process import InProcessGenerator
from palestra.trainer.learner.learner import Learner
from palestra.trainer.learner.sync_proof import SyncProof, proven
from palestra.trainer.losses import ReinforceLoss
from palestra.trainer.model.policy import Policy
from palestra.trainer.objective.objective import Objective
from palestra.trainer.objective.update_stats import Sums, UpdateStats
from policy_cases import STOP, generate, group_of, request
from tiny_model import tiny_model


@dataclass
class Servers:
    """A weight sync whose servers say what they are told to."""

    served_dtype: torch.dtype = torch.float32
    failures: list[Exception | None] = field(default_factory=list)

    async def push(self, version: int) -> None: ...

    async def prove(self) -> None:
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure


class InProcess:
    """A weight sync that has nobody to ask."""

    async def push(self, version: int) -> None: ...


def _stats(distance: float, *, tokens: int = 10, stale: int = 0) -> UpdateStats:
    fresh = tokens - stale
    return Sums(tokens=tokens, sampled=tokens, stale=stale, mismatch=distance * fresh, mismatch_max=distance).stats(0.0)


def test_the_bound_is_that_of_the_coarser_precision() -> None:
    exact = SyncProof.of(torch.float32, InProcess())
    rounded = SyncProof.of(torch.float32, Servers(served_dtype=torch.bfloat16))
    assert rounded == SyncProof.of(torch.bfloat16, Servers()) != exact
    rounded.check(_stats(0.05))
    with pytest.raises(DisagreementError, match=r"differ by 0\.05 .* 10 tokens .* the bound is 0\.01"):
        exact.check(_stats(0.05))


def test_numbers_that_are_none_agree_with_nothing() -> None:
    with pytest.raises(DisagreementError, match="differ by nan"):
        SyncProof.of(torch.float32, InProcess()).check(_stats(float("nan")))


def test_without_tokens_of_the_own_version_there_is_nothing_to_disagree_about() -> None:
    SyncProof.of(torch.float32, InProcess()).check(_stats(0.0, tokens=4, stale=4))


def test_small_differences_are_remarked() -> None:
    proof = SyncProof.of(torch.float32, InProcess())
    assert not proof.remark(3, _stats(5e-5))
    assert "step 3: generator and learner differ by up to 0.002" in proof.remark(3, _stats(0.002))


def _disagree(servers: Servers | InProcess) -> str:
    async def run() -> None:
        async with proven(7, servers):
            raise DisagreementError("generator and learner differ by 1")

    with pytest.raises(SyncError, match=r"step 7: generator and learner differ by 1(.|\n)*hint: ") as caught:
        asyncio.run(run())
    return str(caught.value)


def test_a_disagreement_says_whether_weights_or_sampling_are_to_blame() -> None:
    assert "the weights did arrive (their checksums agree)" in _disagree(Servers())
    assert "did not reach the generator: version 3" in _disagree(Servers(failures=[None, SyncError("version 3")]))
    assert "did not reach the generator: gone" in _disagree(Servers(failures=[None, GeneratorError("gone")]))
    assert "did not reach the generator, or its sampling settings" in _disagree(InProcess())


def test_servers_are_asked_before_anything_is_learned() -> None:
    async def run() -> None:
        async with proven(1, Servers(failures=[SyncError("another run's weights")])):
            pytest.fail("the block is not entered")

    with pytest.raises(SyncError, match="another run's weights"):
        asyncio.run(run())


def test_the_learner_is_stopped_before_its_first_optimizer_step() -> None:
    policy = Policy.of(tiny_model())
    [done] = generate(InProcessGenerator(policy, [STOP]), [request("a")])
    group = group_of(request("a"), [done], [1.0])
    with torch.no_grad():
        for parameter in policy.model.parameters():
            parameter.mul_(1.5)  # as if the generator had not got these weights
    before = {name: tensor.clone() for name, tensor in policy.model.state_dict().items()}
    learner = Learner(policy, OptimConfig(), Objective(loss=ReinforceLoss()))
    proof = SyncProof.of(torch.float32, InProcess())
    with pytest.raises(DisagreementError):
        learner.learn([[], [group], [group]], 1e-2, proof=proof)
    for name, tensor in policy.model.state_dict().items():
        assert torch.equal(tensor, before[name]), name
    learner.learn([[group], [group]], 1e-2)
    assert any(not torch.equal(tensor, before[name]) for name, tensor in policy.model.state_dict().items())


def test_later_updates_of_a_step_may_have_moved_away() -> None:
    policy = Policy.of(tiny_model())
    [done] = generate(InProcessGenerator(policy, [STOP]), [request("a")])
    group = group_of(request("a"), [done], [1.0])
    learner = Learner(policy, OptimConfig(), Objective(loss=ReinforceLoss()))
    stats = learner.learn([[group]] * 3, 0.1, proof=SyncProof.of(torch.float32, InProcess()))
    assert stats[0].mismatch_mean < 1e-4 < 0.01 < stats[2].mismatch_mean
