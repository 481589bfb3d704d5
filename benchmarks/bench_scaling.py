"""CPU-seconds and memory of one learner update by group size and by length: do they grow linearly?

    python benchmarks/bench_scaling.py --out benchmarks/step/scaling

Random weights in SmolLM2-135M's shape with fewer layers, one thread, random tokens: samples have nothing in common but
their prompt. Each point is the median of some updates; a straight line is fitted by least squares, and the largest
departure from it is written beside it. Writes OUT.json and OUT.svg.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from palestra.trainer.learner.learner import Learner
from palestra.trainer.losses import ClippedLoss
from palestra.trainer.model.policy import Policy
from palestra.trainer.objective.objective import Objective
from palestra.trainer.optimizers.config import OptimConfig
from palestra.trainer.packing.packs import Group, Sample
from palestra.trainer.report.curves import Curve, Point, Series

_VOCABULARY = 49152
_PROMPT = 128


def main() -> None:
    """Measure both curves and write them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1, 2, 4, 8, 12, 16])
    parser.add_argument("--lengths", type=int, nargs="+", default=[32, 64, 128, 256, 384, 512])
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/step/scaling"))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    learner = _learner(arguments.layers)
    curves = {
        "group size": [(size, _seconds(learner, size, 64, arguments.repeats)) for size in arguments.sizes],
        "length": [(length, _seconds(learner, 4, length, arguments.repeats)) for length in arguments.lengths],
    }
    result = {name: _with_line(points) for name, points in curves.items()}
    settings = {"prompt": _PROMPT, "layers": arguments.layers, "repeats": arguments.repeats, "threads": 1}
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.with_suffix(".json").write_text(json.dumps({"settings": settings} | result, indent=1) + "\n")
    arguments.out.with_suffix(".svg").write_text(_picture(curves))
    print(json.dumps(result))


def _learner(layers: int) -> Learner:
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=_VOCABULARY,
        hidden_size=576,
        intermediate_size=1536,
        num_hidden_layers=layers,
        num_attention_heads=9,
        num_key_value_heads=3,
        tie_word_embeddings=True,
        max_position_embeddings=2048,
    )
    policy = Policy.of(LlamaForCausalLM(config).eval())
    return Learner(policy, OptimConfig(), Objective(loss=ClippedLoss()), tokens_per_microbatch=4096)


def _group(samples: int, length: int) -> Group:
    drawn = random.Random(0)

    def tokens(count: int) -> tuple[int, ...]:
        return tuple(drawn.randrange(_VOCABULARY) for _ in range(count))

    return Group(
        prompt_ids=tokens(_PROMPT),
        samples=tuple(
            Sample(
                token_ids=tokens(length),
                mask=(1,) * length,
                behaviour=(-10.0,) * length,
                advantages=(1.0 if number % 2 else -1.0,) * length,
                weight=1.0 / (samples * length),
            )
            for number in range(samples)
        ),
    )


def _seconds(learner: Learner, samples: int, length: int, repeats: int) -> float:
    group = _group(samples, length)
    learner.update([group], 0.0)  # the first one allocates
    times = []
    for _ in range(repeats):
        started = time.process_time()
        learner.update([group], 0.0)
        times.append(time.process_time() - started)
    return round(median(times), 3)


def _line(points: Sequence[tuple[int, float]]) -> tuple[float, float]:
    """Start and slope of the straight line."""
    x = torch.tensor([[1.0, value] for value, _ in points], dtype=torch.float64)
    y = torch.tensor([[seconds] for _, seconds in points], dtype=torch.float64)
    start, slope = torch.linalg.lstsq(x, y).solution.flatten().tolist()
    return start, slope


def _with_line(points: Sequence[tuple[int, float]]) -> dict[str, object]:
    start, slope = _line(points)
    off = max(abs(start + slope * value - seconds) / seconds for value, seconds in points)
    return {
        "points": [{"at": value, "cpu_s": seconds} for value, seconds in points],
        "line": {"at_0_s": round(start, 4), "s_for_each": round(slope, 6), "largest_departure": round(off, 3)},
    }


def _picture(curves: dict[str, list[tuple[int, float]]]) -> str:
    """Both charts, one above the other: what was measured, and the straight line through 0."""
    width, height = 480, 240
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height * len(curves)}">',
        '<rect width="100%" height="100%" fill="white"/>',
        "<style>text{font:12px sans-serif;fill:#555}.t{font-weight:bold}.grid{stroke:#ddd}"
        ".line{fill:none;stroke:#2463a8;stroke-width:2}.s1{stroke:#c2571a!important;stroke-dasharray:4}"
        "circle{fill:#2463a8}circle.s1,.s1 circle{display:none}</style>",
    ]
    for number, (name, points) in enumerate(curves.items()):
        start, slope = _line(points)
        straight = tuple(Point(at, start + slope * at) for at in (0, points[-1][0]))
        measured = Series(label="an update", points=tuple(Point(at, seconds) for at, seconds in points))
        title = f"CPU-seconds of an update by {name}"
        curve = Curve(title=title, caption="", series=(measured, Series(label="straight line", points=straight)))
        chart = str(curve.svg()).removeprefix("<svg")
        parts.append(f'<text class="t" x="10" y="{number * height + 14}">{title}</text>')
        parts.append(f'<svg x="0" y="{number * height + 18}" width="{width}" height="{height - 20}"{chart}')
    return "\n".join([*parts, "</svg>"]) + "\n"


if __name__ == "__main__":
    main()
