"""The Docker back end passes the conformance kit."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from palestra.sandboxes.attacks import Host, Outcome
from palestra.sandboxes.conformance import Case, Group, cases
from palestra.sandboxes.docker import DockerSandbox

pytestmark = pytest.mark.docker
# A container takes half a second: of the honest programs, every third.
CASES = [
    *(case for case in cases() if case.group is not Group.HONEST),
    *[case for case in cases() if case.group is Group.HONEST][::3],
]


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with Host() as planted:
        yield planted


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_docker_sandbox_conforms(case: Case, box: DockerSandbox, host: Host) -> None:
    result = case.run(box, host)
    if result.outcome is Outcome.SKIPPED:
        pytest.skip(result.detail)
    assert result.outcome is Outcome.HELD, result.detail
