from dataclasses import fields

import pytest

from palestra.sandboxes import Limits

NAMES = [field.name for field in fields(Limits) if field.name != "loopback"]


@pytest.mark.parametrize("value", [0, -1, float("nan")])
@pytest.mark.parametrize("name", NAMES)
def test_no_limit_can_be_switched_off(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=name):
        Limits(**{name: value})  # type: ignore[arg-type]


def test_the_wall_fuse_is_wider_than_the_cpu_limit() -> None:
    with pytest.raises(ValueError, match="hint"):
        Limits(cpu_s=5, wall_s=1)


def test_there_is_no_network_unless_asked_for() -> None:
    assert not Limits().loopback
