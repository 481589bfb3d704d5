"""Modules of packages of others, for comparing figures with theirs."""

from __future__ import annotations

import importlib
import warnings
from types import ModuleType

import pytest


def peer(name: str) -> ModuleType:
    """A module of a peer's package; the test is skipped where it does not install."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pytest.importorskip(name.split(".")[0])
        return importlib.import_module(name)
