#!/usr/bin/env bash
# Makes .venv-bridges: the frameworks that our environments and verifiers run in, for the examples in examples/bridges and
# their tests. An environment of its own, since openenv and verifiers need an older `mcp` than ours.
# Covered: Debian and Ubuntu with `.venv` already made. Ran with openenv 0.10.0, verifiers 0.3.1, inspect-ai 0.3.285,
# trl 1.16.0 on Python 3.11. Not covered: nemo-gym, which needs Python 3.13.14, and verl's and open-instruct's trainers.
set -euo pipefail

bridges=.venv-bridges
pinned_torch=$(grep '^torch==' constraints/cpu.txt)

[ -x "$bridges/bin/python" ] || .venv/bin/python -m venv "$bridges"
pip=("$bridges/bin/python" -m pip --disable-pip-version-check -qq)
printf 'setup: %s in %s\n' "$pinned_torch" "$bridges" >&2
"$bridges/bin/python" -c 'import torch' 2>/dev/null ||
    "${pip[@]}" install --retries 0 --timeout 15 --index-url https://download.pytorch.org/whl/cpu "$pinned_torch" \
        2>/dev/null || "${pip[@]}" install "$pinned_torch"
# pip takes minutes to find versions that go together; uv takes seconds. `verifiers` runs its programs by it too.
"${pip[@]}" install uv
printf '%s\n' "$pinned_torch" >"$bridges/constraints.txt"
printf 'setup: openenv, verifiers, inspect-ai and trl in %s\n' "$bridges" >&2
"$bridges/bin/uv" pip install --quiet --python "$bridges/bin/python" -c "$bridges/constraints.txt" -e '.[bridges]'
