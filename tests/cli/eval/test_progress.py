"""The bar of `palestra eval` on a terminal."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys

CODE = "import sys; from palestra.cli import main, progress; progress._PATIENCE_S = -1; sys.exit(main(sys.argv[1:]))"


COMMAND = [sys.executable, "-c", CODE, "eval", "palestra/ChainSum-v1", "--agent", "oracle", "--n", "3", "--json"]


def _on_terminal(term: str) -> tuple[str, bytes]:
    """What a command writes on standard output, and on a terminal of a kind."""
    shown, terminal = pty.openpty()
    process = subprocess.Popen(
        COMMAND, stdout=subprocess.PIPE, stderr=terminal, text=True, env=os.environ | {"TERM": term}
    )
    os.close(terminal)
    text = b""
    while part := _read(shown):
        text += part
    os.close(shown)
    out, _ = process.communicate(timeout=60.0)
    assert process.returncode == 0
    return out, text


def test_a_terminal_shows_how_far_an_evaluation_got() -> None:
    out, text = _on_terminal("xterm")
    assert b"palestra/ChainSum-v1: 3 of 3, mean 1.000" in text
    assert json.loads(out)["mean_reward"] == 1.0


def test_a_terminal_that_cannot_show_a_bar_stays_empty() -> None:
    out, text = _on_terminal("dumb")
    assert text == b"" and json.loads(out)["mean_reward"] == 1.0


def test_without_a_terminal_nothing_is_shown() -> None:
    assert subprocess.run(COMMAND, capture_output=True, check=True).stderr == b""


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 1 << 16)
    except OSError:  # how a terminal says that nobody writes to it any more
        return b""
