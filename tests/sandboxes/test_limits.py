import pytest

from palestra.sandboxes import Limits, Program


@pytest.mark.parametrize(
    "name", ["cpu_s", "wall_s", "memory_bytes", "pids", "output_bytes", "file_bytes", "open_files"]
)
def test_no_limit_can_be_switched_off(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        Limits(**{name: 0})  # type: ignore[arg-type]


def test_the_wall_fuse_is_wider_than_the_cpu_limit() -> None:
    with pytest.raises(ValueError, match="hint"):
        Limits(cpu_s=5, wall_s=1)


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a/../b", "a//b", "", "./x"])
def test_a_program_names_plain_relative_files_only(path: str) -> None:
    with pytest.raises(ValueError, match="plain relative path"):
        Program(argv=("true",), files={path: b""})


def test_a_program_has_an_executable() -> None:
    with pytest.raises(ValueError, match="argv is empty"):
        Program(argv=())


@pytest.mark.parametrize("text", ["a\0b", "\udfff"])
def test_a_program_holds_no_text_that_a_system_call_refuses(text: str) -> None:
    with pytest.raises(ValueError, match="operating system"):
        Program(argv=("x", text))
    with pytest.raises(ValueError, match="operating system"):
        Program(argv=("x",), files={text: b""})
    with pytest.raises(ValueError, match="operating system"):
        Program(argv=("x",), env={"A": text})
