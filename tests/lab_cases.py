"""Small worlds and conditions of the laboratory's tests."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from palestra.trainer.lab.knowledge import Observed, Oracle
from palestra.trainer.lab.noise_kinds import Coin, NoiseKind, Strata, StrataOf
from palestra.trainer.lab.policy import SoftmaxPolicy
from palestra.trainer.lab.settings import ARMS
from palestra.trainer.lab.training import Condition, Measurement, Run, Scale
from palestra.trainer.lab.world import World, make_world

SMALL = Scale(steps=40, prompts=6, samples=8, problems_per_kind=4, measure_every=20)


def small_world(seed: str = "test") -> World:
    return make_world(seed, SMALL.problems_per_kind)


def observed(noise: NoiseKind, strata: StrataOf = StrataOf.PROMPT, *, step: int = 0, samples: int = 8) -> Observed:
    world = small_world()
    channel = noise(world, "test")
    batch = SoftmaxPolicy(world).sample("test", step, prompts=12, samples=samples)
    return Observed(
        world=world,
        channel=channel,
        strata=Strata.of(world, strata),
        batch=batch,
        accepted_BG=channel.observe(world, batch),
    )


BASE = Run(
    condition=Condition(noise=Coin(), strata=StrataOf.PROMPT, knowledge=Oracle()),
    arm=ARMS["clean"],
    seed="test",
    lr=3.0,
    scale=SMALL,
)


def run(noise: NoiseKind, arm: str, strata: StrataOf = StrataOf.PROMPT, base: Run = BASE) -> list[Measurement]:
    return replace(base, condition=replace(base.condition, noise=noise, strata=strata), arm=ARMS[arm])()


def held_out(curve: list[Measurement]) -> list[float]:
    return [point.held_out for point in curve]


def close(one: Tensor, other: Tensor) -> bool:
    return torch.allclose(one, other, atol=1e-9)
