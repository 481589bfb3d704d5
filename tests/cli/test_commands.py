from __future__ import annotations

import io
import json
import sys
import types
from pathlib import Path

import pytest

from palestra.cli import main
from palestra.cli.field_docs import field_docs
from palestra.envs import ENVS, Kind
from palestra.verifiers import VERIFIERS

PROCEDURAL = [row for row in ENVS.values() if row.kind in (Kind.QUESTION, Kind.GAME)]
SELF_CONTAINED = sorted({row.group: row.id for row in PROCEDURAL}.values())
"""One environment of each group; the conformance tests look at all."""


def json_lines(capsys: pytest.CaptureFixture[str], *argv: str) -> list[dict[str, object]]:
    assert main(argv) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return [json.loads(line) for line in captured.out.splitlines()]


def test_the_lists_hold_every_row(capsys: pytest.CaptureFixture[str]) -> None:
    assert [row["id"] for row in json_lines(capsys, "envs", "list", "--json")] == list(ENVS)
    assert [row["name"] for row in json_lines(capsys, "verifiers", "list", "--json")] == list(VERIFIERS)


def test_lists_for_people_have_one_line_for_each_row(capsys: pytest.CaptureFixture[str]) -> None:
    for noun, table in (("envs", ENVS), ("verifiers", VERIFIERS)):
        assert main([noun, "list"]) == 0
        lines = capsys.readouterr().out.splitlines()[1:]
        assert [line.split()[0] for line in lines] == list(table)


@pytest.mark.parametrize("env_id", SELF_CONTAINED)
def test_a_card_shows_options_and_three_samples(env_id: str, capsys: pytest.CaptureFixture[str]) -> None:
    [card] = json_lines(capsys, "envs", "show", env_id, "--json")
    assert isinstance(card["samples"], list)
    assert isinstance(card["options"], dict)
    assert len({sample["id"] for sample in card["samples"]}) == 3
    assert all(option["help"] for option in card["options"].values()), "every option is documented"
    assert main(["envs", "show", env_id]) == 0
    text = capsys.readouterr().out
    assert all(str(sample["oracle"]).splitlines()[0] in text for sample in card["samples"])


@pytest.mark.parametrize("name", list(VERIFIERS))
def test_a_verifiers_card_shows_its_reference(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    [card] = json_lines(capsys, "verifiers", "show", name, "--json")
    assert card["reference"]
    assert main(["verifiers", "show", name]) == 0
    assert str(card["reference"]) in capsys.readouterr().out


@pytest.mark.parametrize("env_id", SELF_CONTAINED)
@pytest.mark.parametrize(("agent", "low", "high"), [("oracle", 1.0, 1.0), ("noop", 0.0, 0.0), ("random", 0.0, 0.2)])
def test_eval_prints_one_json_object_last(
    env_id: str, agent: str, low: float, high: float, capsys: pytest.CaptureFixture[str]
) -> None:
    [row] = json_lines(capsys, "eval", env_id, "--agent", agent, "--n", "40", "--json")
    assert (row["env"], row["agent"], row["n"], row["invalid"]) == (env_id, agent, 40, 0)
    assert isinstance(row["mean_reward"], float)
    assert isinstance(row["ci95"], list)
    assert low <= row["mean_reward"] <= high
    assert row["ci95"][0] <= row["mean_reward"] <= row["ci95"][1]
    assert (row["split"], row["seed"]) == ("test", 0)


def test_eval_of_several_environments_prints_a_line_for_each_and_takes_options(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ids = ["palestra/ChainSum-v1", "palestra/Countdown-v1"]
    options = ["--agent", "oracle", "--n", "3", "--set", "difficulty=0.1", "--seed", "5", "--split", "train", "--json"]
    rows = json_lines(capsys, "eval", *ids, *options)
    assert [row["env"] for row in rows] == ids
    assert rows[0]["config"] == {"difficulty": 0.1}
    assert main(["eval", *ids, "--agent", "oracle", "--n", "3"]) == 0
    assert "reward 1.0000" in capsys.readouterr().out


def test_eval_gives_the_same_figures_each_time(capsys: pytest.CaptureFixture[str]) -> None:
    call = ["eval", "palestra/RandomCalculationContinuous-v1", "--agent", "random", "--n", "50", "--json"]
    assert json_lines(capsys, *call) == json_lines(capsys, *call)


def play(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str, *argv: str) -> str:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert main(["play", "palestra/ChainSum-v1", *argv]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def test_play_judges_piped_answers_and_sums_up(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    env = ENVS.make("palestra/ChainSum-v1")
    source = env.source
    right = source.task("train", 3, 0).reference
    out = play(monkeypatch, capsys, f"thinking... \\\n{right}\nwrong\n", "--seed", "3")
    assert "PASS 1.00" in out
    assert "UNPARSED 0.00" in out
    assert f"a right response: {source.task('train', 3, 1).reference}" in out
    assert out.endswith("2 tasks played, mean reward 0.50\n")


def test_play_ends_at_once_without_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert play(monkeypatch, capsys, "", "--difficulty", "0.0").endswith("0 tasks played\n")


class Documented:
    """A class with a documented field."""

    first: int = 1
    """What the first one means."""
    second: int = 2


class Derived(Documented):
    """Adds one."""

    third: int = 3
    """What the third
    one means."""


def test_field_docs_are_the_texts_under_the_fields() -> None:
    assert field_docs(Derived) == {"first": "What the first one means.", "third": "What the third\none means."}
    assert field_docs(int) == {}


def test_train_hands_over_the_options_that_only_the_configuration_knows(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    calls: list[tuple[str | None, list[str], Path | None]] = []

    def train_command(config: str | None, overrides: list[str], resume: Path | None) -> int:
        calls.append((config, overrides, resume))
        return 1

    run = types.ModuleType("palestra.trainer.run.train")
    run.train_command = train_command  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "palestra.trainer.run.train", run)
    overrides = ["--loss.clip-low", "0.1", "--optim.lr=1e-5", "--shift", "-3"]
    assert main(["train", "run.toml", *overrides]) == 1
    assert main(["train", *overrides, "run.toml"]) == 1
    assert main(["train", "--seed", "1", "--resume", str(tmp_path)]) == 1
    assert main(["train", "quickstart"]) == 1
    assert calls == [
        ("run.toml", overrides, None),
        ("run.toml", overrides, None),
        (None, ["--seed", "1"], tmp_path),
        ("quickstart", [], None),
    ]
    assert main(["train", "quickstart", "-x"]) == 2
    assert "error: Unrecognized options: -x" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argv", "what"),
    [
        ([], "no configuration"),
        (["quickstrt"], "no configuration file `quickstrt`"),
        (["quickstart", "--optim.lrr", "1"], "lrr"),
        (["quickstart", "--optim.lr"], "needs a value"),
        (["quickstart", "--optim.lr", "fast"], "fast"),
        (["--resume", "no-such-run"], "`no-such-run` holds no run"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_training_run_is_one_sentence(argv: list[str], what: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["train", *argv])
    err = capsys.readouterr().err
    assert code == 2
    assert err.startswith("error: ")
    assert what in err
    assert "\n\nhint: " in err
