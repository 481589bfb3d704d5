"""The tools of somebody who works on files: a shell, a viewer, an editor and a search."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from palestra.envs.ending import EndReason
from palestra.envs.tools.tool import Effect, ToolError, tool
from palestra.envs.workspace.limits import EpisodeLimits
from palestra.envs.workspace.session_env import Bench
from palestra.sandboxes import (
    Command,
    Program,
    RunResult,
    SandboxFileError,
    SandboxUnavailableError,
    Session,
    Status,
)

SUBMIT = "submit"
"""The command that hands the work in where the shell is the only tool."""
OUTPUTS = "outputs"
"""Folder of the workspace with the full texts of what was cut."""
MAX_COMMAND_BYTES = 100_000  # an argument of a program is at most 128 KiB on Linux
_MAX_VIEW_LINES = 400
_MAX_MATCHES = 100
_CONTEXT_LINES = 4
_WORDS = {
    Status.TLE_CPU: "used up its {cpu_s:g} CPU seconds and was ended, with all its processes",
    Status.TLE_WALL: "took longer than {wall_s:g} seconds and was ended, with all its processes",
    Status.MLE: "asked for more memory than there is and was ended",
    Status.OLE: "wrote more output than is kept and was ended",
    Status.PIDS: "asked for more processes than there may be",
    Status.DISK: "filled the disk",
    Status.SECCOMP: "made a system call that is not allowed and was ended",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Shop:
    """Where the tools of a session work."""

    folder: str = "repo"
    """Folder of the workspace that paths are relative to."""
    env: Mapping[str, str] = field(default_factory=dict)
    """Environment of commands, besides the sandbox's own."""
    limits: EpisodeLimits = field(default_factory=EpisodeLimits)


class ShellBench(Bench):
    """Tools that work in one folder of a session. Commands keep files, not variables nor the current folder."""

    def __init__(self, session: Session, shop: Shop, *, num_outputs: int = 0) -> None:
        """Work in `session`; `num_outputs` texts were cut before."""
        super().__init__(session)
        self.shop = shop
        self.num_outputs = num_outputs

    @tool(Effect.WRITE)
    async def bash(self, command: str) -> str:
        """Run commands in a shell, in the top folder of the repository. Each call is a new shell.

        Args:
            command: One or more lines of bash. There is no network, and nothing is read from a terminal.
        """
        if command.strip() == SUBMIT:
            return self.submit()
        if len(command.encode("utf-8", "surrogatepass")) > MAX_COMMAND_BYTES or "\0" in command:
            raise ToolError(f"a command of {len(command)} characters cannot be run; write a file and run that")
        result = await self._run("bash", "-c", command)
        shown = result.stdout.decode("utf-8", "backslashreplace")
        notes = [note for note in (self._ending(result),) if note]
        if len(shown) > self.shop.limits.output_chars:
            notes.append(f"the full output is in ../{await self._keep(result.stdout)}")
        if shown and not shown.endswith("\n"):
            shown += "\n"
        return shown + "".join(f"[{note}]\n" for note in notes) or "[no output]\n"

    @tool(Effect.READ)
    async def view(self, path: str, start: int = 1, end: int = 0) -> str:
        """Show a file with line numbers, or list a folder.

        Args:
            path: Relative to the top folder.
            start: First line, from 1.
            end: Last line; 0 shows as much as is shown at once.
        """
        text = await self._text_or_folder(path)
        if text is None:
            listed = await self._run("ls", "-1ap", "--", self._checked(path))
            return listed.stdout.decode("utf-8", "backslashreplace")
        lines = text.splitlines()
        if not 1 <= start <= max(1, len(lines)) or (end and end < start):
            raise ToolError(f"lines {start}..{end or 'end'} of a file of {len(lines)} lines")
        last = min(len(lines), end or len(lines), start + _MAX_VIEW_LINES - 1)
        shown = _numbered(lines, start, last)
        rest = len(lines) - last
        return shown + (f"[{rest} more lines]\n" if rest and not end else "")

    @tool(Effect.WRITE)
    async def create(self, path: str, text: str) -> str:
        """Write a file, new or in the place of another; folders on the way are made.

        Args:
            path: Relative to the top folder.
            text: All that it is to hold.
        """
        await self._write(path, text)
        return f"`{path}` has {len(text.splitlines())} lines.\n"

    @tool(Effect.WRITE)
    async def str_replace(self, path: str, old: str, new: str) -> str:
        """Replace a piece of a file that stands in it exactly once.

        Args:
            path: Relative to the top folder.
            old: The piece, to the letter, with its spaces; long enough to stand there only once.
            new: What is to stand there.
        """
        text = await self._text(path)
        count = text.count(old) if old else 0
        if count != 1:
            places = [str(text.count("\n", 0, at) + 1) for at in _places(text, old)] if old else []
            found = f"stands {count} times in `{path}`, in lines {', '.join(places)}" if count else "is not in it"
            raise ToolError(f"`old` {found}; it must stand there exactly once")
        at = text.index(old)
        await self._write(path, text[:at] + new + text[at + len(old) :])
        return self._snippet(path, text[:at] + new + text[at + len(old) :], text.count("\n", 0, at), new)

    @tool(Effect.WRITE)
    async def insert(self, path: str, line: int, text: str) -> str:
        """Insert lines into a file.

        Args:
            path: Relative to the top folder.
            line: Behind this line; 0 for the beginning.
            text: The lines.
        """
        lines = (await self._text(path)).splitlines(keepends=True)
        if not 0 <= line <= len(lines):
            raise ToolError(f"line {line} of a file of {len(lines)} lines")
        if line and not lines[line - 1].endswith("\n"):
            lines[line - 1] += "\n"
        new = text if text.endswith("\n") else text + "\n"
        whole = "".join([*lines[:line], new, *lines[line:]])
        await self._write(path, whole)
        return self._snippet(path, whole, line, new)

    @tool(Effect.READ)
    async def search(self, pattern: str, path: str = ".", regex: bool = False) -> str:
        """Find lines in the files of a folder, or of one file.

        Args:
            pattern: A piece of a line.
            path: Where, relative to the top folder.
            regex: Whether the pattern is an extended regular expression.
        """
        if not pattern or "\n" in pattern or "\0" in pattern:
            raise ToolError("the pattern must be a piece of one line")
        how = "-E" if regex else "-F"
        options = ("-rnI", how, "--exclude-dir=.git", "--exclude-dir=__pycache__", f"--max-count={_MAX_MATCHES}")
        result = await self._run("grep", *options, "-e", pattern, "--", self._checked(path))
        if ending := self._ending(result, fine=(0, 1)):
            raise ToolError(f"{result.stdout.decode('utf-8', 'backslashreplace')[-200:].strip()} [{ending}]")
        lines = result.stdout.decode("utf-8", "backslashreplace").splitlines()
        shown = "".join(f"{line[:300]}\n" for line in lines[:_MAX_MATCHES])
        more = f"[{len(lines) - _MAX_MATCHES} more]\n" if len(lines) > _MAX_MATCHES else ""
        return shown + more or "[no match]\n"

    @tool(Effect.WRITE)
    def submit(self) -> str:
        """Hand the work in as it is; nothing can be done behind it."""
        self.end = EndReason.SUBMITTED
        return "The work is handed in.\n"

    async def _run(self, *argv: str) -> RunResult:
        """Run a program in the folder, with both outputs as one."""
        quoted = " ".join(shlex.quote(part) for part in argv)
        line = f"cd {shlex.quote(self.shop.folder)} || exit 1; exec {quoted} 2>&1"
        program = Program(entry=Command(argv=("bash", "-c", line)), env=self.shop.env)
        result = await self.session.exec(program, self.shop.limits.command)
        self.cpu_s += result.cpu_s
        if result.status is Status.INFRA:
            raise SandboxUnavailableError(f"a command could not be run: {result.detail}")
        return result

    def _ending(self, result: RunResult, fine: tuple[int, ...] = (0,)) -> str:
        if result.status in _WORDS:
            limits = self.shop.limits.command
            return "the command " + _WORDS[result.status].format(cpu_s=limits.cpu_s, wall_s=limits.wall_s)
        if result.status is Status.SIGNAL:
            return f"ended by signal {result.signal}"
        return "" if result.exit_code in fine else f"exit code {result.exit_code}"

    async def _keep(self, output: bytes) -> str:
        self.num_outputs += 1
        path = f"{OUTPUTS}/{self.num_outputs}.txt"
        try:
            await self.session.write(path, output)
        except SandboxFileError as error:
            return f"no file: {error}"
        return path

    def _checked(self, path: str) -> str:
        parts = path.split("/")
        if not path or path.startswith("/") or ".." in parts or "\0" in path:
            raise ToolError(f"`{path[:200]}` is no path below the top folder")
        return path

    async def _text(self, path: str) -> str:
        text = await self._text_or_folder(path)
        if text is None:
            raise ToolError(f"`{path[:200]}` is a folder")
        return text

    async def _text_or_folder(self, path: str) -> str | None:
        inside = f"{self.shop.folder}/{self._checked(path)}"
        try:
            return (await self.session.read(inside)).decode()
        except UnicodeDecodeError:
            raise ToolError(f"`{path[:200]}` is no text in UTF-8") from None
        except SandboxFileError as error:
            if "is no regular file" in str(error):
                return None
            raise ToolError(str(error).partition("\n")[0].replace(f"{self.shop.folder}/", "", 1)) from None

    async def _write(self, path: str, text: str) -> None:
        try:
            data = text.encode()
            await self.session.write(f"{self.shop.folder}/{self._checked(path)}", data)
        except UnicodeEncodeError:
            raise ToolError("the text holds characters that UTF-8 has not") from None
        except SandboxFileError as error:
            raise ToolError(str(error).partition("\n")[0]) from None

    def _snippet(self, path: str, text: str, line: int, new: str) -> str:
        lines = text.splitlines()
        first = max(1, line + 1 - _CONTEXT_LINES)
        last = min(len(lines), line + len(new.splitlines()) + _CONTEXT_LINES)
        return f"`{path}` now reads:\n{_numbered(lines, first, min(last, first + _MAX_VIEW_LINES))}"


def _numbered(lines: list[str], first: int, last: int) -> str:
    return "".join(f"{number:6}\t{lines[number - 1]}\n" for number in range(first, last + 1))


def _places(text: str, piece: str) -> list[int]:
    places: list[int] = []
    at = text.find(piece)
    while at >= 0 and len(places) < 10:
        places.append(at)
        at = text.find(piece, at + 1)
    return places
