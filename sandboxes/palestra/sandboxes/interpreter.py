"""Which Python runs on the other side."""

from __future__ import annotations

import os
import sys


def base_python() -> str:
    """This interpreter itself, not the link to it in a virtual environment."""
    base: str = getattr(sys, "_base_executable", "") or sys.executable
    return os.path.realpath(base)
