import warnings
from collections.abc import Iterator

import pytest

from palestra.sandboxes import SandboxUnavailableError, SubprocessSandbox
from palestra.sandboxes.zygote import ZygoteSandbox


@pytest.fixture
def box() -> SubprocessSandbox:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return SubprocessSandbox(allow_unsafe=True)


@pytest.fixture(scope="session")
def zygote() -> Iterator[ZygoteSandbox]:
    """One launcher, so that every job follows the last one in the same place."""
    try:
        sandbox = ZygoteSandbox(slots=1)
    except SandboxUnavailableError as error:
        pytest.skip(str(error).partition("\n")[0])
    with sandbox:
        yield sandbox
