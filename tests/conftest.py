"""What holds for all tests: one thread for each worker, and patience on a loaded machine."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

if "PYTEST_XDIST_WORKER" in os.environ:
    # Read by torch and numpy when a test imports them, which is after this; inherited by subprocesses.
    for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[variable] = "1"
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

settings.register_profile("palestra", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("palestra")
