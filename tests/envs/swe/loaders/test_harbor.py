from __future__ import annotations

from pathlib import Path

import pytest

from palestra.envs.errors import DataError
from palestra.envs.swe.loaders import from_harbor_folder
from palestra.envs.swe.patch import FileChanges
from palestra.envs.swe.task import Image

TOML = '[metadata]\ndifficulty = "easy"\ntags = ["files"]\n\n[environment]\ndocker_image = "images/greeting:1"\n'
TESTS = (
    "class TestFile:\n    def test_text(self):\n        assert open('hello.txt').read()\n\n\ndef test_it():\n    pass\n"
)


def folder(tmp_path: Path, **files: str) -> Path:
    names = {
        "toml": "task.toml",
        "instruction": "instruction.md",
        "yaml": "task.yaml",
        "tests": "tests/test_outputs.py",
    }
    names |= {"dockerfile": "environment/Dockerfile", "script": "tests/test.sh", "solution": "solution/solve.sh"}
    for name, text in files.items():
        path = tmp_path / "greeting" / names[name]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "greeting"


def test_a_folder_of_harbor_becomes_a_task(tmp_path: Path) -> None:
    made = folder(
        tmp_path,
        toml=TOML,
        instruction="Write hello.txt.\n",
        tests=TESTS,
        script="pytest",
        solution="echo secret > hello.txt",
        dockerfile="FROM x\nWORKDIR /srv\n",
    )
    task = from_harbor_folder(made)
    assert task.repo == Image(ref="images/greeting:1", path="/srv")
    assert task.statement == "Write hello.txt."
    assert task.fail_to_pass == ("tests/test_outputs.py::TestFile::test_text", "tests/test_outputs.py::test_it")
    assert isinstance(task.hidden, FileChanges)
    assert [change.path for change in task.hidden.changes] == ["tests/test.sh", "tests/test_outputs.py"]
    assert task.meta == {"name": "greeting", "difficulty": "easy", "tags": "files"}
    assert "secret" not in str(task.to_json())


def test_a_folder_of_terminal_bench_needs_the_name_of_its_image(tmp_path: Path) -> None:
    made = folder(tmp_path, yaml="instruction: |-\n  Write\n    hello.txt\nauthor: me\n", tests=TESTS)
    assert from_harbor_folder(made, image="mine:1").statement == "Write\n  hello.txt"
    with pytest.raises(DataError, match="names no image"):
        from_harbor_folder(made)


@pytest.mark.parametrize(
    ("tests", "reason"),
    [
        ("def test_x():\n    open('/app/hello.txt')\n", "working folder"),
        ("@pytest.mark.parametrize('x', [1])\ndef test_x(x):\n    pass\n", "parametrised"),
        ("def helper():\n    pass\n", "no test"),
        ("def test_x(:\n", "no Python"),
    ],
)
def test_tests_that_no_clean_room_can_judge_are_refused(tmp_path: Path, tests: str, reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        from_harbor_folder(folder(tmp_path, toml=TOML, instruction="Do it.", tests=tests))


def test_a_folder_without_an_instruction_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="instruction"):
        from_harbor_folder(folder(tmp_path, toml=TOML, tests=TESTS))
