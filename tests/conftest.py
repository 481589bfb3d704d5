"""What holds for all tests: one thread for each worker, patience on a loaded machine, sandboxes for repositories."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from palestra.envs.swe.places import Places

if "PYTEST_XDIST_WORKER" in os.environ:
    # Read by torch and numpy when a test imports them, which is after this; inherited by subprocesses.
    for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[variable] = "1"
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

settings.register_profile("palestra", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("palestra")


@pytest.fixture(scope="session")
def places() -> Iterator[Places]:
    """Sandboxes in which the tests of the small repository run."""
    from palestra.envs.swe.places import Places
    from palestra.sandboxes import SandboxUnavailableError
    from small_repository import TASK

    places = Places()
    try:
        places.workplace(TASK)
    except SandboxUnavailableError as error:
        pytest.skip(str(error).partition("\n")[0])
    yield places
    places.close()
