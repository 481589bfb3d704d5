"""Environments over HTTP: reset, step and state as OpenEnv's clients speak them, many sessions at a time.

`palestra.envs.serving.app` needs the extra `serve`.
"""

from palestra.envs.serving.errors import (
    BadMessageError,
    CapacityError,
    LostSessionError,
    ServingError,
    UnknownSessionError,
)
from palestra.envs.serving.limits import ServingLimits
from palestra.envs.serving.offer import Offer
from palestra.envs.serving.session import Session
from palestra.envs.serving.sessions import Sessions

__all__ = [
    "BadMessageError",
    "CapacityError",
    "LostSessionError",
    "Offer",
    "ServingError",
    "ServingLimits",
    "Session",
    "Sessions",
    "UnknownSessionError",
]
