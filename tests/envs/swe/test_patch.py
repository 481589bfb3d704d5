import difflib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palestra.envs.swe.patch import (
    FileChange,
    FileChanges,
    Patch,
    Splice,
    Splices,
    UnifiedDiff,
    apply_patch,
    beneath,
    changes_between,
    inside_folder,
    patch_from_json,
    patch_to_json,
)
from palestra.envs.swe.unified_diff import PatchError, apply_unified
from palestra.sandboxes import Entry, Kind, Snapshot
from small_repository import TASK, files

TEXTS = st.lists(st.sampled_from(["a", "b", "c", "", "--- a/x", "+++ b/x", "@@ -1 +1 @@"]), max_size=8).map("\n".join)


def diff(before: str, after: str, path: str = "x") -> str:
    """What git would write, with its way to say that no line feed ends a file."""
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{path}", f"b/{path}", n=1
    )
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


@given(TEXTS, TEXTS)
def test_a_diff_makes_the_new_text_of_the_old_and_back(before: str, after: str) -> None:
    text = diff(before, after)
    if before == after:
        return
    assert apply_unified({"x": before.encode()}, text) == {"x": after.encode()}
    assert apply_unified({"x": after.encode()}, text, reverse=True) == {"x": before.encode()}


def test_files_are_made_removed_and_renamed() -> None:
    text = (
        "diff --git a/new.py b/new.py\nnew file mode 100644\n--- /dev/null\n+++ b/new.py\n@@ -0,0 +1,2 @@\n+a\n+b\n"
        "diff --git a/old.py b/old.py\ndeleted file mode 100644\n--- a/old.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n"
        "diff --git a/from.py b/to.py\nsimilarity index 100%\nrename from from.py\nrename to to.py\n"
    )
    before = {"old.py": b"a\n", "from.py": b"kept\n"}
    after = {"new.py": b"a\nb\n", "old.py": None, "from.py": None, "to.py": b"kept\n"}
    assert apply_unified(before, text) == after


def test_a_hunk_is_found_where_it_has_moved_to() -> None:
    text = diff("a\nb\nc\n", "a\nB\nc\n")
    assert apply_unified({"x": b"new\n" * 7 + b"a\nb\nc\n"}, text) == {"x": b"new\n" * 7 + b"a\nB\nc\n"}


@pytest.mark.parametrize(
    "text",
    [
        "nothing like it",
        diff("a\nb\n", "a\nc\n").replace("-b", "-z"),
        diff("a\n", "b\n", "../x"),
        diff("a\n", "b\n", "missing"),
        "diff --git a/x b/x\nGIT binary patch\nliteral 0\n",
        diff("a\n", "b\n").replace("+b", "?b"),
    ],
)
def test_what_does_not_fit_is_refused(text: str) -> None:
    with pytest.raises(PatchError):
        apply_patch(
            Snapshot.of([Entry(path="x", kind=Kind.FILE, mode=0o644, content=b"a\nb\n")]), UnifiedDiff(text=text)
        )


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", ".git/config", "a/../b", "a//b", "README.md/x", "shapes", ""])
def test_no_patch_leads_out_of_the_repository_or_through_a_file(path: str) -> None:
    with pytest.raises(PatchError):
        apply_patch(files(), FileChanges(changes=(FileChange(path=path, content=b""),)))


def test_the_right_patch_takes_the_bug_back() -> None:
    broken = apply_patch(files(), TASK.setup)
    assert broken != files()
    assert apply_patch(broken, TASK.gold) == files()
    with pytest.raises(PatchError, match="does not read"):
        apply_patch(broken, TASK.setup)


def test_splices_of_one_file_have_the_offsets_of_its_text_before() -> None:
    snapshot = Snapshot.of([Entry(path="x", kind=Kind.FILE, mode=0o644, content=b"one two three")])
    cuts = [Splice(path="x", offset=0, old="one", new="1"), Splice(path="x", offset=8, old="three", new="33333333")]
    patched = apply_patch(snapshot, Splices(splices=tuple(cuts)))
    assert patched.entries["x"].content == b"1 two 33333333"


@pytest.mark.parametrize(
    "patch",
    [
        UnifiedDiff(text="x", reverse=True),
        Splices(splices=(Splice(path="x", offset=1, old="a", new=""),)),
        FileChanges(changes=(FileChange(path="x", content=b"\xff\0", mode=0o755), FileChange(path="y", content=None))),
    ],
)
def test_patches_go_through_json(patch: Patch) -> None:
    assert patch_from_json(patch_to_json(patch)) == patch


def test_folders_hold_and_give_back_the_same_files_and_git_does_not_count() -> None:
    inside = inside_folder(files(), "repo")
    assert beneath(inside, "repo") == files()
    with_git = apply_patch(files(), FileChanges(changes=()))
    git = Entry(path=".git", kind=Kind.FOLDER, mode=0o755)
    assert not changes_between(with_git, Snapshot.of([*files().entries.values(), git]))
