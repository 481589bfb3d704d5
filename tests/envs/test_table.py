import gymnasium
import pytest

from palestra.envs import ENVS, DuplicateEnvError, EnvTable, UnknownEnvError


def test_an_unknown_id_gets_the_nearest() -> None:
    with pytest.raises(UnknownEnvError, match=r"did you mean `palestra/Countdown-v1`.*\n\nhint: `palestra envs list`"):
        ENVS.make("palestra/Countdwn-v1")


def test_an_id_can_be_claimed_once() -> None:
    with pytest.raises(DuplicateEnvError, match="raise the version"):
        EnvTable([ENVS["palestra/Countdown-v1"]])


def test_every_row_is_registered_with_gymnasium() -> None:
    assert set(ENVS) <= set(gymnasium.registry)
