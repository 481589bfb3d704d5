from __future__ import annotations

from http.client import HTTPConnection
from pathlib import Path

import pytest

from palestra.agents import write_rollouts
from palestra.cli import main
from palestra.trainer.view import Exhibitor, serving
from palestra.verifiers import Verdict
from view_cases import HOSTILE, rollout, training_run


def test_the_page_of_a_file_stands_beside_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "some.jsonl"
    write_rollouts(file, [rollout("a", 0, "x", Verdict.passed("y"))])
    assert main(["view", str(file)]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'some.html'}\n" and (tmp_path / "some.html").is_file()
    assert main(["view", str(file), "-o", str(tmp_path / "other.html"), "--max", "1"]) == 0
    assert (tmp_path / "other.html").is_file()


def test_the_summary_shows_results_curves_alarms_and_extremes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["view", str(training_run(tmp_path / "run", steps=4, prompts=2, size=4)), "--text"]) == 0
    text = capsys.readouterr().out
    for word in ("audit-gap", "+0.550", "Training reward", "best rollouts of step 4", "worst rollouts", "\u2588"):
        assert word in text


def test_the_summary_moves_no_cursor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "some.jsonl"
    write_rollouts(file, [rollout(HOSTILE, 0, HOSTILE, Verdict.failed(HOSTILE))])
    assert main(["view", str(file), "--text"]) == 0
    text = capsys.readouterr().out
    assert "\\x1b[31m" in text and "\x1b" not in text and "\u202e" not in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "there is no `nowhere`"),
        (["RUN", "--max", "0"], "`--max` must be 1 or more"),
        (["RUN", "--serve", "--text"], "exclude each other"),
        (["RUN", "-o", "nowhere/at/all.html"], "cannot be written"),
        (["RUN", "--tokenizer", "nowhere"], "holds no tokenizer"),
    ],
)
def test_what_cannot_be_done_is_said_by_name(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = training_run(tmp_path / "run", steps=1, prompts=1, size=2)
    assert main(["view", *(str(run) if part == "RUN" else part for part in arguments)]) == 2
    error = capsys.readouterr().err
    assert message in error and "\n\nhint: " in error


def test_a_server_answers_this_machine_alone_and_says_when_nothing_is_new(tmp_path: Path) -> None:
    run = training_run(tmp_path / "run", steps=1, prompts=1, size=2)
    with serving(Exhibitor(run, most=10), 0) as server:
        connection = HTTPConnection("127.0.0.1", server.server_port, timeout=30)

        def ask(path: str, **headers: str) -> tuple[int, str | None]:
            connection.request("GET", path, headers=headers)
            reply = connection.getresponse()
            reply.read()
            return reply.status, reply.headers.get("ETag")

        status, tag = ask("/block/manifest")
        assert status == 200 and tag is not None
        assert ask("/block/manifest", **{"If-None-Match": tag}) == (304, tag)
        assert ask("/")[0] == 200 and ask("/block/index/0")[0] == 200 and ask("/block/pieces")[0] == 200
        for path in ("/block/index/7", "/block/../config.toml", "/config.toml", "/block/tokens/0/x", "/block/"):
            assert ask(path)[0] == 404, path
        assert ask("/", Host="evil.example")[0] == 403
        connection.close()


def test_a_port_that_is_taken_is_said_by_name(tmp_path: Path) -> None:
    run = training_run(tmp_path / "run", steps=1, prompts=1, size=2)
    with serving(Exhibitor(run, most=10), 0) as server:
        from palestra.trainer.errors import ViewError

        with (
            pytest.raises(ViewError, match=f"port `{server.server_port}`"),
            serving(Exhibitor(run, most=10), server.server_port),
        ):
            pass
