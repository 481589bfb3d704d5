"""The scripts of completion, asked by the shells that they are for."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from palestra.cli import main
from palestra.cli.app import COMMANDS
from palestra.cli.completing.scripts import SCRIPTS
from palestra.cli.completing.words import FILES, known_words
from palestra.envs import ENVS
from palestra.verifiers import VERIFIERS

BASH = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_palestra
printf '%s\\n' "${COMPREPLY[@]}"
"""
# The functions of zsh's own that show what was found stand for the screen.
ZSH = """
compdef() { }
_describe() { print -rl -- ${(P)2%%:*} }
_files() { print -rl -- ${words[CURRENT]}*(N) }
source "$1"; shift
words=("$@"); CURRENT=$#
_palestra | while read -r line; do [[ $line == ${words[CURRENT]}* ]] && print -r -- $line; done
true
"""
FISH = "source $argv[1]; complete -C (string join ' ' -- $argv[2..-1])"


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scripts")
    calls = known_words()
    for shell, script in SCRIPTS.items():
        (folder / shell).write_text(script(calls), encoding="utf-8")
    return folder


def completions(shell: str, scripts: Path, folder: Path, *words: str) -> set[str]:
    """What a shell offers after these words, the last of which is being written."""
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    call = {
        "bash": ["bash", "--norc", "--noprofile", "-c", BASH, "bash"],
        "zsh": ["zsh", "-f", "-c", ZSH, "zsh"],
        "fish": ["fish", "--no-config", "-c", FISH],
    }[shell]
    finished = subprocess.run(
        [*call, str(scripts / shell), "palestra", *words],
        capture_output=True,
        text=True,
        cwd=folder,
        check=True,
        timeout=60,
    )
    assert finished.stderr == ""
    return {line.split("\t")[0] for line in finished.stdout.splitlines() if line}


@pytest.mark.parametrize("shell", SCRIPTS)
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("",), set(COMMANDS)),
        (("ev",), {"eval"}),
        (("envs", ""), {"list", "show", "export"}),
        (("envs", "show", "palestra/Countd"), {"palestra/Countdown-v1"}),
        (("eval", "palestra/ChainSum-v1", "palestra/Countd"), {"palestra/Countdown-v1"}),
        (("eval", "--split", "unseen-t"), {"unseen-template"}),
        (("eval", "--json", "--agent", "or"), {"oracle"}),
        (("sandbox", "run", "--backend", "zy"), {"zygote"}),
        (("verify", "knights"), {"knights-and-knaves"}),
        (("doctor", "vl"), {"vllm"}),
        (("completion", ""), {"bash", "zsh", "fish"}),
        (("train", "quick"), {"quickstart"}),
        (("view", "my-r"), {"my-run.jsonl"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_shell_completes(
    shell: str, words: tuple[str, ...], offered: set[str], scripts: Path, tmp_path: Path
) -> None:
    (tmp_path / "my-run.jsonl").touch()
    assert completions(shell, scripts, tmp_path, *words) == offered


@pytest.mark.parametrize("shell", SCRIPTS)
def test_a_shell_completes_options(shell: str, scripts: Path, tmp_path: Path) -> None:
    assert {"--split", "--seed", "--set"} <= completions(shell, scripts, tmp_path, "eval", "--s")
    assert "--json" in completions(shell, scripts, tmp_path, "envs", "list", "--js")


def test_bash_completes_after_an_equals_sign(scripts: Path, tmp_path: Path) -> None:
    assert completions("bash", scripts, tmp_path, "eval", "--split", "=", "tr") == {"train"}
    assert "train" in completions("bash", scripts, tmp_path, "eval", "--split", "=")


def test_every_command_environment_and_verifier_is_known() -> None:
    calls = {" ".join(call.path): call for call in known_words()}
    assert set(calls[""].below) == set(COMMANDS)
    assert set(COMMANDS) <= set(calls)
    assert set(ENVS) <= set(calls["eval"].places)
    assert set(VERIFIERS) <= set(calls["verify"].places)
    assert FILES in calls["view"].places
    assert all(option.about for call in calls.values() for option in call.options)


@pytest.mark.parametrize("shell", SCRIPTS)
def test_the_command_prints_the_script(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    assert captured.out.isascii()
    assert "palestra" in captured.out


def test_writing_a_script_loads_no_torch() -> None:
    code = (
        f"import sys; sys.path[:] = {sys.path!r}; from palestra.cli import main; "
        "code = main(['completion', 'bash']); sys.exit(code or 'torch' in sys.modules)"
    )
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert finished.returncode == 0, finished.stderr
