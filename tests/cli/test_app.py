from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import get_args

import pytest

from palestra.cli import main
from palestra.cli.errors import exit_code
from palestra.cli.text import SplitName, env_config, printable
from palestra.envs import SPLITS, UnknownEnvError

COUNTDOWN = "palestra/Countdown-v1"


def error_of(capsys: pytest.CaptureFixture[str], *argv: str, code: int = 2) -> str:
    assert main(argv) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: ")
    assert "\n\nhint: " in captured.err
    assert "Traceback" not in captured.err
    return captured.err


@pytest.mark.parametrize(
    ("argv", "what"),
    [
        (["evl"], "did you mean `eval`?"),
        (["--jsno"], "no command `--jsno`"),
        (["envs"], "list, show"),
        (["envs", "lst"], "did you mean `list`?"),
        (["bench", "setp"], "did you mean `step`?"),
        (["train", "quikstart"], "did you mean `quickstart`?"),
        (["envs", "list", "--jsn"], "--jsn"),
        (["envs", "show", "palestra/Countdwn-v1"], f"did you mean `{COUNTDOWN}`?"),
        (["verifiers", "show", "cuntdown"], "did you mean `countdown`?"),
        (["verify", "cuntdown"], "did you mean `countdown`?"),
        (["play", "palestra/Countdwn-v1"], f"did you mean `{COUNTDOWN}`?"),
        (["play", COUNTDOWN, "--seed", "-1"], "`--seed` must be 0 or more"),
        (["eval", COUNTDOWN], "--agent NAME"),
        (["eval", "--agent", "oracle"], "no environment"),
        (["eval", "palestra/Countdwn-v1", "--agent", "oracle"], f"did you mean `{COUNTDOWN}`?"),
        (["eval", COUNTDOWN, "--agent", "oracel"], "did you mean `oracle`?"),
        (["eval", COUNTDOWN, "--agent", "oracle", "--n", "0"], "n = 0"),
        (["eval", COUNTDOWN, "--agent", "oracle", "--n", "many"], "'many'"),
        (["eval", COUNTDOWN, "--agent", "oracle", "--seed", "-1"], "got -1"),
        (["eval", COUNTDOWN, "--agent", "oracle", "--split", "tset"], "'tset'"),
        (["eval", COUNTDOWN, "--agent", "oracle", "--difficulty", "99"], "got 99"),
        (["eval", COUNTDOWN, "--agent", "oracle", "--set", "hihg=3"], "did you mean `high`?"),
        (["eval", COUNTDOWN, "--agent", "oracle", "--set", "difficulty=hard"], "must be of type float"),
        (["eval", COUNTDOWN, "--agent", "oracle", "--set", "difficulty"], "no key and value"),
        (["eval", COUNTDOWN, "--agent", "oracle", "--difficulty", "0.1", "--set", "difficulty=0.2"], "set twice"),
    ],
    ids=" ".join,
)
def test_a_wrong_call_gets_one_sentence_with_a_hint_and_exit_code_2(
    argv: Sequence[str], what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert what in error_of(capsys, *argv)


@pytest.mark.parametrize("command", [[], ["envs"], ["play"], ["verifiers"], ["verify"], ["eval"], ["train"]])
def test_help_is_data_and_no_failure(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command, "--help"]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith(" ".join(["usage: palestra", *command]))
    assert captured.err == ""


def test_the_version_is_that_of_the_distribution(capsys: pytest.CaptureFixture[str]) -> None:
    from importlib.metadata import version

    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"palestra {version('palestra')}\n"


def test_only_errors_of_ours_are_explained_and_others_keep_their_traceback() -> None:
    assert exit_code(UnknownEnvError("?")) == 2
    assert exit_code(KeyError("a bug")) is None


def test_options_read_json_scalars_and_leave_other_texts_alone() -> None:
    options = ["a=1", "b=1.5", "c=true", "d=two words", 'e="3"', "f=[1]", "g=a=b", "num-numbers=4"]
    assert env_config(options, 0.2) == {
        "difficulty": 0.2,
        "a": 1,
        "b": 1.5,
        "c": True,
        "d": "two words",
        "e": "3",
        "f": "[1]",
        "g": "a=b",
        "num_numbers": 4,
    }


def test_the_splits_of_the_command_line_are_those_of_the_environments() -> None:
    assert get_args(SplitName) == SPLITS


@pytest.mark.parametrize("text", ["\x1b[2J", "\x07", "\x9b31m", "\ud800", "a\rb", "\u202eevil"])
def test_printable_text_cannot_control_a_terminal(text: str) -> None:
    assert printable(text).isprintable()


# From here on in processes of their own.

PALESTRA = [sys.executable, "-m", "palestra.cli"]


@pytest.mark.parametrize(
    ("argv", "unwanted"),
    [
        (["--help"], ["torch", "transformers", "gymnasium", "numpy", "rich", "tyro", "sympy"]),
        (["verifiers", "list"], ["torch", "transformers", "gymnasium", "numpy"]),
        (["eval", COUNTDOWN, "--agent", "oracle", "--n", "2"], ["torch", "transformers"]),
        (["train", "--help"], ["torch", "transformers", "gymnasium"]),
    ],
    ids=lambda value: " ".join(value),
)
def test_a_command_loads_only_what_it_needs(argv: list[str], unwanted: list[str]) -> None:
    code = f"""
import sys
from palestra.cli import main
assert main({argv!r}) == 0
sys.stderr.write(" ".join(sorted(set({unwanted!r}) & set(sys.modules))))
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stderr == ""


def test_a_closed_pipe_is_no_traceback() -> None:
    process = subprocess.Popen([*PALESTRA, "envs", "list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()  # long before the first line is written
    _, err = process.communicate()
    assert process.returncode == 1
    assert err == b""


def test_ctrl_c_ends_with_130_and_no_traceback() -> None:
    process = subprocess.Popen(
        [*PALESTRA, "verify", "number"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b'{"id": 1, "response": "4", "reference": "4"}\n')
    process.stdin.flush()
    assert b'"PASS"' in process.stdout.readline()  # the verdict comes while the input is still open
    time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert process.returncode == 130
    assert err == b"\ninterrupted\n"


def test_ascii_terminals_get_escapes_not_errors() -> None:
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    answer = "\N{BLACK HEART SUIT} \x1b]0;title\x07\n".encode() + b"\xff\n"
    result = subprocess.run(
        [*PALESTRA, "play", "palestra/ChainSum-v1", "--seed", "1"],
        input=answer,
        capture_output=True,
        env=environment,
        check=True,
    )
    assert result.stdout.isascii()
    assert b"\x1b" not in result.stdout
    assert result.stderr == b""
