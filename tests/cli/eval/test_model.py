from __future__ import annotations

import json
from pathlib import Path

import pytest

from palestra.cli import main
from tiny_model import save_tiny_model
from vllm_server import FakeVllm, serving


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs and the cache of rollouts are those of the test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_a_model_is_evaluated_with_pass_at_k(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = save_tiny_model(tmp_path / "model")
    argv = ["eval", "palestra/ChainSum-v1", "--model", str(model), "--n", "3", "--samples", "2", "--cache", "off"]
    rows = []
    for _ in range(2):
        assert main([*argv, "--max-new-tokens", "4", "--json"]) == 0
        row = json.loads(capsys.readouterr().out)
        assert row["cost"].pop("model_s") > 0
        rows.append(row)
    assert rows[0] == rows[1], "the same figures each time"
    assert (rows[0]["agent"], rows[0]["n"], rows[0]["samples_per_task"]) == (str(model), 3, 2)
    assert set(rows[0]["pass_at_k"]) == {"1", "2"}


def test_a_model_on_servers_is_evaluated_with_the_tokens_that_they_sample(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = save_tiny_model(tmp_path / "model")
    with serving(FakeVllm(max_model_len=4096)) as first, serving(FakeVllm(max_model_len=4096)) as second:
        argv = ["eval", "palestra/ChainSum-v1", "palestra/Countdown-v1", "--model", str(model), "--n", "6"]
        argv += ["--base-url", first.url, second.url, "--max-new-tokens", "4", "--json"]
        assert main(argv) == 0
        rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [(row["n"], row["invalid"]) for row in rows] == [(6, 0)] * 2
        assert len(first.requests) + len(second.requests) == 12


@pytest.mark.parametrize("extra", [["--agent", "oracle"], ["--model", "x", "--base-url", "localhost:1"]])
def test_servers_need_a_tokenizer_and_whole_addresses(extra: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "palestra/ChainSum-v1", "--base-url", "http://127.0.0.1:1", *extra]) == 2
    assert "hint: " in capsys.readouterr().err


@pytest.mark.parametrize("who", [[], ["--agent", "oracle", "--model", "x"]])
def test_one_of_agent_and_model_is_needed(who: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "palestra/ChainSum-v1", *who]) == 2
    assert "give one of `--agent NAME` and `--model PATH`" in capsys.readouterr().err


def test_a_missing_model_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "palestra/ChainSum-v1", "--model", "nowhere"]) in (1, 2)
    assert "nowhere" in capsys.readouterr().err
