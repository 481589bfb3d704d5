"""Every environment has a card, of an audit that passed, and of the tasks that it makes today."""

import pytest

from palestra.envs import ENVS, Kind
from palestra.envs.audit import MEANINGS, VERSION, read_card, subject_of_row
from palestra.envs.audit.twin import digests

PROCEDURAL = sorted(env_id for env_id, row in ENVS.items() if row.kind in (Kind.QUESTION, Kind.GAME))


@pytest.mark.parametrize("env_id", PROCEDURAL)
def test_the_card_is_current(env_id: str) -> None:
    card = read_card(env_id)
    how = f"run `palestra audit {env_id} --write`, then `make docs`"
    assert card is not None, how
    assert (card.id, card.report["audit"], set(card.report["checks"])) == (env_id, VERSION, set(MEANINGS)), how
    assert card.report["passed"], how
    assert card.report["tasks_sha256"] == digests(subject_of_row(env_id)).tasks, how
    assert card.measured is not None
