"""The page of methods: fresh, whole, and true."""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import pytest

from palestra.trainer.advantages import Advantage
from palestra.trainer.alarms import RunAlarm
from palestra.trainer.budgets import SampleBudget
from palestra.trainer.config.reader import PLUGIN_GROUPS, parse_config
from palestra.trainer.credit import Credit
from palestra.trainer.losses import PolicyLoss
from palestra.trainer.run.train import recipes
from palestra.trainer.selection import Selection
from palestra.trainer.shaping import Shaping

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "methods.md").read_text(encoding="utf-8")
CORE = (
    *("run/loop", "rewards/turn_rewards", "practice/gold", "packing", "objective", "learner"),
    *("advantages", "losses", "selection", "budgets", "credit", "reweighting"),
)
"""What takes rewards to gradients: files and folders of the trainer."""

BASE = """
steps = 1
model.path = "somewhere"
env.id = "palestra/ChainSum-v1"
evaluation.every = 1
"""
AUDITED = '\nnoise.rates = { kind = "audited", auditor = "verdict" }\n'


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("write_methods_docs", ROOT / "scripts" / "write_methods_docs.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


SCRIPT = script()
CHOICES = [method for methods in SCRIPT.methods().values() for method in methods]


def test_the_page_is_as_the_script_writes_it() -> None:
    assert SCRIPT.page(TEXT) == TEXT, "run `make docs`"


@pytest.mark.parametrize("union", [Advantage, PolicyLoss, Selection, SampleBudget, Credit, Shaping, RunAlarm])
def test_every_member_of_a_union_has_a_row(union: object) -> None:
    listed = {method.cls for method in CHOICES}
    assert {cls.__name__ for cls in get_args(union) if cls not in listed} == set()


@pytest.mark.parametrize("method", CHOICES, ids=lambda method: method.line)
def test_a_line_of_the_table_is_read_and_makes_what_it_names(method: Any) -> None:
    line = method.line
    base = BASE.replace('env.id = "palestra/ChainSum-v1"\n', "") if line.startswith("env") else BASE
    rates = AUDITED if line.startswith("noise.") and not line.startswith("noise.rates") else ""
    assert method.cls.__name__ in repr(parse_config(base + rates + line))


def test_every_file_that_the_page_links_to_is_there() -> None:
    targets = set(re.findall(r"\]\(((?!https?:)[^)]+)\)", TEXT))
    assert len(targets) > 100
    assert [target for target in targets if not (ROOT / "docs" / target).exists()] == []


def test_every_recipe_and_every_group_of_plugins_is_on_the_page() -> None:
    assert [name for name in recipes() if f"`{name}`" not in TEXT] == []
    assert [group for group in PLUGIN_GROUPS.values() if f"`{group}`" not in TEXT] == []


def test_a_choice_with_a_paper_links_to_it() -> None:
    for method in CHOICES:
        row = next(line for line in TEXT.splitlines() if f"| `{method.line}` |" in line and method.path.name in line)
        assert all(f"https://arxiv.org/abs/{number}" in row for number in method.papers)


def test_the_core_is_small_and_the_page_says_how_small() -> None:
    lines = sum(_lines_of_code(path) for name in CORE for path in _files(name))
    assert lines < 5000
    [stated] = re.findall(r"(\d,\d{3}) lines of code", TEXT)
    assert abs(int(stated.replace(",", "")) - lines) < 0.1 * lines


def _files(name: str) -> list[Path]:
    folder = ROOT / "trainer" / "palestra" / "trainer"
    return [folder / f"{name}.py"] if (folder / f"{name}.py").is_file() else sorted((folder / name).rglob("*.py"))


def _lines_of_code(path: Path) -> int:
    """Lines that are neither blank nor a comment nor a docstring."""
    text = path.read_text(encoding="utf-8")
    said = {
        number
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        for number in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    return sum(
        bool(line.strip()) and not line.strip().startswith("#") and number not in said
        for number, line in enumerate(text.splitlines(), 1)
    )
