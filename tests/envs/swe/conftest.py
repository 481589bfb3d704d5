from collections.abc import Iterator

import pytest

from palestra.envs.swe.places import Places
from palestra.sandboxes import SandboxUnavailableError
from small_repository import TASK


@pytest.fixture(scope="session")
def places() -> Iterator[Places]:
    """Sandboxes in which the tests of the small repository run."""
    places = Places()
    try:
        places.workplace(TASK)
    except SandboxUnavailableError as error:
        pytest.skip(str(error).partition("\n")[0])
    yield places
    places.close()
