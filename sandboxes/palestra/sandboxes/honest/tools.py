"""Programs that are no Python: commands, shells, C, other interpreters."""

from __future__ import annotations

from palestra.sandboxes.honest.programs import ROOMY, HonestProgram
from palestra.sandboxes.program import Command, Program
from palestra.sandboxes.result import Status

_C = b"""#include <stdio.h>
int main(int argc, char **argv) {
    long sum = 0; int n;
    while (scanf("%d", &n) == 1) sum += n;
    printf("%ld %d\\n", sum, argc);
    return 3;
}
"""


def _command(
    name: str, argv: tuple[str, ...], stdout: bytes, *, exit_code: int = 0, program: Program | None = None
) -> HonestProgram:
    return HonestProgram(
        name=name,
        program=program or Program(entry=Command(argv=argv)),
        limits=ROOMY,
        status=Status.OK if exit_code == 0 else Status.NONZERO,
        exit_code=exit_code,
        stdout=stdout,
        stderr=b"",
        tool=argv[0],
    )


def _shell(name: str, line: str, stdout: bytes, *, exit_code: int = 0) -> HonestProgram:
    return _command(name, ("bash", "-c", line), stdout, exit_code=exit_code)


def _compiled(name: str, build: str, source: str, content: bytes, stdout: bytes) -> HonestProgram:
    argv = ("sh", "-c", build)
    program = Program(entry=Command(argv=argv), files={source: content}, stdin=b"1 2 3\n")
    return HonestProgram(
        name=name,
        program=program,
        status=Status.NONZERO,
        exit_code=3,
        stdout=stdout,
        tool=build.split()[0],
    )


TOOLS: tuple[HonestProgram, ...] = (
    _command("echo", ("echo", "a b", "c"), b"a b c\n"),
    _command("true", ("true",), b""),
    _command("false", ("false",), b"", exit_code=1),
    _command("sorted input", ("sort", "-n"), b"1\n2\n10\n", program=Program.command("sort", "-n", stdin=b"10\n2\n1\n")),
    _shell("pipeline", "seq 1 1000 | awk '{ s += $1 } END { print s }'", b"500500\n"),
    _shell("shell loop", "for i in 1 2 3; do echo $((i * i)); done", b"1\n4\n9\n"),
    _shell("shell exit code", "exit 17", b"", exit_code=17),
    _shell("here document", "cat <<< text", b"text\n"),
    _shell("process substitution", "paste <(echo a) <(echo b)", b"a\tb\n"),
    _shell("background job", "sleep 0.1 & wait; echo done", b"done\n"),
    _shell("redirections", "echo x > f; cat < f; rm f; ls | wc -l", b"x\n0\n"),
    _shell("signal of a child", "{ sh -c 'kill -9 $$'; } 2> /dev/null; echo $?", b"137\n"),
    _shell("trap", "trap 'echo bye' EXIT; exit 4", b"bye\n", exit_code=4),
    HonestProgram(
        name="missing command",
        program=Program.command("no-such-program"),
        status=Status.NONZERO,
        exit_code=127,
        stderr=None,
    ),
    HonestProgram(
        name="command that is a folder",
        program=Program.command("/usr"),
        status=Status.NONZERO,
        exit_code=126,
        stderr=None,
    ),
    HonestProgram(
        name="environment of a command",
        program=Program(entry=Command(argv=("sh", "-c", "echo $GIVEN")), env={"GIVEN": "a b"}),
        stdout=b"a b\n",
    ),
    _compiled("C", "gcc -O1 -o p p.c && ./p x", "p.c", _C, b"6 2\n"),
    _compiled("C++", "g++ -o p p.cc && ./p x", "p.cc", _C, b"6 2\n"),
    _compiled(
        "JavaScript",
        "node p.js",
        "p.js",
        b"const n = require('fs').readFileSync(0, 'utf8').split(' ').map(Number);\n"
        b"console.log(n.reduce((a, b) => a + b)); process.exitCode = 3;\n",
        b"6\n",
    ),
    _compiled(
        "Perl", "perl p.pl", "p.pl", b"$s = 0; $s += $_ for split ' ', <STDIN>; print \"$s\\n\"; exit 3;\n", b"6\n"
    ),
)
