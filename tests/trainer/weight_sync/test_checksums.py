import hashlib

import torch
from torch import Tensor

from palestra.trainer.weight_sync.checksums import compare_checksums


def _sha256(*tensors: Tensor) -> str:
    content = b"".join(tensor.view(-1).view(torch.uint8).numpy().tobytes() for tensor in tensors)
    return hashlib.sha256(content).hexdigest()


WEIGHTS = {
    "model.embed_tokens.weight": torch.arange(70 * 4.0).view(70, 4),
    "layer.q_proj.weight": torch.full((4, 4), 1.0),
    "layer.k_proj.weight": torch.full((2, 4), 2.0),
    "layer.v_proj.weight": torch.full((2, 4), 3.0),
    "norm.weight": torch.ones(4),
}
PREFIX = "dp0:pp0:pcp0:tp0:"


def test_plain_fused_and_padded_parameters_are_compared_bit_for_bit() -> None:
    q, k, v = (WEIGHTS[f"layer.{part}_proj.weight"] for part in "qkv")
    given = {
        f"{PREFIX}norm.weight": _sha256(WEIGHTS["norm.weight"]),
        f"{PREFIX}layer.qkv_proj.weight": _sha256(q, k, v),
        f"{PREFIX}model.embed_tokens.weight": _sha256(WEIGHTS["model.embed_tokens.weight"], torch.zeros(58, 4)),
    }
    assert compare_checksums(given, WEIGHTS).equal == 3
    given[f"{PREFIX}layer.qkv_proj.weight"] = _sha256(k, q, v)
    assert compare_checksums(given, WEIGHTS).different == ("layer.qkv_proj.weight",)


def test_what_cannot_be_compared_is_named() -> None:
    given = {f"{PREFIX}strange.weight": _sha256(torch.ones(1)), f"{PREFIX}norm.weight": hashlib.sha256().hexdigest()}
    assert compare_checksums(given, WEIGHTS).unseen == ("strange.weight", "norm.weight")
    sharded = {f"dp0:pp0:pcp0:tp{rank}:norm.weight": _sha256(WEIGHTS["norm.weight"]) for rank in range(2)}
    found = compare_checksums(sharded, WEIGHTS)
    assert (found.equal, len(found.unseen)) == (0, 2)
