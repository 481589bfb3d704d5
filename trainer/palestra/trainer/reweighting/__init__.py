"""Re-weighting: factors of single samples, of their advantages and of their KL penalty."""

from palestra.trainer.reweighting.kl_weighting import DifficultyAware, KlWeighting, UniformKl
from palestra.trainer.reweighting.length_regularisation import LengthRegularisation
from palestra.trainer.reweighting.sigma_filter import SigmaFilter
from palestra.trainer.reweighting.weights import SampleWeights, product_of, weighted_turns

Reweighting = SigmaFilter | LengthRegularisation
"""What a configuration can name; each maps scored groups and advantages to factors of the advantages."""

__all__ = [
    "DifficultyAware",
    "KlWeighting",
    "LengthRegularisation",
    "Reweighting",
    "SampleWeights",
    "SigmaFilter",
    "UniformKl",
    "product_of",
    "weighted_turns",
]
