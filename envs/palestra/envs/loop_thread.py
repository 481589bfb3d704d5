"""An event loop on a thread of its own, so that plain calls can wait for asynchronous work anywhere."""

from __future__ import annotations

import threading
from collections.abc import Coroutine
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")


def wait_for(work: Coroutine[Any, Any, T]) -> T:
    """Do asynchronous work and wait for its end; also within a running loop, as in a notebook, which stands still.

    Raises:
        Exception: Whatever the work raises.
    """
    import asyncio

    return asyncio.run_coroutine_threadsafe(work, _loop()).result()


@cache
def _loop() -> asyncio.AbstractEventLoop:
    import asyncio

    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="palestra-envs", daemon=True).start()
    return loop
