"""Distributions that anybody can build again, and an audit that never takes silence for an answer."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import tarfile
import zipfile
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]


def build(tmp_path: Path, name: str, **environment: str) -> dict[str, str]:
    """Digests of what `make dist` builds in a clone of its own."""
    clone, out = tmp_path / name / "clone", tmp_path / name / "out"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    for inner in (".venv", ".venv-tools"):
        (clone / inner).symlink_to(ROOT / inner)
    # What is tested is the script as it stands, which may not be committed yet.
    (clone / "scripts" / "supply_chain.sh").write_bytes((ROOT / "scripts" / "supply_chain.sh").read_bytes())
    (clone / "constraints" / "tools.txt").write_bytes((ROOT / "constraints" / "tools.txt").read_bytes())
    os.utime(clone / "constraints" / "tools.txt", (0, 0))
    (clone / "stray.py").write_text(name, encoding="utf-8")
    subprocess.run(
        ["bash", "scripts/supply_chain.sh", "dist"],
        cwd=clone,
        check=True,
        capture_output=True,
        env={**os.environ, "OUT": str(out), **environment},
    )
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(out.glob("palestra-*"))}


@pytest.mark.real
def test_two_builds_in_different_folders_at_different_times_are_equal(tmp_path: Path) -> None:
    if subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True).returncode:
        pytest.skip("distributions are built from a commit, and git knows none here")
    subprocess.run(["bash", "scripts/supply_chain.sh", "dist"], cwd=ROOT, check=True, capture_output=True)
    first = build(tmp_path, "a", TZ="UTC", LC_ALL="C")
    second = build(tmp_path, "a-longer-name", TZ="Pacific/Auckland", LC_ALL="C.UTF-8", PYTHONHASHSEED="7")
    assert first == second
    assert len(first) == 2
    out = tmp_path / "a" / "out"
    [wheel], [sdist] = out.glob("*.whl"), out.glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert "palestra/cli/app.py" in names
    assert not [name for name in names if "stray" in name or "test" in name.partition("/")[0]]
    with tarfile.open(sdist) as archive_of_source:
        assert not [name for name in archive_of_source.getnames() if "stray" in name or "/.venv" in name]


@pytest.mark.real
def test_the_list_of_parts_has_every_installed_package_with_its_version(tmp_path: Path) -> None:
    environment = {**os.environ, "OUT": str(tmp_path)}
    subprocess.run(
        ["bash", "scripts/supply_chain.sh", "sbom"], cwd=ROOT, check=True, capture_output=True, env=environment
    )
    listed = json.loads((tmp_path / "palestra.cdx.json").read_text(encoding="utf-8"))
    found = {part["name"].lower().replace("_", "-"): part["version"] for part in listed["components"]}
    for name in ("gymnasium", "sympy", "numpy", "torch"):
        assert found[name] == version(name)


@pytest.fixture
def audit() -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit_packages", ROOT / "scripts" / "audit_packages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def tool(folder: Path, answer: str, code: int = 0) -> str:
    """A program that answers as pip-audit does."""
    path = folder / "pip-audit"
    path.write_text(f"#!{sys.executable}\nimport sys\nprint({answer!r})\nsys.exit({code})\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def row(name: str, **more: object) -> dict[str, object]:
    return {"name": name, "version": "1.0", **more}


def test_an_index_without_advisories_is_not_taken_for_a_clean_bill(
    audit: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = json.dumps({"dependencies": [row("a", vulns=[]), {"name": "b", "skip_reason": "not found on PyPI"}]})
    assert audit.main(tool(tmp_path, answer)) == 3
    captured = capsys.readouterr()
    assert "no known" not in captured.out
    assert "NOT audited" in captured.err
    assert "\n\nhint: " in captured.err


def test_no_network_is_no_clean_bill(audit: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit.main(tool(tmp_path, "", code=1)) == 3
    assert "NOT audited" in capsys.readouterr().err


def test_vulnerabilities_are_named_and_fail(
    audit: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = [{"id": "PYSEC-1", "fix_versions": ["1.1"]}]
    assert audit.main(tool(tmp_path, json.dumps({"dependencies": [row("a", vulns=known)]}), code=1)) == 1
    assert capsys.readouterr().out == "a 1.0: PYSEC-1, mended in 1.1\n"


def test_what_is_installed_is_asked_about_without_ours(
    audit: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = audit.installed()
    assert all("==" in each and "+" not in each for each in names)
    assert not [each for each in names if each.startswith("palestra==")]
    assert audit.main(tool(tmp_path, json.dumps({"dependencies": [row("a", vulns=[])]}))) == 0
    assert capsys.readouterr().out.startswith("no known vulnerabilities in ")
