"""Which tasks a trainer draws next: mixtures of environments, and curricula that go where the signal is.

Every sampler has the same four methods, so any trainer can use it:

    draws = sampler.draw(step, 12)                    # 12 tasks, each with its environment
    ...                                               # sample a group of responses to each
    sampler.record([GroupResult(draw=draw, scores=(0.0, 1.0), tokens=96) for draw in draws])
    saved = sampler.state()                           # JSON; `sampler.restore(saved)` goes on exactly there
"""

from palestra.envs.curriculum.curriculum import CurriculumSampler, Pace
from palestra.envs.curriculum.evidence import Evidence, signal_probability
from palestra.envs.curriculum.evolution import Breeding, EvolvingSampler, Seed, information
from palestra.envs.curriculum.member import Draw, GroupResult, Member, TaskSampler
from palestra.envs.curriculum.mixture import Mixture
from palestra.envs.curriculum.weights import Drift, Steady, Weight

__all__ = [
    "Breeding",
    "CurriculumSampler",
    "Draw",
    "Drift",
    "Evidence",
    "EvolvingSampler",
    "GroupResult",
    "Member",
    "Mixture",
    "Pace",
    "Seed",
    "Steady",
    "TaskSampler",
    "Weight",
    "information",
    "signal_probability",
]
