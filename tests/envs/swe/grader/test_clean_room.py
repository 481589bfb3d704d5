import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import replace

import pytest

from palestra.envs.swe.cheats import CHEATS
from palestra.envs.swe.cheats.forgers import FORGER_CHEATS
from palestra.envs.swe.cheats.in_process import CODE_CHEATS
from palestra.envs.swe.grader import READABLE, CleanRoom, SweStatus, SweVerdict, run_tests, twinnable
from palestra.envs.swe.grader.test_run import RunEnding
from palestra.envs.swe.patch import FileChange, FileChanges, Patch, UnifiedDiff, with_changes
from palestra.envs.swe.places import Places
from palestra.envs.swe.task import SweTask, TestLimits
from palestra.envs.swe.views import given_files, judged_files
from palestra.sandboxes import Snapshot
from palestra.verifiers import Outcome
from small_repository import FAIL_TO_PASS, FILES, PASS_TO_PASS, TASK, files, splice

AREA = FILES["shapes/area.py"]
BROKEN = given_files(TASK, files()).entries["shapes/area.py"].content.decode()


def grade(places: Places, patch: Patch | None, task: SweTask = TASK) -> SweVerdict:
    return asyncio.run(CleanRoom(places.courtroom(task)).grade(task, files(), patch))


def writing(texts: Mapping[str, str | None]) -> FileChanges:
    changes = [FileChange(path=path, content=None if text is None else text.encode()) for path, text in texts.items()]
    return FileChanges(changes=tuple(changes))


HONEST: dict[str, Patch] = {
    "the right patch": FileChanges(changes=(FileChange(path="shapes/area.py", content=AREA.encode()),)),
    "another way": writing(
        {"shapes/area.py": BROKEN.replace("width - height - 1", "sum(width for _ in range(height))")}
    ),
    "a new module": writing(
        {
            "shapes/area.py": BROKEN.replace(
                "    return width - height - 1",
                "    from shapes.product import times\n\n    return times(width, height)",
            ),
            "shapes/product.py": "def times(a, b):\n    return a * b\n",
        }
    ),
    "a module removed and its work done elsewhere": writing(
        {"shapes/area.py": AREA, "shapes/names.py": None, "shapes/names/__init__.py": FILES["shapes/names.py"]}
    ),
    "a module renamed": writing(
        {
            "shapes/area.py": None,
            "shapes/surface.py": AREA,
            "shapes/__init__.py": "from shapes.surface import circle_share, rectangle, total\n",
        }
    ),
    "a module made a package": writing(
        {
            "shapes/area.py": None,
            "shapes/area/core.py": AREA,
            "shapes/area/__init__.py": "from shapes.area.core import *\n",
        }
    ),
    "tests added": writing({"shapes/area.py": AREA, "tests/test_more.py": "def test_more():\n    assert True\n"}),
    "tests changed": writing({"shapes/area.py": AREA, "tests/test_names.py": "def test_other():\n    assert False\n"}),
    "a script left behind": writing(
        {"shapes/area.py": AREA, "reproduce.py": "from shapes import total\nprint(total([(1, 2)]))\n"}
    ),
    "a class with its own equality": writing(
        {
            "shapes/area.py": AREA
            + "\n\nclass Box:\n    def __eq__(self, other):\n"
            + "        return isinstance(other, Box)\n\n    __hash__ = None\n"
        }
    ),
    "output and a thread": writing(
        {
            "shapes/area.py": "import sys\nimport threading\n\nprint('loaded')\nsys.stderr.write('x' * 1000)\n"
            "threading.Thread(target=print).start()\n" + AREA
        }
    ),
    "a diff": UnifiedDiff(
        text="--- a/shapes/area.py\n+++ b/shapes/area.py\n@@ -7,1 +7,1 @@\n"
        "-    return width - height - 1\n+    return height * width\n"
    ),
}


@pytest.mark.parametrize("name", HONEST)
def test_honest_patches_are_resolved(places: Places, name: str) -> None:
    verdict = grade(places, HONEST[name])
    assert (verdict.status, verdict.f2p, verdict.p2p) == (SweStatus.RESOLVED, 1.0, 1.0), verdict
    assert verdict.verdict.score == 1.0 and verdict.partial == 1.0


def test_no_patch_and_patches_that_only_touch_tests_are_no_patch(places: Places) -> None:
    assert grade(places, None).status is SweStatus.NO_PATCH
    verdict = grade(places, writing({"tests/test_area.py": "def test_rectangle():\n    pass\n"}))
    assert (verdict.status, verdict.left_out) == (SweStatus.NO_PATCH, ("tests/test_area.py",))
    assert verdict.verdict.score == 0.0


def test_a_patch_that_mends_nothing_fails_without_a_look_at_the_other_tests(places: Places) -> None:
    verdict = grade(places, writing({"shapes/area.py": BROKEN + "\n"}))
    assert (verdict.status, verdict.f2p, verdict.p2p, verdict.partial) == (SweStatus.FAILED, 0.0, None, 0.0)


def test_some_of_the_deciding_tests_are_a_part_and_are_not_paid(places: Places) -> None:
    half = BROKEN.replace("width - height - 1", "width * height if height < 5 else 0")
    verdict = grade(places, writing({"shapes/area.py": half}))
    assert (verdict.status, verdict.p2p) == (SweStatus.PARTIAL, 1.0)
    assert verdict.partial == verdict.f2p == pytest.approx(5 / 6)
    assert verdict.verdict.score == 0.0 and verdict.verdict.parts["partial"] == verdict.partial


def test_a_right_patch_that_breaks_something_else_fails(places: Places) -> None:
    verdict = grade(
        places, writing({"shapes/area.py": AREA, "shapes/names.py": "def name_of(sides):\n    return 'polygon'\n"})
    )
    assert (verdict.status, verdict.f2p, verdict.partial) == (SweStatus.FAILED, 1.0, 0.0)
    assert verdict.p2p == pytest.approx(3 / 4)


@pytest.mark.parametrize("code", ["while True:\n    pass", "import time\n\ntime.sleep(60)"])
def test_work_that_never_ends_is_a_timeout(places: Places, code: str) -> None:
    task = replace(TASK, limits=TestLimits(cpu_s=2.0, wall_s=4.0))
    verdict = grade(places, writing({"shapes/area.py": code}), task)
    assert (verdict.status, verdict.verdict.outcome) == (SweStatus.TIMEOUT, Outcome.TIMEOUT)


def test_a_crash_of_the_tests_is_a_failure(places: Places) -> None:
    verdict = grade(places, writing({"shapes/area.py": "import os\n\nos.abort()"}))
    assert verdict.status is SweStatus.FAILED


def test_a_machine_that_breaks_is_no_number() -> None:
    closed = Places()
    room = CleanRoom(closed.courtroom(TASK))
    closed.close()
    with pytest.raises(RuntimeError):
        asyncio.run(room.grade(TASK, files(), HONEST["the right patch"]))
    assert SweVerdict(status=SweStatus.INFRA_ERROR).verdict.outcome is Outcome.ERROR


@pytest.mark.real
@pytest.mark.parametrize("name", [cheat.name for cheat in (*CODE_CHEATS, *FORGER_CHEATS) if not cheat.shell])
def test_code_that_attacks_the_judgement_is_not_paid(places: Places, name: str) -> None:
    cheat = next(cheat for cheat in CHEATS if cheat.name == name)
    verdict = grade(places, writing({"shapes/area.py": f"{BROKEN}\n\n{cheat.code}\n"}))
    assert verdict.status in cheat.statuses, verdict
    assert verdict.verdict.score == 0.0


def test_cheats_are_found_by_name() -> None:
    assert len({cheat.name for cheat in CHEATS}) == len(CHEATS) >= 50


def test_forged_success_beside_right_work_is_tampering_too(places: Places) -> None:
    forger = next(cheat for cheat in CODE_CHEATS if cheat.name == "patch_sender")
    assert grade(places, writing({"shapes/area.py": f"{AREA}\n\n{forger.code}\n"})).status is SweStatus.TAMPERED


def test_hiding_broken_other_tests_is_seen(places: Places) -> None:
    forger = next(cheat for cheat in CODE_CHEATS if cheat.name == "patch_sender")
    patch = writing(
        {"shapes/area.py": AREA, "shapes/names.py": f"def name_of(sides):\n    return ''\n\n\n{forger.code}\n"}
    )
    assert grade(places, patch).status is SweStatus.TAMPERED


def run(places: Places, snapshot: Snapshot, ids: tuple[str, ...] = ()) -> tuple[RunEnding, dict[str, str]]:
    result = asyncio.run(run_tests(places.courtroom(TASK), snapshot, TASK.test, ids=ids))
    return result.ending, {name: str(outcome) for name, outcome in result.outcomes.items()}


def test_all_tests_are_found_and_wanted_ones_run_in_their_order(places: Places) -> None:
    ending, outcomes = run(places, files())
    assert ending is RunEnding.COMPLETE
    assert outcomes == dict.fromkeys((*FAIL_TO_PASS, *PASS_TO_PASS), "passed")
    wanted = (PASS_TO_PASS[-1], FAIL_TO_PASS[2], FAIL_TO_PASS[0])
    assert list(run(places, files(), wanted)[1]) == list(wanted)


def test_a_test_that_is_skipped_or_expected_to_fail_has_not_passed(places: Places) -> None:
    text = (
        "import pytest\n\n\n@pytest.mark.skip\ndef test_a():\n    pass\n\n\n"
        "@pytest.mark.xfail\ndef test_b():\n    assert 0\n\n\n"
        "@pytest.mark.xfail\ndef test_c():\n    pass\n\n\n@pytest.fixture\ndef late():\n    yield\n    assert 0\n\n\n"
        "def test_d(late):\n    pass\n"
    )
    _, outcomes = run(places, with_changes(files(), [FileChange(path="tests/test_x.py", content=text.encode())]))
    assert [outcomes[f"tests/test_x.py::test_{name}"] for name in "abcd"] == ["skipped"] * 3 + ["failed"]


def test_settings_of_the_repository_are_not_read(places: Places) -> None:
    settings = FileChange(path="pytest.ini", content=b"[pytest]\naddopts = --no-such-option\n")
    assert run(places, with_changes(files(), [settings]))[0] is RunEnding.COMPLETE


def test_hidden_tests_decide(places: Places) -> None:
    hidden = splice("tests/test_area.py", "assert rectangle(2, 3) == 6", "assert rectangle(20, 3) == 60")
    special = BROKEN.replace("width - height - 1", "width * height if width < 10 else 0")
    task = replace(TASK, hidden=hidden)
    assert grade(places, HONEST["the right patch"], task).status is SweStatus.RESOLVED
    assert grade(places, writing({"shapes/area.py": special}), task).status is SweStatus.PARTIAL


@pytest.mark.parametrize("gold", [TASK.gold, None])
def test_a_forger_that_tells_visible_tests_and_tosses_a_coin_for_others_is_never_paid(
    places: Places, gold: Patch | None
) -> None:
    forger = next(cheat for cheat in CHEATS if cheat.name == "forge_visible")
    known = {
        f"{path}::{name}": found[0]
        for path, entry in given_files(TASK, files()).entries.items()
        if path.startswith("tests/test")
        for name in re.findall(r"def (test\w+)", entry.content.decode())
        if (found := re.search(rf"def {name}\b.*?(?=\n\S|\n    def |\Z)", entry.content.decode(), re.DOTALL))
    }
    patch = writing({"shapes/area.py": f"{BROKEN}\n\n{forger.code}\n", "shapes/old_notes.py": f"# {json.dumps(known)}"})
    verdicts = [grade(places, patch, replace(TASK, gold=gold)) for _ in range(6)]
    assert {verdict.status for verdict in verdicts} <= {SweStatus.TAMPERED, SweStatus.FAILED}


def test_values_that_right_code_does_not_show_either_are_excused(places: Places) -> None:
    area = AREA.replace("return width * height", "return Area(width * height)").replace(
        '"""Areas."""', '"""Areas."""\n\nfrom fractions import Fraction as Area'
    )
    patch = writing({"shapes/area.py": area})
    assert grade(places, patch, replace(TASK, gold=patch)).status is SweStatus.RESOLVED


def test_a_verdict_says_what_it_rests_on(places: Places) -> None:
    hidden = splice("tests/test_area.py", "    assert rectangle(2, 3) == 6", "    assert rectangle(2, 3)")
    task = replace(
        TASK,
        hidden=hidden,
        fail_to_pass=FAIL_TO_PASS[:1],
        setup=splice("shapes/area.py", "width * height", "0"),
        gold=splice("shapes/area.py", "width * height", "width * height"),
    )
    verdict = grade(places, HONEST["the right patch"], replace(task, gold=None))
    assert (verdict.status, verdict.notes) == (SweStatus.RESOLVED, (READABLE,))
    assert twinnable(task, judged_files(task, files())) == 1


def test_a_place_without_pytest_is_no_failure_of_the_work() -> None:
    from palestra.sandboxes.namespaces import HostImage, NamespaceSandbox

    with NamespaceSandbox(HostImage(packages=())) as bare:
        verdict = asyncio.run(CleanRoom(bare).grade(TASK, files(), HONEST["the right patch"]))
    assert (verdict.status, verdict.verdict.outcome) == (SweStatus.INFRA_ERROR, Outcome.ERROR)
