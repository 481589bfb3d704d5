"""A run is started as its configuration says, or one sentence says how."""

from __future__ import annotations

import pytest

from palestra.trainer.crew.crew import ALONE
from palestra.trainer.errors import ConfigError
from palestra.trainer.parallel.choice import Fsdp, OneProcess


def _started(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    for name, value in {"RANK": 0, "WORLD_SIZE": size, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": 1}.items():
        monkeypatch.setenv(name, str(value))


def test_one_process_is_a_crew_of_one() -> None:
    assert OneProcess().join() is ALONE


def test_several_processes_of_a_run_of_one_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    _started(monkeypatch, 2)
    with pytest.raises(ConfigError, match=r"2 processes were started for a run of one\n\nhint: "):
        OneProcess().join()


def test_shards_without_a_launcher_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    with pytest.raises(ConfigError, match=r"WORLD_SIZE.* is not set\n\nhint: torchrun"):
        Fsdp().join()


def test_replicas_that_do_not_divide_the_ranks_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    _started(monkeypatch, 3)
    with pytest.raises(ConfigError, match="3 processes cannot form `2` equal replicas"):
        Fsdp(replicas=2).join()


@pytest.mark.parametrize("settings", [{"replicas": 0}, {"timeout_s": 0.5}, {"silence_s": float("inf")}])
def test_settings_out_of_range_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(settings))):
        Fsdp(**settings)  # type: ignore[arg-type]
