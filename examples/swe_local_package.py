"""A task of repair from a package on your disk: the bug, the patch that mends it, and who is paid."""

import json
from contextlib import chdir
from difflib import unified_diff
from pathlib import Path
from tempfile import TemporaryDirectory

from palestra.agents import AGENTS, evaluate_agent
from palestra.envs import ENVS
from palestra.envs.swe.patch import UnifiedDiff
from palestra.envs.swe.task import LocalFolder, SweTask

PACKAGE = {
    "fare/__init__.py": (
        "def fare(km, night=False):\n"
        '    """What a ride costs, in cents."""\n'
        "    cost = 250 + 120 * km\n"
        "    return cost * 5 // 4 if night else cost\n"
    ),
    "tests/test_fare.py": (
        "from fare import fare\n\n\n"
        "def test_day():\n    assert fare(10) == 1450\n\n\n"
        "def test_night():\n    assert fare(10, night=True) == 1812\n"
    ),
}
RIGHT, WRONG = "cost * 5 // 4 if night", "cost * 4 // 5 if night"


def diff(before: str, after: str) -> UnifiedDiff:
    """The change of the module as a patch."""
    name = "fare/__init__.py"
    lines = unified_diff(before.splitlines(True), after.splitlines(True), f"a/{name}", f"b/{name}")
    return UnifiedDiff(text="".join(lines))


if __name__ == "__main__":
    with TemporaryDirectory() as name, chdir(name):
        for path, text in PACKAGE.items():
            file = Path("package", path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        good = PACKAGE["fare/__init__.py"]
        bad = good.replace(RIGHT, WRONG)
        task = SweTask(
            repo=LocalFolder(path="package"),
            statement="Rides at night are too cheap. They cost a quarter more than by day.",
            fail_to_pass=("tests/test_fare.py::test_night",),
            pass_to_pass=("tests/test_fare.py::test_day",),
            setup=diff(good, bad),
            gold=diff(bad, good),
        )
        Path("tasks.jsonl").write_text(json.dumps(task.to_json()) + "\n", encoding="utf-8")
        for agent in ("oracle", "noop", "random"):
            env = ENVS.make("palestra/SweRows-v1", config={"path": "tasks.jsonl"})
            found = evaluate_agent(env, AGENTS[agent], 1, split="train")  # 80% of all bugs, this one among them
            print(agent, found.rollouts[0].verdict.score, found.rollouts[0].verdict.detail)
