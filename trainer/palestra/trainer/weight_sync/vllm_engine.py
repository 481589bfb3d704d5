"""What NCCL and CUDA IPC have in common: vLLM's own trainer-side engines, one for each server.

Not run here: both need a GPU. The calls are those of vLLM 0.32 (`vllm/distributed/weight_transfer/`).
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor

from palestra.agents.vllm.capabilities import ControlError
from palestra.agents.vllm.control import VllmControl
from palestra.trainer.errors import ConfigError
from palestra.trainer.model.policy import Policy
from palestra.trainer.weight_sync.checksums import compare_checksums
from palestra.trainer.weight_sync.delivery import Served
from palestra.trainer.weight_sync.named_weights import named_weights
from palestra.trainer.weight_sync.pause import paused

ResultT = TypeVar("ResultT")


class Engine(Protocol):
    """The part of vLLM's trainer-side engines that is used here."""

    def send_weights(self) -> None:
        """Open the server's model, send all weights, close it."""
        ...

    def shutdown(self) -> None:
        """Give up the connection."""
        ...


class Connector(Protocol):
    """Connects an engine to a server."""

    backend: str
    """As `--weight-transfer-config` names it."""

    async def connect(self, control: VllmControl, source: SnapshotSource) -> Engine:
        """The engine, ready to send.

        Raises:
            GeneratorError: The server cannot be connected to.
        """
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class TensorNote:
    """What an engine is told of a tensor before it is sent."""

    name: str
    dtype: torch.dtype
    shape: tuple[int, ...]


class SnapshotSource:
    """The weights of one version, as vLLM's engines read a `WeightSource`: again and again, always the same.

    It is a copy in the servers' precision on the learner's device, so that a server that joins late gets the version
    that the others have, while the learner goes on.
    """

    def __init__(self) -> None:
        self.weights: dict[str, Tensor] = {}

    def metadata(self) -> list[TensorNote]:
        """Names, types and shapes in the order of iteration."""
        return [
            TensorNote(name=name, dtype=tensor.dtype, shape=tuple(tensor.shape))
            for name, tensor in self.weights.items()
        ]

    def __iter__(self) -> Iterator[tuple[str, Tensor]]:
        """A fresh pass over all tensors."""
        return iter(list(self.weights.items()))

    def take(self, policy: Policy, dtype: torch.dtype) -> None:
        """Copy the policy's weights; what was copied before is overwritten where it fits."""
        for name, tensor in named_weights(policy, dtype, policy.device):
            held = self.weights.get(name)
            if held is not None and held.shape == tensor.shape:
                held.copy_(tensor)
            else:
                self.weights[name] = tensor.clone()


class EngineCarrier:
    """Sends weights from device to device, one server after the other: collectives of two must not cross."""

    is_parallel = False

    def __init__(self, connector: Connector, policy: Policy, dtype: torch.dtype, *, checksum_every: int) -> None:
        """A carrier without connections yet.

        Args:
            connector: Makes an engine for each server.
            policy: The learner's.
            dtype: Of the servers' weights.
            checksum_every: After how many versions the servers' checksums are compared; 0: never.
        """
        self._connector = connector
        self._policy = policy
        self._dtype = dtype
        self._checksum_every = checksum_every
        self._source = SnapshotSource()
        self._engines: dict[str, Engine] = {}

    async def prepare(self, version: int) -> Served:
        """Take a snapshot of the weights."""
        await asyncio.to_thread(self._source.take, self._policy, self._dtype)
        return Served(version=version)

    async def deliver(self, control: VllmControl, version: int) -> None:
        """Send all weights while generation stands still, then compare checksums."""
        if control.url not in self._engines:
            await self._check(control)
            self._engines[control.url] = await self._connector.connect(control, self._source)
        try:
            await paused(control, self._send, version, self.mend)
        except BaseException:
            self._engines.pop(control.url, None)  # its other end may be anywhere: the next time it connects anew
            raise

    async def mend(self, control: VllmControl) -> None:
        """Nothing that is known: vLLM's engines keep no weights to put back."""

    async def retire(self, version: int) -> None:
        """There is one snapshot only."""

    async def aclose(self) -> None:
        """Give up all connections."""
        for url in list(self._engines):
            engine = self._engines.pop(url)
            await in_thread(engine.shutdown, 10.0, f"the connection to `{url}` was not closed")

    async def _check(self, control: VllmControl) -> None:
        (await control.capabilities()).require("transfer", "pause", "label")
        found, own = await control.transfer_backend(), self._connector.backend
        if found and found != own:
            raise ConfigError(
                f"the worker `{control.url}` takes weights by `{found}`, not by `{own}`\n\n"
                f'hint: start it with --weight-transfer-config \'{{"backend": "{own}"}}\''
            )

    async def _send(self, control: VllmControl, version: int) -> None:
        engine = self._engines[control.url]
        what = f"the worker `{control.url}` did not take version {version}"
        await in_thread(engine.send_weights, control.deadlines.update_s, what)
        await control.label(version)
        if self._checksum_every and version % self._checksum_every == 0:
            found = compare_checksums(await control.checksums(), self._source.weights)
            if found.different or not found.equal:
                raise ControlError(
                    f"the worker `{control.url}` computes with other weights than version {version}: "
                    f"{len(found.different)} parameters differ, e.g. `{', '.join(found.different[:1])}`; "
                    f"{found.equal} are equal, {len(found.unseen)} could not be compared"
                )


async def in_thread(work: Callable[[], ResultT], deadline_s: float, what: str) -> ResultT:
    """The result of blocking work that may never come to its end: its thread does not keep the process alive.

    Raises:
        ControlError: It took longer than the deadline, or failed.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[ResultT] = loop.create_future()

    def settle(result: ResultT | None, error: Exception | None) -> None:
        if done.done():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)  # type: ignore[arg-type]  # of the work itself

    def run() -> None:
        result, failure = None, None
        try:
            result = work()
        except Exception as error:  # noqa: BLE001  the boundary of the thread: it is raised where it is waited for
            failure = error
        try:
            loop.call_soon_threadsafe(settle, result, failure)
        except RuntimeError:
            return  # the loop is closed: nobody waits any more

    threading.Thread(target=run, daemon=True, name="palestra-transfer").start()
    try:
        return await asyncio.wait_for(done, deadline_s)
    except TimeoutError:
        raise ControlError(f"{what}: no end within {deadline_s:g} s") from None
    except Exception as error:
        raise ControlError(f"{what}: {type(error).__name__}: {error}") from error


def trainer_engine(init_info: Any, control: VllmControl, source: SnapshotSource) -> Engine:
    """An engine of vLLM that is connected to a server."""
    from vllm.distributed.weight_transfer.clients import HTTPVLLMWeightSyncClient
    from vllm.distributed.weight_transfer.factory import WeightTransferTrainerFactory

    client = HTTPVLLMWeightSyncClient(control.url, timeout=control.deadlines.update_s)
    engine: Engine = WeightTransferTrainerFactory.trainer_init(init_info, client=client, source=source)
    return engine


def require_engine(backend: str, policy: Policy) -> None:
    """Make sure that vLLM's engine can send the policy's weights.

    Raises:
        ConfigError: They are on no CUDA device, or vLLM cannot be imported beside the learner.
    """
    if policy.device.type != "cuda":
        raise ConfigError(
            f"transfer `{backend}` needs weights on a CUDA device, they are on `{policy.device}`"
            '\n\nhint: transfer = {kind = "shared-file"} works everywhere'
        )
    try:
        import vllm.distributed.weight_transfer.factory  # noqa: F401
    except (ImportError, OSError) as error:
        raise ConfigError(
            f"transfer `{backend}` uses vLLM's own engine, which cannot be imported here: {error}\n\n"
            "hint: pip install 'palestra[vllm]' into the learner's environment too"
        ) from error
