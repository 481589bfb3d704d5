"""Blocks of code in Markdown pages, and what runs them.

A page is run from its top to its bottom in one empty folder:

- `python`: run in a namespace of its own; a `text` block right behind it is what it prints.
- `python title="FILE"`, and the same for `toml`, `json` and others: written to that file, for commands below it.
- `console`: each line behind `$ ` is run by a shell; what follows it, if anything, is what it prints. `...` stands for
  anything, a line of it for any lines. `pip install -e FOLDER` makes the folder's package known, without an index.
- `toml` without a title: read, and a whole configuration is checked.

A comment above a block keeps it from being run, and says why: `<!-- not run: REASON -->`, or `<!-- real: REASON -->`
for the second lane. The arguments of its `palestra` commands are checked all the same. `<!-- exits 1: REASON -->` is
above commands of which the last ends with this code.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_FENCE = re.compile(r"^```([a-z]*)(?: title=\"([^\"]+)\")?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_MARK = re.compile(r"<!-- (not run|real|exits [0-9]+): .+ -->\n+\Z")
_PRINTS = re.compile(r"\n*```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"^(?:\$ )(.*(?:\\\n.*)*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
_END = re.compile(r"\s(?:[|<>]|&&|2>)")
TIMEOUT_S = 600.0


@dataclass(frozen=True, kw_only=True)
class Block:
    """A fenced block."""

    line: int
    language: str
    title: str
    source: str
    prints: str | None
    """What the block behind it says that it prints."""
    mark: str
    """`not run`, `real`, or nothing."""
    exits: int = 0
    """The exit code of its last command."""

    @property
    def commands(self) -> list[tuple[str, str]]:
        """Commands and what is shown behind them."""
        if self.language == "console":
            return _COMMAND.findall(self.source)
        if not self.language:
            lines = self.source.splitlines()
            return [(line, "") for line in lines if line.startswith("palestra ")]
        return []


def blocks(text: str) -> list[Block]:
    """The blocks of a page, in order."""
    found = []
    for match in _FENCE.finditer(text):
        mark = _MARK.search(text[: match.start()])
        prints = _PRINTS.match(text[match.end() :])
        block = Block(
            line=text.count("\n", 0, match.start()) + 1,
            language=match[1],
            title=match[2] or "",
            source=match[3],
            prints=prints[1] if prints else None,
            mark=mark[1] if mark and not mark[1].startswith("exits") else "",
            exits=int(mark[1].split()[1]) if mark and mark[1].startswith("exits") else 0,
        )
        found.append(block)
    return found


@dataclass(kw_only=True)
class Reader:
    """Somebody who follows a page literally, in a folder of their own."""

    folder: Path
    installed: list[Path] = field(default_factory=list)

    def follow(self, block: Block) -> None:
        """Do what a block says."""
        if block.title:
            path = self.folder / block.title
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.source, encoding="utf-8")
        elif block.language == "python":
            self._run_python(block)
        elif block.language == "toml":
            check_toml(block.source)
        elif block.language == "console":
            for number, (command, shown) in enumerate(block.commands, 1):
                self._run_command(command, shown, block.exits if number == len(block.commands) else 0)

    def _run_python(self, block: Block) -> None:
        if self.installed:  # of which this process knows nothing
            prints = self._shell(f"{shlex.quote(sys.executable)} -c {shlex.quote(block.source)}")
        else:
            printed = io.StringIO()
            code = compile(block.source, f"line {block.line}", "exec", dont_inherit=True)
            with contextlib.redirect_stdout(printed), contextlib.chdir(self.folder):
                exec(code, {"__name__": "snippet"})
            prints = printed.getvalue()
        if block.prints is not None or prints:
            assert matches(prints, block.prints or ""), differs(prints, block.prints or "")

    def _run_command(self, command: str, shown: str, exits: int) -> None:
        if installs := re.match(r"pip install -e (\S+)$", command):
            self._install(self.folder / installs[1])
            return
        printed = self._shell(command, exits)
        if shown.strip():
            assert matches(printed, shown), differs(printed, shown)

    def _shell(self, command: str, exits: int = 0) -> str:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        caches = {
            "XDG_CACHE_HOME": str(self.folder / ".cache"),
            "PYTHONPATH": os.pathsep.join(map(str, self.installed)),
        }
        done = subprocess.run(
            command,
            shell=True,
            cwd=self.folder,
            env=os.environ | {"PATH": path, "COLUMNS": "100"} | caches,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        assert done.returncode == exits, f"`{command}` exits {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def _install(self, package: Path) -> None:
        """What an editable installation does to Python: the sources are found, and the entry points."""
        project = tomllib.loads((package / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        facts = package / "src" / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
        facts.mkdir()
        named = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
        (facts / "METADATA").write_text(named, encoding="utf-8")
        groups = [
            f"[{group}]\n" + "".join(f"{name} = {target}\n" for name, target in points.items())
            for group, points in project.get("entry-points", {}).items()
        ]
        (facts / "entry_points.txt").write_text("".join(groups), encoding="utf-8")
        self.installed.append(package / "src")


def check_toml(text: str) -> None:
    """Read a block; one that has all that a run needs is checked as its configuration."""
    table = tomllib.loads(text)
    if {"steps", "env", "model"} <= table.keys():
        from palestra.trainer.config.reader import parse_config

        parse_config(text)


def palestra_arguments(block: Block) -> Iterator[list[str]]:
    """The arguments of each `palestra` command of a block, without what the shell does."""
    for command, _ in block.commands:
        words = shlex.split(_END.split(command.partition(" # ")[0].replace("\\\n", " "))[0].replace("'", '"'))
        if words and words[0] == "palestra" and "..." not in words:
            yield words[1:]


def matches(printed: str, shown: str) -> bool:
    """Whether a text is what is shown, where `...` stands for anything."""
    if printed.rstrip("\n") == shown.rstrip("\n"):
        return True
    lines = [".*" if line.strip() == "..." else re.escape(line).replace(r"\.\.\.", "[^\n]*") for line in _lines(shown)]
    return re.fullmatch("\n".join(lines), "\n".join(_lines(printed)), re.DOTALL) is not None


def differs(printed: str, shown: str) -> str:
    """What is said of a page that is not true."""
    return f"printed:\n{printed}\nshown:\n{shown}"


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.rstrip("\n").split("\n")]
