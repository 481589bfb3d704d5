"""What a weak verifier does to learning, and what audits of its verdicts give back: a small laboratory run."""

import sys

from palestra.trainer.lab.bands import band
from palestra.trainer.lab.experiment import Plan
from palestra.trainer.lab.noise_lab import noise_jobs
from palestra.trainer.lab.training import Scale


def main(steps: int, seeds: int) -> None:
    """Print the accuracy of each arm on problems that were not trained on, as computed exactly."""
    scale = Scale(steps=steps, prompts=8, samples=8, problems_per_kind=6, measure_every=steps)
    plan = Plan(seeds=seeds, tuning_seeds=1, scale=scale, name="example")
    # Of `last-number` responses are paid for the last number in them, which those that hedge exploit.
    for job in noise_jobs(["last-number"], ["noisy", "audits"], plan):
        series = job()
        final = band(series.finals)
        print(f"{series.arm:<10} accuracy {final.value:.3f} [{final.low:.3f}, {final.high:.3f}]  lr {series.lr}")


if __name__ == "__main__":
    main(steps=int(sys.argv[1]) if len(sys.argv) > 1 else 80, seeds=3)
