"""Our advantages against verl's and TRL's own code on random groups: `pytest -m heavy tests/peers`.

Measured with verl 0.9.1 and TRL 1.16.0; where they decide otherwise than we do, the test says so.
"""

from __future__ import annotations

import inspect
import textwrap
from dataclasses import dataclass
from types import SimpleNamespace

import numpy
import pytest
import torch
from torch import Tensor

from palestra.trainer.advantages import (
    Advantage,
    DrGrpo,
    Gdpo,
    Gpg,
    Grpo,
    Opo,
    PassAtK,
    ReinforcePlusPlus,
    ReinforcePlusPlusBaseline,
    Rloo,
    ScoredGroups,
    Whitening,
)
from palestra.trainer.credit import Gae
from peer_cases import peer

pytestmark = pytest.mark.heavy

GROUPS, SIZE, LONGEST = 12, 8, 20
NAMES = ("accuracy", "format")


@dataclass(frozen=True)
class Case:
    """Random groups of up to eight, as both sides want them; groups of one are left out."""

    groups: ScoredGroups
    token_rewards_NT: Tensor
    mask_NT: Tensor
    index_N: numpy.ndarray[tuple[int], numpy.dtype[numpy.str_]]

    @property
    def valid_PG(self) -> Tensor:
        return self.groups.valid_PG


def case(seed: int, *, is_binary: bool) -> Case:
    random = torch.Generator().manual_seed(seed)
    draw = torch.rand(3, GROUPS, SIZE, generator=random, dtype=torch.float64)
    components = (draw[:2] < 0.4).double() if is_binary else 4.0 * draw[:2] - 2.0
    is_missing = draw[2] < 0.2
    is_missing[:, :2] = False
    lengths = torch.randint(1, LONGEST, (GROUPS, SIZE), generator=random)
    components = components.masked_fill(is_missing, torch.nan)
    groups = ScoredGroups(
        rewards_PG=components[0],
        lengths_PG=lengths.masked_fill(is_missing, 0),
        components=dict(zip(NAMES, components, strict=True)),
    )
    lengths_N = lengths[~is_missing]
    mask_NT = (torch.arange(LONGEST) < lengths_N[:, None]).double()
    last_NT = torch.nn.functional.one_hot(lengths_N - 1, LONGEST)
    rows = torch.arange(GROUPS)[:, None].expand(GROUPS, SIZE)[~is_missing]
    return Case(
        groups=groups,
        token_rewards_NT=last_NT * components[0][~is_missing][:, None],
        mask_NT=mask_NT,
        index_N=numpy.array([str(row) for row in rows.tolist()]),
    )


CASES = [case(seed, is_binary=seed % 2 == 0) for seed in range(20)]


def of_verl(name: str, case: Case, **options: object) -> Tensor:
    """verl's advantage of each response, shape (N,)."""
    module = peer("verl.trainer.ppo.core_algos")
    function = getattr(module, f"compute_{name}_outcome_advantage")
    parameters = inspect.signature(function).parameters
    given = {"index": case.index_N} if "index" in parameters else {}
    found = function(case.token_rewards_NT.clone(), case.mask_NT, **given, **options)[0]
    first: Tensor = found[:, 0]
    return first


def largest_difference(ours_PG: Tensor, theirs_N: Tensor, case: Case) -> float:
    return float((ours_PG[case.valid_PG] - theirs_N.double()).abs().max())


PASS_AT_K = {"norm_adv_by_std_in_grpo": True}


@pytest.mark.parametrize(
    ("name", "estimator", "options", "bound"),
    [
        ("grpo", Grpo(), {}, 1e-9),
        ("grpo", DrGrpo(), {"norm_adv_by_std_in_grpo": False}, 1e-9),
        ("rloo", Rloo(), {}, 1e-9),
        ("opo", Opo(), {}, 1e-9),
        ("reinforce_plus_plus", ReinforcePlusPlus(), {"config": SimpleNamespace(gamma=1.0)}, 1e-6),
        ("reinforce_plus_plus_baseline", ReinforcePlusPlusBaseline(), {}, 1e-6),
        ("grpo_passk", PassAtK(), {"config": PASS_AT_K}, 1e-9),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_advantages_are_those_of_verl(
    name: str,
    estimator: Advantage,
    options: dict[str, object],
    bound: float,
) -> None:
    worst = max(largest_difference(estimator(case.groups), of_verl(name, case, **options), case) for case in CASES)
    assert worst < bound


def test_gpg_is_that_of_verl_but_for_the_factor_of_a_batch() -> None:
    # verl divides by the rewards that are not 0, the paper by the samples of groups that teach.
    for case in CASES:
        ours_PG, theirs_N = Gpg()(case.groups), of_verl("gpg", case)
        ours_N = ours_PG[case.valid_PG]
        factor = float((theirs_N * ours_N).sum() / ours_N.square().sum())
        assert factor > 0.0
        torch.testing.assert_close(factor * ours_N, theirs_N, atol=1e-9, rtol=1e-9)


def test_gdpo_is_that_of_verl() -> None:
    worst = 0.0
    for case in CASES:
        lengths_N = case.mask_NT.sum(dim=1).long()
        attention = torch.cat([torch.ones(len(lengths_N), 3), case.mask_NT], dim=1).long()
        theirs_N = of_verl(
            "gdpo",
            case,
            config={"gdpo_reward_keys": list(NAMES), "gdpo_reward_weights": [1.0, 0.5]},
            non_tensor_batch={name: case.groups.components[name][case.valid_PG].numpy() for name in NAMES},
            batch={"prompts": torch.zeros(len(lengths_N), 3), "attention_mask": attention},
        )
        worst = max(worst, largest_difference(Gdpo(weights={"format": 0.5})(case.groups), theirs_N, case))
    assert worst < 1e-4


def test_generalised_advantages_are_those_of_verl() -> None:
    module = peer("verl.trainer.ppo.core_algos")
    random = torch.Generator().manual_seed(0)
    worst = 0.0
    for _ in range(50):
        mask_T = torch.rand(30, generator=random) < 0.7
        mask_T[-1] = True
        rewards_T = torch.randn(30, generator=random, dtype=torch.float64) * mask_T
        values_T = torch.randn(30, generator=random, dtype=torch.float64)
        whitened, returns = module.compute_gae_advantage_return(
            rewards_T[None], values_T[None], mask_T[None].double(), 0.97, 0.9
        )
        ours = Gae(gamma=0.97, lam=0.9)(rewards_T, values_T, mask_T)
        known = ours.advantages_T[mask_T]
        worst = max(
            worst,
            float((ours.returns_T - returns[0])[mask_T].abs().max()),
            float(((known - known.mean()) / known.std() - whitened[0][mask_T]).abs().max()),
        )
    assert worst < 1e-6


def of_trl(module_name: str, first: str, namespace: dict[str, object]) -> Tensor:
    """Run the lines of TRL that make advantages of rewards: they stand inside of a method that generates."""
    module = peer(module_name)
    lines = inspect.getsource(module).splitlines()
    start = next(number for number, line in enumerate(lines) if line.strip().startswith(first))
    last = "advantages = torch.nan_to_num(advantages, nan=0.0)"
    stop = next(number for number, line in enumerate(lines) if number > start and line.strip() == last)
    space: dict[str, object] = {**vars(module), **namespace}
    exec(textwrap.dedent("\n".join(lines[start : stop + 1])), space)
    found = space["advantages"]
    assert isinstance(found, Tensor)
    return found.view(GROUPS, SIZE)


def of_trl_grpo(case: Case, aggregation: str, scale: str) -> Tensor:
    names = NAMES if aggregation == "normalize_then_sum" else NAMES[:1]
    trainer = SimpleNamespace(
        multi_objective_aggregation=aggregation,
        scale_rewards=scale,
        reward_weights=torch.tensor([1.0, 0.5][: len(names)], dtype=torch.float64),
        reward_funcs=names,
    )
    rewards = torch.stack([case.groups.components[name].flatten() for name in names], dim=1)
    space = {"self": trainer, "rewards_per_func": rewards, "num_generations": SIZE, "device": "cpu"}
    return of_trl("trl.trainer.grpo_trainer", "unscorable_mask = torch.isnan(rewards_per_func)", space)


BY_SAMPLES = Whitening(over_tokens=False)


@pytest.mark.parametrize(
    ("aggregation", "scale", "estimator", "bound"),
    [
        ("sum_then_normalize", "group", Grpo(eps=1e-4), 1e-6),
        ("sum_then_normalize", "none", DrGrpo(), 1e-9),
        # TRL adds 1e-4 to standard deviations and computes them in float32; that is all of the difference.
        ("sum_then_normalize", "batch", None, 1e-6),
        (
            "normalize_then_sum",
            "group",
            Gdpo(weights={"format": 0.5}, of=Grpo(eps=1e-4), whitening=BY_SAMPLES),
            1e-3,
        ),
    ],
    ids=["group", "none", "batch", "gdpo"],
)
def test_advantages_are_those_of_trl(aggregation: str, scale: str, estimator: Advantage | None, bound: float) -> None:
    worst = 0.0
    for case in CASES:
        theirs_PG = of_trl_grpo(case, aggregation, scale)
        if estimator is None:
            std = case.groups.rewards_PG[case.valid_PG].std()
            ours_PG = DrGrpo()(case.groups) / (std + 1e-4)
        else:
            ours_PG = estimator(case.groups)
        worst = max(worst, float((ours_PG - theirs_PG).abs().max()))
    assert worst < bound


def test_leave_one_out_is_that_of_trl() -> None:
    worst = 0.0
    for case in CASES:
        trainer = SimpleNamespace(normalize_advantages=False)
        space = {"self": trainer, "rewards": case.groups.rewards_PG.flatten(), "num_generations": SIZE}
        theirs_PG = of_trl("trl.trainer.rloo_trainer", "grouped_rewards = rewards.view(-1, num_generations)", space)
        worst = max(worst, float((Rloo()(case.groups) - theirs_PG).abs().max()))
    assert worst < 1e-9
