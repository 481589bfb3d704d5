"""What NCCL and CUDA IPC share, as far as it can be seen without a GPU."""

import asyncio
import threading
import time
from typing import Any

import pytest
import torch

from control_server import ControlServer, control_server
from palestra.agents.vllm import TokenRules, VllmPool
from palestra.agents.vllm.capabilities import ControlError
from palestra.agents.vllm.control import VllmControl
from palestra.trainer.errors import ConfigError
from palestra.trainer.model.policy import Policy
from palestra.trainer.weight_sync.named_weights import named_weights
from palestra.trainer.weight_sync.transfer import CudaIpc, NcclTransfer
from palestra.trainer.weight_sync.vllm_engine import EngineCarrier, SnapshotSource, in_thread
from tiny_model import tiny_model


@pytest.mark.parametrize("config", [NcclTransfer(), CudaIpc()])
def test_weights_that_are_on_no_gpu_are_a_clear_error(config: NcclTransfer | CudaIpc) -> None:
    policy = Policy(model=tiny_model(), takes_plans=False)
    pool = VllmPool(["http://127.0.0.1:9"], TokenRules())
    with pytest.raises(ConfigError, match=r"needs weights on a CUDA device(.|\n)*hint: .*shared-file"):
        config.weight_sync(policy, pool, torch.bfloat16)


def test_what_servers_need_for_each_way_is_said() -> None:
    assert NcclTransfer().needs().arguments == ("--weight-transfer-config", '{"backend": "nccl"}')
    assert CudaIpc().needs().environment == {"VLLM_ALLOW_INSECURE_SERIALIZATION": "1"}


@pytest.mark.parametrize(
    "wrong", [{"port": -1}, {"port": 65536}, {"buffer_mb": 0}, {"checksum_every": -1}], ids=lambda wrong: str(wrong)
)
def test_settings_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        NcclTransfer(**wrong)


def test_a_snapshot_stays_what_it_was_while_the_learner_goes_on() -> None:
    policy = Policy(model=tiny_model(), takes_plans=False)
    source = SnapshotSource()
    source.take(policy, torch.float32)
    before = {name: tensor.clone() for name, tensor in source}
    with torch.no_grad():
        for parameter in policy.model.parameters():
            parameter.add_(1.0)
    assert all(torch.equal(tensor, before[name]) for name, tensor in source)
    notes = [(note.name, note.dtype, note.shape) for note in source.metadata()]
    assert notes == [(name, tensor.dtype, tuple(tensor.shape)) for name, tensor in source]
    source.take(policy, torch.float32)
    for (name, tensor), (again, now) in zip(source, named_weights(policy, torch.float32), strict=True):
        assert name == again and torch.equal(tensor, now)


def test_blocking_work_has_a_deadline_and_its_error_is_named() -> None:
    async def run() -> None:
        assert await in_thread(lambda: 3, 5.0, "nothing") == 3
        with pytest.raises(ControlError, match="the worker did not take it: ValueError: torn"):
            await in_thread(_fail, 5.0, "the worker did not take it")
        gate = threading.Event()
        started = time.monotonic()
        with pytest.raises(ControlError, match=r"the worker hangs: no end within 0\.1 s"):
            await in_thread(gate.wait, 0.1, "the worker hangs")
        assert time.monotonic() - started < 60
        gate.set()
        await asyncio.sleep(0.05)

    asyncio.run(run())


def _fail() -> None:
    raise ValueError("torn")


class _Engine:
    """Counts what it sends; fails on request."""

    def __init__(self) -> None:
        self.sent = 0
        self.fails = False

    def send_weights(self) -> None:
        if self.fails:
            raise RuntimeError("the other end is gone")
        self.sent += 1

    def shutdown(self) -> None: ...


class _Connector:
    backend = "nccl"

    def __init__(self) -> None:
        self.engines: list[_Engine] = []

    async def connect(self, control: VllmControl, source: SnapshotSource) -> _Engine:
        self.engines.append(_Engine())
        return self.engines[-1]


def _carrier(connector: _Connector, *, checksum_every: int) -> EngineCarrier:
    policy = Policy(model=tiny_model(), takes_plans=False)
    return EngineCarrier(connector, policy, torch.float32, checksum_every=checksum_every)


def test_an_engine_sends_within_a_pause_and_a_broken_one_is_made_anew() -> None:
    connector = _Connector()

    async def run(server: ControlServer) -> None:
        control = VllmControl(url=server.url)
        carrier = _carrier(connector, checksum_every=0)
        for version in (1, 2):
            await carrier.prepare(version)
            await carrier.deliver(control, version)
        assert [engine.sent for engine in connector.engines] == [2] and server.label == "2"
        connector.engines[0].fails = True
        with pytest.raises(ControlError, match="did not take version 3: RuntimeError: the other end is gone"):
            await carrier.deliver(control, 3)
        assert not server.is_paused and "/abort_requests" in server.calls
        await carrier.deliver(control, 3)
        assert len(connector.engines) == 2 and server.label == "3"
        await carrier.aclose()
        await control.aclose()

    with control_server() as server:
        asyncio.run(run(server))


def test_checksums_that_differ_are_an_error() -> None:
    async def run(server: ControlServer) -> None:
        control = VllmControl(url=server.url)
        carrier = _carrier(_Connector(), checksum_every=2)
        await carrier.prepare(1)
        await carrier.deliver(control, 1)
        with pytest.raises(ControlError, match="computes with other weights than version 2"):
            await carrier.deliver(control, 2)
        await carrier.aclose()
        await control.aclose()

    with control_server() as server:
        asyncio.run(run(server))
