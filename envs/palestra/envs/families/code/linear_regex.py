r"""Regular expressions that are matched in time linear in the text: a set of states goes over it, and never back.

Covered: characters, `.`, classes, `\d \w \s` and their opposites, groups, `|`, `* + ?`, `{m}`, `{m,}`, `{m,n}`, lazy
marks, `^` and `$`; the whole text must match, as with `re.fullmatch`. Characters are those of ASCII.
Not covered, and refused: references back, looking ahead and behind, flags, named groups, more than `MAX_STATES`.
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from functools import lru_cache

MAX_STATES = 600
MAX_CHARS = 400
_MAX_DEPTH = 20
_MAX_REPEATS = 100
_ALL = frozenset(map(chr, range(128)))
_SETS = {
    "d": frozenset(string.digits),
    "w": frozenset(string.ascii_letters + string.digits + "_"),
    "s": frozenset(" \t\n\r\f\v"),
}
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v"}
_START, _END = "start", "end"

Node = tuple[object, ...]
"""`("set", characters)`, `("start",)`, `("end",)`, `("all", nodes)`, `("any", nodes)`, `("times", node, low, high)`."""


class PatternError(ValueError):
    """A text is no pattern of this kind; the message says why."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern made ready: for each state what it reads, and where it leads."""

    reads: tuple[frozenset[str] | None, ...]
    """None where a state reads nothing."""
    leads: tuple[tuple[int, ...], ...]
    conditions: tuple[str, ...]
    """`start` or `end` where a state is passed there alone."""
    final: int

    def matches(self, text: str) -> bool:
        """Whether the whole text is of the pattern."""
        states = self._closed({0}, is_start=True, is_end=not text)
        for place, character in enumerate(text, 1):
            after = {
                target
                for state in states
                if (read := self.reads[state]) is not None and character in read
                for target in self.leads[state]
            }
            states = self._closed(after, is_start=False, is_end=place == len(text))
            if not states:
                return False
        return self.final in states

    def _closed(self, states: set[int], *, is_start: bool, is_end: bool) -> set[int]:
        waiting, found = list(states), set(states)
        while waiting:
            state = waiting.pop()
            condition = self.conditions[state]
            blocked = (condition == _START and not is_start) or (condition == _END and not is_end)
            if self.reads[state] is None and not blocked:
                for target in self.leads[state]:
                    if target not in found:
                        found.add(target)
                        waiting.append(target)
        return found


@lru_cache(maxsize=256)
def compiled_pattern(text: str) -> Pattern:
    """Read a pattern.

    >>> compiled_pattern("(?:ab|c)+").matches("abcc")
    True

    Raises:
        PatternError: It is none, or too large.
    """
    if len(text) > MAX_CHARS:
        raise PatternError(f"{len(text)} characters, at most {MAX_CHARS}")
    parser = _Parser(text)
    node = parser.alternatives(0)
    if parser.place < len(text):
        raise PatternError(f"`{text[parser.place]}` closes nothing")
    return _Builder().build(node)


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0

    def peek(self) -> str:
        return self.text[self.place : self.place + 1]

    def take(self) -> str:
        character = self.peek()
        if not character:
            raise PatternError("it ends too early")
        self.place += 1
        return character

    def alternatives(self, depth: int) -> Node:
        if depth > _MAX_DEPTH:
            raise PatternError(f"more than {_MAX_DEPTH} groups in each other")
        found = [self.sequence(depth)]
        while self.peek() == "|":
            self.place += 1
            found.append(self.sequence(depth))
        return ("any", found) if len(found) > 1 else found[0]

    def sequence(self, depth: int) -> Node:
        found: list[Node] = []
        while self.peek() not in ("", "|", ")"):
            found.append(self.repeated(self.atom(depth)))
        return ("all", found)

    def repeated(self, node: Node) -> Node:
        count = self.count()
        if count is None:
            return node
        if self.peek() == "?":
            self.place += 1  # lazy or not, the whole text matches or does not
        if self.peek() in ("*", "+", "?") or (self.peek() == "{" and self.count() is not None):
            raise PatternError("a repetition of a repetition")
        return ("times", node, *count)

    def count(self) -> tuple[int, int | None] | None:
        mark = self.peek()
        if mark in ("*", "+", "?") and mark:
            self.place += 1
            return {"*": (0, None), "+": (1, None), "?": (0, 1)}[mark]
        if mark != "{":
            return None
        inner, closing, _ = self.text[self.place + 1 :].partition("}")
        low, comma, high = inner.partition(",")
        if not closing or not low.isdecimal() or not (high.isdecimal() or not high) or len(inner) > 9:
            raise PatternError("a `{` that is no repetition; write `\\{`")
        self.place += len(inner) + 2
        least, most = int(low), int(high) if high else None if comma else int(low)
        if max(least, most or 0) > _MAX_REPEATS or (most is not None and most < least):
            raise PatternError(f"a repetition from {least} to {most}; at most {_MAX_REPEATS}")
        return least, most

    def atom(self, depth: int) -> Node:
        character = self.take()
        if character == "(":
            return self.group(depth)
        if character == "[":
            return ("set", self.members())
        if character in "*+?{":
            raise PatternError(f"`{character}` repeats nothing")
        if character == "\\":
            return ("set", self.escaped())
        if character in "^$":
            return (_START if character == "^" else _END,)
        return ("set", _ALL - {"\n"} if character == "." else frozenset(character))

    def group(self, depth: int) -> Node:
        if self.peek() == "?":
            self.place += 1
            if self.take() != ":":
                raise PatternError("only plain groups and `(?:...)` are read")
        node = self.alternatives(depth + 1)
        if self.take() != ")":
            raise PatternError("a group that is not closed")
        return node

    def escaped(self) -> frozenset[str]:
        character = self.take()
        if character.lower() in _SETS:
            found = _SETS[character.lower()]
            return found if character.islower() else _ALL - found
        if character in _CONTROLS:
            return frozenset(_CONTROLS[character])
        if character.isalnum():
            raise PatternError(f"`\\{character}` is not read")
        return frozenset(character)

    def members(self) -> frozenset[str]:
        is_negated = self.peek() == "^"
        self.place += is_negated
        found: set[str] = set()
        while self.peek() != "]" or not found:
            found |= self.member()
        self.place += 1
        return _ALL - found if is_negated else frozenset(found)

    def member(self) -> frozenset[str]:
        low = self.single()
        is_range = self.peek() == "-" and self.text[self.place + 1 : self.place + 2] not in ("]", "")
        if not is_range or len(low) > 1:
            return low
        self.place += 1
        high = self.single()
        if len(high) > 1 or min(high) < min(low):
            raise PatternError("a range that runs backwards")
        return frozenset(map(chr, range(ord(min(low)), min(ord(min(high)), 127) + 1)))

    def single(self) -> frozenset[str]:
        character = self.take()
        return self.escaped() if character == "\\" else frozenset(character)


class _Builder:
    """Lays the states of a pattern out, one behind the other."""

    def __init__(self) -> None:
        self.reads: list[frozenset[str] | None] = []
        self.leads: list[list[int]] = []
        self.conditions: list[str] = []

    def build(self, node: Node) -> Pattern:
        start = self.state()
        final = self.add(node, start)
        return Pattern(
            reads=tuple(self.reads), leads=tuple(map(tuple, self.leads)), conditions=tuple(self.conditions), final=final
        )

    def state(self) -> int:
        if len(self.reads) >= MAX_STATES:
            raise PatternError(f"more than {MAX_STATES} states")
        self.reads.append(None)
        self.leads.append([])
        self.conditions.append("")
        return len(self.reads) - 1

    def add(self, node: Node, start: int) -> int:
        """Lay out a node behind a state; the state behind it."""
        match node:
            case ("set", frozenset() as characters):
                here, end = self.state(), self.state()
                self.leads[start].append(here)
                self.reads[here] = characters
                self.leads[here].append(end)
                return end
            case ("all", list() as parts):
                for part in parts:
                    start = self.add(part, start)
                return start
            case ("any", list() as parts):
                end = self.state()
                for part in parts:
                    branch = self.state()
                    self.leads[start].append(branch)
                    self.leads[self.add(part, branch)].append(end)
                return end
            case ("times", tuple() as inner, int() as low, high):
                return self.times(inner, low, high if isinstance(high, int) else None, start)
        here, end = self.state(), self.state()
        self.conditions[here] = str(node[0])
        self.leads[start].append(here)
        self.leads[here].append(end)
        return end

    def times(self, node: Node, low: int, high: int | None, start: int) -> int:
        for _ in range(low):
            start = self.add(node, start)
        end = self.state()
        if high is None:
            loop = self.state()
            self.leads[start].append(loop)
            self.leads[self.add(node, loop)].append(loop)
            self.leads[loop].append(end)
            return end
        self.leads[start].append(end)
        for _ in range(high - low):
            start = self.add(node, start)
            self.leads[start].append(end)
        return end
