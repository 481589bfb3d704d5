import asyncio
from collections.abc import Iterator

import pytest

from palestra.envs import EndReason
from palestra.envs.swe.places import Places
from palestra.envs.tools.toolbox import Toolbox, ToolResult
from palestra.envs.workspace import EpisodeLimits, ShellBench, Shop
from palestra.sandboxes import Entry, Kind, Limits, SandboxUnavailableError, Session, Snapshot
from palestra.verifiers.text.json_value import Json
from palestra.verifiers.tools.call import ToolCall
from small_repository import TASK

SHOP = Shop(
    folder="repo",
    limits=EpisodeLimits(command=Limits(cpu_s=1.0, wall_s=3.0, memory_bytes=256 << 20), output_chars=400),
)


@pytest.fixture
def bench() -> Iterator[ShellBench]:
    places = Places()
    try:
        session = places.workplace(TASK).start_sync(SHOP.limits.command)
    except SandboxUnavailableError as error:
        pytest.skip(str(error).partition("\n")[0])
    yield laid(session)
    session.end()
    places.close()


def laid(session: Session) -> ShellBench:
    texts = {"repo/a.txt": b"one\ntwo\nthree\ntwo\n", "repo/deep/b.bin": b"\xff\x00", "secret.txt": b"outside\n"}
    folders = [Entry(path=path, kind=Kind.FOLDER, mode=0o755) for path in ("repo", "repo/deep")]
    files = [Entry(path=path, kind=Kind.FILE, mode=0o644, content=text) for path, text in texts.items()]
    link = Entry(path="repo/link.txt", kind=Kind.LINK, mode=0o777, target="../secret.txt")
    session.unpack(Snapshot.of([*folders, *files, link]).to_tar())
    return ShellBench(session, SHOP)


def call(bench: ShellBench, tool: str, **arguments: Json) -> ToolResult:
    box = Toolbox.of(bench, max_chars=SHOP.limits.output_chars)
    return asyncio.run(box.acall(ToolCall(name=tool, arguments=arguments)))


def test_commands_start_in_the_folder_and_say_how_they_ended(bench: ShellBench) -> None:
    assert call(bench, "bash", command="pwd; ls").content.endswith("/repo\na.txt\ndeep\nlink.txt\n")
    assert call(bench, "bash", command="echo out; echo err >&2; exit 3").content == "out\nerr\n[exit code 3]\n"
    assert call(bench, "bash", command="true").content == "[no output]\n"
    assert bench.cpu_s > 0


def test_a_command_that_takes_too_long_says_so(bench: ShellBench) -> None:
    assert "used up its 1 CPU seconds" in call(bench, "bash", command="while :; do :; done").content
    assert "longer than 3 seconds" in call(bench, "bash", command="sleep 60 & wait").content


def test_long_output_is_cut_and_kept_where_it_can_be_read(bench: ShellBench) -> None:
    result = call(bench, "bash", command="seq 1 1000")
    assert result.cut_chars > 0 and "characters cut" in result.content
    assert "full output is in ../outputs/1.txt" in result.content
    assert call(bench, "bash", command="sed -n 500p ../outputs/1.txt").content == "500\n"


def test_files_are_shown_with_numbers_and_folders_are_listed(bench: ShellBench) -> None:
    assert call(bench, "view", path="a.txt").content == "     1\tone\n     2\ttwo\n     3\tthree\n     4\ttwo\n"
    assert call(bench, "view", path="a.txt", start=2, end=3).content == "     2\ttwo\n     3\tthree\n"
    assert "deep/" in call(bench, "view", path=".").content


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("view", {"path": "missing.txt"}, "not in the workspace"),
        ("view", {"path": "../secret.txt"}, "no path below"),
        ("view", {"path": "/etc/passwd"}, "no path below"),
        ("view", {"path": "deep/b.bin"}, "no text"),
        ("view", {"path": "a.txt", "start": 9}, "file of 4 lines"),
        ("str_replace", {"path": "a.txt", "old": "two", "new": "2"}, "stands 2 times in `a.txt`, in lines 2, 4"),
        ("str_replace", {"path": "a.txt", "old": "six", "new": "2"}, "is not in it"),
        ("str_replace", {"path": "a.txt", "old": "", "new": "2"}, "exactly once"),
        ("str_replace", {"path": "deep", "old": "a", "new": "2"}, "is a folder"),
        ("insert", {"path": "a.txt", "line": 5, "text": "x"}, "line 5 of a file of 4"),
        ("create", {"path": "a.txt/x", "text": "x"}, "no folder"),
        ("create", {"path": "../x", "text": "x"}, "no path below"),
        ("search", {"pattern": "[", "regex": True}, "egular expression"),
        ("search", {"pattern": ""}, "piece of one line"),
        ("bash", {"command": "x" * 200_000}, "cannot be run"),
    ],
)
def test_what_cannot_be_done_is_told_and_changes_nothing(
    bench: ShellBench, tool: str, arguments: dict[str, Json], said: str
) -> None:
    result = call(bench, tool, **arguments)
    assert not result.ok and said in result.content, result.content
    assert call(bench, "bash", command="cat a.txt").content == "one\ntwo\nthree\ntwo\n"


def test_links_lead_the_host_nowhere(bench: ShellBench) -> None:
    assert "outside" not in call(bench, "view", path="link.txt").content
    assert call(bench, "create", path="link.txt", text="mine\n").ok
    assert call(bench, "bash", command="cat ../secret.txt; cat link.txt").content == "outside\nmine\n"


def test_edits_show_what_came_of_them(bench: ShellBench) -> None:
    assert "     3\t3\n" in call(bench, "str_replace", path="a.txt", old="three", new="3").content
    assert "     1\tzero\n     2\tone\n" in call(bench, "insert", path="a.txt", line=0, text="zero").content
    assert call(bench, "create", path="new/c.py", text="x = 1\n").content == "`new/c.py` has 1 lines.\n"
    assert call(bench, "bash", command="cat a.txt new/c.py").content == "zero\none\ntwo\n3\ntwo\nx = 1\n"


def test_searches_find_pieces_and_expressions(bench: ShellBench) -> None:
    assert call(bench, "search", pattern="two").content == "./a.txt:2:two\n./a.txt:4:two\n"
    assert call(bench, "search", pattern="t.*e", regex=True).content == "./a.txt:3:three\n"
    assert call(bench, "search", pattern="t.*e").content == "[no match]\n"
    assert call(bench, "search", pattern="-e", path="a.txt").content == "[no match]\n"


def test_handing_in_ends_the_episode_by_tool_or_command(bench: ShellBench) -> None:
    assert bench.end is None
    call(bench, "bash", command=" submit\n")
    assert bench.end is EndReason.SUBMITTED
    bench.end = None
    call(bench, "submit")
    assert bench.end is EndReason.SUBMITTED
