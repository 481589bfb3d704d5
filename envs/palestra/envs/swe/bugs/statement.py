"""What the agent is asked: a bug report at one of three levels of help, which gives away neither text nor line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from palestra.envs.swe.patch import Splice
from palestra.verifiers.keyed_random import KeyedRandom

_FEWEST_TELLING = 8
"""Characters of a line of code below which it says nothing by itself, e.g. `else:`."""
_MOST_TESTS = 3


class Help(StrEnum):
    """How much a statement tells."""

    OUTPUT = "output"
    """Names of failing tests and how they fail."""
    SYMPTOM = "symptom"
    """What goes wrong, and in which module."""
    VAGUE = "vague"
    """Where somebody is unhappy."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BugReport:
    """What a statement may draw on."""

    package: str
    modules: tuple[str, ...]
    """Dotted names."""
    functions: tuple[str, ...]
    splices: tuple[Splice, ...]
    tests: tuple[str, ...]
    """Node ids of the failing tests."""
    messages: tuple[str, ...]
    """How the first of them fail."""
    is_removed: bool = False
    """Whether a function's body is gone: then its place is no secret."""


_OUTPUT = (
    "{count} of the tests of `{package}` {fail}, though nothing is wrong with {them}:\n\n{list}\n\nMend the package.",
    "The test suite of `{package}` is red. This is what it says:\n\n{list}\n\nMake it green; the tests are right.",
    "A check of `{package}` before a release found:\n\n{list}\n\nFind the cause in the source and put it right.",
)
_SYMPTOM = (
    "Code that uses {modules} gets wrong results. One case ends with\n\n    {message}\n\nCorrect the package.",
    "A user writes that {modules} does not work as documented:\n\n    {message}\n\nFind out why, and mend it.",
    "Since the last change {modules} misbehaves. What we see is\n\n    {message}\n\nIt worked before. Fix it.",
)
_VAGUE = (
    "Something in {modules} does not do what its documentation promises. Find it and correct it.",
    "Users complain about {modules}. Compare what the code says with what it does, and mend it.",
    "{modules} used to work and no longer does. Look for the mistake, and repair it.",
)
_REMOVED = (
    "{functions} in {modules} is not written: only signature and documentation are there. Write it.",
    "`{package}` calls {functions} ({modules}), which raises NotImplementedError. Implement it as documented.",
    "The body of {functions} in {modules} was lost. Write it again, so that everything works as before.",
)
_REMOVED_OUTPUT = "\n\nThese tests need it:\n\n{list}"


def write_statement(report: BugReport, level: Help, rng: KeyedRandom) -> str:
    """A statement of the level, or of a vaguer one where the messages would give away what is to be restored."""
    if report.is_removed:
        text = rng.choice(_REMOVED) + (_REMOVED_OUTPUT if level is Help.OUTPUT else "")
        return _filled(text, report)
    levels = list(Help)[list(Help).index(level) :]
    for here in levels:
        text = _filled(rng.choice(_TEXTS[here]), report)
        if (report.messages or here is Help.VAGUE) and not tells(text, report.splices):
            return text
    return _filled(rng.choice(_VAGUE), report)


def tells(text: str, splices: tuple[Splice, ...]) -> bool:
    """Whether a text holds a line of the code that a patch has to restore."""
    lines = (line.strip() for splice in splices for line in splice.old.splitlines())
    return any(len(line) >= _FEWEST_TELLING and line in text for line in lines)


_TEXTS = {Help.OUTPUT: _OUTPUT, Help.SYMPTOM: _SYMPTOM, Help.VAGUE: _VAGUE}


def _filled(template: str, report: BugReport) -> str:
    count = len(report.tests)
    shown = report.tests[:_MOST_TESTS]
    messages = [*report.messages, *[""] * len(shown)]
    lines = [f"    {test}" + (f"\n        {said}" if said else "") for test, said in zip(shown, messages, strict=False)]
    if count > len(shown):
        lines.append(f"    and {count - len(shown)} more")
    values = {
        "package": report.package,
        "modules": _listed(report.modules),
        "functions": _listed(report.functions),
        "count": f"{count}" if count > 1 else "One",
        "fail": "fail" if count > 1 else "fails",
        "them": "them" if count > 1 else "it",
        "message": report.messages[0] if report.messages else "",
        "list": "\n".join(lines),
    }
    # Not `format`: messages and node ids hold braces of their own.
    text = re.sub(r"\{(\w+)\}", lambda found: values[found[1]], template)
    return text[0].upper() + text[1:]


def _listed(names: tuple[str, ...]) -> str:
    *first, last = (f"`{name}`" for name in names)
    return f"{', '.join(first)} and {last}" if first else last
