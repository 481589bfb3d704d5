from __future__ import annotations

import dataclasses

import pytest

from palestra.trainer.config import ModelConfig, TrainConfig
from palestra.trainer.config.reader import parse_config
from palestra.trainer.config.writer import to_toml
from palestra.trainer.errors import ConfigError
from palestra.trainer.losses import ClippedLoss, ReinforceLoss
from palestra.trainer.objective.kl import K1
from palestra.trainer.practice.practice import EnvConfig
from palestra.trainer.stages import spans
from palestra.trainer.supervised import OracleSource

BASE = """
steps = 5
seed = 3
kl = "k1"
[env]
id = "palestra/ChainSum-v1"
config = { num_terms = 2, high = 9 }
[model]
path = "m"
[optim]
lr = 1e-5
warmup_steps = 2
[loss]
kind = "clipped"
clip_high = 0.4
"""
STAGES = """
[[stages]]
name = "cold"
steps = 4
supervised = { source = { kind = "oracle", demonstrations = 7 } }
kl = "none"

[[stages]]
name = "math"
optim.lr = 2e-5
loss.clip_low = 0.1
env.config.high = 99

[[stages]]
name = "code"
steps = 2
env = { id = "palestra/BinarySearchTrace-v1" }
loss = "reinforce"
kl.coefficient = 0.5
"""


def test_a_stage_has_everything_from_the_run_but_what_it_names() -> None:
    config = parse_config(BASE + STAGES)
    cold, math, code = config.stages
    assert (config.steps, config.total_steps) == (5, 11)
    assert cold.supervised is not None and cold.supervised.source == OracleSource(demonstrations=7)
    assert (cold.kl, math.kl, code.kl) == (None, K1(), K1(coefficient=0.5))
    assert (cold.steps, math.steps, code.steps) == (4, 5, 2)
    assert (cold.optim.lr, math.optim.lr, math.optim.warmup_steps) == (1e-5, 2e-5, 2)
    assert math.loss == ClippedLoss(clip_low=0.1, clip_high=0.4)
    assert code.loss == ReinforceLoss(), "options of another kind are left behind"
    assert isinstance(math.env, EnvConfig) and math.env.config == {"num_terms": 2, "high": 99}
    assert isinstance(code.env, EnvConfig) and code.env.config == {}, "so are options of another environment"
    assert {stage.seed for stage in config.stages} == {3}


def test_stages_are_written_as_what_differs_and_read_back_equal() -> None:
    config = parse_config(BASE + STAGES)
    text = to_toml(config)
    assert parse_config(text) == config
    assert text.count("[[stages]]") == 3
    assert text.count("warmup_steps") == 1, "what all stages have from the run is written once"
    moved = parse_config(text, ["--optim.warmup-steps", "1", "--stages.math.optim.lr", "0.5"])
    assert [stage.optim.warmup_steps for stage in moved.stages] == [1, 1, 1]
    assert [stage.optim.lr for stage in moved.stages] == [1e-5, 0.5, 1e-5]


def test_steps_of_stages_follow_each_other() -> None:
    found = spans(parse_config(BASE + STAGES))
    assert [(span.name, span.start, span.stop) for span in found] == [("cold", 0, 4), ("math", 4, 9), ("code", 9, 11)]
    math = found[1]
    assert [math.lr_at(step) for step in (5, 6, 7)] == [1e-5, 2e-5, 2e-5], "warm-up is the stage's own"
    assert [math.progress_at(step) for step in (5, 9)] == [0.0, 0.8]


def test_a_run_without_stages_is_one() -> None:
    config = TrainConfig(steps=3, env=EnvConfig(id="a"), model=ModelConfig(path="m"))
    [only] = spans(config)
    assert (only.config, only.name, only.start, only.stop) == (config, "", 0, 3)
    assert "stages = []" in to_toml(config)


def test_a_run_whose_stages_all_have_steps_needs_none() -> None:
    text = BASE.replace("steps = 5\n", "") + '[[stages]]\nname = "a"\nsteps = 2\n'
    assert parse_config(text).total_steps == 2
    with pytest.raises(ConfigError, match="the key `steps` is missing"):
        parse_config(BASE.replace("steps = 5\n", "") + '[[stages]]\nname = "a"\n')


@pytest.mark.parametrize(
    ("stages", "sentence"),
    [
        ("[[stages]]\nsteps = 1\n", r"the key `stages\[0\].name` is missing"),
        ('[[stages]]\nname = "a b"\n', "the name of a stage is a word"),
        ('[[stages]]\nname = "a"\n[[stages]]\nname = "a"\n', "two stages have the name `a`"),
        ('[[stages]]\nname = "a"\nmodel.path = "other"\n', "the stage `a` has its own `model`"),
        ('[[stages]]\nname = "a"\nseed = 4\n', "the stage `a` has its own `seed`"),
        ('[[stages]]\nname = "a"\nrollout.max_concurrent = 2\n', "the stage `a` has its own `rollout.max_concurrent`"),
        ('[[stages]]\nname = "a"\noptm.lr = 1.0\n', r"no key `stages\[0\].optm`; did you mean"),
        ('[[stages]]\nname = "a"\noptim.lr = "fast"\n', r"`stages\[0\].optim.lr` must be a number"),
        ('[[stages]]\nname = "a"\nsupervised = "raft"\n', r"no kind `raft` for `stages\[0\].supervised`"),
        ('[[stages]]\nname = "a"\nsupervised.batch = 0\n', r"`stages\[0\].supervised`: batch must be at least 1"),
        ('[[stages]]\nname = "a"\n[[stages.stages]]\nname = "b"\n', "the stage `a` has stages itself"),
        ("[stages]\na = 1\n", "`stages` must be a list of tables"),
    ],
)
def test_a_mistake_in_a_stage_is_one_clear_sentence(stages: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        parse_config(BASE + stages)


def test_an_override_of_a_stage_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(ConfigError, match="no stage `mth`; did you mean `math`"):
        parse_config(BASE + STAGES, ["--stages.mth.optim.lr", "1"])


def test_an_optional_part_of_one_kind_needs_no_kind() -> None:
    config = parse_config(BASE + '[[stages]]\nname = "a"\nsupervised.batch = 3\n')
    [stage] = config.stages
    assert stage.supervised is not None and stage.supervised.batch == 3
    assert dataclasses.replace(stage, supervised=None).kl == K1()
