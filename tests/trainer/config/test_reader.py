from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palestra.envs.curriculum import Drift, Steady
from palestra.trainer.advantages import DrGrpo, Grpo, Rloo
from palestra.trainer.config import (
    EvalConfig,
    LoraConfig,
    ModelConfig,
    OptimConfig,
    Precision,
    TrainConfig,
)
from palestra.trainer.config.reader import parse_config, read_config
from palestra.trainer.config.writer import to_toml
from palestra.trainer.errors import ConfigError
from palestra.trainer.losses import ClippedLoss, ReinforceLoss
from palestra.trainer.objective.aggregation import ConstantNorm, TokenMean
from palestra.trainer.objective.kl import K1, K3
from palestra.trainer.practice.practice import CurriculumConfig, EnvConfig
from palestra.trainer.settings.env_workers import RayWorkers
from palestra.trainer.settings.schedules import Constant, Cosine
from palestra.trainer.trackers import TensorBoard, Trackio, Wandb, WandbMode
from palestra.verifiers.rewards import Overlong

BASE = """
steps = 10
[env]
id = "palestra/Countdown-v1"
config = {difficulty = 0.1}
[model]
path = "model"
"""


def test_a_file_and_its_defaults_make_a_configuration(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text(BASE, encoding="utf-8")
    assert read_config(path) == TrainConfig(
        steps=10, env=EnvConfig(id="palestra/Countdown-v1", config={"difficulty": 0.1}), model=ModelConfig(path="model")
    )


def test_a_kind_picks_the_member_of_a_union() -> None:
    config = parse_config(
        BASE
        + """
        [advantage]
        kind = "grpo"
        ddof = 0
        [loss]
        dual_clip = 3
        [aggregation]
        kind = "constant-norm"
        horizon = 64
        [kl]
        kind = "k3"
        coefficient = 0.04
        [overlong]
        max_tokens = 64
        buffer = 16
        """
    )
    assert config.advantage == Grpo(ddof=0)
    assert config.loss == ClippedLoss(dual_clip=3.0)
    assert config.aggregation == ConstantNorm(horizon=64)
    assert config.kl == K3(coefficient=0.04)
    assert config.overlong == Overlong(max_tokens=64, buffer=16)


def test_an_address_is_short_for_the_kind_that_it_belongs_to() -> None:
    wanted = RayWorkers(address="ray://head:10001", actors=3)
    assert parse_config(BASE, ["--env-workers", "ray://head:10001", "--env-workers.actors", "3"]).env_workers == wanted
    short = BASE.replace("[env]", 'env_workers = "ray://head:10001"\n[env]')
    assert parse_config(short, ["--env-workers.actors=3"]).env_workers == wanted
    with pytest.raises(ConfigError, match="no kind `rey://head`"):
        parse_config(BASE, ["--env-workers", "rey://head"])


def test_a_text_is_short_for_a_kind_with_its_defaults() -> None:
    config = parse_config('advantage = "rloo"\nkl = "k1"\noverlong = "none"\n' + BASE)
    assert (config.advantage, config.kl, config.overlong) == (Rloo(), K1(), None)


def test_overrides_win_over_the_file_and_are_read_as_the_type_of_their_field() -> None:
    config = parse_config(
        BASE + '[loss]\nkind = "clipped"\nclip_high = 0.4\n',
        [
            *["--optim.lr", ".5e-5", "--steps=3", "--name", "12", "--env.config.difficulty", "0.7"],
            *["--env.config.label", "a b", "--trackers", "tensorboard, wandb", "--model.precision", "bf16"],
            *["--model.lora.target-modules", "q_proj, v_proj", "--rollout.samples-per-prompt", "4"],
            *["--kl", "k3", "--kl.coefficient", "1", "--loss.kind", "reinforce", "--max-seconds", "60"],
            *["--optim.decay=cosine", "--env.system-prompt", "-1 = x", "--evaluation.ood-config.difficulty", "0.9"],
        ],
    )
    assert (config.optim.lr, config.steps, config.name, config.max_seconds) == (5e-6, 3, "12", 60.0)
    assert isinstance(config.env, EnvConfig)
    assert config.env.config == {"difficulty": 0.7, "label": "a b"}
    assert config.model == ModelConfig(
        path="model", precision=Precision.BF16, lora=LoraConfig(target_modules=("q_proj", "v_proj"))
    )
    assert config.rollout.samples_per_prompt == 4
    assert (config.kl, config.loss, config.optim.decay) == (K3(coefficient=1.0), ReinforceLoss(), Cosine())
    assert config.evaluation.ood_config == {"difficulty": 0.9}
    assert config.env.system_prompt == "-1 = x"
    assert config.trackers == (TensorBoard(), Wandb())


def test_an_override_can_take_an_optional_part_away() -> None:
    config = parse_config(BASE + "[model.lora]\nrank = 4\n", ["--model.lora", "none"])
    assert config.model.lora is None


@pytest.mark.parametrize(
    ("text", "overrides", "sentence"),
    [
        (BASE + "[rollot]\n", [], "no key `rollot`; did you mean `rollout`?"),
        (BASE + "[optim]\nlearning_rate = 1\n", [], "no key `optim.learning_rate`"),
        (BASE, ["--optim.1r", "1"], "no key `optim.1r`; did you mean `optim.lr`?"),
        (BASE + "[optim]\nlr = 'fast'\n", [], "`optim.lr` must be a number, got 'fast'"),
        (BASE, ["--optim.lr", "fast"], "`optim.lr` must be a number, got 'fast'"),
        (BASE, ["--steps", "2.5"], "`steps` must be a whole number, got '2.5'"),
        (BASE, ["--evaluation.greedy", "yes"], "`evaluation.greedy` must be true or false, got 'yes'"),
        (BASE, ["--trackers", "wanda"], "no kind `wanda` for `trackers[0]`; did you mean `wandb`?"),
        (BASE, ["--trackers", "wandb,wandb"], "trackers names `wandb` twice"),
        (BASE + "[learner]\nupdates_per_step = true\n", [], "`learner.updates_per_step` must be a whole number"),
        (BASE + "[model.lora]\ntarget_modules = [1]\n", [], "`model.lora.target_modules[0]` must be text, got 1"),
        (BASE.replace("{difficulty = 0.1}", "[1]"), [], "`env.config` must be a table of options"),
        (BASE.replace("{difficulty = 0.1}", "{day = 2020-01-01}"), [], "`env.config.day` must be a text, a number"),
        (BASE, ["--optim", "adam"], "`optim` must be a table of keys, got 'adam'"),
        (BASE, ["--model.lora", "yes"], "`model.lora` must be a table of keys, got 'yes'"),
        (BASE, ["--loss", "cliped"], "no kind `cliped` for `loss`; did you mean `clipped`?"),
        (BASE + "[loss]\nkind = 3\n", [], "`loss.kind` must be text, got 3"),
        ("kl = 3\n" + BASE, [], "`kl.kind` must be text, got 3"),
        (BASE + "[kl]\ncoefficient = 0.1\n", [], "`kl` needs a kind\n\nhint: `kl.kind` is one of k1, k2, k3"),
        (BASE + "[loss]\nkind = 'reinforce'\nclip_low = 0.1\n", [], "no key `loss.clip_low`"),
        (BASE, ["--aggregation", "constant-norm"], "the key `aggregation.horizon` is missing"),
        (BASE, ["--model.precision", "fp16"], "no value `fp16` for `model.precision`"),
        (BASE, ["--optim.lr", "-1"], "`optim`: lr must be positive"),
        (BASE, ["--advantage.kind", "psr", "--advantage.threshold", "nan"], "`advantage.threshold` must be a number"),
        (BASE, ["--loop", "mini-swe", "--loop.command-s", "inf"], "`loop`: command_s must be positive and finite"),
        (BASE, ["--supervised.source.agent", "oracel"], "`supervised.source`: no agent `oracel`"),
        (
            BASE,
            ["--rollout.budget", "swarm", "--rollout.budget.folder", "", "--rollout.budget.node", "a"],
            "`rollout.budget`: folder",
        ),
        (
            'noise.rates = { kind = "audited", auditor = { kind = "judge", url = "judge", model = "m" } }\n' + BASE,
            [],
            "`noise.rates.auditor`: url must begin with http",
        ),
        (
            "alarms = [{ kind = 'turns-farmed', min_fall = -1.0 }]\n" + BASE,
            [],
            "`alarms[0]`: min_fall must be positive",
        ),
        (BASE, ["--resets", "plateau", "--evaluation.every", "1", "--evaluation.during-tasks", "0"], "resets go by"),
        ("critic = {}\ncredit = 'turn-returns'\n" + BASE, [], "a critic gives every token an advantage of its own"),
        ("advantage = { kind = 'gdpo', weights = { outcome = 2 } }\n" + BASE, [], "advantage.weights names `outcome`"),
        (
            "components = ['outcome', 'length']\ncomponent_gates = { length = 'outcome' }\n" + BASE,
            [],
            "component_gates have no effect: the estimator `dr-grpo`",
        ),
        (BASE, ["--learner.updates-per-step", "99"], "learner.updates_per_step = 99 is more than the 12 groups"),
        (BASE, ["--name", "\ud800"], "`name` is not valid Unicode"),
        (BASE, ["optim.lr", "1"], "cannot read the argument `optim.lr`"),
        (BASE, ["--optim..lr", "1"], "cannot read the argument `--optim..lr`"),
        (BASE, ["--optim.lr"], "`--optim.lr` needs a value"),
        (BASE, ["--optim.lr", "--steps", "3"], "`--optim.lr` needs a value"),
        ("steps = 1", [], "the key `env.id` is missing"),
        ("", [], "the key `steps` is missing"),
        ("steps = = 1", [], "`config` is no valid TOML: Invalid value (at line 1, column 9)"),
    ],
)
def test_a_mistake_is_one_clear_sentence(text: str, overrides: list[str], sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(text, overrides)
    assert str(caught.value).startswith(sentence)
    assert caught.value.__cause__ is None


def test_a_hint_lists_what_there_is() -> None:
    with pytest.raises(ConfigError, match=r"\n\nhint: choose among every, keep$"):
        parse_config(BASE + "[checkpoint]\nkeeep = 3\n")
    with pytest.raises(ConfigError, match=r"\n\nhint: choose among k1, k2, k3, none$"):
        parse_config(BASE, ["--kl", "k4"])


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read the configuration `.*absent\.toml`: no such file"):
        read_config(tmp_path / "absent.toml")
    with pytest.raises(ConfigError, match="is a directory"):
        read_config(tmp_path)
    (tmp_path / "latin.toml").write_bytes(b"name = '\xff'")
    with pytest.raises(ConfigError, match="not UTF-8"):
        read_config(tmp_path / "latin.toml")


texts = st.text(st.characters(codec="utf-8"), max_size=12)
names = texts.filter(lambda text: bool(text) and "\0" not in text)
rates = st.floats(1e-9, 1e3, exclude_min=True)
options = st.dictionaries(texts, st.one_of(texts, st.integers(), st.booleans(), st.floats(allow_nan=False)), max_size=4)
configs = st.builds(
    TrainConfig,
    name=names,
    run_dir=names,
    seed=st.integers(),
    steps=st.integers(1, 10**6),
    max_seconds=st.none() | rates,
    env=st.builds(EnvConfig, id=names, config=options, system_prompt=texts),
    model=st.builds(
        ModelConfig,
        path=names,
        precision=st.sampled_from(Precision),
        lora=st.none() | st.builds(LoraConfig, target_modules=st.lists(texts, max_size=3).map(tuple)),
    ),
    advantage=st.sampled_from([Grpo(), Grpo(ddof=0, eps=1e-4), DrGrpo(), Rloo()]),
    loss=st.just(ReinforceLoss()) | st.builds(ClippedLoss, dual_clip=st.none() | st.floats(2, 10)),
    aggregation=st.just(TokenMean()) | st.builds(ConstantNorm, horizon=st.integers(1, 10**4)),
    kl=st.none() | st.builds(K3, coefficient=rates),
    overlong=st.none() | st.just(Overlong(max_tokens=20, buffer=5)),
    optim=st.builds(
        OptimConfig,
        lr=rates,
        clip_norm=st.just(float("inf")) | rates,
        decay=st.sampled_from([Constant(), Cosine(final=0.1)]),
    ),
    evaluation=st.builds(EvalConfig, ood_config=st.none() | options),
    trackers=st.sampled_from([(), (TensorBoard(samples=0), Wandb(project="a b", mode=WandbMode.ONLINE), Trackio())]),
)


@settings(deadline=None)
@given(config=configs)
def test_a_written_configuration_reads_back_equal(config: TrainConfig) -> None:
    assert parse_config(to_toml(config)) == config


def test_the_written_configuration_shows_every_field() -> None:
    text = to_toml(parse_config(BASE))
    for field in dataclasses.fields(TrainConfig):
        assert field.name in text
    assert 'kl = "none"' in text
    assert '[loss]\nkind = "clipped"\nclip_low = 0.2\nclip_high = 0.28\ndual_clip = "none"' in text


SEVERAL = """
steps = 3
model.path = "model"

[env]
kind = "curriculum"
difficulties = [0, 0.5]
environments = [
    { id = "palestra/ChainSum-v1", config = { high = 9 }, weight = { kind = "drift", end = 0, over = 10 } },
    { id = "palestra/Countdown-v1" },
]
"""


def test_several_environments_are_read_and_written() -> None:
    config = parse_config(SEVERAL, ["--env.explore", "0.5", "--env.difficulties", "0.1,0.2"])
    assert isinstance(config.env, CurriculumConfig)
    assert (config.env.difficulties, config.env.explore) == ((0.1, 0.2), 0.5)
    first, second = config.env.environments
    assert (first.config, first.weight) == ({"high": 9}, Drift(end=0.0, over=10))
    assert (second.id, second.weight) == ("palestra/Countdown-v1", Steady())
    assert parse_config(to_toml(config)) == config


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["--env.difficulties", "2"], "difficulties must lie in 0..1"),
        (["--env.difficulties", "x"], r"`env.difficulties\[0\]` must be a number"),
        (["--env.explore", "0"], "explore must be in"),
        (["--env.environments", "palestra/ChainSum-v1"], "must be a list of tables"),
        (["--env.kind", "mix"], "no kind `mix`"),
    ],
)
def test_bad_curricula_are_one_clear_sentence(overrides: list[str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_config(SEVERAL, overrides)


def test_a_curriculum_without_environments_names_the_missing_key() -> None:
    with pytest.raises(ConfigError, match=r"`env.environments` is missing"):
        parse_config('steps = 3\nmodel.path = "m"\nenv = "mixture"\n')
