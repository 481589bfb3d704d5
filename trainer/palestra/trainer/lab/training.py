"""One run of the laboratory: a policy, a noisy verifier and an arm, measured exactly as it goes on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar, Protocol

import torch
from torch import Tensor

from palestra.trainer.advantages import Estimator, Rloo, ScoredGroups
from palestra.trainer.lab.arms import Arm
from palestra.trainer.lab.knowledge import Knowledge, Observed
from palestra.trainer.lab.noise_kinds import NoiseKind, Strata, StrataOf
from palestra.trainer.lab.policy import Batch, SoftmaxPolicy
from palestra.trainer.lab.texts import Kind
from palestra.trainer.lab.world import World, make_world
from palestra.trainer.losses import PolicyLoss, ReinforceLoss, Tokens
from palestra.trainer.reweighting import Reweighting, product_of
from palestra.trainer.selection import Chosen, KeepAll, Selection
from palestra.verifiers.keyed_random import KeyedRandom


class Update(Protocol):
    """Moves weights along gradients; it may remember."""

    def advantages(self, chosen: Chosen) -> Tensor:
        """The advantages as the loss shall see them."""
        ...

    def step(self, gradient_F: Tensor, lr: float) -> Tensor:
        """What to add to the weights."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class MatchedSgd:
    """Gradient ascent on advantages of mean square 1, so that no arm wins by a larger step.

    The scale is the moving average of the mean square over steps, never that of a group, so it is one factor for
    all samples of a step; every arm's gradient has the same variance for the same policy. The learning rate falls
    to 0.
    """

    kind: ClassVar[str] = "matched-sgd"

    decay: float = 0.9
    """Of the moving average."""
    grid: tuple[float, ...] = (0.3, 1.0, 3.0, 10.0)
    """Learning rates to choose from."""

    def start(self) -> Update:
        """The updates of a run."""
        return _MatchedSgd(self.decay)


@dataclass(frozen=True, kw_only=True, slots=True)
class Adam:
    """Adam on advantages as they come: a constant factor changes nothing. The learning rate falls to 0."""

    kind: ClassVar[str] = "adam"

    grid: tuple[float, ...] = (0.02, 0.05, 0.1, 0.2)
    """Learning rates to choose from."""

    def start(self) -> Update:
        """The updates of a run."""
        return _Adam()


UpdateRule = MatchedSgd | Adam
"""The rules there are."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scale:
    """How large a run is."""

    steps: int = 160
    prompts: int = 12
    """Groups of a step."""
    samples: int = 8
    """Size of a group."""
    problems_per_kind: int = 20
    """Problems of each kind to train on; as many are held out."""
    measure_every: int = 20
    """Steps between two measurements."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Composition:
    """What turns rewards into updates."""

    name: str = "reinforce"
    advantage: Estimator = field(default_factory=Rloo)
    selection: Selection = field(default_factory=KeepAll)
    reweighting: tuple[Reweighting, ...] = ()
    loss: PolicyLoss = field(default_factory=ReinforceLoss)
    updates_per_step: int = 1
    """Updates on the samples of one step; all but the first are off-policy."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """The noise that a run is exposed to, and what is known of it."""

    noise: NoiseKind
    strata: StrataOf
    knowledge: Knowledge


@dataclass(frozen=True, kw_only=True, slots=True)
class Measurement:
    """Exact expectations of a policy, by enumeration of all responses."""

    step: int
    held_out: float
    """Probability of a right response to a held-out problem: the strict verifier's measure."""
    train: float
    """The same on the problems of the training."""
    paid: float
    """Probability that the verifier that pays accepts a response to a training problem."""
    pleasing: float
    """Probability of a response that states several answers to choose from."""
    by_kind: Mapping[str, float]
    """`held_out` for each kind of problem."""
    alignment: float
    """Cosine of the updates' gradients with the exact gradient of the truth, on the average since the last
    measurement; NaN before the first update."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """One training."""

    condition: Condition
    arm: Arm
    seed: str
    lr: float
    update: UpdateRule = field(default_factory=MatchedSgd)
    scale: Scale = field(default_factory=Scale)
    composition: Composition | None = None
    """None: one REINFORCE update with the arm's estimator."""

    @property
    def grid(self) -> tuple[float, ...]:
        """Learning rates to choose from."""
        return self.update.grid

    def measured(self, seed: str, lr: float, scale: Scale) -> list[Measurement]:
        """This training with another seed, learning rate and size."""
        return replace(self, seed=seed, lr=lr, scale=scale)()

    def __call__(self) -> list[Measurement]:
        """Train, and measure along the way."""
        world = make_world(self.seed, self.scale.problems_per_kind)
        training = _Training(self, world)
        curve = [training.measure(0)]
        for step in range(self.scale.steps):
            training.step(step)
            if (step + 1) % self.scale.measure_every == 0 or step + 1 == self.scale.steps:
                curve.append(training.measure(step + 1))
        return curve


class _Training:
    def __init__(self, run: Run, world: World) -> None:
        self._run, self._world = run, world
        self._policy = SoftmaxPolicy(world)
        self._channel = run.condition.noise(world, run.seed)
        self._strata = Strata.of(world, run.condition.strata)
        self._pay = run.arm.pay.start(run.condition.knowledge)
        self._update = run.update.start()
        self._parts = run.composition or Composition(advantage=run.arm.estimator)
        self._cosines: list[float] = []

    def step(self, step: int) -> None:
        """Sample, pay, choose and update."""
        run, scale = self._run, self._run.scale
        batch = self._policy.sample(run.seed, step, scale.prompts, scale.samples)
        observed = Observed(
            world=self._world,
            channel=self._channel,
            strata=self._strata,
            batch=batch,
            accepted_BG=self._channel.observe(self._world, batch),
        )
        scored = self._scored(observed)
        chosen = self._parts.selection(scored, self._parts.advantage, KeyedRandom("lab selection", run.seed, step))
        learned = scored.only(chosen.copies_PG > 0)
        factors_PG = product_of(self._parts.reweighting, learned, chosen.advantages_PG)
        chosen = replace(chosen, advantages_PG=chosen.advantages_PG * factors_PG)
        advantages_BG = self._update.advantages(chosen)
        behaviour_BG = self._policy.log_probabilities(batch)
        lr = run.lr * (1.0 - step / scale.steps)
        for number in range(self._parts.updates_per_step):
            gradient_F = self._gradient_F(batch, behaviour_BG, advantages_BG, chosen.copies_PG)
            if number == 0:
                truth_F = self._policy.value_gradient_F(batch, self._world.right_PK)
                norms = float(gradient_F.norm() * truth_F.norm())
                self._cosines.append(float(gradient_F @ truth_F) / norms if norms > 0.0 else 0.0)
            self._policy.weights_F = self._policy.weights_F + self._update.step(gradient_F, lr)

    def _scored(self, observed: Observed) -> ScoredGroups:
        batch, pools = observed.batch, self._world.problems
        lengths = [
            [len(pools[row].pool[pick].text) for pick in picks]
            for row, picks in zip(batch.rows_B.tolist(), batch.picks_BG.tolist(), strict=True)
        ]
        return ScoredGroups(
            rewards_PG=self._pay(observed),
            lengths_PG=torch.tensor(lengths),
        )

    def _gradient_F(self, batch: Batch, behaviour_BG: Tensor, advantages_BG: Tensor, copies_BG: Tensor) -> Tensor:
        """Of the objective: what the loss says, one token for each response, over the chosen samples."""
        flat = advantages_BG.numel()
        terms = self._parts.loss(
            Tokens(
                logprobs_T=self._policy.log_probabilities(batch).flatten(),
                behaviour_T=behaviour_BG.flatten(),
                advantages_T=advantages_BG.flatten(),
                mask_T=(copies_BG > 0).flatten(),
                sequence_T=torch.arange(flat),
            )
        )
        weights_BG = -terms.derivative_T.view_as(advantages_BG) * copies_BG
        return self._policy.gradient_F(batch, weights_BG / max(1, int(copies_BG.sum())))

    def measure(self, step: int) -> Measurement:
        """What the policy of now does on all problems."""
        world, policy_PK = self._world, self._policy.probabilities_PK()
        right_P = (policy_PK * world.right_PK).sum(dim=1)
        paid_P = (policy_PK * self._channel.accept_PK).sum(dim=1)
        pleasing_P = (policy_PK * world.pleasing_PK()).sum(dim=1)
        held = slice(world.num_train, None)
        kinds = world.kinds_P()[held]
        cosines, self._cosines = self._cosines, []
        return Measurement(
            step=step,
            held_out=float(right_P[held].mean()),
            train=float(right_P[: world.num_train].mean()),
            paid=float(paid_P[: world.num_train].mean()),
            pleasing=float(pleasing_P[held].mean()),
            by_kind={
                kind.value: float(right_P[held][torch.tensor([each == kind for each in kinds])].mean()) for kind in Kind
            },
            alignment=sum(cosines) / len(cosines) if cosines else math.nan,
        )


@dataclass(slots=True)
class _MatchedSgd:
    decay: float
    mean_square: float | None = None

    def advantages(self, chosen: Chosen) -> Tensor:
        kept = chosen.copies_PG > 0
        now = float(chosen.advantages_PG[kept].square().mean()) if kept.any() else 0.0
        before = now if self.mean_square is None else self.mean_square
        self.mean_square = self.decay * before + (1.0 - self.decay) * now
        if self.mean_square <= 0.0:
            self.mean_square = None
            return chosen.advantages_PG
        return chosen.advantages_PG / math.sqrt(self.mean_square)

    def step(self, gradient_F: Tensor, lr: float) -> Tensor:
        return lr * gradient_F


@dataclass(slots=True)
class _Adam:
    count: int = 0
    mean_F: Tensor | None = None
    square_F: Tensor | None = None

    def advantages(self, chosen: Chosen) -> Tensor:
        return chosen.advantages_PG

    def step(self, gradient_F: Tensor, lr: float) -> Tensor:
        self.count += 1
        zero_F = torch.zeros_like(gradient_F)
        self.mean_F = 0.9 * (zero_F if self.mean_F is None else self.mean_F) + 0.1 * gradient_F
        self.square_F = 0.99 * (zero_F if self.square_F is None else self.square_F) + 0.01 * gradient_F.square()
        mean_F, square_F = self.mean_F / (1 - 0.9**self.count), self.square_F / (1 - 0.99**self.count)
        return lr * mean_F / (square_F.sqrt() + 1e-12)
