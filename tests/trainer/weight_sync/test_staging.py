import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file
from torch import Tensor

from palestra.agents import GeneratorError
from palestra.trainer.errors import StagingError
from palestra.trainer.weight_sync.staging import StagingArea, WrittenVersion
from palestra.trainer.weight_sync.vllm_extension.palestra_transfer.version_files import (
    MANIFEST,
    Manifest,
    RefusedVersionError,
    stage,
)


def _weights(seed: int = 0) -> list[tuple[str, Tensor]]:
    generator = torch.Generator().manual_seed(seed)
    sizes: dict[str, tuple[int, ...]] = {"a.weight": (7, 5), "b.weight": (64, 32), "b.bias": (64,), "c.scale": ()}
    return [(name, torch.randn(size, generator=generator)) for name, size in sizes.items()]


@pytest.fixture
def area(tmp_path: Path) -> Iterator[StagingArea]:
    area = StagingArea(tmp_path, max_file_bytes=4096)
    yield area
    area.close()


@pytest.fixture
def written(area: StagingArea) -> WrittenVersion:
    return area.write(_weights(), 3)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_what_is_written_is_staged_bit_for_bit_and_read_by_the_library(area: StagingArea, dtype: torch.dtype) -> None:
    weights = [(name, tensor.to(dtype)) for name, tensor in _weights()]
    written = area.write(weights, 3)
    staged = stage(written.folder)
    assert staged.manifest == written.manifest and staged.manifest.version == 3
    library: dict[str, Tensor] = {}
    for path in written.folder.glob("*.safetensors"):
        library |= load_file(path)
    assert list(staged.tensors) == [name for name, _ in weights]
    for name, tensor in weights:
        assert torch.equal(staged.tensors[name], tensor) and torch.equal(library[name], tensor)
    assert len(staged.manifest.files) > 1, "files are bounded"


def test_the_digest_depends_on_the_weights_alone(area: StagingArea, tmp_path: Path) -> None:
    other = StagingArea(tmp_path / "other", max_file_bytes=1 << 20)
    digests = [area.write(_weights(), 1), other.write(_weights()[::-1], 9), area.write(_weights(1), 2)]
    same, again, different = (written.manifest.digest for written in digests)
    assert same == again != different
    other.close()


@given(data=st.data())
def test_one_changed_byte_anywhere_is_refused(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    area = StagingArea(tmp_path_factory.mktemp("staging"), max_file_bytes=4096)
    folder = area.write(_weights(), 3).folder
    path = data.draw(st.sampled_from(sorted(folder.iterdir())))
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    with pytest.raises(RefusedVersionError):
        stage(folder)
    area.close()


@pytest.mark.parametrize("name", [MANIFEST, "weights-00000.safetensors"])
def test_a_half_written_or_missing_file_is_refused(written: WrittenVersion, name: str) -> None:
    path = written.folder / name
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(RefusedVersionError, match=name):
        stage(written.folder)
    path.unlink()
    with pytest.raises(RefusedVersionError, match=name):
        stage(written.folder)


def test_a_manifest_that_names_a_file_elsewhere_is_refused(written: WrittenVersion) -> None:
    text = written.manifest.to_json().replace("weights-00000", "../weights-00000")
    (written.folder / MANIFEST).write_text(text, encoding="utf-8")
    with pytest.raises(RefusedVersionError):
        stage(written.folder)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"checksum": 1}', "null", '"x"'])
def test_what_is_no_manifest_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / MANIFEST).write_text(text, encoding="utf-8")
    with pytest.raises(RefusedVersionError):
        Manifest.read(tmp_path)


def test_older_versions_are_deleted_and_a_mapped_one_stays_readable(area: StagingArea) -> None:
    staged = stage(area.write(_weights(), 1).folder)
    area.write(_weights(1), 2)
    area.keep_from(2)
    assert [path.name for path in area.folder.glob("v*")] == ["v00000002"]
    assert torch.equal(staged.tensors["b.weight"], dict(_weights())["b.weight"])


def test_a_version_that_is_written_again_takes_the_place_of_the_first(area: StagingArea) -> None:
    area.write(_weights(), 1)
    again = area.write(_weights(1), 1)
    assert stage(again.folder).manifest == again.manifest


def test_weights_that_break_off_leave_nothing_half_written(area: StagingArea) -> None:
    area.write(_weights(), 1)

    def breaking() -> Iterator[tuple[str, Tensor]]:
        yield from _weights()[:2]
        raise OSError(5, "Input/output error")

    with pytest.raises(StagingError, match="input/output error"):
        area.write(breaking(), 2)
    assert sorted(path.name for path in area.folder.iterdir()) == ["lock", "v00000001"]


def test_a_folder_that_cannot_be_written_to_is_a_named_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StagingError, match=r"cannot write weights to `.*file/(.|\n)*hint: `transfer.folder`") as caught:
        StagingArea(tmp_path / "file", max_file_bytes=1)
    assert isinstance(caught.value, GeneratorError)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")
@pytest.mark.parametrize("option", ["size=64k", "ro"])
def test_a_full_or_read_only_disk_is_a_named_error_and_the_last_version_stays(tmp_path: Path, option: str) -> None:
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", tmp_path], check=False)
    if mounted.returncode:
        pytest.skip("this place allows no mounts")
    try:
        area = StagingArea(tmp_path, max_file_bytes=1 << 20)
        first = area.write(_weights(), 1)
        if option == "ro":
            subprocess.run(["mount", "-o", "remount,ro", tmp_path], check=True)
        with pytest.raises(StagingError, match=r"no space left on device|read-only file system"):
            area.write([*_weights(), ("large", torch.zeros(1 << 20))], 2)
        assert sorted(path.name for path in area.folder.iterdir()) == ["lock", "v00000001"]
        assert stage(first.folder).manifest == first.manifest
        area.close()
    finally:
        subprocess.run(["umount", tmp_path], check=True)


def test_what_a_killed_learner_left_is_deleted_and_what_a_living_one_holds_is_not(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys, torch\nfrom pathlib import Path\n"
        "from palestra.trainer.weight_sync.staging import StagingArea\n"
        "area = StagingArea(Path(sys.argv[1]), max_file_bytes=1 << 20)\n"
        "area.write([('a', torch.zeros(4))], 1)\nprint(area.folder, flush=True)\nos.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, tmp_path], capture_output=True, text=True, check=False)
    left = Path(done.stdout.strip())
    assert (left / "v00000001" / MANIFEST).exists(), done.stderr
    living = StagingArea(tmp_path, max_file_bytes=1)
    other = StagingArea(tmp_path, max_file_bytes=1)
    assert not left.exists() and living.folder.exists() and other.folder.exists()
    for area in (living, other, other):
        area.close()
    assert not list(tmp_path.iterdir())
