"""How fast the page of `palestra view` opens and filters 10,000 rollouts, in headless Chromium.

Run as `python benchmarks/view/bench_view.py`; it needs Chromium, and writes its figures beside itself.
"""

from __future__ import annotations

import json
import platform
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "tests"))

from chromium import browser  # noqa: E402
from palestra.trainer.view import Exhibitor, write_page  # noqa: E402
from view_cases import training_run  # noqa: E402

ROUNDS = 5
QUERIES = ("nine", "reward>0.5 nine first", '"the sum" -seven', "outcome:FAIL tokens>=200", "nowhere")


def main() -> None:
    """Measure and write."""
    with tempfile.TemporaryDirectory() as folder:
        run = training_run(Path(folder) / "run", steps=100, prompts=10, size=10, words=200)
        started = time.perf_counter()
        exhibition = Exhibitor(run, most=20_000).exhibition()
        write_page(exhibition, run / "view.html")
        build_s = time.perf_counter() - started
        opened: list[float] = []
        read: list[float] = []
        filtered: dict[str, list[float]] = {query: [] for query in QUERIES}
        with browser() as page:
            for _ in range(ROUNDS):
                page.open((run / "view.html").as_uri() + "#rollouts")
                opened.append(float(page.value("document.documentElement.dataset.openMs")))
                read.append(float(page.value("document.documentElement.dataset.readMs")))
                for query in QUERIES:
                    text = json.dumps(query)
                    page.value(f"document.getElementById('search').value = {text}")
                    page.value("document.getElementById('search').dispatchEvent(new Event('input'))")
                    filtered[query].append(float(page.value("document.documentElement.dataset.filterMs")))
        figures = {
            "rollouts": sum(len(each.entries) for each in exhibition.contents),
            "page_mb": round((run / "view.html").stat().st_size / 1e6, 1),
            "build_s": round(build_s, 1),
            "rounds": ROUNDS,
            "open_ms": sorted(opened),
            "all_texts_read_ms": sorted(read),
            "filter_ms": {query: sorted(times) for query, times in filtered.items()},
            "machine": f"{platform.machine()}, Python {platform.python_version()}",
        }
    (HERE / "figures.json").write_text(json.dumps(figures, indent=1) + "\n")
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
