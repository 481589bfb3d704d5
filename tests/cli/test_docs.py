from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_reference_of_the_command_line_is_as_the_script_writes_it(tmp_path: Path) -> None:
    page = tmp_path / "cli.md"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, ROOT / "scripts" / "write_cli_docs.py", page], check=True, env=environment)
    assert page.read_text(encoding="utf-8") == (ROOT / "docs" / "cli.md").read_text(encoding="utf-8"), "run `make docs`"
