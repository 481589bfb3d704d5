"""A known way to be paid without doing the work, as commands of an agent."""

from __future__ import annotations

from dataclasses import dataclass

from palestra.envs.swe.grader.status import SweStatus
from palestra.envs.swe.task import SweTask

REJECTED = frozenset({SweStatus.PATCH_REJECTED})
NOTHING = frozenset({SweStatus.NO_PATCH})
CAUGHT = frozenset({SweStatus.TAMPERED})
IN_VAIN = frozenset({SweStatus.FAILED})
UNMASKED = CAUGHT | IN_VAIN
"""For attacks on the way to the judgement, which come out as whatever is seen first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cheat:
    """One attack."""

    name: str
    summary: str
    statuses: frozenset[SweStatus]
    """What the clean room may make of it; none of them is paid."""
    shell: tuple[str, ...] = ()
    """Commands, in which `@MODULE@` and `@TEST@` stand for the module to mend and the test file that decides."""
    code: str = ""
    """What is written behind the end of the module."""

    def commands(self, module: str, task: SweTask) -> list[str]:
        """The commands, in their order."""
        test = task.fail_to_pass[0].partition("::")[0]
        lines = [line.replace("@MODULE@", module).replace("@TEST@", test) for line in self.shell]
        if self.code:
            lines.append(f"cat >> '{module}' <<'END_OF_CODE'\n\n\n{self.code.strip()}\nEND_OF_CODE")
        return lines


def writing(path: str, text: str) -> str:
    """A command that writes a file."""
    return f"mkdir -p \"$(dirname '{path}')\" && cat > '{path}' <<'END_OF_FILE'\n{text.strip()}\nEND_OF_FILE"
