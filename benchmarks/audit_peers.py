"""Audits of other suites' environments: `audit_peers.py PEER FILE [NAME ...]`, JSON lines out.

PEER is `scorers` (reasoning-gym's scorers, each data set in a sandbox of its own: crafted answers that would run as
code do so only there), `reasoning-gym`, `gem` or `textarena` (through our bridges, by `palestra audit`, each in a
process of its own; of GEM the `-easy` form of each game). Needs the peer's package. The tables of
docs/audits-of-peers.md are made of the files.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from palestra.envs import ENVS, EnvError
from palestra.envs.bridges.scorers import EVALUATING, scoring_program, scoring_sandbox
from palestra.sandboxes import Limits, Program

ITEMS = 24
SCORE_S = 3.0
AUDIT_S = 120
TASKS = 2
TURNS = 30
BATTERY = Path(__file__).with_name("audit_peers_battery.py.txt")
BATTERY_LIMITS = Limits(cpu_s=240.0, wall_s=600.0, memory_bytes=3 << 30)
GAME_LIFE = "game_of_life"  # its generator needs cellpylib, which the sandbox shows, too


def names(peer: str) -> list[str]:
    """Every environment of a peer that its bridge offers."""
    if peer in ("scorers", "reasoning-gym"):
        from reasoning_gym.factory import DATASETS

        return sorted(set(DATASETS) - {"composite"})
    if peer == "gem":
        from gem.envs.registration import ENV_REGISTRY

        return sorted(name for name in ENV_REGISTRY if name.startswith("game:") and name.endswith("-easy"))
    import textarena

    return sorted(name for name in textarena.envs.registration.ENV_REGISTRY if name.count("-") == 1)


def battery(name: str) -> dict[str, object]:
    """What the battery finds about a data set of reasoning-gym."""
    program = scoring_program(BATTERY.read_text(encoding="utf-8"), f"{name}\n{ITEMS}\n{SCORE_S}\n")
    if name.startswith(GAME_LIFE):
        files = {path: text for path, text in program.files.items() if path != "cellpylib.py"}
        program = Program(entry=program.entry, stdin=program.stdin, files=files, env=program.env)
    result = scoring_sandbox().run_sync(program, BATTERY_LIMITS)
    try:
        row: dict[str, object] = json.loads(result.stdout.decode().strip().rpartition("\n")[2])
    except ValueError:
        row = {"name": name, "failed": f"{result.status} {result.stderr.decode(errors='replace')[-300:]}"}
    return row


def audit(row_id: str, name: str) -> dict[str, object]:
    """The card of an environment through its bridge; why there is none, where it makes no task."""
    try:
        ENVS.make(row_id, config={"name": name}).source.task("train", 0, 0)
    except EnvError as error:
        return {"name": name, "refused": str(error)[:200]}
    command = [sys.executable, "-m", "palestra.cli", "audit", row_id, "--set", f"name={json.dumps(name)}"]
    if row_id != "palestra/ReasoningGym-v1":
        command += ["--set", f"max_episode_turns={TURNS}"]
    command += ["--n", str(TASKS), "--jobs", "1", "--json"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=AUDIT_S, preexec_fn=_limit, check=False)
    except subprocess.TimeoutExpired:
        return {"name": name, "failed": f"no end within {AUDIT_S} s"}
    lines = done.stdout.strip().splitlines()
    return {"name": name, **json.loads(lines[-1])} if lines else {"name": name, "failed": done.stderr[-300:]}


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))


def rows(peer: str, chosen: Iterable[str]) -> Iterable[dict[str, object]]:
    """The findings of each."""
    row_ids = {"reasoning-gym": "ReasoningGym", "gem": "Gem", "textarena": "TextArena"}
    for name in chosen:
        if peer == "scorers":
            yield battery(name)
        elif peer != "reasoning-gym" or name not in EVALUATING:
            yield audit(f"palestra/{row_ids[peer]}-v1", name)


def main() -> None:
    """Write the file."""
    peer, path, *chosen = sys.argv[1:]
    with Path(path).open("w", encoding="utf-8") as file:
        for row in rows(peer, chosen or names(peer)):
            file.write(json.dumps(row) + "\n")
            file.flush()
            print(peer, row["name"], row.get("failed", "ok"))


if __name__ == "__main__":
    main()
