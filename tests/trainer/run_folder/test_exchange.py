from __future__ import annotations

import json
from pathlib import Path

import pytest

from budget_cases import by_rows, playground, run
from palestra.trainer.budgets import FixedBudget, PlayedPrompt, SwarmBudget
from palestra.trainer.errors import BudgetError
from palestra.trainer.run_folder.exchange import SharedGroup, publish, shared_groups


def _foreign(folder: Path, *rows: str, step: int = 0, node: str = "b") -> None:
    """What another node has published: a group for each row of letters."""
    ground = playground(by_rows(*rows))
    publish(folder, node, step, [prompt.rollouts for prompt in run(FixedBudget(), ground, len(rows), len(rows[0]))])


def _step(folder: Path, *, external: int = 2, prompts: int = 4, own: str = "rw", step: int = 5) -> list[PlayedPrompt]:
    ground = playground(by_rows(own))
    ground.key = f"0/{step}"
    return list(run(SwarmBudget(folder=str(folder), node="a", external=external), ground, prompts, 2))


def test_foreign_groups_that_say_something_are_taken_and_no_others(tmp_path: Path) -> None:
    # METHODS 19: [1,1], [0,0], [1,0], [0,1] and J = 2: the last two.
    _foreign(tmp_path, "rr", "ww", "rw", "wr", step=4)
    played = _step(tmp_path)
    foreign = [prompt for prompt in played if prompt.rollouts[0].is_foreign]
    assert len(played) == 4 and len(foreign) == 2
    assert {prompt.scores for prompt in foreign} == {(1.0, 0.0), (0.0, 1.0)}
    assert {prompt.draw.task.id.index for prompt in foreign} == {2, 3}


def test_a_lie_about_a_response_is_found_out(tmp_path: Path) -> None:
    _foreign(tmp_path, "rw", step=4)
    path = tmp_path / "b" / "000004.jsonl"
    row = json.loads(path.read_text()) | {"rewards": [0.0, 1.0], "task": "test/Echo-v1/train/0/7"}
    path.write_text(json.dumps(row) + "\n")
    assert len(_step(tmp_path)) == 2, "the responses are wrong for that task"


def test_tasks_of_other_splits_and_environments_are_not_taken(tmp_path: Path) -> None:
    _foreign(tmp_path, "rw", step=4)
    path = tmp_path / "b" / "000004.jsonl"
    text = path.read_text()
    for other in ("test/Echo-v1/test", "palestra/Countdown-v1/train"):
        path.write_text(text.replace("test/Echo-v1/train", other))
        assert len(_step(tmp_path)) == 2


def test_own_groups_later_ones_and_rubbish_are_passed_over(tmp_path: Path) -> None:
    _foreign(tmp_path, "rw", step=4, node="a")
    _foreign(tmp_path, "rw", step=5)
    _foreign(tmp_path, "rw", step=40)
    folder = tmp_path / "c"
    folder.mkdir()
    rubbish = [
        "",
        "{",
        "[]",
        '{"task": 3, "responses": [["x"]]}',
        '{"task": "a/b", "responses": [["x"]]}',
        "\0",
        "9" * 9,
    ]
    task = '"task": "test/Echo-v1/train/0/0"'
    rubbish += [
        f'{{{task}, "responses": {bad}}}'
        for bad in ("[]", "[[1]]", '{"a": 1}', "null", '["x"]', '[{"x": 1}]', '[["x"]')
    ]
    (folder / "000004.jsonl").write_text("\n".join(rubbish) + "\n")
    (folder / "notes.jsonl").write_text("{}\n")
    assert list(shared_groups(tmp_path, "a", range(1, 5))) == []
    assert len(_step(tmp_path)) == 2


def test_a_line_without_an_end_fills_no_memory(tmp_path: Path) -> None:
    _foreign(tmp_path, "rw", step=4)
    path = tmp_path / "b" / "000004.jsonl"
    path.write_text("x" * (3 << 20) + "\n" + path.read_text())
    assert len(list(shared_groups(tmp_path, "a", range(1, 5)))) == 1


def test_a_step_that_is_done_again_publishes_and_takes_the_same(tmp_path: Path) -> None:
    _foreign(tmp_path, "rw", "wr", "rw", "wr", step=4)
    first = _step(tmp_path)
    published = (tmp_path / "a" / "000005.jsonl").read_bytes()
    second = _step(tmp_path)
    assert [prompt.draw.task for prompt in first] == [prompt.draw.task for prompt in second]
    assert published == (tmp_path / "a" / "000005.jsonl").read_bytes()
    assert len(published.splitlines()) == 2


def test_samples_without_a_verdict_are_not_published(tmp_path: Path) -> None:
    _foreign(tmp_path, "r?w", "???")
    (group,) = shared_groups(tmp_path, "a", range(1))
    assert len(group.responses) == 2
    assert SharedGroup.from_json(group.to_json()) == group


def test_a_shared_folder_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BudgetError, match=r"cannot use the swarm's folder `.*file`: not a directory"):
        _step(tmp_path / "file")


def test_a_node_is_a_folder_of_its_own() -> None:
    for node in ("", "..", "a/b"):
        with pytest.raises(ValueError, match="node must be"):
            SwarmBudget(folder=".", node=node)
    with pytest.raises(ValueError, match="external must be"):
        SwarmBudget(folder=".", node="a", external=0)
