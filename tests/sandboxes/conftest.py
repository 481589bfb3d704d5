import warnings

import pytest

from palestra.sandboxes import SubprocessSandbox


@pytest.fixture
def box() -> SubprocessSandbox:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return SubprocessSandbox(allow_unsafe=True)
