"""Asks for known vulnerabilities of what is installed here: `make audit`.

Exit code 0 if every package was asked about and none has any, 1 if some has, 3 if some could not be asked about: a
package index without advisories answers like a clean one, so silence is not taken for an answer.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from importlib.metadata import distributions
from pathlib import Path

_OURS = "palestra"


def installed() -> list[str]:
    """`name==version` of all packages here but ours; without the label of a build, which advisories do not have."""
    found = {(each.metadata["Name"].lower(), each.version.partition("+")[0]) for each in distributions()}
    return sorted(f"{name}=={version}" for name, version in found if name != _OURS)


def audit(tool: str, requirements: list[str]) -> tuple[list[str], list[str]]:
    """Vulnerabilities, and what could not be asked about with the reasons, one line each."""
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder) / "requirements.txt"
        wanted.write_text("\n".join(requirements), encoding="utf-8")
        call = [tool, "-r", str(wanted), "--no-deps", "--disable-pip", "--format", "json", "--progress-spinner", "off"]
        try:
            done = subprocess.run([*call, "--timeout", "15"], capture_output=True, text=True, check=False, timeout=900)
        except subprocess.TimeoutExpired:
            return [], ["all packages: no answer in 900 s"]
    try:
        rows = json.loads(done.stdout)["dependencies"]
    except (ValueError, LookupError, TypeError):
        lines = re.sub(r"\x1b\[[0-9;]*m", "", done.stderr).strip().splitlines()
        return [], [f"all packages: {lines[-1][:300] if lines else f'pip-audit ended with {done.returncode}'}"]
    known = [
        f"{row['name']} {row['version']}: {each['id']}, mended in {', '.join(each['fix_versions']) or 'no version'}"
        for row in rows
        for each in row.get("vulns", ())
    ]
    return known, [f"{row['name']}: {row['skip_reason']}" for row in rows if "skip_reason" in row]


def main(tool: str) -> int:
    """Ask and tell."""
    requirements = installed()
    known, unasked = audit(tool, requirements)
    sys.stdout.write("".join(f"{line}\n" for line in known))
    if unasked:
        count = len(requirements) if unasked[0].startswith("all packages") else len(unasked)
        sys.stderr.write("".join(f"{line}\n" for line in unasked[:5]))
        sys.stderr.write(
            f"error: {count} of {len(requirements)} packages were NOT audited: no advisories were had\n\n"
            "hint: run `make audit` where https://pypi.org itself is reachable\n"
        )
    if not known and not unasked:
        sys.stdout.write(f"no known vulnerabilities in {len(requirements)} packages\n")
    return 1 if known else 3 if unasked else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
