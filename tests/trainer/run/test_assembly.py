"""The parts of a run: how they pass from stage to stage and from checkpoint to run."""

from __future__ import annotations

from pathlib import Path

import pytest

from palestra.trainer.checkpoints.checkpoint import Checkpoint, Position, save_checkpoint
from palestra.trainer.config import TrainConfig
from palestra.trainer.config.reader import parse_config
from palestra.trainer.errors import CheckpointError
from palestra.trainer.run.assembly import assemble, next_stage
from tiny_model import save_tiny_model

MIXTURE = """
steps = 1
env.kind = "mixture"
env.environments = [{ id = "palestra/ChainSum-v1" }, { id = "palestra/Countdown-v1" }]
"""


def _config(folder: Path, text: str = MIXTURE) -> TrainConfig:
    return parse_config(f'{text}\nmodel.path = "{folder}"\nmodel.precision = "fp32"')


def _saved(folder: Path, config: TrainConfig) -> Checkpoint:
    parts = assemble(config)
    parts.sampler.draw(1, 5)
    position = Position(step=1, train_seconds=0.0, threads=1)
    model, tokenizer = parts.policy.model, parts.tokenizer.tokenizer
    return save_checkpoint(folder / "checkpoints", position, model, tokenizer, parts.memory())


def test_a_stage_that_follows_one_of_a_single_step_draws_as_if_the_run_had_been_resumed_between_them(
    tmp_path: Path,
) -> None:
    config = _config(save_tiny_model(tmp_path / "model"))
    parts = assemble(config)
    parts.sampler.draw(1, 5)
    resumed = assemble(config)
    resumed.sampler.restore(parts.sampler.state())
    straight = next_stage(parts, config, config)
    draws = [[str(draw.task.id) for draw in each.sampler.draw(1, 20)] for each in (straight, resumed)]
    assert draws[0] == draws[1]


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("sampler", 'steps = 1\nenv.id = "palestra/ChainSum-v1"'),
        ("optimizer", f"{MIXTURE}\ncritic = {{}}"),
    ],
)
def test_a_checkpoint_of_a_part_that_was_configured_otherwise_is_refused(part: str, text: str, tmp_path: Path) -> None:
    model = save_tiny_model(tmp_path / "model")
    saved = _saved(tmp_path, _config(model))
    with pytest.raises(CheckpointError, match=f"does not fit the {part}(.|\n)*hint: "):
        assemble(_config(model, text)).restore(saved)
