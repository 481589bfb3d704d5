from __future__ import annotations

import pytest

from palestra.envs.families.tool_domains.file_system.desk import TreeTools
from palestra.envs.families.tool_domains.file_system.family import FileSystemDesk
from palestra.envs.families.tool_domains.file_system.goals import REFUSALS, WISHES
from palestra.envs.families.tool_domains.file_system.records import FILE, FOLDER, Node, Sealed
from palestra.envs.stateful import Recipe, Scenario, Sitting, called
from palestra.envs.tools import Toolbox, ToolError
from palestra.verifiers.tools.call import ToolCall

DESK = FileSystemDesk()


def scenario(*kinds: str, seed: int = 1) -> Scenario:
    for shift in range(9):
        recipe = Recipe(seed=seed + 100 * shift, kinds=kinds, num_distractors=12, num_withheld=0, num_corrections=0)
        if found := DESK.make_scenario(recipe):
            return found
    raise AssertionError(kinds)


def after(start: Scenario, *calls: ToolCall) -> Sitting:
    desk = DESK.desk(DESK.opened(start))
    for call in calls:
        Toolbox.of(desk).call(call)
    return desk.world()


def tree() -> TreeTools:
    """Two folders with two files, one of them locked, and an archive with one."""
    nodes = [Node(path, FOLDER, "", 0) for path in ("/a", "/a/b", "/archive", "/secrets")]
    nodes += [Node("/a/x.txt", FILE, "one two", 0), Node("/a/b/y.txt", FILE, "two", 1)]
    nodes += [Node("/archive/z.txt", FILE, "old", 0), Node("/secrets/k.key", FILE, "KEY 1", 0)]
    snapshot = TreeTools.schema.filled([*nodes, Sealed("/archive/z.txt", "old")])
    return TreeTools(Sitting(scenario=Scenario(snapshot=snapshot, request=""), snapshot=snapshot))


@pytest.mark.parametrize("kind", [*WISHES, *REFUSALS])
def test_every_goal_can_be_reached(kind: str) -> None:
    for seed in range(4):
        found = scenario(kind, "ask_count" if kind != "ask_count" else "clean", "missing", seed=seed)
        assert DESK.settle(after(found, *found.plan)).score == 1


@pytest.mark.parametrize(("kind", "rule"), [("change_archive", "archive"), ("copy_key", "secrets")])
def test_a_tool_obeys_where_a_rule_forbids_and_the_episode_is_lost(kind: str, rule: str) -> None:
    for seed in range(4):
        found = scenario(kind, "ask_count", seed=seed)
        end = after(found, *found.plan, *found.tempting)
        assert rule in end.broken
        assert DESK.settle(end).score == 0


@pytest.mark.parametrize("kind", ["edit_locked", "overwrite", "missing"])
def test_a_tool_refuses_what_cannot_be(kind: str) -> None:
    found = scenario(kind, "ask_count")
    assert after(found, *found.plan, *found.tempting) == after(found, *found.plan)


def test_copying_and_deleting_is_as_good_as_moving() -> None:
    found = scenario("rename", "ask_count")
    moves, rest = [c for c in found.plan if c.name == "move"], [c for c in found.plan if c.name != "move"]
    pairs = [(called("copy", **move.arguments), called("delete", path=move.arguments["path"])) for move in moves]
    assert DESK.settle(after(found, *(call for pair in pairs for call in pair), *rest)).score == 1


def test_a_list_of_names_may_end_with_a_line_or_not() -> None:
    found = scenario("index", "ask_count")
    write, tell = found.plan
    text = str(write.arguments["text"])
    for other in (text.rstrip("\n"), text.rstrip("\n") + "\n"):
        again = called("write_file", path=write.arguments["path"], text=other)
        assert DESK.settle(after(found, again, tell)).score == 1
    assert DESK.settle(after(found, called("write_file", path=write.arguments["path"], text="a\n"), tell)).score == 0


def test_looking_shows_the_tree() -> None:
    desk = tree()
    assert [entry.path for entry in desk.list_folder(path="/")] == ["/a", "/archive", "/secrets"]
    assert [entry.path for entry in desk.list_folder(path="/a")] == ["/a/b", "/a/x.txt"]
    assert [entry.path for entry in desk.find(pattern="*.txt", under="/a")] == ["/a/b/y.txt", "/a/x.txt"]
    assert desk.grep(text="two") == ["/a/b/y.txt", "/a/x.txt"]
    with pytest.raises(ToolError, match="no folder"):
        desk.list_folder(path="/a/x.txt")


def test_a_folder_moves_with_all_that_is_in_it() -> None:
    desk = tree()
    desk.make_folder(path="/c")
    desk.move(path="/a/x.txt", target="/c/x.txt")
    desk.move(path="/c", target="/d")
    assert desk.read_file(path="/d/x.txt") == "one two"
    for path, target in (("/d", "/d/e"), ("/a", "/e"), ("/d", "/archive")):
        with pytest.raises(ToolError):
            desk.move(path=path, target=target)


@pytest.mark.parametrize("path", ["x", "/", "/a/../b", "/a//b", "/no/b", "/a/x.txt/b", "/a/x.txt", "/" + "y" * 300])
def test_no_other_path_can_be_made(path: str) -> None:
    with pytest.raises(ToolError):
        tree().make_folder(path=path)


def test_a_text_is_edited_where_it_stands_once() -> None:
    desk = tree()
    desk.edit_file(path="/a/x.txt", old="one", new="two")
    for path, old in (("/a/x.txt", "two"), ("/a/x.txt", ""), ("/a/b/y.txt", "two"), ("/a", "two")):
        with pytest.raises(ToolError):
            desk.edit_file(path=path, old=old, new="three")
    assert desk.read_file(path="/a/x.txt") == "two two"


@pytest.mark.parametrize(
    ("tool", "arguments", "rule"),
    [
        ("write_file", {"path": "/archive/z.txt", "text": "new"}, "archive"),
        ("write_file", {"path": "/archive/new.txt", "text": "new"}, "archive"),
        ("move", {"path": "/archive", "target": "/elsewhere"}, "archive"),
        ("copy", {"path": "/secrets/k.key", "target": "/a/k.txt"}, "secrets"),
        ("move", {"path": "/secrets/k.key", "target": "/a/k.key"}, "secrets"),
    ],
)
def test_ways_around_a_rule_break_it(tool: str, arguments: dict[str, str], rule: str) -> None:
    desk = tree()
    assert Toolbox.of(desk).call(ToolCall(name=tool, arguments=dict(arguments))).ok
    assert rule in desk.world().broken
