"""What Python programs take for granted of the interpreter that runs them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from palestra.sandboxes.honest.programs import ROOMY, HonestProgram, Repeat, python
from palestra.sandboxes.program import Program, PythonScript

_MIB = 1 << 20
_DEEP = """
def f(n): return f(n + 1)
try: f(0)
except RecursionError: print("caught")
"""
_DEEPER = """
import sys, threading
sys.setrecursionlimit(40000)
def f(n): return 0 if n == 0 else 1 + f(n - 1)
print(f(20000))
"""
_NESTED = "import json\ntry: json.loads('[' * 100000)\nexcept RecursionError: print('caught')"
_SOURCE = "import inspect\ndef f(x):\n    return x + 1\nprint(inspect.getsource(f), end='')"
_PICKLE = """
import pickle
class A:
    def __init__(self): self.x = 3
if __name__ == "__main__":
    print(pickle.loads(pickle.dumps(A())).x, A.__module__)
"""
_DATACLASS = """
from __future__ import annotations
from dataclasses import dataclass, field
import typing
@dataclass
class A:
    x: int = 1
    y: list[int] = field(default_factory=list)
print(A(), typing.get_type_hints(A)["x"].__name__)
"""
_HASHES = "print(list({'a', 'bb', 'ccc', 'dddd', 'eeeee'}), hash('palestra'))"
_GLOBALS = "print(sorted(n for n in globals() if not n.startswith('__')), __name__, __doc__, __package__, __spec__)"


def _script(
    name: str, source: str, stdout: bytes, *, args: tuple[str, ...] = (), files: Mapping[str, bytes] | None = None
) -> HonestProgram:
    entry = PythonScript(source=source, args=args)
    return HonestProgram(name=name, program=Program(entry=entry, files=files or {}), stdout=stdout)


PYTHON: tuple[HonestProgram, ...] = (
    python("recursion limit", _DEEP, "caught"),
    python("deep recursion", _DEEPER, "20000"),
    python("nested JSON", _NESTED, "caught"),
    python("name of the main module", "print(__name__, __name__ in __import__('sys').modules)", "__main__ True"),
    python("guard of the main module", "if __name__ == '__main__':\n    print('main')", "main"),
    python("file of the main module", "import os; print(os.path.basename(__file__))", "main.py"),
    python("globals at the start", _GLOBALS, "[] __main__ None None None"),
    python("docstring", "'''What it is.'''\nprint(__doc__)", "What it is."),
    python("own source", "print(len(open(__file__).read()), end='')", None),
    python("source of a function", _SOURCE, "def f(x):\n    return x + 1"),
    python("pickle of an own class", _PICKLE, "3 __main__"),
    python("dataclasses and type hints", _DATACLASS, "A(x=1, y=[]) int"),
    python("annotations of the main module", "x: int = 1\nprint(__annotations__)", None),
    _script("arguments", "import sys; print(sys.argv)", b"['main.py', 'a b', '', '-x']\n", args=("a b", "", "-x")),
    _script(
        "own module",
        "import helper; print(helper.twice(4))",
        b"8\n",
        files={"helper.py": b"def twice(x): return 2 * x\n"},
    ),
    _script(
        "own package",
        "from pack.inner import value; print(value)",
        b"7\n",
        files={"pack/__init__.py": b"", "pack/inner.py": b"value = 7\n"},
    ),
    _script("file in a folder", "print(open('a/b/c').read())", b"deep\n", files={"a/b/c": b"deep"}),
    python("input", "print(int(input()) + int(input('? ')))", "? 3", stdin=b"1\n2\n"),
    python("end of input", "try: input()\nexcept EOFError: print('end')", "end"),
    python("lines of input", "import sys; print([line.strip() for line in sys.stdin])", "['a', 'b']", stdin=b"a\nb"),
    python("1 MiB of input", "import sys; print(len(sys.stdin.buffer.read()))", str(_MIB), stdin=b"\n" * _MIB),
    python("input that is no text", "import sys; print(sys.stdin.buffer.read())", "b'\\x00\\xff'", stdin=b"\0\xff"),
    python("input by descriptor", "import os; print(os.read(0, 9))", "b'abc'", stdin=b"abc"),
    python("input that is not read", "print(1)", "1", stdin=b"x" * (4 * _MIB)),
    dataclasses.replace(python("order of a set of texts", _HASHES, None), repeat=Repeat.SAME),
    dataclasses.replace(
        python("random numbers", "import random; print(random.random())", None), repeat=Repeat.DIFFERENT
    ),
    dataclasses.replace(python("random bytes", "import os; print(os.urandom(8))", None), repeat=Repeat.DIFFERENT),
    dataclasses.replace(python("UUID", "import uuid; print(uuid.uuid4())", None), repeat=Repeat.DIFFERENT),
    dataclasses.replace(
        python("secret tokens", "import secrets; print(secrets.token_hex())", None), repeat=Repeat.DIFFERENT
    ),
    python("seeded random numbers", "import random; random.seed(1); print(random.randrange(1000))", "137"),
    python(
        "environment", "import os; print(sorted(set(os.environ) - {'LC_CTYPE', 'PWD', 'OLDPWD', 'SHLVL', '_'}))", None
    ),
    python("encodings", "import sys; print(sys.stdout.encoding, sys.getfilesystemencoding())", "utf-8 utf-8"),
    python("isolated search path", "import os, sys; print(os.path.samefile(sys.path[0], '.'))", "True"),
    python("no site packages of a user", "import site; print(site.ENABLE_USER_SITE)", "False"),
    python(
        "signals at the start", "import signal as s; print(*[s.getsignal(n).name for n in (15, 1)])", "SIG_DFL SIG_DFL"
    ),
    python(
        "interrupt at the start",
        "import signal as s; print(s.getsignal(2) is s.default_int_handler, s.getsignal(13).name)",
        "True SIG_IGN",
    ),
    python("signals not blocked", "import signal as s; print(s.pthread_sigmask(s.SIG_BLOCK, []))", "set()"),
    python(
        "threads at the start",
        "import threading as t; print(t.active_count(), t.current_thread().name)",
        "1 MainThread",
    ),
    python("no child at the start", "import os\ntry: os.wait()\nexcept ChildProcessError: print('none')", "none"),
    python("garbage collector", "import gc; print(gc.isenabled(), gc.get_freeze_count() >= 0)", "True True"),
    python("trace and profile", "import sys; print(sys.gettrace(), sys.getprofile())", "None None"),
    python("decimal", "from decimal import Decimal as D; print(D('0.1') + D('0.2'))", "0.3"),
    python(
        "json",
        "import json; print(json.dumps({'b': [1, None, True], 'a': '\\u00e9'}))",
        '{"b": [1, null, true], "a": "\\u00e9"}',
    ),
    python("re", "import re; print(re.findall(r'(\\w)(\\d+)', 'a1 b22'))", "[('a', '1'), ('b', '22')]"),
    python("dates", "import datetime as d; print(d.date(2024, 2, 29) + d.timedelta(366))", "2025-03-01"),
    python("fractions", "from fractions import Fraction as F; print(F(1, 3) + F(1, 6))", "1/2"),
    python(
        "heap and bisect",
        "import heapq, bisect; print(heapq.nsmallest(2, [3, 1, 2]), bisect.bisect([1, 3], 2))",
        "[1, 2] 1",
    ),
    python("itertools", "import itertools as i; print(sum(1 for _ in i.permutations(range(7))))", "5040"),
    python("big integers", "print(len(str(2 ** 10000)))", "3011"),
    python(
        "compressed data", "import zlib, bz2, lzma; print(len(zlib.decompress(zlib.compress(b'x' * 1000))))", "1000"
    ),
    python("digests", "import hashlib; print(hashlib.sha256(b'').hexdigest()[:8])", "e3b0c442"),
    python("eval and exec", "exec('x = 3'); print(eval('x + 1'))", "4"),
    python("compiled code", "print(eval(compile('6 * 7', 'f', 'eval')))", "42"),
    python("unittest", "import unittest; print(unittest.TestCase().assertEqual(1, 1))", "None"),
    python("ctypes", "import ctypes; print(ctypes.CDLL(None).abs(-3))", "3"),
    dataclasses.replace(
        python("numpy", "import numpy as np; print(np.arange(6).reshape(2, 3).sum(axis=0))", "[3 5 7]"),
        module="numpy",
        limits=dataclasses.replace(ROOMY, memory_bytes=2 << 30),
    ),
    dataclasses.replace(
        python(
            "numpy solves", "import numpy as np; print(np.linalg.solve(np.eye(3) * 2, np.ones(3)))", "[0.5 0.5 0.5]"
        ),
        module="numpy",
        limits=dataclasses.replace(ROOMY, memory_bytes=2 << 30),
    ),
)
