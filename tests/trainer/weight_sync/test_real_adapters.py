"""LoRA adapters by version in a real vLLM server."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from palestra.agents.vllm.client import VersionLabels
from palestra.trainer.config import LoraConfig
from palestra.trainer.run.assembly import _add_lora
from palestra.trainer.weight_sync.transfer import LoraAdapters
from vllm_bench import weight_bench

pytestmark = pytest.mark.real


def test_each_version_of_the_adapters_is_served_under_its_own_name(tmp_path: Path) -> None:
    config = LoraAdapters(folder=str(tmp_path), keep=2, max_rank=8)
    with asyncio.Runner() as runner, weight_bench(tmp_path, config.needs(), runner) as bench:
        _add_lora(bench.policy.model, LoraConfig(rank=8))
        sync = config.weight_sync(bench.policy, bench.pool, torch.float32)
        names: list[str] = []
        for version in range(4):
            if version:
                bench.perturb(version)
            runner.run(sync.push(version))
            assert [delivery.failure for delivery in sync.deliveries] == [""]
            names.append(bench.pool.serving.model)
            assert bench.gap(names[-1]) < 1e-4
            completion = bench.generate(f"adapter/{version}")
            assert [span.version for span in completion.versions] == [version]
            ids = (*bench.prompt_ids, *completion.token_ids)
            own = bench.logprobs(ids)[len(bench.prompt_ids) - 1 :]
            assert max(abs(a - b) for a, b in zip(own, completion.logprobs, strict=True)) < 1e-3
        assert bench.gap(names[-2]) > 1e-3, "the version before is still there, as it was"
        listed = runner.run(bench.control.models())
        assert [name in listed for name in names] == [False, False, True, True]
        assert bench.pool.serving == replace(bench.pool.serving, labels=VersionLabels.CALLER)
        runner.run(sync.aclose())
    assert not list(tmp_path.glob("palestra-weights-*"))
