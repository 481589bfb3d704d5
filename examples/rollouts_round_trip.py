"""Rollouts of a model, token by token: sampled, stored, read back, and in the columns of another trainer."""

import io
import sys
from contextlib import redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory

from palestra.agents import read_rollouts, write_rollouts
from palestra.agents.exports import to_atif, training_rows, trl_columns
from palestra.cli import main as palestra
from palestra.trainer.lab.tiny_model import save_tiny_model


def main() -> None:
    """Evaluate a tiny random model, and follow its rollouts through files and formats."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        model = save_tiny_model(folder / "model")
        options = ["--n", "3", "--samples", "2", "--max-new-tokens", "8", "--cache", "off"]
        with redirect_stdout(io.StringIO()):
            code = palestra(
                ["eval", "palestra/Countdown-v1", "--model", str(model), "--out", str(folder / "run"), *options]
            )
        if code:
            sys.exit(code)
        rollouts = list(read_rollouts(folder / "run" / "rollouts.jsonl"))
        print(f"{len(rollouts)} rollouts of {len({rollout.task.id for rollout in rollouts})} tasks")

        write_rollouts(folder / "copy.jsonl", rollouts)
        print("read back equal:", list(read_rollouts(folder / "copy.jsonl")) == rollouts)

        rows = training_rows(rollouts)
        masked = all(len(row.mask) == len(row.logprobs) == len(row.response_ids) for row in rows)
        print(f"{len(rows)} training rows; a mask and a log-probability for each token: {masked}")
        print("columns for TRL:", ", ".join(sorted(trl_columns(rows))))
        print("keys in ATIF:", ", ".join(sorted(to_atif(rollouts[0], agent="tiny", agent_version="1"))))


if __name__ == "__main__":
    main()
