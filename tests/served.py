"""A real server of environments in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent


@contextmanager
def serving(
    arguments: Sequence[str], variables: Mapping[str, str] | None = None, python: str = sys.executable
) -> Iterator[str]:
    """`palestra serve` on a free port of this machine; its address."""
    path = os.pathsep.join(sys.path) if python == sys.executable else ""
    environment = {**os.environ, "PYTHONPATH": path, **(variables or {})}
    command = [python, "-m", "palestra.cli", "serve", *arguments, "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        try:
            url = process.stdout.readline().strip()
            assert url.startswith("http://"), f"the server did not start: {url!r}"
            yield url
        finally:
            process.terminate()
            process.wait(timeout=60)
