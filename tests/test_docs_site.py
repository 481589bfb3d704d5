"""The site of the documentation: complete, current, and without anything from other hosts."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent
_LOADED = re.compile(r"<(?:script|img|iframe|link)\b[^>]*?\b(?:src|href)=[\"']?(?:https?:)?//[^>]*>")


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("name", "page"), [("write_card_docs", "verifier-cards.md"), ("write_attack_docs", "attacks.md")]
)
def test_generated_pages_are_current(name: str, page: str) -> None:
    assert (ROOT / "docs" / page).read_text(encoding="utf-8") == script(name).page(), "run `make docs`"


def test_every_page_has_its_place_in_the_navigation() -> None:
    named = re.findall(r"^ *- ([\w/.-]+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE)
    pages = {str(path.relative_to(ROOT / "docs")) for path in (ROOT / "docs").rglob("*.md")}
    assert pages - set(named) == set(), "name them under `nav` in mkdocs.yml"


@pytest.mark.real  # half a minute
def test_the_site_builds_without_a_warning_and_loads_nothing_from_other_hosts(tmp_path: Path) -> None:
    if importlib.util.find_spec("mkdocs") is None or importlib.util.find_spec("mkdocstrings") is None:
        pytest.skip("mkdocs is not installed: `pip install -e '.[docs]'`")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=600.0,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    reference = (tmp_path / "reference" / "verifiers.html").read_text(encoding="utf-8")
    for page in (tmp_path / "reference").glob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert "<blockquote>" not in text and "```" not in text, f"{page.name}: examples are code, not quotations"
    loaded = {
        f"{page.relative_to(tmp_path)}: {match[0]}"
        for page in tmp_path.rglob("*.html")
        for match in _LOADED.finditer(page.read_text(encoding="utf-8"))
        if 'rel="canonical"' not in match[0]
    }
    assert loaded == set()
    reference = (tmp_path / "reference" / "verifiers.html").read_text(encoding="utf-8")
    assert 'id="palestra.verifiers.MathVerifier"' in reference
    assert (tmp_path / "repository" / "benchmarks" / "lab" / "noise" / "figure.svg").is_file()
