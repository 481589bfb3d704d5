"""What an audit starts is gone when the audit is killed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SLOW = """
import time
def subject(env_id, size):
    time.sleep(600)
"""
TWIN = """
from palestra.envs.audit.twin import Spec, Twin
Twin([Spec(origin="slow:subject", id="palestra/Slow-v1", size=1)])
"""
WORKERS = """
from palestra.envs.audit import subject_of_row
from palestra.envs.audit.auditor import pool_of
pool = pool_of(2)
pool.submit(abs, -1).result()
"""


@pytest.mark.parametrize("start", [TWIN, WORKERS], ids=["twin", "workers"])
def test_what_an_audit_starts_ends_when_the_audit_is_killed(start: str, tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(SLOW)
    program = f"{start}\nimport time\nprint('started', flush=True)\ntime.sleep(600)"
    parent = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        text=True,
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == "started\n"
    parent.kill()
    parent.communicate(timeout=8)  # whoever is left holds its standard error open
