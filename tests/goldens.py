"""Digests of task streams: a change of one is a change of behaviour.

`python tests/goldens.py [GROUP ...]` adds those of new environments; old ones stay as they are.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

from palestra.envs import ENVS, Family

FOLDER = Path(__file__).parent / "conformance" / "goldens"
PROCEDURAL = sorted(env_id for env_id, row in ENVS.items() if row.kind.is_generated)
"""All whose tasks are generated."""
SANDBOXED = [env_id for env_id in PROCEDURAL if ENVS[env_id].kind.is_sandboxed]
"""Those of them whose responses run in a sandbox."""
PLAIN = [env_id for env_id in PROCEDURAL if env_id not in SANDBOXED]
"""The others."""


def digest(env_id: str) -> str:
    """Of two test tasks of seed 0 at each of three difficulties."""
    rows = []
    for difficulty in (0.2, 0.5, 1.0):
        source = ENVS[env_id].load().configured({"difficulty": difficulty})
        assert isinstance(source, Family)
        rows += [source.task("test", 0, index).to_json() for index in range(2)]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:16]


def goldens(group: str) -> dict[str, str]:
    """The recorded digests of a group by environment."""
    path = FOLDER / f"{group}.json"
    found: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    return found


def main() -> None:
    """Record what is missing, of all groups or of those that are named."""
    for group in sys.argv[1:] or sorted({ENVS[env_id].group for env_id in PROCEDURAL}):
        old = goldens(group)
        new = {e: digest(e) for e in PROCEDURAL if ENVS[e].group == group and e not in old}
        if new:
            text = json.dumps(dict(sorted({**old, **new}.items())), indent=2)
            (FOLDER / f"{group}.json").write_text(text + "\n")
            sys.stdout.write(f"{group}: {', '.join(new)}\n")


if __name__ == "__main__":
    main()
