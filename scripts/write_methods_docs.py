"""Writes the table of methods into a Markdown page, between its marks: `make docs`."""

from __future__ import annotations

import ast
import dataclasses
import functools
import inspect
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from palestra.trainer.config import TrainConfig

ROOT = Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- written by `make docs`: begin -->", "<!-- written by `make docs`: end -->"

PARTS = {
    "What a run practises on": ("env", "loop", "reasoning"),
    "Samples": ("rollout",),
    "Rewards": ("reward", "noise", "overlong", "shaping"),
    "Selection": ("selection",),
    "Advantages and credit": ("advantage", "reweighting", "credit", "critic"),
    "Losses": ("loss", "correction", "focus", "aggregation", "kl", "entropy"),
    "Supervised": ("supervised",),
    "Course of a run": ("resets", "optim", "forgetting", "alarms", "model"),
}
"""Headings, and the keys of a configuration whose choices stand below each, in the order of a step."""

EXAMPLES = {
    "auditor": '"verdict"',
    "buffer": "32",
    "cap": "50",
    "end": "0.0",
    "environments": '[{ id = "palestra/Countdown-v1" }]',
    "factors": "[0.5, 1.0]",
    "folder": '"swarm"',
    "free": "10",
    "horizon": "128",
    "id": '"palestra/Countdown-v1"',
    "max_tokens": "128",
    "max_total": "5",
    "model": '"judge"',
    "name": '"math"',
    "node": '"a"',
    "over": "100",
    "path": '"file.jsonl"',
    "rates": "[{ fpr = 0.1, fnr = 0.2 }]",
    "reference": "0.5",
    "until": "[0.9]",
    "url": '"http://localhost:8000/v1"',
    "verifier": '"math"',
}
"""Values of options that have no default."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Method:
    """A choice of a configuration."""

    cls: type[Any]
    line: str
    """The line of TOML that chooses it."""

    @property
    def kind(self) -> str:
        """Its name in a configuration; empty for what is the only choice."""
        return str(getattr(self.cls, "kind", ""))

    @property
    def summary(self) -> str:
        """The first line of what its docstring says."""
        return " ".join((inspect.getdoc(self.cls) or "").partition("\n\n")[0].split())

    @property
    def path(self) -> Path:
        """Its file, from the root."""
        return Path(inspect.getfile(self.cls)).resolve().relative_to(ROOT)

    @property
    def papers(self) -> list[str]:
        """The arXiv numbers of its source, or of its file's."""
        for text in (inspect.getdoc(self.cls), sys.modules[self.cls.__module__].__doc__):
            source = (text or "").partition("Source:")[2].partition("\n\n")[0]
            if source:
                return list(dict.fromkeys(re.findall(r"arXiv:(\d{4}\.\d{4,5})", source)))
        return []


def methods() -> dict[str, list[Method]]:
    """All choices below each heading; each stands once, where it comes first."""
    seen: set[type[Any]] = set()
    return {
        heading: [method for name in names for method in _below(TrainConfig, name, (), seen)]
        for heading, names in PARTS.items()
    }


@dataclass(frozen=True, kw_only=True, slots=True)
class _Link:
    """A field on the way from a configuration to a choice, and what stands in it."""

    name: str
    kind: str
    needs: dict[str, str]
    in_list: bool

    @property
    def is_section(self) -> bool:
        """Whether it is written as `name.field`."""
        return not self.kind and not self.in_list


def _below(owner: type[Any], name: str, above: Sequence[_Link], seen: set[type[Any]]) -> Iterator[Method]:
    """The choices of a field, and those of the fields of each choice."""
    hint = get_type_hints(owner)[name]
    for cls in _members(hint):
        if cls in seen:
            continue
        seen.add(cls)
        fields = dataclasses.fields(cls)
        link = _Link(
            name=name,
            kind=getattr(cls, "kind", ""),
            needs={field.name: EXAMPLES[field.name] for field in fields if _is_required(field)},
            in_list=get_origin(hint) is tuple,
        )
        if link.kind or "Source:" in (inspect.getdoc(cls) or ""):
            yield Method(cls=cls, line=_line((*above, link)))
        for field in fields:
            yield from _below(cls, field.name, (*above, link), seen)


def _line(links: Sequence[_Link]) -> str:
    """The line of TOML that leads to the last of the links."""
    key, value = "", ""
    for link in reversed(links):
        if key and link.is_section:
            key = f"{link.name}.{key}"
            continue
        table = ({"kind": f'"{link.kind}"'} if link.kind else {}) | link.needs | ({key: value} if key else {})
        text = f"{{ {', '.join(f'{name} = {text}' for name, text in table.items())} }}" if table else "{}"
        is_short = table.keys() == {"kind"} and not link.in_list
        key, value = link.name, table["kind"] if is_short else f"[{text}]" if link.in_list else text
    return f"{key} = {value}"


def _members(hint: Any) -> list[type[Any]]:
    """The dataclasses among the types that a field may have."""
    if get_origin(hint) in (Union, UnionType, tuple):
        return [cls for each in get_args(hint) for cls in _members(each)]
    return [hint] if dataclasses.is_dataclass(hint) and isinstance(hint, type) else []


def _is_required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


@dataclass(frozen=True, kw_only=True, slots=True)
class _Test:
    """A test, or with an empty name the tables of cases of a file."""

    path: Path
    name: str
    words: frozenset[str]
    """The names in its code, and its texts."""
    imported: frozenset[str]
    """What its file imports, each with the package that it is from."""
    has_vector: bool
    """Whether it says that its numbers are those of a paper."""

    def distance(self, method: Method) -> tuple[bool, ...]:
        """How far it is from a method; less is nearer."""
        return (
            not self._uses(method),
            not self.name,
            not self.has_vector,
            any(word in self.name for word in _ASIDE),
            method.path.parent.name not in self.path.parts,
            self.path.stem != f"test_{method.path.stem}",
        )

    def names(self, method: Method) -> bool:
        """Whether it names the class, or a configuration of it."""
        kind = method.kind
        in_text = any(f'"{kind}"' in word or f"kind={kind}" in word or word == kind for word in self.words)
        return self._uses(method) or (bool(kind) and self.path.parts[1] == "trainer" and in_text)

    def _uses(self, method: Method) -> bool:
        name, package = method.cls.__name__, ".".join(method.cls.__module__.split(".")[:2])
        return name in self.words and f"{package}:{name}" in self.imported


_ASIDE = ("refused", "impossible", "configur", "settings", "named", "read")
"""Words of tests that are not about what a method does."""


@functools.cache
def _tests() -> list[_Test]:
    found = []
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        tree, lines = ast.parse(text), text.splitlines()
        imported = frozenset(
            f"{'.'.join((node.module or '').split('.')[:2])}:{name.name}"
            for node in tree.body
            if isinstance(node, ast.ImportFrom)
            for name in node.names
        )
        for node in tree.body:
            is_test = isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
            if is_test or isinstance(node, ast.Assign | ast.AnnAssign):
                start = min(part.lineno for part in (node, *getattr(node, "decorator_list", ())))
                code = "\n".join(lines[max(start - 2, 0) : node.end_lineno])
                test = _Test(
                    path=path.relative_to(ROOT),
                    name=getattr(node, "name", ""),
                    words=_words(node),
                    imported=imported,
                    has_vector="METHODS" in code,
                )
                found.append(test)
    return found


def _words(node: ast.AST) -> frozenset[str]:
    names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    texts = {each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str)}
    return frozenset(names | texts)


def test_of(method: Method) -> tuple[Path, str]:
    """The test that is nearest to a method: its file, and its name, empty for a table of cases.

    Raises:
        LookupError: No test names it.
    """
    found = [test for test in _tests() if test.names(method)]
    if not found:
        raise LookupError(f"no test names `{method.cls.__name__}` or its kind `{method.kind}`")
    nearest = min(found, key=lambda test: (test.distance(method), test.path, test.name))
    return nearest.path, nearest.name


def table() -> str:
    """The tables, one for each heading."""
    found = []
    for heading, choices in methods().items():
        rows = ["| method | paper | file | in a configuration | test |", "|---|---|---|---|---|"]
        rows += [_row(method) for method in choices]
        found.append(f"### {heading}\n\n" + "\n".join(rows))
    return "\n\n".join(found)


def _row(method: Method) -> str:
    path, test = test_of(method)
    papers = ", ".join(f"[{number}](https://arxiv.org/abs/{number})" for number in method.papers)
    tested = f"[{test.removeprefix('test_').replace('_', ' ') or path.name}](../{path})"
    cells = (
        f"`{method.cls.__name__}`: {method.summary}".replace("|", "\\|"),
        papers,
        f"[{method.path.name}](../{method.path})",
        f"`{method.line}`",
        tested,
    )
    return f"| {' | '.join(cells)} |"


def page(text: str) -> str:
    """A page with the tables as they are now."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}"


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.write_text(page(target.read_text(encoding="utf-8")), encoding="utf-8")
