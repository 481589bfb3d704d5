"""The policy of the bandit: a softmax over a problem's responses, linear in what it sees of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from palestra.trainer.lab.world import World
from palestra.verifiers.keyed_random import stable_hash


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Batch:
    """B groups of G responses that a policy sampled in one step."""

    step: int
    seed: str
    """Of the run."""
    rows_B: Tensor
    """Numbers of the problems."""
    picks_BG: Tensor
    """Numbers of the responses in their pools."""
    policy_PK: Tensor
    """What the policy that sampled them does on all problems."""


class SoftmaxPolicy:
    """`softmax(features @ weights)`, with its exact expectations."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.weights_F = world.start_F()

    def probabilities_PK(self) -> Tensor:
        """What the policy does on every problem."""
        return (self._world.features_PKF @ self.weights_F).softmax(dim=-1)

    def sample(self, seed: str, step: int, prompts: int, samples: int) -> Batch:
        """Responses to some of the training problems; the same draws for every policy of the same seed and step."""
        rows_B = torch.from_numpy(
            _generator("prompts", seed, step).permutation(self._world.num_train)[:prompts].astype(np.int64)
        )
        draws_BG = torch.from_numpy(_generator("responses", seed, step).random((len(rows_B), samples)))
        policy_PK = self.probabilities_PK()
        edges_BK = policy_PK[rows_B].cumsum(dim=-1)
        picks_BG = torch.searchsorted(edges_BK, draws_BG).clamp(max=edges_BK.shape[1] - 1)
        return Batch(step=step, seed=seed, rows_B=rows_B, picks_BG=picks_BG, policy_PK=policy_PK)

    def log_probabilities(self, batch: Batch) -> Tensor:
        """Of the batch's responses under the weights of now, shape (B, G)."""
        scores_BK = self._world.features_PKF[batch.rows_B] @ self.weights_F
        return scores_BK.log_softmax(dim=-1).gather(1, batch.picks_BG)

    def gradient_F(self, batch: Batch, coefficients_BG: Tensor) -> Tensor:
        """Sum over the batch of each coefficient times the gradient of the response's log-probability."""
        features_BKF = self._world.features_PKF[batch.rows_B]
        policy_BK = (features_BKF @ self.weights_F).softmax(dim=-1)
        weight_BK = torch.zeros_like(policy_BK).scatter_add(1, batch.picks_BG, coefficients_BG)
        weight_BK -= policy_BK * coefficients_BG.sum(dim=1, keepdim=True)
        return torch.einsum("bk,bkf->f", weight_BK, features_BKF)

    def value_gradient_F(self, batch: Batch, worth_PK: Tensor) -> Tensor:
        """The exact gradient of the mean worth of a response to the batch's problems."""
        features_BKF, worth_BK = self._world.features_PKF[batch.rows_B], worth_PK[batch.rows_B].double()
        policy_BK = (features_BKF @ self.weights_F).softmax(dim=-1)
        centred_BK = policy_BK * (worth_BK - (policy_BK * worth_BK).sum(dim=1, keepdim=True))
        return torch.einsum("bk,bkf->f", centred_BK, features_BKF) / len(batch.rows_B)


def uniform(world: World, *key: str | int, samples: int = 0) -> Tensor:
    """Numbers in [0, 1) that a key decides: one for each response of the world, or `samples` for each problem."""
    shape = (len(world.problems), samples or world.features_PKF.shape[1])
    return torch.from_numpy(_generator("uniform", *key).random(shape))


def _generator(*key: str | int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(stable_hash("palestra lab", *key)))
