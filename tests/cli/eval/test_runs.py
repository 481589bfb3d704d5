from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from openai_server import Answer, serving
from palestra.cli import main
from tiny_model import save_tiny_model

PAGE = (Path(__file__).parents[3] / "docs" / "evaluation.md").read_text(encoding="utf-8")
[SCHEMA] = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs and the cache of rollouts are those of the test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def rows(capsys: pytest.CaptureFixture[str], *argv: str, code: int = 0) -> list[Any]:
    assert main([*argv, "--json"]) == code
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    if argv[0] == "eval":
        for row in found:
            jsonschema.validate(row, SCHEMA)
    return found


def test_a_model_is_probed_priced_resumed_and_cached(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = str(save_tiny_model(tmp_path / "model"))
    argv = ["eval", "palestra/ChainSum-v1", "--model", model, "--n", "3", "--k", "1,2", "--max-new-tokens", "4"]
    [first] = rows(capsys, *argv, "--probe", "--prompt-price", "1", "--difficulties", "0,0.5", "--thinking", "on")
    assert (first["n"], first["samples_per_task"], set(first["pass_at_k"])) == (6, 2, {"1", "2"})
    assert (first["mode"], first["contamination"]["null"]) == ("thinking", "same family")
    assert [stratum["value"] for stratum in first["strata"]] == ["0.0", "0.5"]
    assert set(first["best_of_n"]) == set(first["maj_at_k"]) == {"2"}
    run = tmp_path / "runs" / "eval-model-ChainSum-v1"
    assert json.loads((run / "summary.json").read_text()) == [first]
    lines = (run / "rollouts.jsonl").read_text().splitlines()
    assert len(lines) == 12

    (run / "rollouts.jsonl").write_text("\n".join(lines[:5]) + "\n" + lines[5][:40])
    assert main(["eval", "--resume", str(run), "--json"]) == 0
    resumed = capsys.readouterr()
    assert json.loads(resumed.out) == first, "not even the costs differ: the rest came from the cache"
    assert "7 of 12 rollouts from the cache" in resumed.err
    assert len((run / "rollouts.jsonl").read_text().splitlines()) == 12
    assert main([*argv, "--out", str(run)]) == 2
    assert "was asked something else" in capsys.readouterr().err


def test_a_model_that_changed_cannot_go_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = save_tiny_model(tmp_path / "model")
    argv = ["eval", "palestra/ChainSum-v1", "--model", str(model), "--n", "1", "--max-new-tokens", "2", "--out", "run"]
    rows(capsys, *argv)
    config = json.loads((model / "config.json").read_text())
    (model / "config.json").write_text(json.dumps({**config, "another": 1}))
    assert main(["eval", "--resume", "run"]) == 2
    assert "has changed since" in capsys.readouterr().err


def chat(text: str) -> Answer:
    choice = {"message": {"content": text}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 50, "completion_tokens": 5}
    return Answer(body=json.dumps({"choices": [choice], "usage": usage}).encode())


def test_an_endpoint_of_chats_is_evaluated_compared_and_judged_again(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_KEY", "secret")
    asked: list[str] = []

    def half_right(prompt: str) -> Answer:
        asked.append(prompt)
        if len(asked) == 1:
            return Answer(status=429, headers=(("retry-after", "0"),))
        numbers = [int(word) for word in re.findall(r"-?\d+", prompt)]
        return chat(f"So it is {sum(numbers) if sum(numbers) % 2 else 'unclear'}")

    argv = ["eval", "palestra/ChainSum-v1", "--model", "some-model", "--n", "8", "--set", "operators=+"]
    argv = [*argv[:-2], "--api-key-env", "MY_KEY", "--concurrent", "2", "--requests-per-minute", "60000"]
    with serving(half_right) as served:
        [row] = rows(capsys, *argv, "--base-url", served.url, "--out", "a")
        assert set(served.keys) == {"Bearer secret"}
    with serving(lambda prompt: chat("no idea")) as served:
        [worse] = rows(capsys, *argv, "--base-url", served.url, "--out", "b")
    assert (row["invalid"], row["cost"]["prompt_tokens"], row["mean_policy_tokens"]) == (0, 400, 5.0)
    assert worse["mean_reward"] == 0.0
    assert "secret" not in Path("a/config.json").read_text()

    [compared] = rows(capsys, "compare", "a", "b")
    assert (compared["n"], compared["test"], compared["better"]) == (8, "mcnemar", 0)
    assert compared["worse"] == len(compared["changes"]) == row["outcomes"].get("PASS", 0)
    [judged] = rows(capsys, "rescore", "a")
    assert (judged["judged"], judged["changed"]) == (8, 0), "the environment's verifier has not changed"
    [other] = rows(capsys, "rescore", "b", "--verifier", "ifeval")
    assert other["judged"] + sum(other["skipped"].values()) == 8
    assert main(["rescore", "a", "--verifier", "exact", "--diff", "--out", "again.jsonl"]) == 0
    assert len(Path("again.jsonl").read_text().splitlines()) == 8
    assert main(["rescore", "a", "--out", "again.jsonl"]) == 2
    capsys.readouterr()


def test_a_mixture_has_a_line_for_all_and_agents_write_only_where_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("mix.toml").write_text(
        '[env]\nkind = "mixture"\n[[env.environments]]\nid = "palestra/ChainSum-v1"\n'
        '[[env.environments]]\nid = "palestra/Countdown-v1"\nconfig = {difficulty = 0.0}\n'
    )
    found = rows(capsys, "eval", "mix.toml", "--agent", "oracle", "--n", "5")
    assert [row["env"] for row in found] == ["palestra/ChainSum-v1", "palestra/Countdown-v1", "mixture"]
    assert (found[2]["n"], found[2]["mean_reward"]) == (10, 1.0)
    assert not Path("runs").exists()
    argv = ["eval", "palestra/ChainSum-v1?difficulty=0.1", "--n", "5"]
    assert rows(capsys, *argv, "--agent", "oracle", "--out", "o")[0]["config"] == {"difficulty": 0.1}
    rows(capsys, *argv, "--agent", "noop", "--out", "n")
    assert main(["compare", "o", "n", "--flips", "2"]) == 0
    shown = capsys.readouterr().out
    assert "flipped: 5 from right to wrong, 0 from wrong to right" in shown
    assert "and 3 more" in shown


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["eval", "palestra/ChainSum-v1", "--agent", "oracle", "--k", "1,x"], "no list of numbers"),
        (["eval", "palestra/ChainSum-v1", "--agent", "oracle", "--k", "4", "--samples", "2"], "k lies between"),
        (["eval", "palestra/ChainSum-v1", "--agent", "oracle", "--samples", "2"], "same answer each time"),
        (["eval", "palestra/ChainSum-v1", "--agent", "oracle", "--probe"], "knows nothing by heart"),
        (["eval", "palestra/ChainSum-v1", "palestra/ChainSum-v1", "--agent", "oracle"], "named twice"),
        (["eval", "nowhere.toml", "--agent", "oracle"], "cannot be read"),
        (["eval", "palestra/ChainSum-v1?difficulty", "--agent", "oracle"], "no key and value"),
        (["eval", "palestra/ChainSum-v1", "--model", "m", "--base-url", "http://a", "http://b"], "one address"),
        (["eval", "palestra/ChainSum-v1", "--model", "m", "--base-url", "http://a", "--api-key-env", "N0"], "not set"),
        (["eval", "palestra/ChainSum-v1", "--model", "m", "--base-url", "http://a", "--probe"], "goes on with no text"),
        (["eval", "palestra/ChainSum-v1", "--model", "m", "--api", "chat"], "needs an endpoint"),
        (["eval", "--resume", "nowhere"], "no folder of an evaluation"),
        (["eval", "palestra/ChainSum-v1", "--resume", "nowhere"], "says what is evaluated"),
        (["compare", "nowhere", "nowhere"], "there is no `nowhere`"),
        (["rescore", "."], "holds no rollouts"),
        (["verifiers", "compare", "math"], "which cases"),
        (["verifiers", "compare", "--corpus", "math"], "who is compared"),
    ],
)
def test_wrong_calls_are_one_sentence(argv: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(argv) == 2
    said = capsys.readouterr().err
    assert message in said
    assert "hint: " in said


def test_verifiers_are_compared_on_one_right_answer_against_many(capsys: pytest.CaptureFixture[str]) -> None:
    found = rows(capsys, "verifiers", "compare", "math", "exact", "--corpus", "math")
    assert [row["verifier"] for row in found] == ["math", "exact"]
    assert found[0]["accuracy"]["value"] > found[1]["accuracy"]["value"]
    assert main(["verifiers", "compare", "math", "--corpus", "math"]) == 0
    assert "RIGHT FIRST" in capsys.readouterr().out
