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


class Mend(Protocol):
    """Has a server whose weights may be half replaced whole again."""

    async def __call__(self, control: VllmControl) -> None:
        """Do it."""
        ...


async def paused(control: VllmControl, replace: Replacement, version: int, mend: Mend) -> None:
    """Replace weights while generation stands still; it goes on whatever happens.

    Args:
        control: Of the server.
        replace: Puts the weights into it.
        version: Of them.
        mend: Comes before generation goes on, if something failed.

    Raises:
        ControlError: A call failed. The requests that were under way are given up then: nobody knows which weights
            they would go on with.
    """
    try:
        await control.pause()  # one that gave no answer in time may have paused all the same
        await replace(control, version)
    except BaseException:
        await asyncio.shield(given_up(control, mend))
        raise
    await control.resume()


async def given_up(control: VllmControl, mend: Mend) -> None:
    """Have a server go on that stands still, without the requests that were under way, as far as it lets itself."""
    await mend(control)
    for call in (control.abort, control.resume):
        with suppress(ControlError):
            await call()
