"""Where rollouts are sampled: the choices of a configuration, each of which builds itself."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import ClassVar

import torch

from palestra.trainer.generation.in_process import InProcessGenerator
from palestra.trainer.generation.plain import PlainGenerator
from palestra.trainer.generation.replay import Replay
from palestra.trainer.generation.site import Generation, Site
from palestra.trainer.generation.vllm_servers import VllmServers
from palestra.trainer.model.policy import Policy
from palestra.trainer.practice.early_rejection import Watch
from palestra.trainer.weight_sync.in_process import CopiedWeights, SharedWeights


@dataclass(frozen=True, kw_only=True, slots=True)
class InProcess:
    """The embedded generator, on the learner's machine and in its process."""

    kind: ClassVar[str] = "in-process"

    copies_weights: bool = False
    """Whether the generator has weights of its own even where it could share the learner's, as `mode = "pipelined"`
    needs it. Both then compute in turn: nothing is gained by it on one device."""

    def build(self, site: Site) -> Generation:
        """A generator that shares the learner's weights where it can, and has a copy otherwise."""
        policy = site.policy
        watch = None if site.rejection is None else Watch(site.rejection, site.tokenizer.text)
        can_share = policy.is_whole and (policy.dtype == torch.float32 or not policy.takes_plans)
        is_shared = can_share and not self.copies_weights
        own = policy
        if not is_shared:
            # Products in bf16 read half the bytes from bf16 weights, and the learner's may be spread over processes.
            own = Policy.for_generation(copy.deepcopy(policy.whole_model()), policy.dtype)
        kind = InProcessGenerator if policy.takes_plans else PlainGenerator
        generator = kind(own, site.tokenizer.stop_ids, max_concurrent=site.max_concurrent, watch=watch)
        sync = SharedWeights(generator) if is_shared else CopiedWeights(policy, generator)
        return Generation(generator=generator, weight_sync=sync)


GeneratorChoice = InProcess | VllmServers | Replay
"""What a configuration can name."""
