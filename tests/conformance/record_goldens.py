"""Add the goldens of new environments: `python -m tests.conformance.record_goldens`. Old ones stay as they are."""

import json
import sys

from tests.conformance.test_envs import GOLDENS, PROCEDURAL, digest

from palestra.envs import ENVS

if __name__ == "__main__":
    for group in sorted({ENVS[env_id].group for env_id in PROCEDURAL}):
        path = GOLDENS / f"{group}.json"
        goldens = json.loads(path.read_text()) if path.exists() else {}
        new = {e: digest(e) for e in PROCEDURAL if ENVS[e].group == group and e not in goldens}
        if new:
            path.write_text(json.dumps(dict(sorted({**goldens, **new}.items())), indent=2) + "\n")
            sys.stdout.write(f"{group}: {', '.join(new)}\n")
