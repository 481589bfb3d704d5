"""What vLLM's own process imports: weights come as files, are checked whole, and only then replace the old ones.

The folder stands alone: it imports nothing but torch, safetensors and vLLM, so that it can be copied to any host. A
server takes it by `PYTHONPATH` (the folder around this one), `--worker-extension-cls` with
`palestra_transfer.PalestraTransfer`, and `--weight-transfer-config '{"backend": "file"}'`. It uses vLLM's public
interfaces and changes nothing of it.

A version is a folder with `manifest.json` and files of safetensors. It is staged first, in a thread beside
generation: every byte is compared with its checksum, names, shapes and types with the checkpoint that the server
was started from. An update can begin with a staged version only, so that a wrong or half-written one is refused
while the old one serves on; should the update itself fail, the old weights are put back.
"""

from __future__ import annotations

from typing import Any

from .engine import register


class PalestraTransfer:
    """Methods that every worker of a vLLM server has for the control routes (`/collective_rpc`)."""

    weight_transfer_engine: Any

    def palestra_stage(self, folder: str) -> dict[str, object]:
        """Start to stage the version in a folder."""
        self.weight_transfer_engine.exchange.begin(folder)
        return {"state": "staging"}

    def palestra_staged(self) -> dict[str, object]:
        """How staging went: see `Exchange.progress`."""
        progress: dict[str, object] = self.weight_transfer_engine.exchange.progress()
        return progress

    def palestra_served(self) -> dict[str, object]:
        """What is served: see `Exchange.served`."""
        served: dict[str, object] = self.weight_transfer_engine.exchange.served()
        return served


if __name__ == "palestra_transfer":  # as a server imports it; elsewhere it is read for the format alone
    register()
