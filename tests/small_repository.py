"""A small repository with tests, and tasks on it."""

from dataclasses import dataclass, replace

from palestra.envs.swe.patch import FileChange, Splice, Splices, with_changes
from palestra.envs.swe.places import Places
from palestra.envs.swe.source import SweConfig, SweSource
from palestra.envs.swe.task import LocalFolder, SweTask, TestCommand
from palestra.sandboxes import Sandbox, Snapshot

FILES = {
    "README.md": "# Shapes\n",
    "setup.cfg": "[metadata]\nname = shapes\n\n[tool:pytest]\naddopts = --strict-markers\n",
    "pyproject.toml": '[project]\nname = "shapes"\n\n[tool.ruff]\nline-length = 100\n',
    "shapes/__init__.py": "from shapes.area import circle_share, rectangle, total\n",
    "shapes/area.py": (
        '"""Areas."""\n\n\n'
        "def rectangle(width, height):\n"
        "    if width < 0 or height < 0:\n"
        '        raise ValueError("a side is negative")\n'
        "    return width * height\n\n\n"
        "def total(sides):\n"
        "    return sum(rectangle(a, b) for a, b in sides)\n\n\n"
        "def circle_share(part):\n"
        "    return {'part': part, 'rest': 100 - part}\n"
    ),
    "shapes/names.py": "def name_of(sides):\n    return {3: 'triangle', 4: 'square'}.get(sides, 'polygon')\n",
    "tests/conftest.py": "import pytest\n\n\n@pytest.fixture\ndef sides():\n    return [(1, 2), (3, 4)]\n",
    "tests/test_area.py": (
        "import unittest\n\n"
        "import pytest\n\n"
        "from shapes import circle_share, rectangle, total\n\n\n"
        "def test_rectangle():\n    assert rectangle(2, 3) == 6\n\n\n"
        "@pytest.mark.parametrize(('a', 'b', 'area'), [(2, 5, 10), (7, 1, 7)])\n"
        "def test_many(a, b, area):\n    assert rectangle(a, b) == area\n\n\n"
        "def test_total(sides):\n    assert total(sides) == 14\n\n\n"
        "def test_negative():\n    with pytest.raises(ValueError):\n        rectangle(-1, 1)\n\n\n"
        "def test_share():\n    assert circle_share(30)['rest'] == 70\n\n\n"
        "class TestOld(unittest.TestCase):\n"
        "    def test_square(self):\n        self.assertEqual(rectangle(3, 3), 9)\n\n"
        "    def test_zero(self):\n        self.assertTrue(rectangle(0, 3) == 0)\n"
    ),
    "tests/test_names.py": (
        "from shapes.names import name_of\n\n\n"
        "def test_triangle():\n    assert name_of(3) == 'triangle'\n\n\n"
        "def test_many_corners():\n    assert name_of(9).startswith('poly')\n"
    ),
}
_AREA = "tests/test_area.py::"
FAIL_TO_PASS = tuple(
    _AREA + name
    for name in (
        "test_rectangle",
        "test_many[2-5-10]",
        "test_many[7-1-7]",
        "test_total",
        "TestOld::test_square",
        "TestOld::test_zero",
    )
)
PASS_TO_PASS = tuple(_AREA + name for name in ("test_negative", "test_share"))
PASS_TO_PASS += ("tests/test_names.py::test_triangle", "tests/test_names.py::test_many_corners")


def files() -> Snapshot:
    """The repository as published."""
    return with_changes(Snapshot.of([]), [FileChange(path=p, content=text.encode()) for p, text in FILES.items()])


def splice(path: str, old: str, new: str) -> Splices:
    return Splices(splices=(Splice(path=path, offset=FILES[path].index(old), old=old, new=new),))


TASK = SweTask(
    repo=LocalFolder(path="shapes"),
    statement="The area of a rectangle is wrong.",
    fail_to_pass=FAIL_TO_PASS,
    pass_to_pass=PASS_TO_PASS,
    setup=splice("shapes/area.py", "width * height", "width - height - 1"),
    gold=Splices(
        splices=(
            Splice(
                path="shapes/area.py",
                offset=FILES["shapes/area.py"].index("width * height"),
                old="width - height - 1",
                new="width * height",
            ),
        )
    ),
    test=TestCommand(),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class SmallLibrary:
    """Tasks that differ in their words alone."""

    places: Places
    num_tasks: int = 1

    def tasks(self) -> list[SweTask]:
        return [replace(TASK, statement=f"{TASK.statement} ({number})") for number in range(self.num_tasks)]

    def files(self, task: SweTask) -> Snapshot:
        return files()

    def workplace(self, task: SweTask) -> Sandbox:
        return self.places.workplace(task)

    def courtroom(self, task: SweTask) -> Sandbox:
        return self.places.courtroom(task)


def source(places: Places, **options: str) -> SweSource:
    return SweSource("palestra/Small-v1", SmallLibrary(places=places), SweConfig.read(options))
