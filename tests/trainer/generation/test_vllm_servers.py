"""What servers that are started here load."""

from __future__ import annotations

import multiprocessing
import resource
import signal
from pathlib import Path

import pytest

from palestra.trainer.errors import RunFolderError
from palestra.trainer.generation.vllm_servers import servable_folder
from palestra.trainer.model.model_files import load_model
from tiny_gguf import save_tiny_gguf
from tiny_model import save_tiny_model

SMALL_BYTES = 4096
"""Room for a config, not for weights."""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model that no server loads as it is."""
    pytest.importorskip("gguf")
    return save_tiny_gguf(tmp_path / "model.gguf")


def _die_at_the_weights(path: str, run_folder: Path) -> None:
    """The system kills a process at its first write behind the limit, unless it asks for an error instead."""
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL_BYTES, SMALL_BYTES))
    servable_folder(path, run_folder)


def test_a_folder_is_served_as_it_is(tmp_path: Path) -> None:
    folder = save_tiny_model(tmp_path / "model")
    assert servable_folder(str(folder), tmp_path / "run") == folder
    assert not (tmp_path / "run").exists()


def test_another_model_is_written_once(model: Path, tmp_path: Path) -> None:
    written = servable_folder(str(model), tmp_path / "run")
    before = (written / "model.safetensors").stat().st_mtime_ns
    assert servable_folder(str(model), tmp_path / "run") == written
    assert (written / "model.safetensors").stat().st_mtime_ns == before
    assert [path.name for path in written.parent.iterdir()] == ["model"]


def test_a_kill_while_the_model_is_written_leaves_none_that_servers_would_start_with(
    model: Path, tmp_path: Path
) -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["palestra.trainer.run.train"])  # torch is imported once for all processes
    process = context.Process(target=_die_at_the_weights, args=(str(model), tmp_path / "run"))
    process.start()
    process.join(timeout=120)
    assert process.exitcode == -signal.SIGXFSZ
    assert list((tmp_path / "run").rglob("config.json")), "it came as far as the weights"
    written = servable_folder(str(model), tmp_path / "run")
    load_model(str(written))
    assert [path.name for path in written.parent.iterdir()] == ["model"]


def test_a_run_folder_that_cannot_be_written_is_a_named_error(model: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (run / "workers").write_text("no folder")
    with pytest.raises(RunFolderError, match=r"model` cannot be written(.|\n)*hint: "):
        servable_folder(str(model), run)
