from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from palestra.cli import main
from palestra.envs import ENVS, Kind, Row


@pytest.fixture(autouse=True, scope="module")
def shelf() -> Iterator[str]:
    row = Row(
        id="tests/ShelfOrder-v1", group="tests", source="shelf:ShelfOrder", summary="", difficulty="", kind=Kind.TOOLS
    )
    if row.id not in ENVS:
        ENVS.add(row)
    yield row.id


def rows(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize(("agent", "mean"), [("oracle", 1.0), ("noop", 0.0)])
def test_a_tool_domain_pays_the_oracle_and_not_doing_nothing(
    agent: str, mean: float, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["eval", "tests/ShelfOrder-v1", "--agent", agent, "--n", "20", "--json"]) == 0
    [row] = rows(capsys)
    assert (row["mean_reward"], row["n"], row["invalid"]) == (mean, 20, 0)
    assert row["ends"] == ({"submitted": 20} if agent == "oracle" else {"format_errors": 20})


@pytest.mark.parametrize("agent", ["cheater:*", "cheater:all_into_one_box"])
def test_each_cheat_of_an_environment_is_reported_by_name(agent: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "tests/ShelfOrder-v1", "--agent", agent, "--n", "20", "--json"]) == 0
    [row] = rows(capsys)
    assert row["agent"] == "cheater:all_into_one_box"
    assert (row["mean_reward"], row["outcomes"]) == (0.0, {"FAIL": 20})


def test_wrong_responses_that_a_question_names_are_cheats_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "palestra/MoneyChange-v1", "--agent", "cheater:*", "--n", "20", "--json"]) == 0
    found = rows(capsys)
    assert len(found) >= 3
    assert {row["mean_reward"] for row in found} == {0.0}


def test_a_loop_chooses_how_calls_are_written(capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["eval", "tests/ShelfOrder-v1", "--agent", "oracle", "--n", "3", "--json", "--loop", "tool-calling"]
    assert main([*argv, "--set", "codec=function-xml"]) == 0
    [row] = rows(capsys)
    assert (row["mean_reward"], row["config"]) == (1.0, {"codec": "function-xml"})


@pytest.mark.parametrize(
    ("env", "agent", "message"),
    [
        ("tests/ShelfOrder-v1", "cheater:nobody", "no cheat `nobody`"),
        ("palestra/ChainSum-v1", "cheater:*", "names no cheats"),
        ("palestra/ChainSum-v1", "cheeter:*", "no agent `cheeter:*`"),
    ],
)
def test_a_cheat_that_is_not_there_is_one_sentence(
    env: str, agent: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["eval", env, "--agent", agent, "--n", "3"]) == 2
    assert message in capsys.readouterr().err
