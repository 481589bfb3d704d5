from __future__ import annotations

import pytest

from palestra.envs.swe.failing_test.rules import MOST_TESTS, RefusedTestError, test_names

names_of = test_names
GOOD = "import math\nimport pytest\nfrom pkg.words import join\n\n\ndef test_a():\n    assert join([]) == ''\n"


def test_plain_tests_are_named_in_their_order() -> None:
    helper = (
        "\n\ndef helper():\n    return 1\n\n\ndef test_b():\n    with pytest.raises(ValueError):\n        join(3)\n"
    )
    assert names_of(GOOD + helper, {"pkg"}) == ("test_a", "test_b")


@pytest.mark.parametrize(
    "text",
    [
        "def test_a(:\n",
        "x = 1\n",
        GOOD + "\n\nclass TestB:\n    def test_b(self):\n        pass\n",
        GOOD + GOOD,
        "\n".join(f"def test_{number}(): pass" for number in range(MOST_TESTS + 1)),
        "import pytest\n@pytest.mark.parametrize('x', [1])\ndef test_a(x): pass\n",
        "import inspect\n" + GOOD,
        "from . import conftest\n" + GOOD,
        "import os\n" + GOOD,
        "import other\n" + GOOD,
        GOOD.replace("join([])", "open('pkg/words.py').read()"),
        GOOD.replace("join([])", "join.__code__.co_code"),
        GOOD.replace("join([])", "getattr(join, '__co' + 'de__')"),
        GOOD.replace("join([])", "eval('1')"),
        GOOD.replace("join([])", "pytest.skip('no')"),
        GOOD.replace("join([])", "().__class__.__subclasses__()"),
        "import random\n" + GOOD,
        "from datetime import datetime\n" + GOOD.replace("join([])", "datetime.now()"),
        GOOD.replace("join([])", "math.random.random()"),
        "\0",
        "(" * 10_000,
    ],
)
def test_whatever_else_is_refused(text: str) -> None:
    with pytest.raises(RefusedTestError):
        names_of(text, {"pkg"})
