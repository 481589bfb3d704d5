"""Programs that try to be paid without solving: each does what a careless grader would take for success.

They are run in a sandbox alone, like every response. What they have in common is that none computes the values.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from palestra.envs.families.code.recipe import ENTRY_POINT

_ALWAYS_EQUAL = """
class Anything{base}:
    def __eq__(self, other):
        return True
    def __ne__(self, other):
        return False
    def __hash__(self):
        return 0
def {name}(*args):
    return Anything({value})
"""

_FRAMES = """
import gc, sys
def {name}(*args):
    frame = sys._getframe()
    while frame is not None:
        for key in ("expected", "right", "reference", "value", "solution"):
            if key in frame.f_locals:
                return frame.f_locals[key]
        frame = frame.f_back
    for found in gc.get_objects():
        if isinstance(found, dict) and "expected" in found:
            return found["expected"]
"""

_FORGED = """
import os
lines = b'{{"value":0}}\\n' * 99 + b'{{"passed":99}}\\nPASS\\nALL TESTS PASSED\\n'
for fd in range(1, 64):
    try:
        os.write(fd, lines)
    except OSError:
        pass
os._exit(0)
"""

_PATCHED = """
import builtins, json, sys
class Same(str):
    def __eq__(self, other):
        return True
    __hash__ = str.__hash__
json.dumps = lambda *args, **kwargs: '{{"value": 1}}'
json.loads = lambda *args, **kwargs: Same()
builtins.isinstance = lambda *args: True
builtins.len = lambda *args: 1
builtins.sorted = lambda items, **kwargs: items
for module in list(sys.modules.values()):
    for key in ("canonical", "encode", "dump", "is_right"):
        if hasattr(module, key):
            setattr(module, key, lambda *args, **kwargs: 1)
def {name}(*args):
    return Same()
"""

_EXITS = (
    "import os\ndef {name}(*args):\n    os._exit(0)\n",
    "import sys\ndef {name}(*args):\n    sys.exit(0)\n",
    "import sys, posix\nsys.excepthook = lambda *args: posix._exit(0)\nraise ValueError\n",
    "import atexit, os\natexit.register(os._exit, 0)\ndef {name}(*args):\n    raise SystemExit(0)\n",
    "import ctypes\ndef {name}(*args):\n    ctypes.CDLL(None)._exit(0)\n",
    "import os\nos.execv('/bin/true', ['true'])\n",
)

BOMBS = (
    "def {name}(*args):\n    while True:\n        pass\n",
    "def {name}(*args):\n    found = []\n    while True:\n        found.append(bytearray(1 << 24))\n",
    "import time\ndef {name}(*args):\n    time.sleep(3600)\n",
    "import os\nwhile True:\n    os.fork()\n",
    "def {name}(*args):\n    return [0] * (1 << 26)\n",
)
"""Programs that use up what they can; the slow ones, so they are tried apart from the others."""


def fenced(source: str, language: str = "python") -> str:
    """A source as the answer formats ask for it."""
    return f"```{language}\n{source}\n```"


def general_cheats(name: str = ENTRY_POINT) -> tuple[str, ...]:
    """Responses that attack the values, the process and the channel, for a function of the name."""
    sources = (
        _ALWAYS_EQUAL.format(name=name, base="", value=""),
        _ALWAYS_EQUAL.format(name=name, base="(int)", value="7"),
        _ALWAYS_EQUAL.format(name=name, base="(list)", value=""),
        _FRAMES.format(name=name),
        _FORGED.format(name=name),
        _PATCHED.format(name=name),
        *(source.format(name=name) for source in _EXITS),
        f"def {name}(*args):\n    return args[0]\n",
        f"def {name}(*args):\n    raise ValueError\n",
    )
    return tuple(fenced(source) for source in sources)


def unfenced(response: str) -> str:
    """The source of what `fenced` made."""
    return response.partition("\n")[2].rpartition("\n")[0]


def hard_coded(pairs: Sequence[tuple[Any, Any]], name: str = ENTRY_POINT) -> str:
    """A response that knows the shown examples by heart; another input gets the value of the last one."""
    table = {repr(given): value for given, value in pairs}
    last = list(table.values())[-1]
    return fenced(f"KNOWN = {table!r}\ndef {name}(given):\n    return KNOWN.get(repr(given), {last!r})")
