"""Weights that are replaced while generation stands still."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Protocol

from palestra.agents.vllm.capabilities import ControlError
from palestra.agents.vllm.control import VllmControl


class Replacement(Protocol):
    """Puts new weights into a server that stands still."""

    async def __call__(self, control: VllmControl, version: int) -> None:
        """Do it."""
        ...


async def paused(control: VllmControl, replace: Replacement, version: int) -> None:
    """Replace weights while generation stands still; it goes on whatever happens.

    Raises:
        ControlError: A call failed. The requests that were under way are given up then: nobody knows which weights
            they would go on with.
    """
    try:
        await control.pause()  # one that gave no answer in time may have paused all the same
        await replace(control, version)
    except BaseException:
        await asyncio.shield(_given_up(control))
        raise
    await control.resume()


async def _given_up(control: VllmControl) -> None:
    for call in (control.abort, control.resume):
        with suppress(ControlError):
            await call()
