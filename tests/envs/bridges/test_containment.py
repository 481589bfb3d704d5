import random
import sys
import warnings

import numpy as np
import pytest

from palestra.envs.bridges.containment import RandomState, contained


def test_the_global_generators_are_as_before_and_the_peers_stream_goes_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    mine, state = RandomState.seeded(3), RandomState.seeded(3)
    random.seed(1)
    np.random.seed(1)
    before = random.getstate(), repr(np.random.get_state())
    drawn = []
    for _ in range(2):
        with contained(state):
            sys.stdout.write("noise of a peer")
            warnings.warn("noise", UserWarning, stacklevel=1)
            drawn.append((random.random(), float(np.random.rand())))
            random.seed(99)
    assert before == (random.getstate(), repr(np.random.get_state()))
    assert drawn[0] != drawn[1]
    with contained(mine):
        assert (random.random(), float(np.random.rand())) == drawn[0]
    assert capsys.readouterr().out == ""


def test_the_global_generators_are_as_before_after_an_error() -> None:
    before = random.getstate()
    with pytest.raises(ZeroDivisionError), contained(RandomState.seeded(0)):
        random.random()
        raise ZeroDivisionError
    assert before == random.getstate()
