from __future__ import annotations

import ast

import pytest

from palestra.envs.swe.bugs.bug import repair
from palestra.envs.swe.bugs.factory import BugFactory, compose
from palestra.envs.swe.patch import apply_patch
from palestra.sandboxes import Entry, Kind, Snapshot
from palestra.verifiers.keyed_random import KeyedRandom

FILES = {
    "pkg/numbers.py": b"def sign(x):\n    if x > 0 and x != 0:\n        return 1\n    return -1 if x < 0 else 0\n",
    "pkg/words.py": b"def join(words, mark=', '):\n    out = ''\n    for at in range(len(words)):\n"
    b"        out += mark + words[at] if at > 0 else words[at]\n    return out\n",
    "pkg/broken.py": b"def f(:\n",
}


def tree() -> Snapshot:
    files = [Entry(path=path, kind=Kind.FILE, mode=0o644, content=content) for path, content in FILES.items()]
    return Snapshot.of([Entry(path="pkg", kind=Kind.FOLDER, mode=0o755), *files])


def test_candidates_are_all_different_and_of_readable_files() -> None:
    candidates = BugFactory(FILES).candidates
    assert len({bug.splices for bug in candidates}) == len(candidates) > 20
    assert {path for bug in candidates for path in bug.paths} == {"pkg/numbers.py", "pkg/words.py"}


def test_draws_repeat_and_spread_over_operators_and_files() -> None:
    factory = BugFactory(FILES)
    drawn = factory.draw(KeyedRandom("draw"), 12)
    assert drawn == factory.draw(KeyedRandom("draw"), 12)
    assert len({bug.operator for bug in drawn}) >= 6
    assert {path for bug in drawn for path in bug.paths} == {"pkg/numbers.py", "pkg/words.py"}
    assert len(factory.draw(KeyedRandom("all"), 10_000)) <= len(factory.candidates)


def test_every_drawn_bug_reads_as_python_and_its_repair_restores_every_byte() -> None:
    factory = BugFactory(FILES)
    for bug in factory.draw(KeyedRandom("all"), 10_000):
        broken = apply_patch(tree(), bug.patch)
        assert broken != tree()
        ast.parse(broken.entries[bug.paths[0]].content)
        assert apply_patch(broken, repair(bug.splices)) == tree()


def test_composed_bugs_are_repaired_as_one() -> None:
    factory = BugFactory(FILES)
    rng = KeyedRandom("compose")
    drawn = factory.draw(rng, 30)
    composed = [bug for _ in range(40) if (bug := compose(rng.sample(drawn, 3))) is not None]
    assert len(composed) > 3
    for bug in composed:
        assert len(bug.splices) == 3 and bug.operator.count("+") == 2
        assert apply_patch(apply_patch(tree(), bug.patch), repair(bug.splices)) == tree()


def test_edits_that_meet_make_no_composed_bug() -> None:
    bug = BugFactory(FILES).candidates[0]
    assert compose([bug, bug]) is None


@pytest.mark.parametrize("count", [0, 3])
def test_no_more_bugs_are_drawn_than_wanted(count: int) -> None:
    assert len(BugFactory(FILES).draw(KeyedRandom("few"), count)) == count
