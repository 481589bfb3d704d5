"""Processes that do not outlive the one that started them."""

from __future__ import annotations

import os
import threading
import time

_PERIOD_S = 0.5


def end_with(parent: int) -> None:
    """End this process soon after the process `parent`, which started it, is gone; a killed one ends nobody itself.

    A thread looks whether another process has become the parent. The kernel's signal at a parent's death would be
    sooner, but there is none outside of Linux, and it comes when the thread ends that started this process.
    """
    threading.Thread(target=_watch, args=(parent,), name="lifeline", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_PERIOD_S)
    os._exit(1)
