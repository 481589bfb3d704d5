"""Drivers on models that nobody trains."""

from __future__ import annotations

import subprocess
import sys

LOADED = """
import sys
import palestra.trainer.run.drivers
print(*sorted({name.split(".")[2] for name in sys.modules if name.startswith("palestra.trainer.")}))
"""


def test_what_plays_a_model_does_not_load_what_trains_one() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    folders = set(done.stdout.split())
    assert "generation" in folders
    assert not folders & {"alarms", "config", "learner", "modes", "noise", "optimizers", "stages"}
