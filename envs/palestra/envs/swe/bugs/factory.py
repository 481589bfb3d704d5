"""Bugs for the source of any package."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from palestra.envs.swe.bugs.bug import Bug
from palestra.envs.swe.bugs.operators import OPERATORS, Operator
from palestra.envs.swe.bugs.source_text import SourceText
from palestra.envs.swe.patch import Splice
from palestra.verifiers.keyed_random import KeyedRandom


class BugFactory:
    r"""Finds what can be broken in some files, and draws from it.

    >>> factory = BugFactory({"sign.py": b"def sign(x):\n    return 1 if x > 0 else -1\n"})
    >>> sorted({bug.operator for bug in factory.candidates})
    ['compare', 'constant', 'negate-if', 'return']
    """

    def __init__(self, files: Mapping[str, bytes], operators: Sequence[Operator] = OPERATORS) -> None:
        """Find all candidates; files that are no usual Python are left alone.

        Args:
            files: Path -> content of the modules that may be broken: no tests among them.
            operators: Ways of breaking them.
        """
        self.files = files
        self.candidates = tuple(_candidates(files, operators))

    def draw(self, rng: KeyedRandom, count: int, among: Sequence[Bug] | None = None) -> list[Bug]:
        """Different bugs, of all operators in turn and of many functions before any comes again.

        Args:
            rng: Where the draws come from.
            count: How many; fewer where there are fewer.
            among: The candidates that may be drawn, e.g. those that some test reaches; all by default.
        """
        queues: dict[str, list[Bug]] = {}
        for bug in self.candidates if among is None else among:
            queues.setdefault(bug.operator, []).append(bug)
        for queue in queues.values():
            rng.shuffle(queue)
        used: dict[tuple[str, ...], int] = {}
        drawn: list[Bug] = []
        while queues and len(drawn) < count:
            for name in list(queues):
                bug = min(queues[name][:_LOOK_AHEAD], key=lambda bug: used.get(_function(bug), 0))
                queues[name].remove(bug)
                if not queues[name]:
                    del queues[name]
                if self._is_python(bug):
                    used[_function(bug)] = used.get(_function(bug), 0) + 1
                    drawn.append(bug)
        return drawn[:count]

    def _is_python(self, bug: Bug) -> bool:
        """Whether the broken files still read; asked of those that are drawn, as it takes time."""
        for splice in bug.splices:
            content = self.files[splice.path]
            behind = splice.offset + len(splice.old.encode())
            try:
                ast.parse(content[: splice.offset] + splice.new.encode() + content[behind:])
            except (SyntaxError, ValueError):
                return False
        return True


_LOOK_AHEAD = 20


def compose(bugs: Sequence[Bug]) -> Bug | None:
    """One bug of several; None where their edits meet."""
    splices = sorted(
        (splice for bug in bugs for splice in bug.splices), key=lambda splice: (splice.path, splice.offset)
    )
    if any(a.path == b.path and a.offset + len(a.old.encode()) >= b.offset for a, b in pairwise(splices)):
        return None
    return Bug(
        operator="+".join(sorted(bug.operator for bug in bugs)),
        where=tuple(dict.fromkeys(name for bug in bugs for name in bug.where)),
        splices=tuple(splices),
        lines=tuple(dict.fromkeys(line for bug in bugs for line in bug.lines)),
    )


def _candidates(files: Mapping[str, bytes], operators: Sequence[Operator]) -> Iterator[Bug]:
    for path, content in sorted(files.items()):
        try:
            source = SourceText(path, content)
        except SyntaxError:
            continue
        seen: set[Splice] = set()
        for spot in source.spots():
            for operator in operators:
                for splice in operator.splices(source, spot):
                    if splice in seen or splice.old == splice.new:
                        continue
                    seen.add(splice)
                    lines = tuple((path, line) for line in source.lines(splice))
                    yield Bug(operator=operator.name, where=(spot.qualname,), splices=(splice,), lines=lines)


def _function(bug: Bug) -> tuple[str, ...]:
    return (*bug.paths, *bug.where)
