"""The folder layout that makes `palestra` one namespace over five source roots. Imports nothing of ours."""

from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDERS = ("sandboxes", "verifiers", "envs", "agents", "trainer")


def test_no_init_file_hides_the_other_portions_of_the_namespace() -> None:
    strays = [
        path for folder in FOLDERS for path in (ROOT / folder / "__init__.py", ROOT / folder / "palestra/__init__.py")
    ]
    messages = [
        f"delete {path.relative_to(ROOT)}: it hides the other folders' portions of palestra"
        for path in strays
        if path.exists()
    ]
    assert not messages, "\n".join(messages)


def test_files_stay_small() -> None:
    long = [
        f"{path.relative_to(ROOT)} has {count} lines; 500 is the limit"
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*.py")
        if (count := len(path.read_text().splitlines())) > 500
    ]
    assert not long, "\n".join(long)
