import ast
from dataclasses import replace

from palestra.envs.swe.patch import FileChange, with_changes
from palestra.envs.swe.task import VisibleTests
from palestra.envs.swe.views import cleaned, given_files, judged_files, without_functions
from small_repository import FILES, TASK, files, splice


def test_the_agent_gets_the_bug_but_not_the_tests_that_decide() -> None:
    given = given_files(TASK, files())
    text = given.entries["tests/test_area.py"].content.decode()
    names = {node.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)}
    assert names == {"test_negative", "test_share"}
    assert b"width - height" in given.entries["shapes/area.py"].content


def test_all_or_no_tests_may_be_shown() -> None:
    everything = given_files(replace(TASK, visible_tests=VisibleTests.ALL), files())
    assert everything.entries["tests/test_area.py"] == files().entries["tests/test_area.py"]
    nothing = given_files(replace(TASK, visible_tests=VisibleTests.NONE), files())
    assert [p for p in nothing.entries if p.startswith("tests/")] == []


def test_hidden_changes_are_there_only_when_the_work_is_judged() -> None:
    task = replace(TASK, hidden=splice("tests/test_names.py", "'triangle'", "'trigon'"))
    assert b"trigon" in judged_files(task, files()).entries["tests/test_names.py"].content
    assert b"trigon" not in given_files(task, files()).entries["tests/test_names.py"].content


def test_what_tells_of_other_states_is_gone() -> None:
    paths = [".git/objects/aa", "shapes/__pycache__/area.cpython-311.pyc", "shapes/area.py.orig"]
    before = with_changes(files(), [FileChange(path=p, content=b"") for p in paths[1:]])
    assert cleaned(before).entries.keys() == files().entries.keys()


def test_functions_are_cut_out_with_their_decorators_and_the_rest_stays() -> None:
    source = FILES["tests/test_area.py"].encode()
    cut = without_functions(source, [("test_many",), ("TestOld", "test_square"), ("TestOld", "test_zero")])
    assert cut is not None
    assert b"parametrize" not in cut and b"class TestOld(unittest.TestCase):\n    pass" in cut
    assert b"def test_total" in cut
    assert without_functions(b"def f(:", [("f",)]) is None
