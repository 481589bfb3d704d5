"""Weights in a real vLLM server: what is pushed is served, and what is wrong is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import torch

from palestra.agents import Completion
from palestra.agents.vllm.capabilities import ControlError
from palestra.agents.vllm.control import VllmControl
from palestra.trainer.errors import DisagreementError
from palestra.trainer.learner.sync_proof import SyncProof
from palestra.trainer.objective.update_stats import Sums
from palestra.trainer.weight_sync.delivery import VllmWeightSync
from palestra.trainer.weight_sync.named_weights import named_weights
from palestra.trainer.weight_sync.shared_file import FileCarrier, SharedFile
from palestra.trainer.weight_sync.staging import StagingArea
from vllm_bench import WeightBench, weight_bench

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory, runner: asyncio.Runner) -> Iterator[WeightBench]:
    with weight_bench(tmp_path_factory.mktemp("vllm"), SharedFile().needs(), runner) as bench:
        yield bench


@pytest.fixture(scope="module")
def sync(bench: WeightBench, runner: asyncio.Runner) -> Iterator[VllmWeightSync]:
    sync = SharedFile(max_file_mb=128).weight_sync(bench.policy, bench.pool, torch.float32)
    yield sync
    runner.run(sync.aclose())


class Versions:
    """Numbers the pushes of all tests, which share one server."""

    last = 0

    def next(self) -> int:
        Versions.last += 1
        return Versions.last


def _arrived(sync: VllmWeightSync, runner: asyncio.Runner, version: int) -> None:
    runner.run(sync.push(version))
    assert [delivery.failure for delivery in sync.deliveries] == [""]


def _same(first: Completion, second: Completion) -> bool:
    """Whether they agree in every token and bit for bit in every log-probability."""
    return (first.token_ids, first.logprobs) == (second.token_ids, second.logprobs)


def test_what_is_pushed_is_what_the_server_computes_with(
    bench: WeightBench, sync: VllmWeightSync, runner: asyncio.Runner
) -> None:
    assert bench.gap() < 1e-4
    for seed in range(3):
        bench.perturb(seed)
        assert bench.gap() > 0.01, "the change is one that can be seen"
        version = Versions().next()
        _arrived(sync, runner, version)
        assert bench.gap() < 1e-4
        runner.run(sync.prove())
        [served] = runner.run(bench.control.call("palestra_served"))
        assert (served["version"], served["different"], served["unseen"]) == (version, [], [])
        assert isinstance(served["equal"], int) and served["equal"] > 100


def test_a_corrupt_version_is_refused_and_the_old_one_serves_on_bit_for_bit(
    bench: WeightBench, sync: VllmWeightSync, runner: asyncio.Runner, tmp_path: Path
) -> None:
    _arrived(sync, runner, version := Versions().next())
    before = bench.generate("corrupt")
    carrier = FileCarrier(SharedFile(folder=str(tmp_path)), bench.policy, torch.float32)
    runner.run(carrier.prepare(version + 1))
    [path] = tmp_path.glob("*/v*/*.safetensors")
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        byte = file.read(1)
        file.seek(-1, 1)
        file.write(bytes([byte[0] ^ 1]))
    with pytest.raises(ControlError, match=r"refuses version \d+: .*are not what was written"):
        runner.run(carrier.deliver(bench.control, version + 1))
    runner.run(carrier.aclose())
    assert _same(before, bench.generate("corrupt"))
    assert runner.run(bench.control.weight_info()) == version


def test_a_version_without_the_tied_head_or_with_other_shapes_is_refused_before_the_update(
    bench: WeightBench, runner: asyncio.Runner, tmp_path: Path
) -> None:
    whole = dict(named_weights(bench.policy, torch.float32))
    odd = whole | {"model.norm.weight": torch.ones(3)}
    wrong = {
        r"lacks `lm_head\.weight`": {name: tensor for name, tensor in whole.items() if name != "lm_head.weight"},
        r"has `model\.extra`, which the model has not": whole | {"model.extra": torch.ones(1)},
        r"`model\.norm\.weight` has shape \(3,\)": odd,
        r"is in bfloat16": {name: tensor.to(torch.bfloat16) for name, tensor in whole.items()},
    }
    area = StagingArea(tmp_path, max_file_bytes=1 << 30)
    for message, weights in wrong.items():
        written = area.write(weights.items(), Versions.last + 1)
        with pytest.raises(ControlError, match=message):
            runner.run(_staged(bench.control, written.folder))
    area.close()
    with pytest.raises(ControlError, match="start_weight_update"):
        runner.run(bench.control.start_update())


async def _staged(control: VllmControl, folder: Path) -> str:
    """The digest of a version that the server has staged."""
    await control.call("palestra_stage", [str(folder)])
    while True:
        [state] = await control.call("palestra_staged")
        if state["state"] == "refused":
            raise ControlError(str(state["detail"]))
        if state["state"] == "ready":
            return str(state["digest"])
        await asyncio.sleep(0.05)


def test_within_one_run_versions_grow(bench: WeightBench, runner: asyncio.Runner, tmp_path: Path) -> None:
    carrier = FileCarrier(SharedFile(folder=str(tmp_path)), bench.policy, torch.float32)
    runner.run(carrier.prepare(5))
    for _ in range(2):  # the same again is no harm: a server that is told twice has it
        runner.run(carrier.deliver(bench.control, 5))
    bench.perturb(99)
    for version in (5, 4):
        runner.run(carrier.prepare(version))
        with pytest.raises(ControlError, match=f"version {version} is not newer than version 5"):
            runner.run(carrier.deliver(bench.control, version))
    runner.run(carrier.aclose())


def test_an_update_that_breaks_off_puts_the_old_weights_back(
    bench: WeightBench, sync: VllmWeightSync, runner: asyncio.Runner, tmp_path: Path
) -> None:
    _arrived(sync, runner, Versions().next())
    before = bench.generate("broken")
    area = StagingArea(tmp_path, max_file_bytes=1 << 30)
    changed = [(name, tensor * 1.1) for name, tensor in named_weights(bench.policy, torch.float32)]
    written = area.write(changed, Versions().next())

    async def break_off() -> None:
        await _staged(bench.control, written.folder)
        await bench.control.pause()
        await bench.control.start_update()
        try:
            with pytest.raises(ControlError, match="update_weights: status 500"):
                await bench.control.update({"digest": "of something else"})
        finally:
            await bench.control.resume()

    runner.run(break_off())
    area.close()
    assert _same(before, bench.generate("broken"))
    _arrived(sync, runner, Versions().next())
    assert bench.gap() < 1e-4


def test_an_update_in_the_middle_of_completions_is_exact_to_the_token(
    bench: WeightBench, sync: VllmWeightSync, runner: asyncio.Runner
) -> None:
    old, new = Versions().next(), Versions().next()
    _arrived(sync, runner, old)
    weights = {old: {name: tensor.clone() for name, tensor in bench.policy.model.state_dict().items()}}
    bench.perturb(7)
    weights[new] = {name: tensor.clone() for name, tensor in bench.policy.model.state_dict().items()}
    requests = [bench.request(f"in-flight/{number}", num_tokens=400) for number in range(6)]

    async def play() -> list[Completion]:
        running = asyncio.ensure_future(bench.pool.generate(requests))
        await asyncio.sleep(0.5)
        await sync.push(new)
        return await running

    crossing = [each for each in runner.run(play()) if [span.version for span in each.versions] == [old, new]]
    assert crossing, "some completion is under way when the weights come"
    for completion in crossing:
        ids, start = (*bench.prompt_ids, *completion.token_ids), len(bench.prompt_ids) - 1
        learner: dict[int, list[float]] = {}
        for version in (old, new):
            bench.policy.model.load_state_dict(weights[version])
            learner[version] = bench.logprobs(ids)[start:]
        for span in completion.versions:
            part = slice(span.start, span.end)
            pairs = zip(completion.logprobs[part], learner[span.version][part], strict=True)
            assert max(abs(served - own) for served, own in pairs) < 1e-3
        pairs = zip(completion.logprobs, learner[new], strict=True)
        assert max(abs(served - own) for served, own in pairs) > 1e-2, "the two versions differ"


def test_an_omitted_head_is_caught_by_the_proof(
    bench: WeightBench, sync: VllmWeightSync, runner: asyncio.Runner, tmp_path: Path
) -> None:
    _arrived(sync, runner, Versions().next())
    proof = SyncProof.of(torch.float32, sync)
    proof.check(_seen(bench, "head").stats(0.0))
    bench.perturb(11)
    area = StagingArea(tmp_path, max_file_bytes=1 << 30)
    body = [(name, tensor) for name, tensor in named_weights(bench.policy, torch.float32) if name != "lm_head.weight"]
    written = area.write(body, 1)
    # A way past our engine: vLLM's own reload says 200 and keeps the old head.
    call = {"method": "reload_weights", "kwargs": {"weights_path": str(written.folder)}}
    httpx.post(f"{bench.control.url}/collective_rpc", json=call, timeout=120).raise_for_status()
    runner.run(bench.control.reset_prefix_cache())
    with pytest.raises(DisagreementError, match=r"differ by .* in log-probability.*the bound is 0\.01"):
        proof.check(_seen(bench, "headless").stats(0.0))
    [served] = runner.run(bench.control.call("palestra_served"))
    assert served["different"], "the checksums see it too"
    area.close()
    _arrived(sync, runner, Versions().next())
    proof.check(_seen(bench, "mended").stats(0.0))


def _seen(bench: WeightBench, key: str) -> Sums:
    """What a learner sees of a completion in its first update."""
    completion = bench.generate(key)
    ids = (*bench.prompt_ids, *completion.token_ids)
    own = bench.logprobs(ids)[len(bench.prompt_ids) - 1 :]
    distances = [abs(a - b) for a, b in zip(own, completion.logprobs, strict=True)]
    count = len(distances)
    return replace(Sums(), tokens=count, sampled=count, mismatch=sum(distances), mismatch_max=max(distances))


@pytest.mark.parametrize("is_open", [False, True], ids=["paused", "in the middle of an update"])
def test_a_server_whose_learner_was_killed_goes_on_with_the_weights_that_it_had(
    is_open: bool, bench: WeightBench, sync: VllmWeightSync, runner: asyncio.Runner
) -> None:
    _arrived(sync, runner, version := Versions().next())
    before = bench.generate("killed")

    async def killed() -> None:
        carrier = FileCarrier(SharedFile(), bench.policy, torch.float32)
        written = (await carrier.prepare(version + 1), carrier._written)[1]
        assert written is not None
        await carrier._stage(bench.control, written)
        await bench.control.pause()
        if is_open:
            await bench.control.start_update()
        await carrier.aclose()

    runner.run(killed())
    [worker] = bench.pool.workers
    runner.run(sync.free(worker))
    assert not runner.run(bench.control.is_paused())
    assert _same(before, bench.generate("killed"))
    _arrived(sync, runner, Versions().next() + 1)
    Versions.last += 1
    assert bench.gap() < 1e-4
