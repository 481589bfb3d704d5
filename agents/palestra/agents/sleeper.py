"""The contract of a generator that gives up its memory while the learner works on the same device."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol, runtime_checkable


class Wake(StrEnum):
    """What a sleeping generator gets back."""

    WEIGHTS = "weights"
    """Room for the weights; what stands in it is undefined until the next push."""
    CACHE = "kv_cache"
    """Room for keys and values: from here on it may generate."""


@runtime_checkable
class Sleeper(Protocol):
    """A generator, or the weight sync that steers it, which can free the memory of its device.

    The order is: `sleep`, then the learner's work, `wake(Wake.WEIGHTS)`, a push of weights, `wake(Wake.CACHE)`.
    """

    async def sleep(self, level: int) -> None:
        """Free memory while nothing is generated.

        Args:
            level: 1 keeps the weights in the host's memory, 2 drops them.

        Raises:
            GeneratorError: It does not fall asleep.
        """
        ...

    async def wake(self, part: Wake) -> None:
        """Take memory back.

        Raises:
            GeneratorError: It does not wake up.
        """
        ...
