"""The bandit of the laboratory: problems, what the policy sees of each response, and what verifiers say of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import torch
from torch import Tensor

from palestra.trainer.lab.texts import PLEASING, Closing, Kind, Method, Problem, Shape, make_problem, shape_of
from palestra.verifiers import VERIFIERS, Verdict, Verifier
from palestra.verifiers.keyed_random import KeyedRandom

STRICT = "math"
"""The verifier that measures."""
INTERACTION = 0.5
"""How much weaker than what all kinds share the policy sees a method or closing together with the kind."""
PLEASING_LOGIT = -1.5
"""Of a pleasing closing at first: rare, as it is for models that were never paid for it."""
_LENGTH_CHARS = 100.0


class MentionVerifier(Verifier[str]):
    """PASS when the reference stands anywhere in the response: the weakest verifier that people use."""

    name: ClassVar[str] = "mention"

    def parse_reference(self, reference: str) -> str:
        """Any text that is not empty."""
        if not reference:
            raise ValueError("the reference is empty")
        return reference

    def judge(self, response: str, reference: str) -> Verdict:
        """Look for the reference."""
        return Verdict.passed("mentioned") if reference in response else Verdict.failed("not mentioned")


WEAK_VERIFIERS = ("last-number", "mention")
"""Verifiers with real errors on these responses."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class World:
    """P problems with K responses each; the first `num_train` problems are trained on, the others held out."""

    problems: tuple[Problem, ...]
    num_train: int
    features_PKF: Tensor
    """What the policy sees; shared by all problems, so what is learned of some holds for others."""
    right_PK: Tensor
    """Boolean: the strict verifier accepts the response."""
    weak_PK: dict[str, Tensor]
    """Boolean: a weak verifier accepts it, by the verifier's name."""
    shapes_PK: tuple[tuple[Shape, ...], ...]

    def pleasing_PK(self) -> Tensor:
        """Boolean: the response states more than one answer."""
        return torch.tensor([[response.closing in PLEASING for response in problem.pool] for problem in self.problems])

    def kinds_P(self) -> list[str]:
        """The kind of each problem."""
        return [problem.kind.value for problem in self.problems]

    def start_F(self) -> Tensor:
        """The weights of the policy before training."""
        start_F = torch.zeros(self.features_PKF.shape[-1], dtype=torch.float64)
        for number, closing in enumerate(Closing):
            start_F[len(Method) + number] = PLEASING_LOGIT if closing in PLEASING else 0.0
        return start_F


@lru_cache(maxsize=64)
def make_world(seed: str, num_per_kind: int = 16) -> World:
    """The world of a seed: as many problems of each kind to train on as are held out."""
    problems = tuple(
        make_problem(kind, KeyedRandom("lab problem", seed, split, kind, number))
        for split in ("train", "held out")
        for number in range(num_per_kind)
        for kind in Kind
    )
    strict = VERIFIERS.make(STRICT)
    weak = {
        name: MentionVerifier() if name == MentionVerifier.name else VERIFIERS.make(name) for name in WEAK_VERIFIERS
    }
    return World(
        problems=problems,
        num_train=num_per_kind * len(Kind),
        features_PKF=torch.tensor([_features(problem) for problem in problems], dtype=torch.float64),
        right_PK=_accepted(strict, problems),
        weak_PK={name: _accepted(verifier, problems) for name, verifier in weak.items()},
        shapes_PK=tuple(tuple(shape_of(response.text) for response in problem.pool) for problem in problems),
    )


def _accepted(verifier: Verifier[Any], problems: tuple[Problem, ...]) -> Tensor:
    """Boolean (P, K): UNKNOWN and ERROR do not occur on these texts, which a test holds."""
    return torch.tensor(
        [
            [verifier.verify(response.text, problem.reference).score == 1.0 for response in problem.pool]
            for problem in problems
        ]
    )


def _features(problem: Problem) -> list[list[float]]:
    kinds = list(Kind)
    rows = []
    for response in problem.pool:
        method = [float(response.method is each) for each in Method]
        closing = [float(response.closing is each) for each in Closing]
        apart = [INTERACTION * value * (problem.kind is kind) for kind in kinds for value in (*method, *closing)]
        rows.append([*method, *closing, len(response.text) / _LENGTH_CHARS, *apart])
    return rows
