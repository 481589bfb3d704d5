"""Honest programs with the one right result of each: what no sandbox may get wrong, and all must agree on."""

from palestra.sandboxes.honest.algorithms import ALGORITHMS
from palestra.sandboxes.honest.endings import ENDINGS
from palestra.sandboxes.honest.machine import MACHINE
from palestra.sandboxes.honest.programs import HonestProgram, Repeat
from palestra.sandboxes.honest.python import PYTHON
from palestra.sandboxes.honest.tools import TOOLS

HONEST: tuple[HonestProgram, ...] = (*ENDINGS, *PYTHON, *MACHINE, *TOOLS, *ALGORITHMS)
"""All of them; their names differ."""

__all__ = ["HONEST", "HonestProgram", "Repeat"]
