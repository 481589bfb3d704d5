from __future__ import annotations

import inspect
import json
import os
import socket
from pathlib import Path

import pytest

from palestra.sandboxes import BackendReport, Level, Limits, Property, RunResult, Status, SubprocessSandbox
from palestra.sandboxes.attacks import ATTACKS, Attack, Host, Outcome, attacks_on
from palestra.sandboxes.zygote import ZygoteSandbox


def held(box: SubprocessSandbox, host: Host, source: str, statuses: frozenset[Status] = frozenset({Status.OK})) -> str:
    attack = Attack(name="x", proves=Property.OUTPUT, how="x", source=source, statuses=statuses, limits=Limits())
    finding = attack.play(box, host)
    return "" if finding.outcome is Outcome.HELD else finding.evidence


def test_every_property_is_attacked_and_names_are_unique() -> None:
    assert {trial.proves for trial in ATTACKS} == set(Property)
    assert len({(trial.proves, trial.name) for trial in ATTACKS}) == len(ATTACKS)


def test_what_is_not_promised_is_not_attacked() -> None:
    report = BackendReport(name="x", level=Level.NONE, isolates={Property.OUTPUT: "by magic"})
    assert {trial.proves for trial in attacks_on(report)} == {Property.OUTPUT}
    assert not attacks_on(BackendReport(name="x", level=Level.NONE, isolates={}))


def test_a_program_that_finds_a_secret_breaks_the_sandbox(box: SubprocessSandbox) -> None:
    source = "import json; print(open(json.loads(input())['files'][0]).read()); print('DONE')"
    with Host() as host:
        assert "read the host's secret: private_file" in held(box, host, source)


def test_a_program_that_says_so_or_does_not_finish_breaks_the_sandbox(box: SubprocessSandbox) -> None:
    with Host() as host:
        assert "all of it" in held(box, host, "print('BREACH all of it'); print('DONE')")
        assert "did not finish" in held(box, host, "print('a')")
        assert "status NONZERO" in held(box, host, "exit(1)")
        assert not held(box, host, "print('DONE')")


def test_the_host_sees_what_was_reached_or_changed_and_takes_it_away() -> None:
    with Host() as host:
        clues = json.loads(host.clues)
        path = Path(clues["files"][1])
        secret = path.read_text()
        path.write_text("changed")
        assert "a file of the host was changed" in host.damage()
        assert path.read_text() == secret
        (path.parent / clues["intruder"]).mkdir()
        assert "a file was made in the host's" in host.damage()
        socket.create_connection(("127.0.0.1", clues["tcp_port"])).close()
        assert "a TCP port of the host was reached" in host.damage()
        assert not host.damage()
        assert host.leaks(secret.encode()) == "public_file"
        assert "PALESTRA_CANARY" in os.environ
    assert not path.exists()
    assert "PALESTRA_CANARY" not in os.environ
    with pytest.raises(ProcessLookupError):
        os.kill(clues["victim"], 0)


def test_no_hostile_program_can_be_collected_as_a_module() -> None:
    folder = Path(inspect.getfile(Attack)).parent / "programs"
    assert {path.suffix for path in folder.iterdir()} == {".txt"}
    assert not [path for path in folder.iterdir() if path.name.startswith("test")]


def test_a_result_is_judged_by_its_own_judge(box: SubprocessSandbox) -> None:
    def judge(result: RunResult) -> str:
        return "" if result.stdout == b"a\n" else "not a"

    attack = Attack(name="x", proves=Property.OUTPUT, how="x", source="print('b')", held=judge)
    with Host() as host:
        finding = attack.play(box, host)
    assert (finding.outcome, finding.evidence) == (Outcome.BROKEN, "not a")
    assert finding.to_json()["outcome"] == "broken"


@pytest.mark.parametrize("name", ["fork bomb", "fork tree", "thread bomb", "hidden fork bomb"])
def test_where_a_control_group_counts_every_bomb_of_processes_is_told_as_such(name: str, zygote: ZygoteSandbox) -> None:
    if "cgroup" not in zygote.report.isolates[Property.PIDS]:
        pytest.skip("no control group can be made here")
    bomb = next(attack for attack in ATTACKS if attack.name == name)
    with Host() as host:
        finding = bomb.play(zygote, host)
    assert finding.outcome is Outcome.HELD
    assert finding.evidence.startswith("PIDS: ")
