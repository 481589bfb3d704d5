"""Every back end of the table that works on this machine passes the conformance kit."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import pytest

from palestra.sandboxes import SANDBOXES, Sandbox, SandboxUnavailableError, SubprocessSandbox
from palestra.sandboxes.attacks import Host, Outcome
from palestra.sandboxes.conformance import Case, Group, cases, differences
from palestra.sandboxes.honest import HONEST
from palestra.sandboxes.namespaces import HostImage
from palestra.sandboxes.zygote import ZygoteSandbox

# Docker needs a daemon: tests/sandboxes/docker starts one in its own lane.
NAMES = [name for name in SANDBOXES if name != "docker"]


def _make(name: str) -> Sandbox:
    if name == "subprocess":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return SubprocessSandbox(allow_unsafe=True)
    try:
        if name == "zygote":  # with a package, which must not open a way in
            return ZygoteSandbox(HostImage(packages=("numpy",)))
        return SANDBOXES.make(name)
    except SandboxUnavailableError as error:
        pytest.skip(str(error).partition("\n")[0])


@pytest.fixture(params=NAMES, scope="module")
def box(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with _make(request.param) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with Host() as planted:
        yield planted


@pytest.mark.parametrize("case", cases(), ids=str)
def test_a_sandbox_conforms(case: Case, box: Sandbox, host: Host) -> None:
    result = case.run(box, host)
    if result.outcome is Outcome.SKIPPED:
        pytest.skip(result.detail)
    assert result.outcome is Outcome.HELD, result.detail


def test_a_sandbox_agrees_with_plain_processes(box: Sandbox) -> None:
    if box.report.name == "subprocess":
        pytest.skip("the same")
    assert not differences(box, _make("subprocess"), HONEST[::4])


def test_the_kit_has_a_hundred_honest_programs_and_attacks_on_every_property() -> None:
    names = [str(case) for case in cases()]
    assert len(set(names)) == len(names)
    assert sum(case.group is Group.HONEST for case in cases()) >= 100
    attacked = {name for case in cases() if case.group is Group.ATTACK for name in case.needs}
    assert len(attacked) == 13
