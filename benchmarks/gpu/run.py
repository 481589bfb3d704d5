"""What one GPU gives, in less than eight minutes: `python benchmarks/gpu/run.py [--out FILE]`.

    python benchmarks/gpu/run.py --out gpu.json
    python benchmarks/gpu/run.py --device cpu --small        # the dry run: every section on a toy, in about a minute

It needs torch and transformers, and of Palestra's own requirements gymnasium (with farama-notifications) and httpx;
Palestra itself is taken from this checkout where it is not installed. Each section runs in a process of its own
with a bound of seconds: what fails or takes too long is noted, and the rest goes on. With vllm installed, weights are
also pushed to a server through NCCL and CUDA IPC, and the run proves that they arrived.
"""

from __future__ import annotations

import argparse
import datetime
import importlib.util
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SOURCES = ("sandboxes", "verifiers", "envs", "agents", "trainer")
NEEDED = ("torch", "transformers", "accelerate", "jinja2", "numpy", "gymnasium", "httpx")
TOTAL_S = 460.0

Rows = list[dict[str, object]]


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of the measurement."""

    name: str
    bound_s: float
    run: Callable[[str, bool], object]
    """From the device and whether it is the dry run, to something that JSON can hold."""


def main() -> int:
    """Run all sections, or the one that the parent asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    parser.add_argument("--small", action="store_true", help="the dry run: a toy in place of the models")
    parser.add_argument("--out", type=Path, help="file of the result; standard output if it is not given")
    parser.add_argument("--only", nargs="+", choices=[each.name for each in SECTIONS], help="these sections alone")
    parser.add_argument("--section", choices=[each.name for each in SECTIONS], help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if missing := [name for name in NEEDED if importlib.util.find_spec(name) is None]:
        sys.stderr.write(f"error: `{missing[0]}` is not installed\n\nhint: pip install {' '.join(missing)}\n")
        return 2
    use_checkout()
    if arguments.section:
        section = next(each for each in SECTIONS if each.name == arguments.section)
        arguments.out.write_text(json.dumps(section.run(arguments.device, arguments.small)))
        return 0
    import torch

    if arguments.device == "cuda" and not torch.cuda.is_available():
        sys.stderr.write("error: no CUDA device\n\nhint: `--device cpu --small` is the dry run\n")
        return 2
    result = measured(arguments.device, arguments.small, arguments.only or [each.name for each in SECTIONS])
    text = json.dumps(result, indent=1)
    if arguments.out:
        arguments.out.write_text(text + "\n")
    else:
        print(text)
    sections = result["sections"]
    assert isinstance(sections, dict)
    return 1 if any("error" in each for each in sections.values()) else 0


def use_checkout() -> None:
    """Take Palestra from this checkout if it is not installed; processes that are started do the same."""
    try:
        installed = importlib.util.find_spec("palestra.trainer") is not None
    except ModuleNotFoundError:
        installed = False
    if not installed:
        folders = [str(ROOT / source) for source in SOURCES]
        sys.path[:0] = folders
        os.environ["PYTHONPATH"] = os.pathsep.join([*folders, *filter(None, [os.environ.get("PYTHONPATH")])])


def measured(device: str, small: bool, names: list[str]) -> dict[str, object]:
    """Everything: where, when, with what, and each section's rows or why there are none."""
    started = time.monotonic()
    sections: dict[str, dict[str, object]] = {}
    for section in SECTIONS:
        if section.name in names:
            left_s = TOTAL_S - (time.monotonic() - started)
            sections[section.name] = in_process(section, device, small, min(section.bound_s, left_s))
            said = sections[section.name].get("error", "done")
            sys.stderr.write(f"{section.name}: {said} ({sections[section.name]['seconds']} s)\n")
    return {
        "device": device_name(device),
        "is_dry_run": small,
        "date": datetime.datetime.now(tz=datetime.UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "versions": versions(),
        "seconds": round(time.monotonic() - started, 1),
        "sections": sections,
    }


def in_process(section: Section, device: str, small: bool, bound_s: float) -> dict[str, object]:
    """A section's result, from a process of its own: a fault of the device or an endless wait ends nothing else."""
    started = time.monotonic()
    if bound_s <= 0:
        return {"error": "not run: no time was left", "seconds": 0.0}
    with tempfile.TemporaryDirectory() as folder:
        out, log = Path(folder) / "result.json", Path(folder) / "log"
        command = [sys.executable, __file__, "--section", section.name, "--device", device, "--out", str(out)]
        with log.open("wb") as file:
            process = subprocess.Popen(
                [*command, *(["--small"] if small else [])], stdout=file, stderr=file, start_new_session=True
            )
            try:
                process.wait(bound_s)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        seconds = round(time.monotonic() - started, 1)
        if process.returncode == 0 and out.is_file():
            return {"result": json.loads(out.read_text()), "seconds": seconds}
        why = f"not done within {bound_s:.0f} s" if process.returncode == -signal.SIGKILL else "failed"
        tail = log.read_text(errors="replace").splitlines()[-12:]
        return {"error": why, "log": tail, "seconds": seconds}


def device_name(device: str) -> str:
    """Of the GPU, or of the processor."""
    import torch

    return torch.cuda.get_device_name() if device == "cuda" else platform.processor() or platform.machine()


def versions() -> dict[str, str | None]:
    """Of what the figures depend on."""
    from importlib.metadata import PackageNotFoundError, version

    import torch

    found: dict[str, str | None] = {"python": platform.python_version(), "cuda": torch.version.cuda}
    for name in ("torch", "transformers", "triton", "vllm", "palestra"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    return found


def commit() -> str:
    """Of the checkout, with a mark if it has changes; empty outside of a repository."""
    try:
        said = subprocess.run(
            ["git", "-C", str(ROOT), "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return said.stdout.strip()


def _machine(device: str, small: bool) -> object:
    import torch
    from shapes import peaks_of

    where = torch.device(device)
    facts: dict[str, object] = {
        str(dtype): peaks_of(where, dtype).to_json() for dtype in (torch.float32, torch.bfloat16)
    }
    if device == "cuda":
        about = torch.cuda.get_device_properties(where)
        facts |= {"capability": [about.major, about.minor], "memory_gib": about.total_memory / 2**30}
        facts["multiprocessors"] = about.multi_processor_count
    return facts


def _truth(device: str, small: bool) -> object:
    import torch
    from shapes import SMALL, Shape
    from truth import against_float64, generator_and_learner

    where = torch.device(device)
    shape = SMALL
    if not small:
        shape = Shape(name="check", width=512, layers=6, heads=8, kv_heads=2, intermediate=1024, vocabulary=4096)
    types = (torch.float32, torch.bfloat16)
    return {
        "against_float64": [against_float64(shape, where, dtype) for dtype in types],
        "generator_and_learner": [generator_and_learner(shape, where, dtype, 16) for dtype in types],
    }


def _repeats(device: str, small: bool) -> object:
    import torch
    from shapes import QWEN_HALF_B, SMALL
    from truth import repeats

    shape = SMALL if small else QWEN_HALF_B
    return [repeats(shape, torch.device(device), dtype) for dtype in (torch.float32, torch.bfloat16)]


def _generation(device: str, small: bool) -> object:
    import torch
    from generation import measure
    from shapes import QWEN_HALF_B, QWEN_ONE_AND_HALF_B, SMALL, peaks_of

    where, dtype = torch.device(device), torch.float32 if small else torch.bfloat16
    peaks = peaks_of(where, dtype)
    if small:
        return list(measure(SMALL, where, dtype, peaks, batches=(4,), tokens=8))
    return attempts(
        lambda: list(measure(QWEN_HALF_B, where, dtype, peaks, batches=(1, 16, 64, 256), tokens=64)),
        lambda: list(measure(QWEN_ONE_AND_HALF_B, where, dtype, peaks, batches=(1, 64, 256), tokens=64)),
    )


def _learner(device: str, small: bool) -> object:
    import torch
    from learning import Batch, update
    from shapes import QWEN_HALF_B, QWEN_ONE_AND_HALF_B, SMALL, peaks_of

    where, dtype = torch.device(device), torch.float32 if small else torch.bfloat16
    peaks = peaks_of(where, dtype)
    if small:
        return [update(SMALL, where, dtype, peaks, Batch(prompt=16, longest=24), 512)]
    return attempts(
        lambda: [update(QWEN_HALF_B, where, dtype, peaks, Batch(prompt=256, longest=512), 8192)],
        lambda: [update(QWEN_HALF_B, where, dtype, peaks, Batch(prompt=1024, longest=512), 8192)],
        lambda: [update(QWEN_ONE_AND_HALF_B, where, dtype, peaks, Batch(prompt=256, longest=512), 8192)],
    )


def _loss(device: str, small: bool) -> object:
    import torch
    from learning import loss_memory

    where = torch.device(device)
    if small:
        return [loss_memory(where, tokens=256, vocabulary=512, width=64)]
    return attempts(
        *(
            lambda tokens=tokens: [loss_memory(where, tokens=tokens, vocabulary=151_936, width=1536)]
            for tokens in (4096, 16_384, 32_768)
        )
    )


def _steps(device: str, small: bool) -> object:
    import torch
    from shapes import QWEN_HALF_B, SMALL
    from steps import Size, train

    if small:
        return train(SMALL, torch.device(device), Size(steps=2, prompts=2, tokens=8), precision="fp32")
    return train(QWEN_HALF_B, torch.device(device), Size(steps=4, prompts=16, tokens=128), precision="bf16")


def _push(device: str, small: bool) -> object:
    if importlib.util.find_spec("vllm") is None:
        return {"not_run": "vllm is not installed"}
    if device != "cuda":
        return {"not_run": "NCCL and CUDA IPC need a GPU"}
    import torch
    from push import push

    from palestra.trainer.weight_sync.cuda_ipc import CudaIpc
    from palestra.trainer.weight_sync.nccl import NcclTransfer

    rows = attempts(lambda: [push(CudaIpc(), gpu=0)])
    if torch.cuda.device_count() < 2:
        return [*rows, {"transfer": "nccl", "not_run": "NCCL needs a GPU for each side"}]
    return rows + attempts(lambda: [push(NcclTransfer(), gpu=1)])


def attempts(*works: Callable[[], Rows]) -> Rows:
    """The rows of all; one that fails, for want of memory perhaps, leaves its reason."""
    rows: Rows = []
    for work in works:
        try:
            rows += work()
        except Exception as error:  # noqa: BLE001  the boundary: a row that failed is a row
            rows.append({"error": f"{type(error).__name__}: {error}"[:500], "where": traceback.format_exc()[-1500:]})
    return rows


SECTIONS = (
    Section(name="machine", bound_s=40, run=_machine),
    Section(name="truth", bound_s=60, run=_truth),
    Section(name="repeats", bound_s=60, run=_repeats),
    Section(name="loss", bound_s=50, run=_loss),
    Section(name="learner", bound_s=100, run=_learner),
    Section(name="generation", bound_s=120, run=_generation),
    Section(name="steps", bound_s=120, run=_steps),
    Section(name="push", bound_s=300, run=_push),
)

if __name__ == "__main__":
    sys.exit(main())
