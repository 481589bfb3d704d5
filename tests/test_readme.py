"""What README.md shows is what happens; its tables, and those of docs/, name all that there is."""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from palestra.cli.app import COMMANDS as CLI_COMMANDS
from palestra.cli.catalogue import groups
from palestra.envs import ENVS
from palestra.sandboxes import SANDBOXES
from palestra.verifiers import VERIFIERS, Outcome

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCS = {
    name: (ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("datasets.md", "operators.md", "verifiers.md")
}
# A block that has an output is followed by a block of `text` with nothing but a blank line between.
PYTHON = {
    f"README.md {number}": block
    for number, block in enumerate(re.findall(r"```python\n(.*?)```\n(?:\n```text\n(.*?)```)?", README, re.DOTALL))
}
CONSOLE = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
COMMANDS = [
    (command, output)
    for block in CONSOLE
    for command, output in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)
    if not command.startswith(("make", "git", "pip", "palestra train"))
]
EXAMPLES = re.findall(r"^\| `([\w-]+)` \| `(.+)` \| `(.+)` \|$", DOCS["verifiers.md"], re.MULTILINE)


@pytest.mark.parametrize(("source", "output"), PYTHON.values(), ids=PYTHON)
def test_python_snippets_print_what_is_shown(source: str, output: str) -> None:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(source, "README.md", "exec", dont_inherit=True), {"__name__": "readme"})
    assert printed.getvalue() == output


@pytest.mark.parametrize(("command", "output"), COMMANDS, ids=[command for command, _ in COMMANDS])
def test_commands_print_what_is_shown(command: str, output: str) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    result = subprocess.run(
        command, shell=True, capture_output=True, text=True, env=os.environ | {"PATH": path}, check=False
    )
    assert result.stderr == ""
    assert result.stdout == output


def test_the_tables_name_every_verifier_sandbox_and_command() -> None:
    for name in [*VERIFIERS, *SANDBOXES, *(f"palestra {command}" for command in CLI_COMMANDS)]:
        assert f"`{name}" in README, name


def test_the_table_of_groups_counts_every_procedural_environment() -> None:
    rows = {
        name: int(count) for name, count in re.findall(r"^\| \[(\w+)\]\(docs/envs/\1\.md\) \| (\d+) ", README, re.M)
    }
    assert rows == {name: len(members) for name, members in groups().items()}


def test_every_other_environment_is_named_in_its_page() -> None:
    pages = {"datasets": DOCS["datasets.md"], "operators": DOCS["operators.md"], "bridges": README}
    for row in ENVS.values():
        if row.group in pages:
            assert row.id.removeprefix("palestra/").rpartition("-v")[0] in pages[row.group], row.id


@pytest.mark.parametrize(("name", "response", "reference"), EXAMPLES, ids=[name for name, _, _ in EXAMPLES])
def test_the_examples_of_verifiers_pass(name: str, response: str, reference: str) -> None:
    verdict = VERIFIERS.make(name).verify(response.replace(r"\n", "\n"), reference)
    assert verdict.outcome is Outcome.PASS, verdict.detail


def test_every_verifier_has_an_example() -> None:
    assert sorted(name for name, _, _ in EXAMPLES) == sorted(VERIFIERS)


def test_there_is_something_to_run() -> None:
    assert len(PYTHON) >= 2
    assert len(COMMANDS) >= 2
