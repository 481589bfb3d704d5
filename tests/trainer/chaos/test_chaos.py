"""Thirty kills, at random moments, of every kind of process that a run has: nothing is lost, counted twice or left."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chaos import ChaoticRun, check_log, command_line, compare_until_masked
from palestra.sandboxes import SandboxUnavailableError
from palestra.sandboxes.zygote import ZygoteSandbox
from palestra.trainer.run.train import train_command
from palestra.trainer.run_folder.run_paths import RunPaths
from tiny_model import save_roomy_model
from tiny_run import tiny_vllm, write_config

pytestmark = pytest.mark.real  # minutes: the second lane

ROLLOUTS, FEW_ROLLOUTS = 12, 4
ANY = (
    'reward.kind = "random"',  # the tiny model never answers right: coins give every group something to learn from
    "learner = { updates_per_step = 2, tokens_per_microbatch = 40 }",
    "checkpoint = { every = 1, keep = 2 }",
    "evaluation.greedy = false",
)
SANDBOXED = (
    'env.kind = "mixture"\nenv.environments = [{ id = "palestra/ChainSum-v1" }, { id = "palestra/CodeDebug-v1" }]\n'
)
GAME = 'env.id = "palestra/GuessTheNumber-v1"\n'


@pytest.fixture
def scratch() -> Iterator[Path]:
    """Where the run's processes put temporary files: a short name, since sockets are among them."""
    with tempfile.TemporaryDirectory(prefix="pal-", dir="/tmp") as folder:
        yield Path(folder)


def _one_at_a_time(config: Path) -> Path:
    """The configuration with few rollouts, and a generator that decodes one sequence at a time.

    An episode whose sandbox or worker was killed is played once more, in other rounds of requests: without this, what
    it is decoded together with would change the last bits of its log-probabilities.
    """
    text = config.read_text()
    wide = "prompts_per_step = 3, samples_per_prompt = 4, max_new_tokens = 8, max_concurrent = 5"
    assert wide in text
    narrow = "prompts_per_step = 2, samples_per_prompt = 2, max_new_tokens = 8, max_concurrent = 1"
    config.write_text(text.replace(wide, narrow))
    return config


def _run(tmp_path: Path, scratch: Path, config: Path, **victims: str) -> ChaoticRun:
    """A run; victims are known by what their command line holds."""

    def knows(text: str) -> Callable[[int], bool]:
        return lambda pid: text in command_line(pid)

    return ChaoticRun(
        config=config,
        paths=RunPaths(folder=config.parent / "runs" / "tiny"),
        log=tmp_path / "log",
        victims={name: knows(text) for name, text in victims.items()},
        environment={"TMPDIR": str(scratch), "OMP_NUM_THREADS": "1"},
    )


def _traces(scratch: Path) -> tuple[list[str], set[str]]:
    """What a run could leave on the host: mounts, and files. Others use this machine too: only its own count."""
    mounts = [line for line in Path("/proc/self/mounts").read_text().splitlines() if str(scratch) in line]
    return mounts, {str(path.relative_to(scratch)) for path in scratch.rglob("*")}


def test_learners_and_sandboxes_are_killed_and_the_weights_are_those_of_a_quiet_run(
    tmp_path: Path, scratch: Path
) -> None:
    try:
        with ZygoteSandbox(slots=1):
            pass
    except SandboxUnavailableError as error:
        pytest.skip(str(error).partition("\n")[0])
    rng = random.Random(8)
    strikes = ["learner"] * 12 + ["sandbox"] * 6
    rng.shuffle(strikes)
    steps = 22
    model = save_roomy_model(tmp_path / "model")
    weights = []
    for name in ("quiet", "chaotic"):
        folder = tmp_path / name
        folder.mkdir()
        config = _one_at_a_time(write_config(folder, model, *ANY, steps=steps, env=SANDBOXED))
        paths = RunPaths(folder=folder / "runs" / "tiny")
        before = _traces(scratch)
        if name == "quiet":
            assert train_command(str(config), [], None) == 0
        else:
            run = _run(tmp_path, scratch, config, sandbox="from inside import launcher")
            run.suffer(strikes, rng)
            assert run.killed == {"learner": 12, "sandbox": 6}
            assert run.survivors() == []
            assert _traces(scratch) == before
        assert check_log(paths, steps=steps, rollouts_per_step=FEW_ROLLOUTS) == 0
        weights.append((paths.model / "model.safetensors").read_bytes())
    assert weights[0] == weights[1]
    assert weights[0] != (model / "model.safetensors").read_bytes()


def test_environment_workers_are_killed_and_no_rollout_is_lost(tmp_path: Path, scratch: Path) -> None:
    pytest.importorskip("ray", reason="the extra `ray` is not installed")
    rng = random.Random(9)
    strikes = ["actor", "actor", "learner", "actor", "actor", "actor"]
    steps = 12
    model = save_roomy_model(tmp_path / "model")
    workers = (
        'env_workers = { kind = "ray", address = "local", actors = 2, cpus_per_actor = 0.5, '
        "play_s = 60.0, open_s = 60.0, grade_s = 60.0 }"
    )
    config = _one_at_a_time(write_config(tmp_path, model, *ANY, workers, steps=steps, env=GAME))
    run = _run(tmp_path, scratch, config, actor="ray::EnvHost")
    before = _traces(scratch)
    run.suffer(strikes, rng)
    assert run.killed == {"actor": 5, "learner": 1}
    assert run.survivors() == []
    assert _traces(scratch) == before
    masked = check_log(run.paths, steps=steps, rollouts_per_step=FEW_ROLLOUTS)
    (tmp_path / "quiet").mkdir()
    quiet = _one_at_a_time(write_config(tmp_path / "quiet", model, *ANY, steps=steps, env=GAME))
    assert train_command(str(quiet), [], None) == 0
    assert compare_until_masked(run.paths, RunPaths(folder=quiet.parent / "runs" / "tiny"), steps=steps) > 0
    if masked == 0:  # an episode whose workers were killed twice is masked, and the weights differ from there on
        one, other = (
            (folder / "runs/tiny/model/model.safetensors").read_bytes() for folder in (tmp_path, quiet.parent)
        )
        assert one == other, "where episodes are played changes nothing"


def test_servers_are_killed_and_no_rollout_is_lost(tmp_path: Path, scratch: Path) -> None:
    rng = random.Random(10)
    strikes = ["server", "server", "learner", "server", "server", "server"]
    steps = 12
    model = save_roomy_model(tmp_path / "model")
    transfer = f'{{ kind = "shared-file", folder = "{scratch}" }}'
    servers = f'generator = {{ kind = "vllm", launch = 2, python = "{tiny_vllm(tmp_path)}", transfer = {transfer} }}'
    config = write_config(tmp_path, model, *ANY, servers, steps=steps, env=GAME)
    run = _run(tmp_path, scratch, config, server="-m vllm.entrypoints.openai.api_server")
    before = _traces(scratch)
    run.suffer(strikes, rng)
    assert run.killed == {"server": 5, "learner": 1}
    assert run.survivors() == []
    assert _traces(scratch) == before
    check_log(run.paths, steps=steps, rollouts_per_step=ROLLOUTS)
