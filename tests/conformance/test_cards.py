"""Every environment has a card, of an audit that passed, and of the tasks that it makes today."""

import pytest

from goldens import PROCEDURAL
from palestra.envs.audit import MEANINGS, TOOL_CHECKS, VERSION, read_card, subject_of_row
from palestra.envs.audit.twin import digests


@pytest.mark.parametrize("env_id", PROCEDURAL)
def test_the_card_is_current(env_id: str) -> None:
    card = read_card(env_id)
    how = f"run `palestra audit {env_id} --write`, then `make docs`"
    assert card is not None, how
    subject = subject_of_row(env_id)
    checks = set(MEANINGS) - (set() if subject.has_tools else {check.id for check in TOOL_CHECKS})
    assert (card.id, card.report["audit"], set(card.report["checks"])) == (env_id, VERSION, checks), how
    assert card.report["passed"], how
    assert card.report["tasks_sha256"] == digests(subject).tasks, how
    assert card.measured is not None
