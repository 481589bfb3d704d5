import pytest

from palestra.sandboxes import Command, Program, PythonScript


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a/../b", "a//b", "", "./x"])
def test_a_program_names_plain_relative_files_only(path: str) -> None:
    with pytest.raises(ValueError, match="plain relative path"):
        Program(entry=Command(argv=("true",)), files={path: b""})


def test_a_command_has_an_executable() -> None:
    with pytest.raises(ValueError, match="argv is empty"):
        Program.command()


@pytest.mark.parametrize("text", ["a\0b", "\udfff"])
def test_a_program_holds_no_text_that_a_system_call_refuses(text: str) -> None:
    with pytest.raises(ValueError, match="operating system"):
        Program.command("x", text)
    with pytest.raises(ValueError, match="operating system"):
        PythonScript(source="", args=(text,))
    with pytest.raises(ValueError, match="operating system"):
        Program(entry=Command(argv=("x",)), files={text: b""})
    with pytest.raises(ValueError, match="operating system"):
        Program(entry=Command(argv=("x",)), env={"A": text})


def test_source_that_is_no_text_is_a_syntax_error_of_the_program() -> None:
    assert PythonScript(source="'\udc80'").source_bytes == b"'\xed\xb2\x80'"


def test_a_script_is_its_own_file() -> None:
    with pytest.raises(ValueError, match=r"`main\.py` is the script"):
        Program(entry=PythonScript(source=""), files={"main.py": b""})


def test_a_script_cannot_change_how_its_interpreter_starts() -> None:
    with pytest.raises(ValueError, match="`PYTHONPATH`"):
        Program(entry=PythonScript(source=""), env={"PYTHONPATH": "."})
    Program(entry=Command(argv=("python3",)), env={"PYTHONPATH": "."})


def test_a_script_runs_with_its_arguments() -> None:
    assert PythonScript(source="", args=("a", "b")).command("py").argv == ("py", "-s", "main.py", "a", "b")
