from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from statistics import fmean
from types import ModuleType

import pytest

BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "talk_or_submit.py"


@pytest.fixture(scope="module")
def bandit() -> ModuleType:
    spec = importlib.util.spec_from_file_location("talk_or_submit", BENCHMARK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look themselves up there
    spec.loader.exec_module(module)
    return module


def test_gated_turns_submit_where_the_plain_sum_talks(bandit: ModuleType) -> None:
    # METHODS 39.4: G-RA against D-RA. Fewer and larger steps than in the benchmark.
    ends = {}
    for scheme in ("summed", "gated"):
        setting = bandit.Setting(turns=20, scheme=scheme)
        curve = bandit.train(setting, 0, steps=40, groups=4, size=8, lr=0.1)
        ends[scheme] = (fmean(step.submitted for step in curve[-5:]), fmean(step.outcome for step in curve[-5:]))
    assert ends["gated"][0] > 0.9
    assert ends["gated"][1] > 0.5
    assert ends["summed"][0] < 0.5
    assert ends["summed"][1] < 0.3
