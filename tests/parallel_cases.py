"""Updates of the tiny model that ranks and one process make alike."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig

from palestra.trainer.crew.crew import Crew
from palestra.trainer.learner.learner import Learner
from palestra.trainer.learner.reference import Reference
from palestra.trainer.losses import ClippedLoss, GspoLoss
from palestra.trainer.model.policy import Policy
from palestra.trainer.objective.critic import Critic
from palestra.trainer.objective.entropy import EntropyBonus, EntropyControl
from palestra.trainer.objective.importance import TruncatedImportance
from palestra.trainer.objective.kl import K3
from palestra.trainer.objective.objective import Objective
from palestra.trainer.objective.token_focus import HighEntropyTokens
from palestra.trainer.optimizers.config import OptimConfig
from palestra.trainer.packing.packs import Group
from palestra.trainer.parallel.choice import Fsdp
from palestra.trainer.parallel.process_crew import ProcessCrew
from policy_cases import sample
from tiny_model import ARCHITECTURES, PLAIN_ARCHITECTURE, tiny_model

STEPS = 3
# A small eps makes a step of almost every gradient, however small: two sums that differ in the last bit would
# lead to different weights.
OPTIM = OptimConfig(lr=3e-3, eps=1e-3, clip_norm=0.5, weight_decay=0.1)


def _clipped(**terms: Any) -> Objective:
    return Objective(loss=ClippedLoss(), **terms)


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is trained, and how."""

    architecture: str = "llama"
    objective: Objective = field(default_factory=_clipped)
    updates: int = 1
    tokens: int = 4096
    groups: int = 5
    has_adapters: bool = False
    recomputes: bool = False
    reshards: bool = True


CASES = {
    "plain": Case(),
    "small micro-batches": Case(tokens=40, groups=7),
    "one group for all": Case(groups=1),
    "two updates": Case(updates=2, objective=_clipped(correction=TruncatedImportance())),
    "reference": Case(objective=_clipped(kl=K3(coefficient=0.1))),
    "adapters and reference": Case(has_adapters=True, objective=_clipped(kl=K3(coefficient=0.1))),
    "critic": Case(objective=_clipped(critic=Critic())),
    "critic that moves the trunk": Case(objective=_clipped(critic=Critic(detach_trunk=False)), updates=2),
    "entropy bonus": Case(objective=_clipped(entropy=EntropyBonus(coefficient=0.02))),
    "entropy control": Case(objective=_clipped(entropy=EntropyControl(low=5.0, high=6.0, step=0.01))),
    "focus": Case(objective=_clipped(focus=HighEntropyTokens())),
    "sequence loss": Case(objective=Objective(loss=GspoLoss()), tokens=60),
    "recomputed activations": Case(recomputes=True),
    "weights kept after the forward pass": Case(reshards=False),
    "tied head with softcap": Case(architecture="gemma2-softcap"),
    "tied and adapted": Case(architecture="cohere-scaled", has_adapters=True),
    "learned positions": Case(architecture="gpt2-learned-positions"),
    "bias": Case(architecture="phi-bias"),
    "tied head": Case(architecture="qwen2"),
    "normed heads": Case(architecture="qwen3"),
    "sliding window": Case(architecture="mistral-sliding"),
    "sliding and full windows": Case(architecture="gemma3-sliding"),
    "scaled logits": Case(architecture="granite-scaled"),
    "experts": Case(architecture="mixtral-experts"),
    "plain rows": Case(architecture="mamba"),
}


def learn(case: Case, crew: Crew, *, steps: int = STEPS) -> dict[str, Any]:
    """The weights and the reports after a few steps; the same on every rank."""
    learner = learner_of(case, crew)
    reports = [
        [asdict(stats) for stats in learner.learn(shares_of(case, step), 3e-3 * step, progress=step / STEPS)]
        for step in range(1, steps + 1)
    ]
    scans = learner.scan(groups_of(3, seed=9))
    weights = {name: tensor.clone() for name, tensor in learner.policy.full_tensors()}
    if learner.value_head is not None:
        weights |= {f"value.{name}": own.detach().clone() for name, own in learner.value_head.named_parameters()}
    return {"weights": weights, "reports": reports, "scans": [[asdict(scan) for scan in own] for own in scans]}


def learner_of(case: Case, crew: Crew) -> Learner:
    """A learner of the case."""
    is_plain = case.architecture == "mamba"
    model = tiny_model(PLAIN_ARCHITECTURE if is_plain else ARCHITECTURES[case.architecture])
    if case.has_adapters:
        torch.manual_seed(3)
        model.add_adapter(LoraConfig(r=2, target_modules="all-linear", task_type="CAUSAL_LM", init_lora_weights=False))
    if case.recomputes:
        enable = getattr(model, "activation_checkpointing_enable", None) or model.gradient_checkpointing_enable
        enable({"use_reentrant": False})
        model.train()
    policy = crew.placed(Policy.of(model))
    reference = Reference(policy, is_initial=True) if case.objective.kl is not None else None
    if reference is not None:
        policy.take_weights(_moved(policy))
    return Learner(
        policy,
        OPTIM,
        case.objective,
        tokens_per_microbatch=case.tokens,
        temperature=0.8,
        reference=None if reference is None else reference.policy,
    )


def _moved(policy: Policy) -> Any:
    """Its model a little away from its reference."""
    whole = copy.deepcopy(policy.whole_model())
    draws = torch.Generator().manual_seed(11)
    with torch.no_grad():
        for parameter in whole.parameters():
            parameter.add_(0.01 * torch.randn(parameter.shape, generator=draws))
    return whole


def shares_of(case: Case, step: int) -> list[list[Group]]:
    """The groups of each update of a step."""
    groups = groups_of(case.groups, seed=step)
    return [groups[start :: case.updates] for start in range(case.updates)]


def groups_of(count: int, seed: int) -> list[Group]:
    """Groups of different lengths, with observations, idle samples, and one that no policy of the run sampled."""
    draws = random.Random(seed)
    return [
        Group(
            prompt_ids=tuple(draws.randrange(256) for _ in range(draws.randrange(2, 9))),
            samples=tuple(_sample(draws, episode=4 * number + place) for place in range(4)),
        )
        for number in range(count)
    ]


def _sample(draws: random.Random, episode: int) -> Any:
    length = draws.randrange(1, 12)
    mask = [1, *(draws.choice((0, 1, 1)) for _ in range(length - 1))]
    behaviour = [draws.uniform(-6.5, -4.5) * m for m in mask]
    if draws.random() < 0.1:
        behaviour = [float("nan") if m else 0.0 for m in mask]
    advantage = draws.choice((-1.0, 0.0, 0.7, 1.5))
    made = sample([draws.randrange(256) for _ in mask], advantage, mask=mask, behaviour=behaviour, weight=0.05)
    rewards = (advantage, *[0.0] * (length - 1))
    return replace(made, rewards=rewards, kl_weight=draws.choice((0.5, 1.0)), episode=episode)


def learn_on_ranks(names: Sequence[str], folder: Path, replicas: int = 1) -> None:
    """What each rank of a test does: learn all cases, and leave what came of each."""
    crew = Fsdp(replicas=replicas, timeout_s=60.0).join()
    assert isinstance(crew, ProcessCrew)
    with crew.together():
        for name in names:
            case = CASES[name]
            crew.settings = replace(crew.settings, reshard_after_forward=case.reshards)
            found = learn(case, crew)
            torch.save(found["weights"], folder / f"{name}.{crew.rank}.pt")
            (folder / f"{name}.{crew.rank}.json").write_text(json.dumps([found["reports"], found["scans"]]))
        torch.distributed.barrier()
    crew.close()
