"""How the weights of a vLLM model are replaced by a version, whole or not at all."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import safe_open
from torch import Tensor, nn

from .served import compare_served
from .version_files import Manifest, RefusedVersionError, StagedVersion, sample_of, stage

_HEAD = "lm_head.weight"


class Exchange:
    """Replaces the weights of a vLLM model by staged versions, whole or not at all."""

    def __init__(self, model: nn.Module, model_config: Any) -> None:
        """For a model that is served.

        Args:
            model: vLLM's.
            model_config: vLLM's `ModelConfig`; its `model` is the folder that was loaded.
        """
        self._model = model
        self._model_config = model_config
        self._source = Path(str(model_config.model))
        self._serving: StagedVersion | None = None
        self._ready: StagedVersion | None = None
        self._taking: StagedVersion | None = None
        self._thread: threading.Thread | None = None
        self._refusal = ""

    def begin(self, folder: str) -> None:
        """Start to stage a version in a thread; `progress` says how it went."""
        if self._thread is not None:
            self._thread.join()  # one at a time: the caller gave the other one up
        self._ready, self._refusal = None, ""
        self._thread = threading.Thread(target=self._stage, args=(Path(folder),), name="palestra-stage", daemon=True)
        self._thread.start()

    def progress(self) -> dict[str, object]:
        """`state` is staging, ready, refused (see `detail`) or idle."""
        if self._thread is not None and self._thread.is_alive():
            return {"state": "staging"}
        if self._refusal:
            return {"state": "refused", "detail": self._refusal}
        if self._ready is None:
            return {"state": "idle"}
        return {"state": "ready", "digest": self._ready.manifest.digest, "version": self._ready.manifest.version}

    def start(self) -> None:
        """Open the model for the staged version.

        Raises:
            RefusedVersionError: None is staged; the model is untouched.
        """
        from vllm.model_executor.model_loader.reload import initialize_layerwise_reload

        if self._ready is None:
            raise RefusedVersionError(self._refusal or "no version is staged: palestra_stage comes first")
        self._taking, self._ready = self._ready, None
        initialize_layerwise_reload(self._model)

    def load(self, digest: str) -> None:
        """Hand the staged tensors to the model; on any failure the old weights are put back.

        Raises:
            RefusedVersionError: It is not the version that was staged.
        """
        taking = self._taking
        try:
            if taking is None or taking.manifest.digest != digest:
                raise RefusedVersionError(f"the update is of {digest}, which is not what was staged")
            self._load(taking.tensors)
        except BaseException:
            self._put_back()
            raise

    def finish(self) -> None:
        """Close the model: from now on the new weights are served."""
        from vllm.model_executor.model_loader.reload import finalize_layerwise_reload

        finalize_layerwise_reload(self._model, self._model_config)
        self._serving, self._taking = self._taking, None

    def served(self) -> dict[str, object]:
        """What the model computes with, compared bit by bit with the version that was loaded last."""
        if self._serving is None:
            return {"version": None, "digest": None, "equal": 0, "different": [], "unseen": []}
        manifest = self._serving.manifest
        found = compare_served(self._model, self._serving.tensors, seed=manifest.version)
        return {"version": manifest.version, "digest": manifest.digest, **found}

    def _stage(self, folder: Path) -> None:
        try:
            staged = stage(folder)
            self._check_order(staged.manifest)
            self._check_fit(staged.manifest)
        except Exception as error:  # noqa: BLE001  the boundary of the thread: the reason goes to whoever asked
            self._refusal = str(error) or type(error).__name__
        else:
            self._ready = staged

    def _check_order(self, new: Manifest) -> None:
        old = None if self._serving is None else self._serving.manifest
        if old is None or old.lineage != new.lineage or new.version > old.version:
            return
        if new.version < old.version or new.digest != old.digest:
            raise RefusedVersionError(f"version {new.version} is not newer than version {old.version}, which is served")

    def _check_fit(self, manifest: Manifest) -> None:
        """Compare names and shapes with those of the checkpoint that the server was started from."""
        expected = checkpoint_shapes(self._source)
        if not expected:  # loaded without files of safetensors: what was served before is the measure
            if self._serving is None:
                return
            expected = {entry.name: entry.shape for entry in self._serving.manifest.tensors}
        seen = {entry.name: entry.shape for entry in manifest.tensors}
        text_config = self._model_config.hf_text_config
        if _HEAD not in expected and getattr(text_config, "tie_word_embeddings", False):
            # A tied head that is not sent stays the old one where vLLM keeps a packed copy of it.
            expected[_HEAD] = (text_config.vocab_size, text_config.hidden_size)
        if missing := expected.keys() - seen.keys():
            raise RefusedVersionError(f"version {manifest.version} lacks {sample_of(missing)} of the model")
        if unknown := seen.keys() - expected.keys():
            raise RefusedVersionError(f"version {manifest.version} has {sample_of(unknown)}, which the model has not")
        for name, shape in seen.items():
            if shape != expected[name]:
                raise RefusedVersionError(f"`{name}` has shape {shape}, the model's has {expected[name]}")
        own = str(self._model_config.dtype).removeprefix("torch.")
        if others := {entry.dtype for entry in manifest.tensors} - {own}:
            raise RefusedVersionError(
                f"version {manifest.version} is in {', '.join(sorted(others))}, the model in {own}"
            )

    def _load(self, tensors: Mapping[str, Tensor]) -> None:
        loaded = self._model.load_weights(tensors.items())  # type: ignore[operator]  # of every model in vLLM
        if not loaded:
            raise RefusedVersionError("the model took none of the tensors")

    def _put_back(self) -> None:
        """Give a model that is open, whatever was loaded of it, the weights that it had."""
        from vllm.model_executor.model_loader.reload import finalize_layerwise_reload, initialize_layerwise_reload

        self._taking = None
        finalize_layerwise_reload(self._model, self._model_config)  # layers without a new tensor are whole again
        old = dict(self._serving.tensors) if self._serving is not None else _checkpoint(self._source)
        if old:
            initialize_layerwise_reload(self._model)
            self._load(old)
            finalize_layerwise_reload(self._model, self._model_config)


def checkpoint_shapes(folder: Path) -> dict[str, tuple[int, ...]]:
    """Shapes of all tensors in the files of safetensors of a folder; empty if there are none."""
    shapes: dict[str, tuple[int, ...]] = {}
    for path in sorted(folder.glob("*.safetensors")):
        with safe_open(path, framework="pt", device="cpu") as reader:
            shapes.update({name: tuple(reader.get_slice(name).get_shape()) for name in reader.keys()})  # noqa: SIM118
    return shapes


def _checkpoint(folder: Path) -> dict[str, Tensor]:
    """The tensors of a folder, with an explicit head if it is tied."""
    tensors: dict[str, Tensor] = {}
    for path in sorted(folder.glob("*.safetensors")):
        with safe_open(path, framework="pt", device="cpu") as reader:
            tensors.update({name: reader.get_tensor(name) for name in reader.keys()})  # noqa: SIM118
    if _HEAD not in tensors and (embedding := tensors.get("model.embed_tokens.weight")) is not None:
        tensors[_HEAD] = embedding
    return tensors
