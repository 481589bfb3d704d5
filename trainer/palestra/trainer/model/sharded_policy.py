"""A policy whose weights are sharded over ranks by torch's FSDP2, layer by layer.

The head's loss takes its gradient in the forward pass, from the head's whole weight. So the outermost group of
parameters (embedding, head, last norm) stays gathered from the forward pass to the end of the backward pass: the head
then is a plain tensor, and torch reduces its gradient with the embedding's, which may be the same parameter.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from types import MethodType
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributed.device_mesh import DeviceMesh
from torch.distributed.fsdp import FSDPModule, MixedPrecisionPolicy, fully_shard, register_fsdp_forward_method
from torch.distributed.tensor import DTensor, distribute_tensor
from transformers import PreTrainedModel

from palestra.trainer.crew.crew import Crew
from palestra.trainer.crew.orders import Gather
from palestra.trainer.errors import ModelError
from palestra.trainer.model.policy import Policy
from palestra.trainer.packing.head import Head

_READ = "read_tokens"


@dataclass(frozen=True, kw_only=True, slots=True)
class ShardedPolicy(Policy):
    """A policy of which each rank holds a shard of every weight."""

    skeleton: PreTrainedModel
    """The model as it was before, with weights that take no memory."""

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(iter(self.model.parameters())).device

    @property
    def body(self) -> Any:
        """Runs all but the head; gathers the weights on its way."""
        return getattr(self.model, _READ)

    @property
    def head(self) -> Head:
        """The vocabulary head, gathered."""
        _fsdp(self.model).unshard()
        return Policy(model=self.model, takes_plans=self.takes_plans, dtype=self.dtype).head

    @property
    def is_whole(self) -> bool:
        """Never: others hold the rest."""
        return False

    def full_tensors(self, *, is_trained: bool = False) -> Iterator[tuple[str, Tensor]]:
        """Names and whole weights, one after the other; all ranks take part, whoever asks."""
        _reshard(self.model)
        with self.crew.lead(Gather(is_trained=is_trained)):
            named = iter(self.model.named_parameters())
            try:
                for name, parameter in named:
                    if parameter.requires_grad or not is_trained:
                        yield name, _whole(parameter)
            finally:  # who asks may stop early: the other ranks still send
                for _, parameter in named:
                    if parameter.requires_grad or not is_trained:
                        _whole(parameter)

    def whole_model(self) -> PreTrainedModel:
        """A model of its own with all weights as they are now, where the shards are."""
        hollow = dict(self.skeleton.named_parameters())
        memo: dict[int, Any] = {}
        for name, tensor in self.full_tensors():
            own = tensor.clone() if tensor.device.type == "cpu" else tensor
            memo[id(hollow[name])] = nn.Parameter(own, requires_grad=hollow[name].requires_grad)
        whole: PreTrainedModel = copy.deepcopy(self.skeleton, memo)
        return whole

    def take_weights(self, model: PreTrainedModel) -> None:
        """Shard the weights of a whole model, which every rank has: no communication."""
        _reshard(self.model)
        given = dict(model.named_parameters())
        own = dict(self.model.named_parameters())
        if given.keys() != own.keys():
            raise ModelError(f"the weights are of another model: {sorted(given.keys() ^ own.keys())[:3]}")
        with torch.no_grad():
            for name, parameter in own.items():
                parameter.copy_(shard_like(given[name].detach(), parameter))


def shard(policy: Policy, crew: Crew, mesh: DeviceMesh, *, reshard_after_forward: bool) -> ShardedPolicy:
    """Shard the model of a policy, in place.

    Args:
        policy: With whole weights, the same on every rank.
        crew: The ranks.
        mesh: Their places; of two axes, the first counts replicas.
        reshard_after_forward: Whether a layer's weights are freed between its forward and its backward pass.

    Raises:
        ModelError: The model's layers are not known.
    """
    model = policy.model
    memo = {id(own): _hollow(own) for own in model.parameters()}
    skeleton = copy.deepcopy(model, memo)
    layers = _layers(model)
    # Norms and residuals stay fp32, as with one process: only the weights of layers travel in the products' type.
    low = None if policy.dtype == torch.float32 else policy.dtype
    of_layers = MixedPrecisionPolicy(param_dtype=low, reduce_dtype=torch.float32, cast_forward_inputs=False)
    of_root = MixedPrecisionPolicy(reduce_dtype=torch.float32, cast_forward_inputs=False)
    for layer in layers:
        fully_shard(layer, mesh=mesh, mp_policy=of_layers, reshard_after_forward=reshard_after_forward)
    fully_shard(model, mesh=mesh, mp_policy=of_root, reshard_after_forward=False)
    setattr(model, _READ, MethodType(_read_tokens, model))
    register_fsdp_forward_method(model, _READ)
    for module in model.modules():
        if isinstance(module, FSDPModule):
            # Weights of tokens are those of the whole batch: gradients are summed, not averaged.
            module.set_gradient_divide_factor(1.0)
            module.set_force_sum_reduction_for_comms(True)  # gloo knows no other
    return ShardedPolicy(model=model, takes_plans=policy.takes_plans, dtype=policy.dtype, skeleton=skeleton, crew=crew)


def shard_like(whole: Tensor, pattern: Tensor) -> Tensor:
    """A tensor that every rank has whole, sharded as another of its shape is; itself where that is no shard."""
    if not isinstance(pattern, DTensor) or whole.shape != pattern.shape:
        return whole
    mesh, placements = pattern.device_mesh, pattern.placements
    return distribute_tensor(whole.to(pattern.device), mesh, placements, src_data_rank=None)


def _read_tokens(model: Any, **inputs: Any) -> Any:
    return model.base_model(**inputs)


def _hollow(parameter: nn.Parameter) -> nn.Parameter:
    return nn.Parameter(torch.empty_like(parameter, device="meta"), requires_grad=parameter.requires_grad)


def _whole(parameter: Tensor) -> Tensor:
    if not isinstance(parameter, DTensor):
        return parameter.detach()
    with torch.no_grad():
        return parameter.full_tensor().detach()


def _fsdp(model: nn.Module) -> FSDPModule:
    assert isinstance(model, FSDPModule)
    return model


def _reshard(model: nn.Module) -> None:
    """Have the model's parameters be its shards again."""
    for module in model.modules():
        if isinstance(module, FSDPModule):
            module.reshard()


def _layers(model: PreTrainedModel) -> list[nn.Module]:
    """The layers of a decoder, each of which is gathered by itself."""
    names = set(model._no_split_modules or ())
    named = {name: module for name, module in model.named_modules() if type(module).__name__ in names}
    # Some models also name parts of their layers.
    layers = [each for name, each in named.items() if not any(name.startswith(f"{other}.") for other in named)]
    if not layers:
        lists = [module for module in model.base_model.children() if isinstance(module, nn.ModuleList)]
        layers = [layer for each in lists for layer in each]
    if not layers:
        raise ModelError(
            f"{type(model).__name__} has no layers that could be sharded one by one\n\n"
            'hint: parallel.kind = "one-process"'
        )
    return layers
