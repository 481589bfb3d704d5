import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from control_server import ControlServer, control_server
from palestra.agents import GeneratorError
from palestra.agents.vllm import PoolLimits, TokenRules, VllmPool
from palestra.agents.vllm.control import ControlDeadlines
from palestra.trainer.errors import ConfigError, StagingError, SyncError
from palestra.trainer.model.policy import Policy
from palestra.trainer.weight_sync.delivery import VllmWeightSync
from palestra.trainer.weight_sync.lora_adapters import AdapterCarrier
from palestra.trainer.weight_sync.transfer import LoraAdapters, SharedFile
from tiny_model import tiny_model

DEADLINES = ControlDeadlines(probe_s=5, pause_s=5, update_s=5)
UPDATE = ["/pause", "/start_weight_update", "/update_weights", "/finish_weight_update", "palestra_served", "/resume"]


@pytest.fixture
def servers() -> Iterator[list[ControlServer]]:
    with ExitStack() as stack:
        yield [stack.enter_context(control_server()) for _ in range(2)]


@pytest.fixture
def policy() -> Policy:
    return Policy(model=tiny_model(), takes_plans=False)


Scene = Callable[[VllmWeightSync, VllmPool], Awaitable[None]]


def _play(
    servers: list[ControlServer], policy: Policy, folder: Path, scene: Scene, *, api_key: str | None = None
) -> None:
    """Tie a pool of the servers to the policy, and play a scene."""

    async def run() -> None:
        pool = VllmPool(
            [server.url for server in servers], TokenRules(), limits=PoolLimits(start_timeout_s=2), api_key=api_key
        )
        config = SharedFile(folder=str(folder), deadlines=DEADLINES, stage_timeout_s=5)
        sync = config.weight_sync(policy, pool, torch.float32)
        try:
            await pool.start()
            await scene(sync, pool)
        finally:
            await pool.aclose()
            await sync.aclose()
            await sync.aclose()

    asyncio.run(run())


def _calls(server: ControlServer) -> list[str]:
    watched = {*UPDATE, "palestra_stage", "/abort_requests"}
    return [call for call in server.calls if call in watched]


def _perturb(policy: Policy) -> None:
    with torch.no_grad():
        for parameter in policy.model.parameters():
            parameter.add_(0.01)


def test_servers_with_a_key_are_asked_with_it(servers: list[ControlServer], policy: Policy, tmp_path: Path) -> None:
    async def scene(sync: VllmWeightSync, pool: VllmPool) -> None:
        await sync.push(0)
        await sync.prove()
        assert all(worker.is_available for worker in pool.workers)

    for server in servers:
        server.key = "a-secret"
    _play(servers, policy, tmp_path, scene, api_key="a-secret")
    assert [server.label for server in servers] == ["0"] * len(servers)
    with pytest.raises(GeneratorError, match="401") as refused:
        _play(servers, policy, tmp_path, scene, api_key="another")
    assert "another" not in str(refused.value)


def test_every_server_gets_a_version_and_requests_are_sent_under_it(
    servers: list[ControlServer], policy: Policy, tmp_path: Path
) -> None:
    async def scene(sync: VllmWeightSync, pool: VllmPool) -> None:
        for version in (0, 1):
            _perturb(policy)
            await sync.push(version)
            assert pool.serving.version == version == sync.version
            assert not [delivery for delivery in sync.deliveries if delivery.failure]
            await sync.prove()

    _play(servers, policy, tmp_path, scene)
    for server in servers:
        assert _calls(server) == ["palestra_stage", *UPDATE] * 2
        assert server.label == "1" and not server.is_paused
        assert server.serving is not None
        for name, parameter in policy.model.named_parameters():
            assert torch.equal(server.serving.tensors[name], parameter), name
    assert not list(tmp_path.iterdir()), "the files are gone with the run"


def test_staging_comes_before_the_pause_and_a_refusal_touches_nothing(
    servers: list[ControlServer], policy: Policy, tmp_path: Path
) -> None:
    async def scene(sync: VllmWeightSync, pool: VllmPool) -> None:
        await sync.push(1)
        servers[0].answers["/collective_rpc"] = (200, b'{"results": [{"state": "refused", "detail": "a torn page"}]}')
        await sync.push(2)
        [lost, kept] = sync.deliveries
        assert "refuses version 2: a torn page" in lost.failure and not kept.failure
        assert [worker.url for worker in pool.workers if worker.is_available] == [servers[1].url]

    _play(servers, policy, tmp_path, scene)
    assert servers[0].label == "1" and servers[1].label == "2"
    assert servers[0].calls.count("/pause") == 1


@pytest.mark.parametrize("route", UPDATE[:4])
def test_a_server_that_fails_in_any_phase_is_taken_out_and_generation_goes_on(
    servers: list[ControlServer], policy: Policy, tmp_path: Path, route: str
) -> None:
    async def scene(sync: VllmWeightSync, pool: VllmPool) -> None:
        await sync.push(1)
        servers[0].answers[route] = (500, b'{"error": "broken"}')
        await sync.push(2)
        assert [bool(delivery.failure) for delivery in sync.deliveries] == [True, False]
        assert route in sync.deliveries[0].failure and servers[0].url in sync.deliveries[0].failure

    _play(servers, policy, tmp_path, scene)
    assert _calls(servers[0])[-2:] == ["/abort_requests", "/resume"], "whoever waits gets an answer"
    assert not servers[1].is_paused


def test_a_server_whose_requests_cannot_be_given_up_is_resumed_all_the_same(
    servers: list[ControlServer], policy: Policy, tmp_path: Path
) -> None:
    async def scene(sync: VllmWeightSync, pool: VllmPool) -> None:
        for route in ("/update_weights", "/abort_requests"):
            servers[0].answers[route] = (500, b"no")
        await sync.push(1)
        assert "/update_weights" in sync.deliveries[0].failure and not servers[0].is_paused

    _play(servers, policy, tmp_path, scene)


def test_a_server_that_was_started_anew_is_taken_out_and_the_run_goes_on(
    servers: list[ControlServer], policy: Policy, tmp_path: Path
) -> None:
    async def scene(sync: VllmWeightSync, pool: VllmPool) -> None:
        await sync.push(1)
        servers[0].label = "default"
        await sync.prove()
        assert [worker.is_available for worker in pool.workers] == [False, True]
        async with asyncio.timeout(30):
            while not all(worker.is_available for worker in pool.workers):
                pool.hurry(servers[0].url)
                await asyncio.sleep(0.05)
        assert servers[0].label == "1"

    _play(servers, policy, tmp_path, scene)


def test_a_server_that_computes_with_other_weights_is_taken_out(
    servers: list[ControlServer], policy: Policy, tmp_path: Path
) -> None:
    async def scene(sync: VllmWeightSync, pool: VllmPool) -> None:
        servers[1].served_wrongly = ["lm_head.weight"]
        await sync.push(1)
        assert "computes with other weights" in sync.deliveries[1].failure
        assert "`lm_head.weight`" in sync.deliveries[1].failure

    _play(servers, policy, tmp_path, scene)


def test_a_lost_server_gets_the_newest_version_before_it_is_asked_again(
    servers: list[ControlServer], policy: Policy, tmp_path: Path
) -> None:
    async def scene(sync: VllmWeightSync, pool: VllmPool) -> None:
        servers[0].answers["/start_weight_update"] = (500, b"no")
        await sync.push(1)
        _perturb(policy)
        await sync.push(2)
        del servers[0].answers["/start_weight_update"]
        async with asyncio.timeout(30):
            while not all(worker.is_available for worker in pool.workers):
                pool.hurry(servers[0].url)
                await asyncio.sleep(0.05)
        assert servers[0].label == "2"
        await sync.prove()

    _play(servers, policy, tmp_path, scene)


def test_weights_that_reach_nobody_stop_the_run_with_every_reason(
    servers: list[ControlServer], policy: Policy, tmp_path: Path
) -> None:
    async def scene(sync: VllmWeightSync, pool: VllmPool) -> None:
        for server in servers:
            server.answers["/update_weights"] = (500, b"no")
        with pytest.raises(GeneratorError, match="version 1 of the weights reached no server") as caught:
            await sync.push(1)
        assert all(server.url in str(caught.value) for server in servers)

    _play(servers, policy, tmp_path, scene)


def test_a_server_with_another_version_is_a_sync_error(
    servers: list[ControlServer], policy: Policy, tmp_path: Path
) -> None:
    async def scene(sync: VllmWeightSync, pool: VllmPool) -> None:
        await sync.push(4)
        servers[1].label = "9"
        with pytest.raises(SyncError, match=rf"`{servers[1].url}` has version 9 of the weights, not 4"):
            await sync.prove()
        servers[1].label = "4"
        servers[1].answers["/weight_info"] = (500, b"no")
        await sync.prove()
        assert [worker.is_available for worker in pool.workers] == [True, False]

    _play(servers, policy, tmp_path, scene)


def test_files_that_cannot_be_written_stop_the_run_and_the_old_version_is_served(
    servers: list[ControlServer], policy: Policy, tmp_path: Path
) -> None:
    async def scene(sync: VllmWeightSync, pool: VllmPool) -> None:
        await sync.push(1)
        [area] = tmp_path.iterdir()
        (area / ".partial-v00000002").write_text("in the way")
        with pytest.raises(StagingError):
            await sync.push(2)

    _play(servers, policy, tmp_path, scene)
    assert [server.label for server in servers] == ["1", "1"]


def test_adapters_go_by_version_and_old_ones_are_given_up(tmp_path: Path) -> None:
    from palestra.trainer.config import LoraConfig
    from palestra.trainer.run.assembly import _add_lora

    model = tiny_model()
    _add_lora(model, LoraConfig(rank=4))
    policy = Policy(model=model, takes_plans=False)

    async def run(server: ControlServer) -> None:
        pool = VllmPool([server.url], TokenRules())
        sync = LoraAdapters(folder=str(tmp_path), keep=2, deadlines=DEADLINES).weight_sync(policy, pool, torch.float32)
        await pool.start()
        for version in range(4):
            await sync.push(version)
            assert not sync.deliveries[0].failure
            assert pool.serving.model.endswith(f"-v{version}") and pool.serving.version == version
            assert "/pause" not in server.calls, "nobody is interrupted"
            assert len(server.adapters) == min(version + 1, 2)
            assert all(Path(path, "adapter_model.safetensors").exists() for path in server.adapters.values())
        await pool.aclose()
        await sync.aclose()

    with control_server() as server:
        asyncio.run(run(server))
    assert not list(tmp_path.iterdir())


def test_adapters_are_written_as_peft_writes_them(tmp_path: Path) -> None:
    from palestra.trainer.config import LoraConfig
    from palestra.trainer.run.assembly import _add_lora

    model = tiny_model()
    _add_lora(model, LoraConfig(rank=4))
    model.save_pretrained(tmp_path / "peft")
    carrier = AdapterCarrier(LoraAdapters(folder=str(tmp_path)), Policy(model=model, takes_plans=False))
    asyncio.run(carrier.prepare(1))
    own, peft = (
        load_file(folder / "adapter_model.safetensors") for folder in (carrier.area.folder_of(1), tmp_path / "peft")
    )
    assert own.keys() == peft.keys() and all(torch.equal(own[name], peft[name]) for name in own)
    configs = (carrier.area.folder_of(1) / "adapter_config.json", tmp_path / "peft" / "adapter_config.json")
    written, expected = (json.loads(path.read_text(encoding="utf-8")) for path in configs)
    for key in ("r", "lora_alpha", "peft_type", "use_rslora", "use_dora", "bias"):
        assert written[key] == expected[key], key
    assert set(written["target_modules"]) == set(expected["target_modules"])
    asyncio.run(carrier.aclose())


def test_adapters_need_a_model_that_has_them(policy: Policy, tmp_path: Path) -> None:
    pool = VllmPool(["http://127.0.0.1:9"], TokenRules())
    with pytest.raises(ConfigError, match=r"hint: set model\.lora"):
        LoraAdapters(folder=str(tmp_path)).weight_sync(policy, pool, torch.float32)


def test_a_server_that_a_killed_learner_left_standing_still_goes_on_before_it_is_asked_for_anything(
    servers: list[ControlServer], policy: Policy, tmp_path: Path
) -> None:
    servers[0].is_paused = True

    async def scene(sync: VllmWeightSync, pool: VllmPool) -> None:
        await sync.push(1)
        called = servers[0].calls.index
        assert called("/update_weights") < called("/resume") < called("/inference/v1/generate")
        assert servers[1].calls.count("/update_weights") == 1 and "/abort_requests" not in servers[1].calls

    _play(servers, policy, tmp_path, scene)
