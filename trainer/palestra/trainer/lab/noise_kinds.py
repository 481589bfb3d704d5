"""Kinds of noise: how what a run is paid for differs from what the strict verifier says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

import torch
from torch import Tensor

from palestra.trainer.lab.policy import Batch, uniform
from palestra.trainer.lab.texts import Kind, Method
from palestra.trainer.lab.world import World


class Together(StrEnum):
    """Which verdicts err together."""

    NONE = "none"
    """Every verdict errs by itself."""
    GROUP = "group"
    """In a step, one draw decides for all samples of a prompt: all of its wrong ones are accepted, or none."""
    ITEM = "item"
    """A response is judged alike for ever."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Channel:
    """The verifier that pays a run, as probabilities of acceptance."""

    accept_PK: Tensor
    is_shared_in_group: bool = False

    def observe(self, world: World, batch: Batch) -> Tensor:
        """Boolean (B, G): which samples are accepted; the same draws for all arms of a seed."""
        samples = batch.picks_BG.shape[1]
        draws_BG = uniform(world, "noise", batch.seed, batch.step, samples=samples)[batch.rows_B]
        if self.is_shared_in_group:
            draws_BG = draws_BG[:, :1].expand(-1, samples)
        return draws_BG < self.accept_PK[batch.rows_B].gather(1, batch.picks_BG)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rates:
    """How often the verifier errs on responses to problems of one kind."""

    fpr: float
    """P(accepted | wrong)."""
    fnr: float
    """P(rejected | right)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassConditional:
    """Errors at a rate of their own for each kind of problem."""

    kind: ClassVar[str] = "class-conditional"

    small: Rates
    large: Rates
    fraction: Rates
    together: Together = Together.NONE
    """Which verdicts err together."""

    def __call__(self, world: World, seed: str) -> Channel:
        """The channel of a run."""
        of_kind = {Kind.SMALL: self.small, Kind.LARGE: self.large, Kind.FRACTION: self.fraction}
        rates = [of_kind[problem.kind] for problem in world.problems]
        fpr_P1 = torch.tensor([[rate.fpr] for rate in rates], dtype=torch.float64)
        fnr_P1 = torch.tensor([[rate.fnr] for rate in rates], dtype=torch.float64)
        accept_PK = torch.where(world.right_PK, 1.0 - fnr_P1, fpr_P1)
        if self.together is Together.ITEM:
            accept_PK = (uniform(world, "item", seed) < accept_PK).double()
        return Channel(accept_PK=accept_PK, is_shared_in_group=self.together is Together.GROUP)


@dataclass(frozen=True, kw_only=True, slots=True)
class ByStyle:
    """Errors that follow length and style: long wrong work is believed, short right work is not."""

    kind: ClassVar[str] = "by-style"

    fpr_short: float = 0.05
    """P(accepted | wrong) of quick responses and guesses."""
    fpr_long: float = 0.25
    """Of careful ones."""
    fpr_doubled: float = 0.45
    """Of the longest ones."""
    fnr_short: float = 0.4
    """P(rejected | right) of quick responses and guesses."""
    fnr_long: float = 0.1
    """Of all others."""

    def __call__(self, world: World, seed: str) -> Channel:
        """The channel of a run."""
        short = (Method.QUICK, Method.GUESS)
        methods = [[response.method for response in problem.pool] for problem in world.problems]
        fpr = {Method.CAREFUL: self.fpr_long, Method.DOUBLED: self.fpr_doubled} | dict.fromkeys(short, self.fpr_short)
        fpr_PK = torch.tensor([[fpr[method] for method in row] for row in methods], dtype=torch.float64)
        fnr_PK = torch.tensor(
            [[self.fnr_short if method in short else self.fnr_long for method in row] for row in methods],
            dtype=torch.float64,
        )
        return Channel(accept_PK=torch.where(world.right_PK, 1.0 - fnr_PK, fpr_PK))


@dataclass(frozen=True, kw_only=True, slots=True)
class WeakVerifier:
    """No injected noise: a weak verifier's own verdicts, with all of its mistakes."""

    kind: ClassVar[str] = "weak-verifier"

    name: str = "last-number"
    """`last-number`, or `mention`: the reference stands somewhere in the response."""

    def __call__(self, world: World, seed: str) -> Channel:
        """The channel of a run."""
        return Channel(accept_PK=world.weak_PK[self.name].double())


@dataclass(frozen=True, kw_only=True, slots=True)
class Coin:
    """A coin, whatever was answered: the null control."""

    kind: ClassVar[str] = "coin"

    probability: float = 0.5
    """Of acceptance."""

    def __call__(self, world: World, seed: str) -> Channel:
        """The channel of a run."""
        return Channel(accept_PK=torch.full(world.right_PK.shape, self.probability, dtype=torch.float64))


@dataclass(frozen=True, kw_only=True, slots=True)
class Inverted:
    """Wrong responses are accepted and right ones are not: the other null control."""

    kind: ClassVar[str] = "inverted"

    def __call__(self, world: World, seed: str) -> Channel:
        """The channel of a run."""
        return Channel(accept_PK=(~world.right_PK).double())


NoiseKind = ClassConditional | ByStyle | WeakVerifier | Coin | Inverted
"""The kinds there are; each maps a world and a run's seed to a channel."""


class StrataOf(StrEnum):
    """What the strata of the rates follow."""

    NOTHING = "nothing"
    """One pair of rates for all."""
    PROMPT = "prompt"
    """The kind of the problem: all samples of a group share their rates."""
    RESPONSE = "response"
    """The kind of the problem, and within it the shape of the response, read off its text."""


def uniform_rates(fpr: float, fnr: float, together: Together = Together.NONE) -> ClassConditional:
    """One pair of rates for all kinds of problems."""
    rates = Rates(fpr=fpr, fnr=fnr)
    return ClassConditional(small=rates, large=rates, fraction=rates, together=together)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Strata:
    """The stratum of every response of a world."""

    names: tuple[str, ...]
    number_PK: Tensor
    """Place in `names`."""

    @classmethod
    def of(cls, world: World, by: StrataOf) -> Strata:
        """The strata of a world's responses."""
        names_PK = [
            [_stratum(by, kind, shape) for shape in row]
            for kind, row in zip(world.kinds_P(), world.shapes_PK, strict=True)
        ]
        names = tuple(sorted({name for row in names_PK for name in row}))
        place = {name: number for number, name in enumerate(names)}
        return cls(names=names, number_PK=torch.tensor([[place[name] for name in row] for row in names_PK]))

    def of_batch(self, batch: Batch) -> list[str]:
        """The stratum of each sample, row by row."""
        numbers_BG = self.number_PK[batch.rows_B].gather(1, batch.picks_BG)
        return [self.names[number] for number in numbers_BG.flatten().tolist()]


def _stratum(by: StrataOf, kind: str, shape: str) -> str:
    return {StrataOf.NOTHING: "", StrataOf.PROMPT: kind, StrataOf.RESPONSE: f"{kind}/{shape}"}[by]
